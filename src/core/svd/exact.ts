import type { Engine } from '../../../bindings/engine.js'
import { typed } from '../../../bindings/typed.js'
import type { Loaded } from '../load.js'
import type { Pace } from '../pace.js'
import { readRow } from '../products.js'
import { denseSvd } from './dense.js'
import type { Triplets, Wanted } from './triplets.js'

/** The leading k triplets of X by way of all, in f64. */
export async function exactSvd(engine: Engine, X: Loaded, { k, mean = 0 }: Wanted, pace: Pace): Promise<Triplets> {
  const { arena } = engine
  const mark = arena.mark()
  const { rows, columns } = X
  const wide = rows < columns
  const [n, p] = wide ? [columns, rows] : [rows, columns]
  const a = arena.alloc(n * p * 8)
  await put(engine, X, mean, a, wide ? [n, 1] : [1, n], pace)
  const { u, v, S } = await denseSvd(engine, n, p, a, pace)
  const [long, short] = [await take(engine, n, k, u, pace), await take(engine, p, k, v, pace)]
  arena.release(mark)
  return { U: wide ? short : long, S: S.slice(0, k), V: wide ? long : short }
}

/** X - 1 mu' in f64, by strides. */
async function put(engine: Engine, X: Loaded, mean: number, a: number, [rs, cs]: [number, number], pace: Pace) {
  const { arena, kernels } = engine
  const call = typed(kernels, 'f64')
  const { rows, columns } = X
  const mark = arena.mark()
  const line = arena.alloc(columns * 8)
  for (let i = 0; i < rows; i++) {
    if (i % 64 === 0) await pace.breathe()
    readRow(engine, X, i, arena.f64(line, columns))
    if (mean) call.subtractRow(1, columns, columns, line, mean)
    call.unpad(1, columns, columns, 1, line, a + i * rs * 8, columns, cs)
  }
  arena.release(mark)
}

/** The first k of the vectors f64[k*n] as the columns of a row-major matrix. */
export async function take(engine: Engine, n: number, k: number, vectors: number, pace: Pace): Promise<Float64Array> {
  const { arena, kernels } = engine
  const mark = arena.mark()
  const out = new Float64Array(n * k)
  const step = Math.max(1, Math.floor(65536 / k))
  const part = arena.alloc(Math.min(step, n) * k * 8)
  for (let i = 0; i < n; i += step) {
    await pace.breathe()
    const count = Math.min(step, n - i)
    kernels.pad_f64(count, k, k, 1, vectors + i * 8, 1, n, part)
    out.set(arena.f64(part, count * k), i * k)
  }
  arena.release(mark)
  return out
}
