import type { Engine } from '../../../bindings/engine.js'
import type { Loaded } from '../load.js'
import type { Pace } from '../pace.js'
import { readRow } from '../products.js'
import { lanczosSvd } from './lanczos.js'
import { ritzBytes, ritzTriplets } from './ritz.js'
import { Sketch } from './sketch.js'
import { drain, type Triplets, type Wanted } from './triplets.js'

const FLOPS = 2e7 // between two breaths
const BLOCK = 64 // columns of X'X at a time: half of what lies below the diagonal of a block is computed in vain
const SAFE = 1e-3 // of the largest value: X'X has half the digits of less, and its vectors show

/** The leading k triplets of tall X in f64, or of X - 1 mu', by way of the eigenvectors P of X'X and the triplets of
 *  X P: those of X to about 1e-13 of the largest value, if the k-th is at least 1e-3 of it. Undefined where it is not. */
export async function covarianceSvd(
  engine: Engine,
  X: Loaded,
  { k, mean = 0 }: Wanted,
  { seed, maxIter }: { readonly seed: number; readonly maxIter: number },
  pace: Pace,
): Promise<Triplets | undefined> {
  const { arena } = engine
  const { columns: m } = X
  const mark = arena.mark()
  const l = Math.ceil(k / 4) * 4
  const c = arena.alloc(m * m * 8)
  await squareOf(engine, X, mean, c, pace)
  const square = { ...X, rows: m, sparse: false, x: c, ld: m, indices: 0, stored: m * m, signed: true }
  const whole = { ...square, slices: [{ first: 0, columns: m, indptr: 0 }] }
  const { V: P, S, converged } = await drain(lanczosSvd(engine, whole, { k }, { tol: 1e-14, maxIter, seed }, pace))
  const safe = converged && (S[k - 1] ?? 0) > SAFE * SAFE * (S[0] ?? 0)
  let triplets: Triplets | undefined
  if (safe) {
    const sketch = new Sketch(engine, X, l, mean, ritzBytes(X, l))
    const b = arena.f64(sketch.b, m * l).fill(0)
    for (let j = 0; j < m; j++) for (let q = 0; q < k; q++) b[j * l + q] = P[j * k + q]!
    await sketch.times(pace)
    triplets = await ritzTriplets(sketch, k, k, pace)
  }
  arena.release(mark)
  return triplets
}

/** C f64[m*m] <- X'X, or that of X - 1 mu'. n m^2 flops and a little. */
async function squareOf(engine: Engine, X: Loaded, mean: number, c: number, pace: Pace): Promise<void> {
  const { arena, kernels } = engine
  const { rows, columns: m } = X
  const mark = arena.mark()
  const step = Math.max(8, Math.min(256, Math.floor(FLOPS / (m * BLOCK))))
  const work = arena.alloc(kernels.gemmWork())
  const there = !X.sparse && !mean
  const filled = there ? 0 : arena.alloc(step * m * 8)
  arena.f64(c, m * m).fill(0)
  for (let i = 0; i < rows; i += step) {
    const count = Math.min(step, rows - i)
    const [at, ld] = there ? [X.x + i * X.ld * 8, X.ld] : [filled, m]
    for (let r = 0; r < count && !there; r++) {
      readRow(engine, X, i + r, arena.f64(filled + r * m * 8, m))
      if (mean) kernels.subtractRow_f64(1, m, m, filled + r * m * 8, mean)
    }
    for (let j = 0; j < m; j += BLOCK) {
      await pace.breathe()
      const width = Math.min(BLOCK, m - j)
      kernels.gemm_f64(j + width, width, count, 1, at, 1, ld, at + j * 8, ld, 1, c + j * 8, m, work)
    }
  }
  const all = arena.f64(c, m * m)
  for (let i = 0; i < m; i++) for (let j = 0; j < i; j++) all[i * m + j] = all[j * m + i]!
  arena.release(mark)
}
