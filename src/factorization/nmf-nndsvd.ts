import type { Engine } from '../../bindings/instance.js'
import type { Loaded } from '../core/load.js'
import type { Pace } from '../core/pace.js'
import { leadingTriplets } from '../core/svd/leading.js'
import type { NmfSettings } from './nmf-options.js'
import type { Start } from './nmf-start.js'

export { leadingCut } from '../core/svd/leading.js'

const STREAM = 0xfffd0000 // of the random numbers of nndsvdar, below those of compression
const NOTHING = 1e-6 // entries below count as zero, as in scikit-learn; of the divided factors

export type Nndsvd = 'nndsvd' | 'nndsvda' | 'nndsvdar'

/** Non-negative double singular value decomposition (Boutsidis & Gallopoulos 2008): of each pair of singular vectors the
 *  side, positive or negative, that holds more. Zeros stay, or become the mean of X (`nndsvda`) or its hundredth times
 *  |N(0, 1)| (`nndsvdar`). Which sign a pair comes with does not matter. */
export async function nndsvd(
  engine: Engine,
  X: Loaded,
  kind: Nndsvd,
  { nComponents: k, seed }: NmfSettings,
  pace: Pace,
): Promise<Start> {
  const { rows: n, columns: m, root, mean } = X
  if (k > Math.min(n, m))
    throw new RangeError(`NMF.fit: init: '${kind}' wants nComponents of at most ${Math.min(n, m)}, got ${k}`)
  const mark = engine.arena.mark()
  const { U, S, V } = await leadingTriplets(engine, X, k, seed, pace)
  engine.arena.release(mark)
  const [W, H] = [new Float64Array(n * k), new Float64Array(k * m)]
  for (let q = 0; q < k; q++) {
    await pace.breathe()
    const [u, v] = [U, V].map(vectors => sides(vectors, k, q)) as [Sides, Sides]
    // The leading pair has one sign.
    const both = q === 0
    const positive = both || u.positive * v.positive > u.negative * v.negative
    const [lengthU, lengthV] = [u, v].map(side => (positive ? side.positive : side.negative)) as [number, number]
    const level = Math.sqrt((S[q] ?? 0) * (both ? 1 : lengthU * lengthV))
    const part = (value: number, length: number): number => {
      const held = both ? Math.abs(value) : Math.max(0, positive ? value : -value) / (length || 1)
      const entry = level * held
      return entry < NOTHING ? 0 : entry * root
    }
    for (let i = 0; i < n; i++) W[i * k + q] = part(U[i * k + q] ?? 0, lengthU)
    for (let j = 0; j < m; j++) H[q * m + j] = part(V[j * k + q] ?? 0, lengthV)
  }
  if (kind !== 'nndsvd') {
    const level = mean * root * root
    for (const [at, factor] of [W, H].entries()) await fill(engine, factor, level, kind, seed, STREAM + at, pace)
  }
  const fit = (values: Float64Array) => (X.precision === 'f32' ? Float32Array.from(values) : values)
  return { W: fit(W), H: fit(H) }
}

interface Sides {
  readonly positive: number
  readonly negative: number
}

// Lengths of the positive and of the negative part of a column.
function sides(vectors: Float64Array, k: number, q: number): Sides {
  let [positive, negative] = [0, 0]
  for (let p = q; p < vectors.length; p += k) {
    const value = vectors[p] ?? 0
    if (value > 0) positive += value * value
    else negative += value * value
  }
  return { positive: Math.sqrt(positive), negative: Math.sqrt(negative) }
}

async function fill(
  { arena, kernels }: Engine,
  factor: Float64Array,
  mean: number,
  kind: Nndsvd,
  seed: number,
  stream: number,
  pace: Pace,
): Promise<void> {
  const [mark, most] = [arena.mark(), Math.min(factor.length, 1 << 14)]
  const draws = arena.alloc(most * 8)
  for (let first = 0; first < factor.length; first += most) {
    await pace.breathe()
    const part = factor.subarray(first, first + most)
    if (kind === 'nndsvdar')
      kernels.normal_f64(seed >>> 0, Math.floor(seed / 2 ** 32), stream, first, draws, part.length)
    const drawn = arena.f64(draws, part.length)
    for (let p = 0; p < part.length; p++) {
      if (part[p] === 0) part[p] = kind === 'nndsvda' ? mean : (Math.abs(drawn[p] ?? 0) * mean) / 100
    }
  }
  arena.release(mark)
}
