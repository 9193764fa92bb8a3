import { csr, type Csr, toRowMajor } from '../../src/core/matrix.js'
import { Pace } from '../../src/core/pace.js'
import { sliceColumns } from '../../src/core/slices.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'

const random = generator(51)

const sparse = (rows: number, columns: number): Csr => {
  const values = Array.from({ length: rows * columns }, () => (random.uniform() < 0.7 ? 0 : random.uniform()))
  return csr({ ...csrParts(values, columns), shape: [rows, columns] })
}

test('sliceColumns: the slices beside each other are the matrix, each a CSR matrix with rising indices', async () => {
  for (const [rows, columns, width] of [
    [1, 1, 1],
    [7, 30, 8],
    [20, 9, 3],
    [5, 40, 39],
    [0, 12, 5],
  ] as const) {
    const X = sparse(rows, columns)
    const { data, indices, slices } = await sliceColumns(X, width, new Pace(undefined))
    const full = toRowMajor(X)
    assert.is(slices.length, Math.ceil(columns / width))
    slices.forEach((slice, s) => {
      assert.is(slice.first, s * width)
      // csr() checks the structure; the slice's stretch of the shared arrays begins at its first row pointer.
      const from = slice.indptr[0]!
      const part = csr({
        indptr: slice.indptr.map(p => p - from),
        indices: indices.slice(from, slice.indptr[rows]),
        data: data.slice(from, slice.indptr[rows]),
        shape: [rows, slice.columns],
      })
      const got = toRowMajor(part)
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < slice.columns; j++)
          assert.is(got[i * slice.columns + j], full[i * columns + slice.first + j])
      }
    })
    assert.is(slices.at(-1)!.indptr[rows], X.data.length)
  }
})

test.run()
