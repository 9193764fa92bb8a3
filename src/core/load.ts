import type { Engine } from '../../bindings/instance.js'
import { type Precision, typed, type TypedKernels } from '../../bindings/typed.js'
import { copyRows, type Dense, type FloatArray, type Matrix } from './matrix.js'
import type { Pace } from './run.js'
import { exponentOf, powerOfTwo } from './scale.js'

const CHUNK = 1 << 18 // entries looked at between two breaths

/** A non-negative matrix in the arena, divided by root^2 so that its largest entry lies in [1, 4): the thresholds of
 *  the kernels then mean the same for data of any size. root is a power of two, so nothing is rounded. */
export interface Loaded {
  readonly rows: number
  readonly columns: number
  readonly precision: Precision
  readonly root: number
  /** T[stored]: row-major, or the stored entries where `indptr` is not 0. */
  readonly x: number
  readonly stored: number
  readonly indptr: number
  readonly indices: number
  /** Mean over all entries and <X, X>, of the divided matrix. */
  readonly mean: number
  readonly squares: number
}

export const precisionOf = (X: Matrix): Precision => (X.data instanceof Float32Array ? 'f32' : 'f64')

/** Copies X into the arena, rounded to `precision`. Throws RangeError for a matrix without rows or columns, and naming
 *  the first entry that is not finite and >= 0 (> 0 where `positive`). */
export async function loadNonNegative(
  engine: Engine,
  where: string,
  X: Matrix,
  pace: Pace,
  { precision = precisionOf(X), positive = false }: { precision?: Precision; positive?: boolean } = {},
): Promise<Loaded> {
  const [rows, columns] = X.shape
  if (rows === 0 || columns === 0)
    throw new RangeError(`${where}: X: wanted at least one row and one column, got ${rows} x ${columns}`)
  const { arena } = engine
  const call = typed(engine.kernels, precision)
  const size = precision === 'f32' ? 4 : 8
  const stored = X.kind === 'csr' ? X.data.length : rows * columns
  const [x, out] = [arena.alloc(stored * size), arena.alloc(16)]
  const view = (first: number, count: number): FloatArray =>
    precision === 'f32' ? arena.f32(x + first * 4, count) : arena.f64(x + first * 8, count)
  const chunks = cut(X, stored)

  let [low, high] = [X.kind === 'csr' && stored < rows * columns ? 0 : Infinity, 0]
  for (const [first, count] of chunks) {
    await pace.breathe()
    if (X.kind === 'csr') view(first, count).set(X.data.subarray(first, first + count))
    else copyRows(X, first / columns, count / columns, view(first, count))
    const bad = call.scan(x + first * size, count, out)
    if (bad >= 0) throw badEntry(where, X, first + bad, call, chunks, view, x, size)
    const [least = 0, most = 0] = arena.f64(out, 2)
    low = Math.min(low, least)
    high = Math.max(high, most)
  }
  if (positive && low === 0)
    throw new RangeError(`${where}: X has zeros: a loss with beta <= 0 divides by the entries and needs them > 0`)

  const root = high > 0 ? powerOfTwo(Math.floor(exponentOf(high) / 2)) : 1
  let [total, squares] = [0, 0]
  for (const [first, count] of chunks) {
    await pace.breathe()
    // Twice, as 1 / root^2 may be beyond the range.
    if (root !== 1) for (let i = 0; i < 2; i++) call.scale(1 / root, x + first * size, count)
    total += call.sum(x + first * size, count)
    squares += call.dot(x + first * size, x + first * size, count)
  }
  const sparse = X.kind === 'csr' ? await structure(engine, X.indptr, X.indices, pace) : { indptr: 0, indices: 0 }
  return { rows, columns, precision, root, x, stored, ...sparse, mean: total / (rows * columns), squares }
}

/** 64 bits, in hexadecimal, that tell this matrix from another. */
export async function fingerprint(engine: Engine, X: Loaded, pace: Pace): Promise<string> {
  const { arena, kernels } = engine
  const mark = arena.mark()
  const state = arena.alloc(8)
  arena.i32(state, 2).set([X.rows, X.columns])
  const words = X.precision === 'f32' ? 1 : 2
  const parts: [number, number][] = [[X.x, X.stored * words]]
  if (X.indptr) parts.push([X.indptr, X.rows + 1], [X.indices, X.stored])
  for (const [pointer, length] of parts) {
    for (let first = 0; first < length; first += CHUNK) {
      await pace.breathe()
      kernels.fingerprint(pointer + first * 4, Math.min(CHUNK, length - first), state)
    }
  }
  const [low = 0, high = 0] = arena.i32(state, 2)
  arena.release(mark)
  return [high, low].map(word => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

async function structure(engine: Engine, indptr: Int32Array, indices: Int32Array, pace: Pace) {
  const { arena } = engine
  const place = async (values: Int32Array): Promise<number> => {
    const pointer = arena.alloc(values.byteLength)
    for (let first = 0; first < values.length; first += CHUNK) {
      await pace.breathe()
      const part = values.subarray(first, first + CHUNK)
      arena.i32(pointer + first * 4, part.length).set(part)
    }
    return pointer
  }
  return { indptr: await place(indptr), indices: await place(indices) }
}

// [first entry, count] of each chunk; of a dense matrix whole rows.
function cut(X: Matrix, stored: number): [number, number][] {
  const columns = X.kind === 'csr' ? 1 : X.shape[1]
  const step = Math.max(1, Math.floor(CHUNK / columns)) * columns
  const chunks: [number, number][] = []
  for (let first = 0; first < stored; first += step) chunks.push([first, Math.min(step, stored - first)])
  return chunks
}

function badEntry(
  where: string,
  X: Matrix,
  place: number,
  call: TypedKernels,
  chunks: readonly [number, number][],
  view: (first: number, count: number) => FloatArray,
  x: number,
  size: number,
): RangeError {
  const columns = X.shape[1]
  const at =
    X.kind === 'csr'
      ? `${rowOf(X.indptr, place)}, ${X.indices[place]}`
      : `${Math.floor(place / columns)}, ${place % columns}`
  const value = X.kind === 'csr' ? (X.data[place] ?? NaN) : entryOf(X, place)
  let count = 0
  let all = 0
  for (const [first, length] of chunks) {
    if (X.kind === 'csr') view(first, length).set(X.data.subarray(first, first + length))
    else copyRows(X, first / columns, length / columns, view(first, length))
    count += call.countBad(x + first * size, length)
    all += length
  }
  const wanted = value < 0 ? '>= 0' : 'finite'
  // A finite f64 may have no finite f32.
  const rounded = Number.isFinite(value) && value >= 0 ? ' (infinite in f32)' : ''
  return new RangeError(
    `${where}: X[${at}] = ${value}${rounded}: entries must be ${wanted} (${count} of ${all} are not finite and >= 0)`,
  )
}

const entryOf = ({ data, shape, stride, offset }: Dense, place: number): number =>
  data[offset + Math.floor(place / shape[1]) * stride[0] + (place % shape[1]) * stride[1]] ?? NaN

function rowOf(indptr: Int32Array, place: number): number {
  let row = 0
  while ((indptr[row + 1] ?? 0) <= place) row++
  return row
}
