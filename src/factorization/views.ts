// Several matrices with the same rows, as one: how they are looked through, and put beside each other.
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import { csr, dense, type FloatArray, type Matrix } from '../core/matrix.js'
import { show } from '../core/options.js'
import type { Pace } from '../core/pace.js'

const BREATH = 1 << 16 // entries looked at between two breaths

type Visit = (row: number, column: number, value: number) => void

/** Every entry that is stored, row after row. */
export async function walk(X: Matrix, pace: Pace, visit: Visit): Promise<void> {
  const [rows, columns] = X.shape
  let since = 0
  for (let i = 0; i < rows; i++) {
    if (X.kind === 'csr') {
      const [start = 0, end = 0] = [X.indptr[i], X.indptr[i + 1]]
      for (let p = start; p < end; p++) visit(i, X.indices[p]!, X.data[p]!)
      since += end - start + 1
    } else {
      const at = X.offset + i * X.stride[0]
      for (let j = 0; j < columns; j++) visit(i, j, X.data[at + j * X.stride[1]]!)
      since += columns + 1
    }
    if (since < BREATH) continue
    since = 0
    await pace.breathe()
  }
}

/** A list of matrices, `null` or undefined for those that `lacking` allows to be absent; all others have the same
 *  number of rows. */
export async function readMatrices(
  where: string,
  input: unknown,
  { signal, lacking = false }: { readonly signal?: AbortSignal | undefined; readonly lacking?: boolean },
): Promise<(Matrix | undefined)[]> {
  const isMatrix = Array.isArray(input) && Array.isArray(input[0]) && typeof (input[0] as unknown[])[0] === 'number'
  if (!Array.isArray(input) || isMatrix)
    throw new TypeError(`${where}: X: wanted a list of matrices, got ${isMatrix ? 'one matrix' : show(input)}`)
  const found: (Matrix | undefined)[] = []
  for (const [v, matrix] of input.entries()) {
    // One view alone is not lacking: there must be something.
    const absent = lacking && input.length > 1 && (matrix === null || matrix === undefined)
    found.push(absent ? undefined : await readMatrix(`${where}: X[${v}]`, matrix as MatrixInput, signal))
  }
  return found
}

/** Throws RangeError where there is none, one is empty, or rows differ. Returns their number. */
export function checkRows(where: string, views: readonly (Matrix | undefined)[]): number {
  const first = views.findIndex(view => view !== undefined)
  const rows = views[first]?.shape[0]
  if (rows === undefined) throw new RangeError(`${where}: X: wanted at least one view, got none`)
  for (const [v, view] of views.entries()) {
    if (view && (view.shape[0] === 0 || view.shape[1] === 0))
      throw new RangeError(
        `${where}: X[${v}]: wanted at least one row and one column, got ${view.shape[0]} x ${view.shape[1]}`,
      )
    if (view && view.shape[0] !== rows)
      throw new RangeError(`${where}: X[${v}]: wanted ${rows} rows as in X[${first}], got ${view.shape[0]}`)
  }
  return rows
}

/** What a view may hold. */
export interface Allowed {
  readonly signed: boolean
  readonly missing: boolean
}

export interface Facts {
  /** Some entries are below 0. */
  readonly negative: boolean
  /** Some are missing. */
  readonly gaps: boolean
  /** Frobenius norm of those that are there. */
  readonly norm: number
}

/** Looks a view through. Throws RangeError naming the first entry that may not be. */
export async function lookThrough(place: string, X: Matrix, allowed: Allowed, pace: Pace): Promise<Facts> {
  let [bad, first, high, negative, gaps] = [0, '', 0, false, false]
  await walk(X, pace, (i, j, v) => {
    const missing = allowed.missing && Number.isNaN(v)
    gaps ||= missing
    if (missing || (v >= 0 && v < Infinity) || (allowed.signed && v > -Infinity && v < 0)) {
      high = Math.max(high, missing ? 0 : Math.abs(v))
      negative ||= v < 0
      return
    }
    first ||= `[${i}, ${j}] = ${v}: entries must be ${v > -Infinity && v < 0 ? '>= 0' : 'finite'}`
    bad++
  })
  const all = X.kind === 'csr' ? X.data.length : X.shape[0] * X.shape[1]
  if (bad > 0)
    throw new RangeError(
      `${place}${first} (${bad} of ${all} are not finite${allowed.signed ? '' : ' and >= 0'})${first.endsWith('>= 0') ? "; signed 'split' takes views of either sign" : ''}`,
    )
  let sum = 0
  await walk(X, pace, (_i, _j, v) => {
    if (!Number.isNaN(v)) sum += (v / high) * (v / high)
  })
  return { negative, gaps, norm: high > 0 ? high * Math.sqrt(sum) : 0 }
}

/** A view as it stands beside others: its entries times `factor`; with `split` the positive parts of all its columns and
 *  then the negative ones, so twice as many. */
export interface Part {
  readonly X: Matrix
  readonly split: boolean
  readonly factor: number
  /** Its positive parts alone. */
  readonly positive?: boolean
}

export const widthOf = ({ X, split }: Pick<Part, 'X' | 'split'>): number => X.shape[1] * (split ? 2 : 1)

/** The views beside each other: sparse where at most a third of all entries is stored, single where all are. */
export async function beside(parts: readonly Part[], pace: Pace): Promise<Matrix> {
  const rows = parts[0]?.X.shape[0] ?? 0
  const columns = parts.reduce((n, part) => n + widthOf(part), 0)
  const stored = parts.reduce((n, { X }) => n + (X.kind === 'csr' ? X.data.length : X.shape[0] * X.shape[1]), 0)
  const single = parts.every(({ X }) => X.data instanceof Float32Array)
  const floats = (n: number): FloatArray => (single ? new Float32Array(n) : new Float64Array(n))
  const sparse = parts.some(({ X }) => X.kind === 'csr') && 3 * stored <= rows * columns
  return sparse ? besideSparse(parts, [rows, columns], floats, pace) : besideDense(parts, [rows, columns], floats, pace)
}

type Floats = (n: number) => FloatArray

/** What of an entry goes into a half of a split view, or into the whole of another: undefined for none. */
const taken = (v: number, half: 1 | -1 | 0): number | undefined =>
  half === 0 || Number.isNaN(v) ? v : v * half > 0 ? v * half : undefined

/** A column of the whole for the first column of each view, or of each half of one. */
function halves(parts: readonly Part[]): (Part & { readonly half: 1 | -1 | 0; readonly from: number })[] {
  let from = 0
  return parts.flatMap(part =>
    (part.split ? ([1, -1] as const) : ([part.positive ? 1 : 0] as const)).map(half => {
      const placed = { ...part, half, from }
      from += part.X.shape[1]
      return placed
    }),
  )
}

async function besideDense(parts: readonly Part[], [rows, columns]: [number, number], floats: Floats, pace: Pace) {
  const data = floats(rows * columns)
  for (const { X, factor, half, from } of halves(parts))
    await walk(X, pace, (i, j, v) => {
      const value = taken(v, half)
      if (value !== undefined) data[i * columns + from + j] = value * factor
    })
  return dense(data, [rows, columns])
}

async function besideSparse(parts: readonly Part[], [rows, columns]: [number, number], floats: Floats, pace: Pace) {
  const placed = halves(parts)
  const indptr = new Int32Array(rows + 1)
  for (const { X, half } of placed)
    await walk(X, pace, (i, _, v) => {
      if (taken(v, half) !== undefined) indptr[i + 1]!++
    })
  for (let i = 0; i < rows; i++) indptr[i + 1]! += indptr[i]!
  const cursor = indptr.slice(0, rows)
  const count = indptr[rows]!
  const [indices, data] = [new Int32Array(count), floats(count)]
  // Half after half, so columns rise within each row.
  for (const { X, factor, half, from } of placed)
    await walk(X, pace, (i, j, v) => {
      const value = taken(v, half)
      if (value === undefined) return
      const p = cursor[i]!++
      indices[p] = from + j
      data[p] = value * factor
    })
  return csr({ indptr, indices, data, shape: [rows, columns] })
}
