import { csr, type Csr, type FloatArray, type Matrix } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import { walk } from './views.js'

/** Entries that are there: with `zeros` those that a sparse matrix stores, and what is not NaN of a dense one; else what
 *  is not zero of either. */
export async function entriesOf(X: Matrix, zeros: boolean, pace: Pace): Promise<Csr> {
  if (X.kind === 'csr' && (zeros || X.data.every(v => v !== 0))) return X
  const counts = (v: number): boolean => (zeros ? !Number.isNaN(v) : v !== 0)
  const [rows] = X.shape
  const indptr = new Int32Array(rows + 1)
  await walk(X, pace, (i, _, v) => {
    if (counts(v)) indptr[i + 1]!++
  })
  for (let i = 0; i < rows; i++) indptr[i + 1]! += indptr[i]!
  const count = indptr[rows]!
  const data: FloatArray = X.data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count)
  const indices = new Int32Array(count)
  let p = 0
  await walk(X, pace, (_, j, v) => {
    if (!counts(v)) return
    indices[p] = j
    data[p++] = v
  })
  return csr({ indptr, indices, data, shape: X.shape })
}

/** The transpose. */
export async function turned({ indptr, indices, data, shape: [n, m] }: Csr, pace: Pace): Promise<Csr> {
  const ends = new Int32Array(m + 1)
  for (const j of indices) ends[j + 1]!++
  for (let j = 0; j < m; j++) ends[j + 1]! += ends[j]!
  const next = ends.slice(0, m)
  const rows = new Int32Array(indices.length)
  const values: FloatArray =
    data instanceof Float32Array ? new Float32Array(data.length) : new Float64Array(data.length)
  for (let i = 0; i < n; i++) {
    if (i % 4096 === 0) await pace.breathe()
    for (let e = indptr[i]!; e < indptr[i + 1]!; e++) {
      const p = next[indices[e]!]!++
      rows[p] = i
      values[p] = data[e]!
    }
  }
  return csr({ indptr: ends, indices: rows, data: values, shape: [m, n] })
}
