import type { Engine } from '../../../bindings/engine.js'
import { typed } from '../../../bindings/typed.js'
import type { Pace } from '../pace.js'

/** Of `count` vectors of n numbers, f64[count*n], the first `from` are orthonormal: writes the others so that all are.
 *  Each is the unit vector that the ones before it leave most of, made orthogonal to them twice. count <= n. */
export async function complete(engine: Engine, n: number, from: number, count: number, b: number, pace: Pace) {
  const { arena, kernels } = engine
  const { gemv, norm2, scale } = typed(kernels, 'f64')
  const mark = arena.mark()
  const t = arena.alloc(count * 8)
  // What the vectors so far leave of each unit vector: 1 - sum_i b_ij^2.
  const left = new Float64Array(n).fill(1)
  const take = (i: number): void => arena.f64(b + i * n * 8, n).forEach((v, j) => (left[j]! -= v * v))
  for (let i = 0; i < count; i++) {
    await pace.breathe()
    if (i >= from) {
      const at = b + i * n * 8
      let most = 0
      for (let j = 1; j < n; j++) if (left[j]! > left[most]!) most = j
      arena.f64(at, n).fill(0)[most] = 1
      for (let pass = 0; pass < 2; pass++) {
        arena.f64(t, count).fill(0)
        gemv(i, n, 1, b, n, 1, at, t)
        gemv(n, i, -1, b, 1, n, t, at)
      }
      scale(1 / norm2(at, n), at, n)
    }
    take(i)
  }
  arena.release(mark)
}
