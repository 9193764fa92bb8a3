import type { Engine } from '../../bindings/instance.js'
import type { Loaded } from '../core/load.js'
import type { Csr } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfFit } from './nmf-fit.js'

const ROWS = 1 << 14 // entries looked at between two breaths, by rows

/** The held-out entries in the arena, and the mean divergence of a fit over them. Throws RangeError naming the first
 *  that is not finite and, unless X is signed, >= 0. */
export function heldOutLoss(
  engine: Engine,
  where: string,
  out: Csr,
  { precision, root, signed = false }: Loaded,
  beta: number,
) {
  check(where, out, signed)
  const { arena } = engine
  const size = precision === 'f32' ? 4 : 8
  const [rows] = out.shape
  const count = out.data.length
  const at = { indptr: arena.alloc((rows + 1) * 4), indices: arena.alloc(count * 4), x: arena.alloc(count * size) }
  arena.i32(at.indptr, rows + 1).set(out.indptr)
  arena.i32(at.indices, count).set(out.indices)
  const x = arena.floats(precision, at.x, count)
  x.set(out.data)
  for (let e = 0; e < count; e++) x[e] = (x[e] ?? 0) / root / root
  return async (factors: NmfFactors, { W, H }: Pick<NmfFit, 'W' | 'H'>, pace: Pace): Promise<number> => {
    const { call, kp, w, ht } = factors
    await factors.setFactors(W, H, pace)
    let total = 0
    const step = Math.max(1, Math.floor((ROWS * rows) / count))
    for (let i = 0; i < rows; i += step) {
      await pace.breathe()
      const these = Math.min(step, rows - i)
      total += call.listedLoss(these, kp, beta, at.indptr + i * 4, at.indices, 0, at.x, w + i * kp * size, ht)
    }
    return total / count
  }
}

function check(where: string, { data, indices, indptr }: Csr, signed: boolean): void {
  const bad = data.findIndex(v => !(v > -Infinity && v < Infinity && (signed || v >= 0)))
  if (bad < 0) return
  const row = indptr.findIndex((start, i) => i > 0 && start > bad) - 1
  const wanted = data[bad]! < 0 && !signed ? '>= 0' : 'finite'
  throw new RangeError(`${where}: X[${row}, ${indices[bad]}] = ${data[bad]}: entries must be ${wanted}`)
}
