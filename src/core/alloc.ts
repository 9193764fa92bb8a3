import { borrowForGood } from '../../bindings/instance.js'
import type { Precision } from '../../bindings/typed.js'
import { canShareMemory } from '../../bindings/workers.js'
import { settle } from './home.js'
import { checkShape, type Dense, type FloatArray, trust } from './matrix.js'
import { leading } from './numbers.js'
import { show } from './options.js'

/** See `Matrix.alloc`. */
export async function alloc(shape: readonly [number, number], precision: Precision): Promise<Dense> {
  checkShape('Matrix.alloc', shape)
  if (precision !== 'f32' && precision !== 'f64')
    throw new TypeError(`Matrix.alloc: precision: wanted 'f32' or 'f64', got ${show(precision)}`)
  const [rows, columns] = shape
  const engine = await borrowForGood(canShareMemory())
  const { arena } = engine
  const size = precision === 'f32' ? 4 : 8
  const ld = leading(columns, size)
  const x = arena.alloc(rows * ld * size)
  const matrix: Dense = Object.freeze({
    kind: 'dense' as const,
    // A view made each time, as it ends where the memory grows.
    get data(): FloatArray {
      return arena.floats(precision, x, rows * ld)
    },
    shape: [rows, columns] as const,
    stride: [ld, 1] as const,
    offset: 0,
  })
  settle(matrix, { engine, x, precision, busy: false, readers: 0, divided: 0, root: 1 })
  return trust(matrix)
}
