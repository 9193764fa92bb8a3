import { gzipSync } from 'node:zlib'
import { csr, type Csr, FormatError, toRowMajor } from 'latens'
import { readMatrixMarket, writeMatrixMarket } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'

const coordinate = `%%MatrixMarket matrix coordinate real general
% a comment
3 4 5
3 1 5
1 1 1.5
1 4 -2e3
3 1 .5
2 2 1d1
`
const full = [1.5, 0, 0, -2000, 0, 10, 0, 0, 5.5, 0, 0, 0]

async function* stream(bytes: Uint8Array, cut: number): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, cut)
  yield bytes.subarray(cut)
}

test('mtx: unsorted entries, duplicates summed, comments, at every chunk boundary, plain and gzipped', async () => {
  const plain = new TextEncoder().encode(coordinate)
  for (const bytes of [plain, new Uint8Array(gzipSync(plain))]) {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const matrix = (await readMatrixMarket(stream(bytes, cut))) as Csr
      assert.equal([...toRowMajor(matrix)], full)
      assert.equal([...matrix.indices], [0, 3, 1, 0])
    }
  }
})

test('mtx: symmetric, skew-symmetric, pattern, integer and array matrices', async () => {
  for (const [text, wanted] of [
    ['coordinate pattern symmetric\n2 2 2\n1 1\n2 1\n', [1, 1, 1, 0]],
    ['coordinate integer skew-symmetric\n2 2 1\n2 1 3\n', [0, -3, 3, 0]],
    ['array real general\n2 3\n1\n2\n3\n4\n5\n6\n', [1, 3, 5, 2, 4, 6]],
    ['array real symmetric\n3 3\n1\n2\n3\n4\n5\n6\n', [1, 2, 3, 2, 4, 5, 3, 5, 6]],
    ['array integer skew-symmetric\n3 3\n1\n2\n3\n', [0, -1, -2, 1, 0, -3, 2, 3, 0]],
  ] as const) {
    assert.equal([...toRowMajor(await readMatrixMarket(`%%MatrixMarket matrix ${text}`))], [...wanted], text)
  }
})

test('mtx: errors name the line and the column', async () => {
  for (const [text, message] of [
    ['', /wanted a header/],
    ['hello\n', /line 1: wanted "%%MatrixMarket/],
    ['%%MatrixMarket matrix coordinate complex general\n', /line 1: wanted real, integer or pattern, got complex/],
    [
      '%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 1\n',
      /line 3, column 1: "3": wanted an integer from 1 to 2/,
    ],
    ['%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 x\n', /line 3, column 3: "x": wanted a finite number/],
    ['%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n', /wanted 2 entries, got 1/],
    ['%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 1\n1 2 1\n', /line 4: wanted 1 entries, got more/],
  ] as const) {
    let error: unknown
    await readMatrixMarket(text).catch(caught => (error = caught))
    assert.instance(error, FormatError, text)
    assert.match((error as Error).message, message)
  }
})

test('mtx: round trips keep the bits of CSR', async () => {
  const random = generator(4)
  for (let round = 0; round < 200; round++) {
    const [n, m] = [1 + random.below(6), 1 + random.below(6)]
    const [indptr, indices, data] = [[0], [] as number[], [] as number[]]
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < m; j++) {
        if (random.uniform() < 0.5) continue
        indices.push(j)
        data.push((random.uniform() - 0.5) * 10 ** (random.below(600) - 300))
      }
      indptr.push(indices.length)
    }
    const matrix = csr({
      indptr: Int32Array.from(indptr),
      indices: Int32Array.from(indices),
      data: Float64Array.from(data),
      shape: [n, m],
    })
    assert.equal(await readMatrixMarket(writeMatrixMarket(matrix)), matrix)
  }
})

test('mtx: 1,000 mutations give a matrix or a FormatError', async () => {
  const random = generator(5)
  const bytes = new TextEncoder().encode(coordinate)
  for (let i = 0; i < 1000; i++) {
    const damaged = bytes.slice(0, i % 5 === 0 ? random.below(bytes.length) : bytes.length)
    if (damaged.length > 0) damaged[random.below(damaged.length)] = 32 + random.below(96)
    await readMatrixMarket(damaged).catch((error: unknown) => {
      if (!(error instanceof FormatError)) throw error
    })
  }
})

test.run()
