import type { Engine } from '../../bindings/instance.js'
import { typed } from '../../bindings/typed.js'
import type { Lists, Loaded, Slice, Turned } from './load.js'
import { leading } from './numbers.js'
import type { Pace } from './pace.js'

const CHUNK = 1 << 18 // entries moved between two breaths

/** The transpose of X, which is in one piece. */
export async function turn(engine: Engine, X: Loaded, pace: Pace): Promise<Turned> {
  const { arena, kernels } = engine
  const { rows, columns, precision, sparse, stored, x, ld } = X
  const call = typed(kernels, precision)
  const size = precision === 'f32' ? 4 : 8
  if (!sparse) {
    const tall = leading(rows, size)
    const to = arena.alloc(columns * tall * size)
    for (let i = 0, step = Math.max(1, Math.floor(CHUNK / columns)); i < rows; i += step) {
      await pace.breathe()
      call.unpad(Math.min(step, rows - i), columns, ld, 1, x + i * ld * size, to + i * size, 1, tall)
    }
    return { x: to, ld: tall, indices: 0, indptr: 0, longest: [columns, rows] }
  }
  const [{ indptr }] = X.slices as [Slice]
  const data = arena.alloc(stored * size)
  const { lists, longest } = await turnLists(engine, { indptr, indices: X.indices, weights: x }, X, data, pace)
  return { x: data, ld: 0, indices: lists.indices, indptr: lists.indptr, longest }
}

/** Rows of lists as columns of them; their weights go to `target`, unless they have none. */
export async function turnLists(
  { arena, kernels }: Engine,
  { indptr, indices, weights }: Lists,
  { rows, columns, precision }: Pick<Loaded, 'rows' | 'columns' | 'precision'>,
  target: number,
  pace: Pace,
): Promise<{ readonly lists: Lists; readonly longest: readonly [number, number] }> {
  const call = typed(kernels, precision)
  const stored = arena.i32(indptr + rows * 4, 1)[0] ?? 0
  const lists = { indptr: arena.alloc((columns + 1) * 4), indices: arena.alloc(stored * 4), weights: weights && target }
  for (let first = 0; first < stored; first += CHUNK) {
    await pace.breathe()
    kernels.transposeCount(Math.min(CHUNK, stored - first), indices + first * 4, lists.indptr)
  }
  kernels.transposeStarts(columns, lists.indptr)
  const step = Math.max(1, Math.floor((CHUNK * rows) / Math.max(1, stored)))
  for (let i = 0; i < rows; i += step) {
    await pace.breathe()
    const of = [i, Math.min(step, rows - i), indptr + i * 4, indices, weights] as const
    call.transposeFill(...of, lists.indptr, lists.indices, lists.weights)
  }
  const longest = [arena.i32(indptr, rows + 1), arena.i32(lists.indptr, columns + 1)].map(ends =>
    ends.reduce((most, end, i) => Math.max(most, end - (ends[i - 1] ?? 0)), 0),
  )
  return { lists, longest: longest as [number, number] }
}
