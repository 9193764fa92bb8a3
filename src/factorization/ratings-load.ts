import type { Engine } from '../../bindings/engine.js'
import { type Precision, typed } from '../../bindings/typed.js'
import { loadMatrix } from '../core/load.js'
import type { Csr } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import type { Region, Span } from '../core/program.js'
import { turn } from '../core/turn.js'

/** Rows of ratings in the arena: indptr i32[rows + 1], indices i32 and values T. */
export interface Side {
  readonly rows: number
  readonly indptr: number
  readonly indices: number
  readonly values: number
}

/** Ratings by users and by items, divided by `unit`, a power of four; of one side alone the other has rows but no
 *  entries (pointers of 0). */
export interface Ratings {
  readonly precision: Precision
  readonly stored: number
  readonly unit: number
  readonly sides: readonly [users: Side, items: Side]
}

export interface LoadRatings {
  /** Divide them, so that their size does not matter. */
  readonly divide: boolean
  /** Lay them out by items too. */
  readonly both: boolean
  readonly precision?: Precision
}

/** Throws RangeError for a matrix without rows or columns, and naming the first entry that is not finite. */
export async function loadRatings(
  engine: Engine,
  where: string,
  X: Csr,
  { divide, both, precision }: LoadRatings,
  pace: Pace,
): Promise<Ratings> {
  const loaded = await loadMatrix(engine, where, X, pace, { signed: true, ...(precision && { precision }) })
  const { rows, columns, root, x, indices, stored } = loaded
  const indptr = loaded.slices[0]!.indptr
  const call = typed(engine.kernels, loaded.precision)
  if (!divide && root !== 1) for (let i = 0; i < 2; i++) call.scale(root, x, stored)
  const users: Side = { rows, indptr, indices, values: x }
  const items: Side = { rows: columns, indptr: 0, indices: 0, values: 0 }
  const found = { precision: loaded.precision, stored, unit: divide ? root * root : 1 }
  if (!both) return { ...found, sides: [users, items] }
  const t = await turn(engine, loaded, pace)
  return { ...found, sides: [users, { rows: columns, indptr: t.indptr, indices: t.indices, values: t.x }] }
}

/** Where some rows of a side lie. */
export function sideRegions({ arena }: Engine, { precision }: Ratings, side: Side, { first, count }: Span): Region[] {
  const size = precision === 'f32' ? 4 : 8
  const pointers = arena.i32(side.indptr + first * 4, count + 1)
  const [start = 0, end = 0] = [pointers[0], pointers[count]]
  return [
    { at: side.indptr + first * 4, bytes: (count + 1) * 4 },
    { at: side.indices + start * 4, bytes: (end - start) * 4 },
    { at: side.values + start * size, bytes: (end - start) * size },
  ]
}
