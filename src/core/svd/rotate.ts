import type { Engine } from '../../../bindings/engine.js'
import type { Pace } from '../pace.js'

const STRETCH = 65536 // numbers of the result at a time

/** The first `to` of `from` vectors f64[from*n] <- C times them all, C f64[to*from] row-major, to <= from; the others are
 *  left as they were. 2 n from to flops. */
export async function rotate(
  engine: Engine,
  [n, from, to]: readonly [n: number, from: number, to: number],
  c: number,
  a: number,
  pace: Pace,
): Promise<void> {
  const { arena, kernels } = engine
  const mark = arena.mark()
  const work = arena.alloc(kernels.gemmWork())
  const step = Math.max(4, Math.floor(STRETCH / from))
  const out = arena.alloc(to * Math.min(step, n) * 8)
  for (let i = 0; i < n; i += step) {
    await pace.breathe()
    const count = Math.min(step, n - i)
    arena.f64(out, to * count).fill(0)
    kernels.gemm_f64(to, count, from, 1, c, from, 1, a + i * 8, n, 1, out, count, work)
    for (let q = 0; q < to; q++) arena.copy(out + q * count * 8, a + (q * n + i) * 8, count * 8)
  }
  arena.release(mark)
}
