import { homeOf } from './home.js'
import { csr, type Dense, type Matrix } from './matrix.js'
import type { Pace } from './pace.js'

const BREATH = 1 << 16 // entries looked at between two breaths
const MOST = 0.75 // of the entries other than zero: then lists of them are quicker to walk than all

/** A dense matrix as a sparse one where enough of its entries are zero: for methods that pass zeros over. */
export async function thin(X: Matrix, pace: Pace): Promise<Matrix> {
  // What lies in an engine is worked on where it lies.
  if (X.kind === 'csr' || homeOf(X)) return X
  const [rows, columns] = X.shape
  const indptr = new Int32Array(rows + 1)
  await walk(X, pace, i => void indptr[i + 1]!++)
  for (let i = 0; i < rows; i++) indptr[i + 1]! += indptr[i]!
  const stored = indptr[rows]!
  if (stored > MOST * rows * columns) return X
  const indices = new Int32Array(stored)
  const data = X.data instanceof Float32Array ? new Float32Array(stored) : new Float64Array(stored)
  let p = 0
  await walk(X, pace, (_, j, v) => {
    indices[p] = j
    data[p++] = v
  })
  return csr({ indptr, indices, data, shape: X.shape })
}

// Every entry but zeros; NaN is one.
async function walk(
  { data, offset, stride, shape: [rows, columns] }: Dense,
  pace: Pace,
  visit: (row: number, column: number, value: number) => void,
): Promise<void> {
  for (let i = 0, since = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const v = data[offset + i * stride[0] + j * stride[1]]!
      if (v !== 0) visit(i, j, v)
    }
    since += columns
    if (since < BREATH) continue
    since = 0
    await pace.breathe()
  }
}
