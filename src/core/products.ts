import type { Engine } from '../../bindings/engine.js'
import { typed } from '../../bindings/typed.js'
import type { Loaded, Slice } from './load.js'
import type { FloatArray } from './matrix.js'
import type { Region, Span } from './program.js'

// Products of a loaded X, or rows of it, with narrow matrices: B T[m*kp] and Y T[n*kp], kp a multiple of four. Both
// yield between slices of X.

/** Where rows from `first` on of a slice begin: the entries of dense X, else the row pointers with the entries' base. */
export function place(X: Loaded, first: number, slice: Slice): { x: number; indptr: number } {
  if (!X.sparse) return { x: X.x + first * X.ld * sizeOf(X), indptr: 0 }
  return { x: X.x, indptr: slice.indptr + first * 4 }
}

export const sizeOf = ({ precision }: Pick<Loaded, 'precision'>): 4 | 8 => (precision === 'f32' ? 4 : 8)

/** y T[count*kp] += X B of these rows. */
export function* times(
  { kernels }: Engine,
  X: Loaded,
  { first, count }: Span,
  kp: number,
  b: number,
  y: number,
): Generator<void, void> {
  const call = typed(kernels, X.precision)
  for (const slice of X.slices) {
    const { x, indptr } = place(X, first, slice)
    if (indptr) call.csrProduct(count, kp, indptr, X.indices, x, b + slice.first * kp * sizeOf(X), y)
    else call.product(count, X.columns, kp, x, X.ld, 1, b, y)
    yield
  }
}

/** z T[m*kp] += X' Y of these rows, y T[count*kp] theirs. */
export function* timesTransposed(
  { kernels }: Engine,
  X: Loaded,
  { first, count }: Span,
  kp: number,
  y: number,
  z: number,
): Generator<void, void> {
  const call = typed(kernels, X.precision)
  for (const slice of X.slices) {
    const { x, indptr } = place(X, first, slice)
    if (indptr) call.csrProductTransposed(count, kp, indptr, X.indices, x, y, z + slice.first * kp * sizeOf(X))
    else call.product(X.columns, count, kp, x, 1, X.ld, y, z)
    yield
  }
}

/** Row i of X with its zeros, into m numbers of either precision. */
export function readRow({ arena }: Engine, X: Loaded, i: number, target: FloatArray): void {
  const size = sizeOf(X)
  if (!X.sparse) return target.set(arena.floats(X.precision, X.x + i * X.ld * size, X.columns))
  target.fill(0)
  for (const { first, indptr } of X.slices) {
    const [start = 0, end = 0] = arena.i32(indptr + i * 4, 2)
    const indices = arena.i32(X.indices + start * 4, end - start)
    arena.floats(X.precision, X.x + start * size, end - start).forEach((v, e) => (target[first + indices[e]!] = v))
  }
}

/** Where some rows of X lie. */
export function dataRegions({ arena }: Engine, X: Loaded, { first, count }: Span): Region[] {
  const size = sizeOf(X)
  if (!X.sparse) return [{ at: X.x + first * X.ld * size, bytes: count * X.ld * size }]
  return X.slices.flatMap(({ indptr }) => {
    const pointers = arena.i32(indptr + first * 4, count + 1)
    const [start = 0, end = 0] = [pointers[0], pointers[count]]
    return [
      { at: indptr + first * 4, bytes: (count + 1) * 4 },
      { at: X.indices + start * 4, bytes: (end - start) * 4 },
      { at: X.x + start * size, bytes: (end - start) * size },
    ]
  })
}
