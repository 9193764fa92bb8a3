import type { Engine } from '../../../bindings/engine.js'
import { typed } from '../../../bindings/typed.js'
import type { Pace } from '../pace.js'
import { complete } from './complete.js'
import { householder } from './householder.js'
import { rotate } from './rotate.js'

const SWEEPS = 60 // ten are many
const EPS = 2 ** -52
const ZERO = 1e-140 // singular values below it count as zero: the squares of their vectors are beyond the range

/** U f64[p*n], V f64[p*p], vectors one after another, and S, falling. */
export interface Factors {
  readonly u: number
  readonly v: number
  readonly S: Float64Array
}

/** A = U S V' of A f64[p*n], p <= n columns one after another, entries of size 1 or so; A becomes U.
 *  QR with column pivoting, then one-sided Jacobi on R' (Drmac & Veselic 2008): R' W = V S, U = Q W. The vectors of
 *  values that are zero complete the others. Orthonormal to about 1e-14 and exact to about 1e-15 of the largest value,
 *  whatever the rank. O(n p^2 + 30 p^3) flops. */
export async function denseSvd(engine: Engine, n: number, p: number, a: number, pace: Pace): Promise<Factors> {
  const { arena, kernels } = engine
  const { norm2 } = typed(kernels, 'f64')
  const [g, w, v] = [arena.alloc(p * p * 8), arena.alloc(p * p * 8), arena.alloc(p * p * 8)]
  const order = await householder(engine, n, p, a, g, pace)
  for (let i = 0; i < p; i++) arena.f64(w + i * p * 8, p)[i] = 1
  const tol = EPS * Math.sqrt(Math.max(16, p))
  for (let sweep = 0, turned = 1; turned > 0 && sweep < SWEEPS; sweep++) {
    turned = 0
    for (let i = 0; i < p - 1; i++) {
      await pace.breathe()
      turned += kernels.jacobi(i, p, p, g, p, w, tol)
    }
  }
  const lengths = Array.from({ length: p }, (_, i) => norm2(g + i * p * 8, p))
  const ranks = lengths.map((_, i) => i).sort((i, j) => lengths[j]! - lengths[i]! || i - j)
  const S = Float64Array.from(ranks, i => (lengths[i]! > ZERO ? lengths[i]! : 0))
  // The rows of R' were those of A's columns in the order of the pivots; W's vectors in that of S.
  const mark = arena.mark()
  const sorted = arena.alloc(p * p * 8)
  for (const [i, from] of ranks.entries()) {
    await pace.breathe()
    arena.copy(w + from * p * 8, sorted + i * p * 8, p * 8)
    const [source, target] = [arena.f64(g + from * p * 8, p), arena.f64(v + i * p * 8, p)]
    if (S[i]! > 0) for (let c = 0; c < p; c++) target[order[c]!] = source[c]! / S[i]!
  }
  await complete(engine, p, S.filter(s => s > 0).length, p, v, pace)
  await rotate(engine, [n, p, p], sorted, a, pace) // U' = W' Q'
  arena.release(mark)
  return { u: a, v, S }
}
