// scipy.sparse.save_npz: arrays named data, shape and format, and the indices of that format.
import type { NpyArray } from '../core/codecs/npy.js'
import { FormatError } from '../core/errors.js'
import type { Csr } from '../core/matrix.js'
import { allocate, maxBytesOf } from './memory.js'
import { compress, EMPTY_ROWS_BYTES } from './triplets.js'

const METHOD = 'csrFromNpz'
const MAX_INT32 = 2 ** 31 - 1

/** The matrix that `scipy.sparse.save_npz` saved as csr, csc or coo, from the arrays of `readNpz`; undefined where they are
 *  not such a file's (no `format`, `shape` and `data`). Columns rise within each row and entries of one place are summed,
 *  whatever the file's order. f4 stays Float32Array, all else becomes Float64Array.
 *  Throws FormatError for other formats and broken indices; OutOfMemory where the row pointers of rows without entries
 *  take more than `maxBytes` (2^28 by default) and for what the host refuses. */
export function csrFromNpz(arrays: Record<string, NpyArray>, options: { maxBytes?: number } = {}): Csr | undefined {
  const maxBytes = maxBytesOf(METHOD, options, EMPTY_ROWS_BYTES)
  if (typeof arrays !== 'object' || arrays === null) throw new TypeError(`${METHOD}: arrays: wanted what readNpz gives`)
  if (!['format', 'shape', 'data'].every(name => Object.hasOwn(arrays, name))) return undefined
  const format = String.fromCharCode(...vector(arrays, 'format').data.subarray(0, 16))
  if (format !== 'csr' && format !== 'csc' && format !== 'coo')
    throw new FormatError(
      `${METHOD}: format ${JSON.stringify(format)}: wanted csr, csc or coo (matrix.tocsr() in SciPy)`,
    )
  const shape = vector(arrays, 'shape').data
  const [rows = -1, columns = -1] = shape
  if (shape.length !== 2 || ![rows, columns].every(n => Number.isInteger(n) && n >= 0 && n <= MAX_INT32))
    throw new FormatError(`${METHOD}: shape [${shape.subarray(0, 9)}]: wanted two integers from 0 to ${MAX_INT32}`)
  const { data } = vector(arrays, 'data')
  if (data.length > MAX_INT32) throw new FormatError(`${METHOD}: data: wanted at most ${MAX_INT32} entries`)
  const values = data instanceof Float32Array ? data : allocate(METHOD, 8 * data.length, () => Float64Array.from(data))
  const integers = (name: string, below: number): Int32Array => indices(arrays, name, data.length, below)
  const pointers = (count: number): Int32Array => majorIndices(vector(arrays, 'indptr').data, count, data.length)
  const places =
    format === 'coo'
      ? { i: integers('row', rows), j: integers('col', columns) }
      : format === 'csr'
        ? { i: pointers(rows), j: integers('indices', columns) }
        : { i: integers('indices', rows), j: pointers(columns) }
  // A csr file has paid for its rows with pointers of its own.
  return compress(METHOD, { ...places, values, shape: [rows, columns] }, format === 'csr' ? Infinity : maxBytes)
}

function vector(arrays: Record<string, NpyArray>, name: string): NpyArray {
  const array = Object.hasOwn(arrays, name) ? arrays[name] : undefined
  if (array?.shape.length !== 1) throw new FormatError(`${METHOD}: ${name}: wanted an array of one dimension`)
  return array
}

function indices(arrays: Record<string, NpyArray>, name: string, length: number, below: number): Int32Array {
  const { data } = vector(arrays, name)
  if (data.length !== length) throw new FormatError(`${METHOD}: ${name}: wanted ${length} entries, got ${data.length}`)
  const wrong = data.findIndex((n: number) => !(Number.isInteger(n) && n >= 0 && n < below))
  if (wrong >= 0)
    throw new FormatError(`${METHOD}: ${name}[${wrong}] = ${data[wrong]}: wanted an integer from 0 to ${below - 1}`)
  return data instanceof Int32Array ? data : allocate(METHOD, 4 * length, () => Int32Array.from(data))
}

/** Pointers to the index of each entry along the axis they run. */
function majorIndices(indptr: NpyArray['data'], count: number, entries: number): Int32Array {
  if (indptr.length !== count + 1)
    throw new FormatError(`${METHOD}: indptr: wanted ${count + 1} entries, got ${indptr.length}`)
  if (indptr[0] !== 0 || indptr[count] !== entries)
    throw new FormatError(
      `${METHOD}: indptr: wanted 0 first and ${entries} last, got ${indptr[0]} and ${indptr[count]}`,
    )
  const major = allocate(METHOD, 4 * entries, () => new Int32Array(entries))
  for (let m = 0; m < count; m++) {
    const [start = 0, end = 0] = [indptr[m], indptr[m + 1]]
    if (!(Number.isInteger(end) && end >= start && end <= entries))
      throw new FormatError(`${METHOD}: indptr[${m + 1}] = ${end}: wanted an integer from ${start} to ${entries}`)
    major.fill(m, start, end)
  }
  return major
}
