// Entries in any order to compressed sparse rows, in time and memory that grow with the entries and the rows. Nothing is
// ever as long as the columns: a file can declare two thousand million of them in a line.
import { csr, type Csr, type FloatArray } from '../core/matrix.js'
import { allocate, checkBudget } from './memory.js'

/** Row pointers of rows without an entry are paid for by nothing in the file: this many bytes of them are allowed. */
export const EMPTY_ROWS_BYTES = 2 ** 28

export interface Triplets {
  readonly i: Int32Array
  readonly j: Int32Array
  readonly values: FloatArray
  readonly shape: readonly [rows: number, columns: number]
}

/** Row pointers for `rows` rows of which at most `entries` can be filled.
 *  Throws OutOfMemory where the empty ones take more than `maxBytes`, or all of them more than the host gives. */
export function rowPointers(method: string, rows: number, entries: number, maxBytes: number): Int32Array {
  checkBudget(method, `${rows} rows for ${entries} entries`, 4 * Math.max(0, rows - entries), maxBytes)
  return allocate(method, 4 * (rows + 1), () => new Int32Array(rows + 1))
}

/** Columns rise within each row; entries of one place are summed in their order. Indices must lie in the shape.
 *  Throws OutOfMemory as rowPointers does. */
export function compress(method: string, { i, j, values, shape }: Triplets, maxBytes: number): Csr {
  const [rows] = shape
  const entries = values.length
  const indptr = rowPointers(method, rows, entries, maxBytes)
  const order = orderByRow(method, i, indptr)
  const indices = allocate(method, 4 * entries, () => new Int32Array(entries))
  const data = allocate(method, values.byteLength, () => values.slice())
  let kept = 0
  for (let row = 0; row < rows; row++) {
    const [start, end] = [indptr[row] ?? 0, indptr[row + 1] ?? 0]
    sortByColumn(order.subarray(start, end), j)
    indptr[row] = kept
    for (let p = start, last = -1; p < end; p++) {
      const entry = order[p] ?? 0
      const column = j[entry] ?? 0
      const value = values[entry] ?? 0
      if (column === last) data[kept - 1] = (data[kept - 1] ?? 0) + value
      else {
        // Set, not added to zero: 0 + -0 would lose the sign.
        indices[kept] = column
        data[kept++] = value
      }
      last = column
    }
  }
  indptr[rows] = kept
  if (kept === entries) return csr({ indptr, indices, data, shape })
  return csr({ indptr, indices: indices.slice(0, kept), data: data.slice(0, kept), shape })
}

/** A stable counting sort: the entries by row, and where each row starts in `indptr` (zeros before). */
function orderByRow(method: string, i: Int32Array, indptr: Int32Array): Int32Array {
  for (const row of i) indptr[row] = (indptr[row] ?? 0) + 1
  for (let row = 0, sum = 0; row < indptr.length; row++) indptr[row] = sum += indptr[row] ?? 0
  const order = allocate(method, i.byteLength, () => new Int32Array(i.length))
  for (let p = i.length - 1; p >= 0; p--) {
    const row = i[p] ?? 0
    const place = (indptr[row] ?? 0) - 1
    indptr[row] = place
    order[place] = p
  }
  return order
}

/** Files run along rows or down columns as a rule, and then there is nothing to do. */
function sortByColumn(entries: Int32Array, j: Int32Array): void {
  for (let p = 1; p < entries.length; p++) {
    if ((j[entries[p - 1] ?? 0] ?? 0) <= (j[entries[p] ?? 0] ?? 0)) continue
    entries.sort((a, b) => (j[a] ?? 0) - (j[b] ?? 0) || a - b)
    return
  }
}
