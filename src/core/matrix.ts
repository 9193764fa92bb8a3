import { show } from './options.js'

export type FloatArray = Float32Array | Float64Array

/** Element (i, j) is data[offset + i*stride[0] + j*stride[1]] (ndarray's convention). Rows are samples. */
export interface Dense {
  readonly kind: 'dense'
  readonly data: FloatArray
  readonly shape: readonly [rows: number, columns: number]
  readonly stride: readonly [number, number]
  readonly offset: number
}

/** Compressed sparse rows, scipy's names: row i holds data[indptr[i] .. indptr[i+1]) at the columns `indices`. */
export interface Csr {
  readonly kind: 'csr'
  readonly indptr: Int32Array
  readonly indices: Int32Array
  readonly data: FloatArray
  readonly shape: readonly [rows: number, columns: number]
}

export type Matrix = Dense | Csr
export type MatrixLike = Matrix | readonly (readonly number[])[]

// Matrices whose structure is known to hold: these are not looked through again.
const checked = new WeakSet<object>()

/** A matrix whose structure its maker vouches for. */
export function trust<M extends Matrix>(matrix: M): M {
  checked.add(matrix)
  return matrix
}

/** A dense matrix over `data`, which is kept and never written. Row-major unless `stride` says otherwise.
 *  Throws TypeError where data is not a Float32Array or Float64Array, RangeError where it does not hold the shape. */
export function dense(
  data: FloatArray,
  shape: readonly [number, number],
  layout: { stride?: readonly [number, number]; offset?: number } = {},
): Dense {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    throw new TypeError(`dense: data: wanted a Float32Array or Float64Array, got ${show(data)}`)
  }
  checkShape('dense', shape)
  const [rows, columns] = shape
  const stride = layout.stride ?? ([columns, 1] as const)
  const offset = layout.offset ?? 0
  for (const [name, value] of [
    ['stride[0]', stride[0]],
    ['stride[1]', stride[1]],
    ['offset', offset],
  ] as const) {
    if (!Number.isInteger(value)) throw new TypeError(`dense: ${name}: wanted an integer, got ${show(value)}`)
  }
  if (layout.stride === undefined && layout.offset === undefined && data.length !== rows * columns) {
    throw new RangeError(`dense: data: wanted ${rows} x ${columns} = ${rows * columns} entries, got ${data.length}`)
  }
  if (rows > 0 && columns > 0) {
    const spans = [(rows - 1) * stride[0], (columns - 1) * stride[1]]
    const low = offset + spans.reduce((sum, span) => sum + Math.min(0, span), 0)
    const high = offset + spans.reduce((sum, span) => sum + Math.max(0, span), 0)
    if (low < 0 || high >= data.length) {
      throw new RangeError(`dense: stride and offset reach entries ${low} to ${high}, data has 0 to ${data.length - 1}`)
    }
  }
  const made: Dense = { kind: 'dense', data, shape: [rows, columns], stride: [stride[0], stride[1]], offset }
  return trust(Object.freeze(made))
}

/** A sparse matrix over scipy's three arrays, kept and never written; column indices rise within each row.
 *  Throws TypeError for the wrong kinds, RangeError naming the first place where the structure is broken. */
export function csr(parts: {
  indptr: Int32Array
  indices: Int32Array
  data: FloatArray
  shape: readonly [number, number]
}): Csr {
  const { indptr, indices, data, shape } = parts
  for (const [name, value] of [
    ['indptr', indptr],
    ['indices', indices],
  ] as const) {
    if (!(value instanceof Int32Array)) throw new TypeError(`csr: ${name}: wanted an Int32Array, got ${show(value)}`)
  }
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    throw new TypeError(`csr: data: wanted a Float32Array or Float64Array, got ${show(data)}`)
  }
  checkShape('csr', shape)
  const [rows, columns] = shape
  if (indptr.length !== rows + 1) {
    throw new RangeError(`csr: indptr: wanted ${rows + 1} entries for ${rows} rows, got ${indptr.length}`)
  }
  if (indices.length !== data.length) {
    throw new RangeError(`csr: indices and data: wanted equal lengths, got ${indices.length} and ${data.length}`)
  }
  if (indptr[0] !== 0 || indptr[rows] !== data.length) {
    throw new RangeError(`csr: indptr: wanted 0 first and ${data.length} last, got ${indptr[0]} and ${indptr[rows]}`)
  }
  for (let i = 0; i < rows; i++) {
    const start = indptr[i] ?? 0
    const end = indptr[i + 1] ?? 0
    if (end < start || end > data.length) {
      throw new RangeError(`csr: indptr[${i + 1}]: wanted ${start} to ${data.length}, got ${end}`)
    }
    for (let p = start, last = -1; p < end; p++) {
      const j = indices[p] ?? -1
      if (j <= last || j >= columns) {
        throw new RangeError(`csr: indices[${p}] (row ${i}): wanted ${last + 1} to ${columns - 1}, rising, got ${j}`)
      }
      last = j
    }
  }
  const made: Csr = { kind: 'csr', indptr, indices, data, shape: [rows, columns] }
  return trust(Object.freeze(made))
}

/** `input` as a matrix: a Matrix as it is, nested arrays of numbers as dense f64. `where` names method and argument. */
export function toMatrix(where: string, input: MatrixLike): Matrix {
  if (Array.isArray(input)) {
    const rows = input as readonly (readonly number[])[]
    const columns = rows[0]?.length ?? 0
    const data = new Float64Array(rows.length * columns)
    rows.forEach((row, i) => {
      if (!Array.isArray(row) || row.length !== columns) {
        throw new RangeError(`${where}[${i}]: wanted an array of ${columns} numbers, got ${show(row)}`)
      }
      row.forEach((value: unknown, j) => {
        if (typeof value !== 'number') throw new TypeError(`${where}[${i}, ${j}]: wanted a number, got ${show(value)}`)
        data[i * columns + j] = value
      })
    })
    return dense(data, [rows.length, columns])
  }
  const kind = (input as Matrix | null | undefined)?.kind
  if (kind !== 'dense' && kind !== 'csr') {
    throw new TypeError(`${where}: wanted dense(...), csr(...) or an array of arrays, got ${show(input)}`)
  }
  if (checked.has(input)) return input as Matrix
  // Of the right form but from elsewhere: through postMessage, say. It is checked as if made here.
  const { data, shape, indptr, indices } = input as Csr
  const { stride, offset } = input as Partial<Dense>
  try {
    return kind === 'csr'
      ? csr({ indptr, indices, data, shape })
      : dense(data, shape, { ...(stride === undefined ? {} : { stride }), ...(offset === undefined ? {} : { offset }) })
  } catch (error) {
    const { message } = error as Error
    throw error instanceof TypeError ? new TypeError(`${where}: ${message}`) : new RangeError(`${where}: ${message}`)
  }
}

/** The matrix's entries in a new row-major array of its own precision. */
export function toRowMajor(matrix: Matrix): FloatArray {
  const [rows, columns] = matrix.shape
  const out = matrix.data instanceof Float32Array ? new Float32Array(rows * columns) : new Float64Array(rows * columns)
  if (matrix.kind === 'csr') {
    for (let i = 0; i < rows; i++) {
      for (let p = matrix.indptr[i] ?? 0; p < (matrix.indptr[i + 1] ?? 0); p++) {
        out[i * columns + (matrix.indices[p] ?? 0)] = matrix.data[p] ?? 0
      }
    }
    return out
  }
  copyRows(matrix, 0, rows, out)
  return out
}

/** Rows first .. first + count of a dense matrix into `target`, row-major with row stride `ld`, rounded to its precision. */
export function copyRows(matrix: Dense, first: number, count: number, target: FloatArray, ld = matrix.shape[1]): void {
  const { data, shape, stride, offset } = matrix
  const columns = shape[1]
  if (stride[1] === 1 && stride[0] === columns && ld === columns) {
    target.set(data.subarray(offset + first * columns, offset + (first + count) * columns))
    return
  }
  for (let i = 0; i < count; i++) {
    const from = offset + (first + i) * stride[0]
    if (stride[1] === 1) target.set(data.subarray(from, from + columns), i * ld)
    else for (let j = 0; j < columns; j++) target[i * ld + j] = data[from + j * stride[1]] ?? 0
  }
}

export function checkShape(method: string, shape: readonly [number, number]): void {
  const wrong = !Array.isArray(shape) || shape.length !== 2 || shape.some(n => !Number.isInteger(n) || n < 0)
  if (wrong)
    throw new RangeError(`${method}: shape: wanted [rows, columns], integers >= 0, got ${JSON.stringify(shape)}`)
}
