import { csr, dense, type FloatArray, type Matrix } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import { walk } from './views.js'

/** Matrices below each other, `more` columns of zeros to their right: sparse where all are, single where all are. */
export async function below(parts: readonly Matrix[], pace: Pace, more = 0): Promise<Matrix> {
  const rows = parts.reduce((n, { shape }) => n + shape[0], 0)
  const columns = (parts[0]?.shape[1] ?? 0) + more
  const single = parts.every(({ data }) => data instanceof Float32Array)
  const floats = (n: number): FloatArray => (single ? new Float32Array(n) : new Float64Array(n))
  if (!parts.every(({ kind }) => kind === 'csr')) {
    const data = floats(rows * columns)
    let from = 0
    for (const X of parts) {
      const at = from
      await walk(X, pace, (i, j, v) => void (data[(at + i) * columns + j] = v))
      from += X.shape[0]
    }
    return dense(data, [rows, columns])
  }
  const stored = parts.reduce((n, { data }) => n + data.length, 0)
  const [indptr, indices, data] = [new Int32Array(rows + 1), new Int32Array(stored), floats(stored)]
  let [from, p] = [0, 0]
  for (const X of parts) {
    const at = from
    await walk(X, pace, (i, j, v) => {
      indptr[at + i + 1]!++
      indices[p] = j
      data[p++] = v
    })
    from += X.shape[0]
  }
  for (let i = 0; i < rows; i++) indptr[i + 1]! += indptr[i]!
  return csr({ indptr, indices, data, shape: [rows, columns] })
}
