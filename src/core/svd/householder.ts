import type { Engine } from '../../../bindings/engine.js'
import { typed } from '../../../bindings/typed.js'
import type { Pace } from '../pace.js'

const ZERO = 1e-140 // lengths whose squares would lose digits below the range: those of columns that count as zero
const FRESH = 1e-8 // of a squared length: what is left after subtracting is measured again

/** A P = Q R with R's diagonal falling in size (Businger & Golub 1965), A f64[p*n], p <= n columns one after another.
 *  A becomes Q, whose columns are orthonormal whatever the rank; R f64[p*p], row after row, zeros below its diagonal.
 *  Returns P: column i of R is of column P[i] of A. 4 n p^2 flops. */
export async function householder(engine: Engine, n: number, p: number, a: number, r: number, pace: Pace) {
  const { arena, kernels } = engine
  const { dot, axpy, norm2, scale } = typed(kernels, 'f64')
  const column = (j: number, from = 0): number => a + (j * n + from) * 8
  const order = Array.from({ length: p }, (_, j) => j)
  const left = order.map(j => dot(column(j), column(j), n))
  const known = [...left]
  const taus = new Float64Array(p)
  const diagonal = new Float64Array(p)
  const swap = (j: number, k: number): void => {
    if (j === k) return
    for (const list of [order, left, known]) [list[j], list[k]] = [list[k]!, list[j]!]
    const [x, y] = [arena.f64(column(j), n), arena.f64(column(k), n)]
    const held = x.slice()
    x.set(y)
    y.set(held)
  }
  for (let j = 0; j < p; j++) {
    await pace.breathe()
    let most = j
    for (let c = j + 1; c < p; c++) if (left[c]! > left[most]!) most = c
    swap(j, most)
    const length = norm2(column(j, j), n - j)
    if (!(length > ZERO)) continue // nor is any column after it longer: these reflections are the identity
    const head = arena.f64(column(j, j), 1)
    const first = head[0]!
    diagonal[j] = first > 0 ? -length : length
    head[0] = first - diagonal[j]!
    taus[j] = 1 / (length * (length + Math.abs(first)))
    for (let c = j + 1; c < p; c++) {
      if (c % 64 === 0) await pace.breathe()
      axpy(-taus[j]! * dot(column(j, j), column(c, j), n - j), column(j, j), column(c, j), n - j)
      const head = arena.f64(column(c, j), 1)[0]!
      left[c]! -= head * head
      if (left[c]! > FRESH * known[c]!) continue
      left[c] = known[c] = dot(column(c, j + 1), column(c, j + 1), n - j - 1)
    }
  }
  for (let i = 0; i < p; i++) {
    const row = arena.f64(r + i * p * 8, p)
    for (let c = 0; c < p; c++) row[c] = c < i ? 0 : c === i ? diagonal[i]! : arena.f64(column(c, i), 1)[0]!
    if (taus[i] === 0) row.fill(0)
  }
  // Q is the product of the reflections, applied to the unit vectors from the last one on.
  for (let j = p - 1; j >= 0; j--) {
    await pace.breathe()
    const tau = taus[j]!
    const v = column(j, j)
    for (let c = j + 1; tau !== 0 && c < p; c++) {
      if (c % 64 === 0) await pace.breathe()
      axpy(-tau * dot(v, column(c, j), n - j), v, column(c, j), n - j)
    }
    const q = arena.f64(column(j), n)
    scale(-tau * q[j]!, v, n - j)
    q.fill(0, 0, j)
    q[j]! += 1
  }
  return order
}
