import type { Engine } from '../../bindings/instance.js'
import { type Precision, typed } from '../../bindings/typed.js'
import { copyRows, type Csr, type Dense, type Matrix } from './matrix.js'
import type { Pace } from './pace.js'
import { exponentOf, powerOfTwo } from './scale.js'
import { sliceColumns } from './slices.js'

const CHUNK = 1 << 18 // entries looked at between two breaths

/** Columns first .. first + columns of X. Sparse ones are stored apart, with column indices from `first`: `indptr`
 *  points to i32[rows + 1], positions in the matrix's `indices` and `x`. */
export interface Slice {
  readonly first: number
  readonly columns: number
  readonly indptr: number
}

/** A non-negative matrix in the arena, divided by root^2 so that its largest entry lies in [1, 4): the thresholds of
 *  the kernels then mean the same for data of any size. root is a power of two and nothing is rounded: data that span
 *  more than the division leaves room for are divided by less. */
export interface Loaded {
  readonly rows: number
  readonly columns: number
  readonly precision: Precision
  readonly root: number
  readonly sparse: boolean
  /** T[rows*ld] row-major, zeros beyond the columns; or the stored entries of a sparse matrix. */
  readonly x: number
  readonly ld: number
  readonly indices: number
  readonly slices: readonly Slice[]
  readonly stored: number
  /** Mean over all entries and <X, X>, of the divided matrix. */
  readonly mean: number
  readonly squares: number
}

export interface LoadOptions {
  /** Rounded to this; by default as it is. */
  readonly precision?: Precision
  /** Entries must be > 0. */
  readonly positive?: boolean
  /** Columns of a slice of a sparse matrix at most. */
  readonly sliceWidth?: number
}

export const precisionOf = (X: Matrix): Precision => (X.data instanceof Float32Array ? 'f32' : 'f64')

/** Copies X into the arena. Throws RangeError for a matrix without rows or columns, and naming the first entry that is
 *  not finite and >= 0 (> 0 where `positive`). */
export async function loadNonNegative(
  engine: Engine,
  where: string,
  X: Matrix,
  pace: Pace,
  { precision = precisionOf(X), positive = false, sliceWidth = Infinity }: LoadOptions = {},
): Promise<Loaded> {
  const [rows, columns] = X.shape
  if (rows === 0 || columns === 0)
    throw new RangeError(`${where}: X: wanted at least one row and one column, got ${rows} x ${columns}`)
  const { arena } = engine
  const call = typed(engine.kernels, precision)
  const size = precision === 'f32' ? 4 : 8
  const sparse = X.kind === 'csr'
  const ld = sparse ? 1 : leading(columns, size)
  const lines = sparse ? X.data.length : rows // of ld numbers each
  const [x, out] = [arena.alloc(lines * ld * size), arena.alloc(24)]
  const step = Math.max(1, Math.floor(CHUNK / ld))
  const chunks = Array.from({ length: Math.ceil(lines / step) }, (_, c) => ({
    first: c * step,
    count: Math.min(step, lines - c * step),
    at: x + c * step * ld * size,
  }))
  const place = ({ first, count, at }: (typeof chunks)[number]): void => {
    const view = precision === 'f32' ? arena.f32(at, count * ld) : arena.f64(at, count * ld)
    if (sparse) view.set(X.data.subarray(first, first + count))
    else copyRows(X, first, count, view, ld)
  }
  // Sparse entries are one long row.
  const shape = (count: number): [number, number, number] => (sparse ? [1, count, count] : [count, columns, ld])

  let [low, high, leastPositive] = [sparse && X.data.length < rows * columns ? 0 : Infinity, 0, Infinity]
  for (const chunk of chunks) {
    await pace.breathe()
    place(chunk)
    const bad = call.scan(...shape(chunk.count), chunk.at, out)
    if (bad >= 0) {
      let count = 0
      for (const other of chunks) {
        place(other)
        count += call.countBad(...shape(other.count), other.at)
      }
      throw badEntry(where, X, chunk.first * (sparse ? 1 : columns) + bad, count)
    }
    const [least = 0, most = 0, positives = 0] = arena.f64(out, 3)
    low = Math.min(low, least)
    high = Math.max(high, most)
    leastPositive = Math.min(leastPositive, positives)
  }
  if (positive && low === 0)
    throw new RangeError(`${where}: X has zeros: a loss with beta <= 0 divides by the entries and needs them > 0`)

  const stored = sparse ? X.data.length : rows * columns
  const layout = sparse
    ? await placeSparse(engine, X, x, pace, precision, sliceWidth)
    : { indices: 0, slices: [{ first: 0, columns, indptr: 0 }] }
  const root = high > 0 ? powerOfTwo(rootExponent(high, leastPositive, precision)) : 1
  let [total, squares] = [0, 0]
  for (const { count, at } of chunks) {
    await pace.breathe()
    // Twice, as 1 / root^2 may be beyond the range.
    if (root !== 1) for (let i = 0; i < 2; i++) call.scale(1 / root, at, count * ld)
    total += call.sum(at, count * ld)
    squares += call.dot(at, at, count * ld)
  }
  return { rows, columns, precision, root, sparse, x, ld, ...layout, stored, mean: total / (rows * columns), squares }
}

/** 64 bits, in hexadecimal, that tell this matrix from another. */
export async function fingerprint(engine: Engine, X: Loaded, pace: Pace): Promise<string> {
  const { arena, kernels } = engine
  const mark = arena.mark()
  const state = arena.alloc(8)
  arena.i32(state, 2).set([X.rows, X.columns])
  const words = X.precision === 'f32' ? 1 : 2
  const parts: [number, number][] = [[X.x, (X.sparse ? X.stored : X.rows * X.ld) * words]]
  if (X.sparse) parts.push([X.indices, X.stored])
  for (const { indptr } of X.slices) if (indptr) parts.push([indptr, X.rows + 1])
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

// e with high / 4^e in [1, 4), nearer to 0 where entries that are small beside it would lose digits by the division.
function rootExponent(high: number, leastPositive: number, precision: Precision): number {
  const wanted = Math.floor(exponentOf(high) / 2)
  const bound = Math.floor((exponentOf(leastPositive) + (precision === 'f32' ? 120 : 1000)) / 2)
  return wanted > 0 ? Math.max(0, Math.min(wanted, bound)) : wanted
}

// Walking down columns whose stride is a multiple of 256 bytes keeps hitting the same few sets of the first-level cache.
function leading(columns: number, size: number): number {
  return (columns * size) % 256 === 0 && columns * size > 256 ? columns + 64 / size : columns
}

async function placeSparse(engine: Engine, X: Csr, x: number, pace: Pace, precision: Precision, sliceWidth: number) {
  const { arena } = engine
  const cut = X.shape[1] > sliceWidth ? await sliceColumns(X, sliceWidth, pace) : undefined
  const put = async (values: Int32Array, pointer = arena.alloc(values.byteLength)): Promise<number> => {
    for (let first = 0; first < values.length; first += CHUNK) {
      await pace.breathe()
      const part = values.subarray(first, first + CHUNK)
      arena.i32(pointer + first * 4, part.length).set(part)
    }
    return pointer
  }
  const indices = await put(cut?.indices ?? X.indices)
  if (!cut) return { indices, slices: [{ first: 0, columns: X.shape[1], indptr: await put(X.indptr) }] }
  for (let first = 0; first < cut.data.length; first += CHUNK) {
    await pace.breathe()
    const part = cut.data.subarray(first, first + CHUNK)
    if (precision === 'f32') arena.f32(x + first * 4, part.length).set(part)
    else arena.f64(x + first * 8, part.length).set(part)
  }
  const slices: Slice[] = []
  for (const { first, columns, indptr } of cut.slices) slices.push({ first, columns, indptr: await put(indptr) })
  return { indices, slices }
}

function badEntry(where: string, X: Matrix, place: number, count: number): RangeError {
  const columns = X.shape[1]
  const [row, column] =
    X.kind === 'csr' ? [rowOf(X.indptr, place), X.indices[place] ?? 0] : [Math.floor(place / columns), place % columns]
  const value = X.kind === 'csr' ? (X.data[place] ?? NaN) : entryOf(X, row, column)
  const all = X.kind === 'csr' ? X.data.length : X.shape[0] * columns
  const wanted = value < 0 ? '>= 0' : 'finite'
  // A finite f64 may have no finite f32.
  const rounded = Number.isFinite(value) && value >= 0 ? ' (infinite in f32)' : ''
  return new RangeError(
    `${where}: X[${row}, ${column}] = ${value}${rounded}: entries must be ${wanted} (${count} of ${all} are not finite and >= 0)`,
  )
}

const entryOf = ({ data, stride, offset }: Dense, row: number, column: number): number =>
  data[offset + row * stride[0] + column * stride[1]] ?? NaN

function rowOf(indptr: Int32Array, place: number): number {
  let row = 0
  while ((indptr[row + 1] ?? 0) <= place) row++
  return row
}
