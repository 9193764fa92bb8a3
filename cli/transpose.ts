import { csr, type Csr, dense, type Matrix } from 'latens'

/** X' over the same numbers: a dense matrix is read by other strides, a sparse one is sorted anew by its columns. */
export function transposed(X: Matrix): Matrix {
  const [rows, columns] = X.shape
  if (X.kind === 'csr') return transposedCsr(X)
  return dense(X.data, [columns, rows], { stride: [X.stride[1], X.stride[0]], offset: X.offset })
}

// A counting sort by column: entries are met in the order of their rows, so that rows rise within each column.
function transposedCsr({ indptr, indices, data, shape: [rows, columns] }: Csr): Csr {
  const starts = new Int32Array(columns + 1)
  for (const j of indices) starts[j + 1] = (starts[j + 1] ?? 0) + 1
  for (let j = 0; j < columns; j++) starts[j + 1] = (starts[j + 1] ?? 0) + (starts[j] ?? 0)
  const next = starts.slice()
  const [turned, values] = [new Int32Array(indices.length), data.slice()]
  for (let i = 0; i < rows; i++) {
    for (let p = indptr[i] ?? 0; p < (indptr[i + 1] ?? 0); p++) {
      const j = indices[p] ?? 0
      const to = next[j] ?? 0
      next[j] = to + 1
      turned[to] = i
      values[to] = data[p] ?? 0
    }
  }
  return csr({ indptr: starts, indices: turned, data: values, shape: [columns, rows] })
}
