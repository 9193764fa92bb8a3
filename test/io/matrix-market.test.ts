import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { csr, type Csr, dense, type Dense, FormatError, OutOfMemory, toRowMajor } from 'latens'
import { readMatrixMarket, writeMatrixMarket } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'
import { bits, chunked, failure, golden } from './fixtures.js'

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

test('mtx: unsorted entries, duplicates summed, comments, at every chunk boundary, plain and gzipped', async () => {
  const plain = new TextEncoder().encode(coordinate)
  for (const bytes of [plain, new Uint8Array(gzipSync(plain))]) {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const matrix = (await readMatrixMarket(chunked(bytes, [cut]))) as Csr
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
    ['%%MatrixMarket matrix coordinate complex general\n', /line 1: wanted real, integer or pattern, got "complex"/],
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

test('mtx: what scipy.io.mmwrite writes of A, S, K and I reads as A, S, K and I', async () => {
  // The matrices of test/golden/io/make.py.
  const A = [0, 1.5, 0, -2e-300, 0, 1e308, 0, 0, 0.1]
  const S = [2, -1, 0, -1, 2, 0.5, 0, 0.5, 0]
  const K = [0, -3, 0.25, 3, 0, 0, -0.25, 0, 0]
  const pattern = (of: number[]): number[] => of.map(value => (value === 0 ? 0 : 1))
  for (const [name, kind, wanted] of [
    ['general', 'csr', A],
    ['symmetric', 'csr', S],
    ['skew', 'csr', K],
    ['pattern', 'csr', pattern(A)],
    ['pattern-symmetric', 'csr', pattern(S)],
    ['integer', 'csr', [-2, -1, 0, 1, 2, 3]],
    ['empty', 'csr', [0, 0, 0, 0, 0, 0]],
    ['array', 'dense', A],
    ['array-symmetric', 'dense', S],
    ['array-skew', 'dense', K],
    ['array-integer', 'dense', [-2, -1, 0, 1, 2, 3]],
  ] as const) {
    const matrix = await readMatrixMarket(golden(`${name}.mtx`))
    assert.is(matrix.kind, kind, name)
    // A zero's mirror image in a skew-symmetric matrix is -0, which is equal to 0.
    assert.ok(
      toRowMajor(matrix).every((value, p) => value === wanted[p]),
      `${name}: ${toRowMajor(matrix)}`,
    )
  }
  const error = await refusal(readMatrixMarket(golden('complex.mtx')))
  assert.match(error.message, /line 1: wanted real, integer or pattern, got "complex"/)
})

const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(-0, 0, 5e-324, -5e-324, 2.2250738585072014e-308, 1e308, Number.MAX_VALUE, 2 ** 53, 1 / 3),
)
const shapes = fc.tuple(fc.nat(6), fc.nat(6))

test('mtx: round trips keep every bit of CSR: -0, subnormals, empty rows, no rows, no columns, no entries', async () => {
  const sparse = shapes.chain(([rows, columns]) =>
    fc.array(fc.array(fc.option(finite, { freq: 2 }), { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    }),
  )
  let empty = 0
  await fc.assert(
    fc.asyncProperty(sparse, fc.boolean(), async (cells, single) => {
      const columns = cells[0]?.length ?? 4
      const [indptr, indices, data] = [[0], [] as number[], [] as number[]]
      for (const row of cells) {
        row.forEach((value, j) => {
          if (value === null || (single && !Number.isFinite(Math.fround(value)))) return
          indices.push(j)
          data.push(value)
        })
        indptr.push(indices.length)
      }
      if (indices.length === 0) empty++
      const stored = single ? Float32Array.from(data) : Float64Array.from(data)
      const parts = { indptr: Int32Array.from(indptr), indices: Int32Array.from(indices) }
      const matrix = csr({ ...parts, data: stored, shape: [cells.length, columns] })
      const back = (await readMatrixMarket(writeMatrixMarket(matrix))) as Csr
      assert.equal([back.shape, back.indptr, back.indices], [matrix.shape, matrix.indptr, matrix.indices])
      assert.equal(bits(back.data), bits(Float64Array.from(stored)))
    }),
    { numRuns: 1000, seed: 1 },
  )
  assert.ok(empty > 50, `${empty}`)
})

test('mtx: round trips keep every bit of dense matrices, in either order, no rows and no columns among them', async () => {
  const filled = shapes.chain(([rows, columns]) =>
    fc.record({
      shape: fc.constant([rows, columns] as const),
      data: fc.array(finite, { minLength: rows * columns, maxLength: rows * columns }),
      transposed: fc.boolean(),
    }),
  )
  await fc.assert(
    fc.asyncProperty(filled, async ({ shape: [rows, columns], data, transposed }) => {
      const matrix = dense(
        Float64Array.from(data),
        [rows, columns],
        transposed ? { stride: [1, rows], offset: 0 } : { stride: [columns, 1], offset: 0 },
      )
      const back = (await readMatrixMarket(writeMatrixMarket(matrix))) as Dense
      assert.equal([back.kind, back.shape], ['dense', matrix.shape])
      assert.equal(bits(back.data), bits(toRowMajor(matrix)))
    }),
    { numRuns: 1000, seed: 2 },
  )
})

test('mtx: NaN and infinity, for which the format has no word, are refused by the writer, the entry named', () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    const sparse = csr({
      indptr: Int32Array.of(0, 0, 2),
      indices: Int32Array.of(0, 2),
      data: Float64Array.of(1, value),
      shape: [2, 3],
    })
    for (const matrix of [sparse, dense(toRowMajor(sparse), [2, 3])]) {
      assert.throws(
        () => writeMatrixMarket(matrix),
        (e: unknown) =>
          e instanceof RangeError &&
          e.message.startsWith(`writeMatrixMarket: matrix[1, 2] = ${value}: wanted a finite`),
      )
    }
  }
  assert.throws(
    () => writeMatrixMarket([[1]] as unknown as Dense),
    (e: unknown) => e instanceof TypeError && e.message.startsWith('writeMatrixMarket: matrix: wanted'),
  )
})

test('mtx: a -0 and the order of duplicates are kept: (-0) is -0, (-0) + (-0) is -0, 1e308 + 1e308 - 1e308 is not 1e308', async () => {
  const one = async (entries: string[]): Promise<number | undefined> =>
    (
      (await readMatrixMarket(
        `${head('coordinate real general')}1 1 ${entries.length}\n${entries.join('\n')}\n`,
      )) as Csr
    ).data[0]
  assert.ok(Object.is(await one(['1 1 -0']), -0))
  assert.ok(Object.is(await one(['1 1 -0', '1 1 -0']), -0))
  assert.is(await one(['1 1 1e308', '1 1 1e308', '1 1 -1e308']), Infinity)
  assert.is(await one(['1 1 1e308', '1 1 -1e308', '1 1 1e308']), 1e308)
})

const head = (words: string): string => `%%MatrixMarket matrix ${words}\n`
const refusal = (promise: Promise<unknown>): Promise<FormatError> => failure(promise, FormatError)

test('mtx: a file that says integer holds integers that a double can hold', async () => {
  for (const value of ['1.5', '1e3', '1.', '0x10', '9007199254740992', '-99999999999999999999']) {
    const sparse = await refusal(readMatrixMarket(`${head('coordinate integer general')}% note\n2 2 1\n2 1 ${value}\n`))
    assert.equal([sparse.line, sparse.column], [4, 3], value)
    assert.match(sparse.message, `line 4, column 3: "${value}": wanted an integer`)
    const full = await refusal(readMatrixMarket(`${head('array integer general')}1 2\n7\n${value}\n`))
    assert.equal([full.line, full.column], [4, 1], value)
  }
  const edge = await readMatrixMarket(`${head('array integer general')}1 2\n9007199254740991\n-9007199254740991\n`)
  assert.equal([...edge.data], [2 ** 53 - 1, 1 - 2 ** 53])
})

test('mtx: forged sizes cost nothing: 500 headers that promise up to 2^31 rows, columns and entries, below 64 MB', async () => {
  const random = generator(6)
  const before = process.memoryUsage().arrayBuffers
  for (let round = 0; round < 500; round++) {
    const side = (): number => [268435456, 2 ** 31 - 1, 2 ** 31 - 2, 10 ** 9, 3][random.below(5)]!
    const [rows, columns, entries] = [Math.max(side(), 4), side(), 2 + random.below(2 ** 31 - 2)]
    const sizes =
      round % 2
        ? `array real general\n${rows} ${columns}\n1\n`
        : `coordinate real general\n${rows} ${columns} ${entries}\n1 1 1\n`
    const error = await refusal(readMatrixMarket(`%%MatrixMarket matrix ${sizes}`))
    assert.match(error.message, /line 3: wanted \d+ entries, got 1/)
    assert.ok(process.memoryUsage().arrayBuffers - before < 64e6)
  }
})

test('mtx: sizes and places beyond int32 are refused at their line and column', async () => {
  for (const [text, line, column] of [
    ['coordinate real general\n2147483648 1 0\n', 2, 1],
    ['coordinate real general\n1 2147483648 0\n', 2, 2],
    ['coordinate real general\n1 1 1000000000000\n', 2, 3],
    ['coordinate real general\n-1 1 1\n', 2, 1],
    ['coordinate real general\n2 2 1\n4294967297 1 1\n', 3, 1],
    ['coordinate real general\n2 2 1\n1 0 1\n', 3, 2],
    ['array real general\n1 4294967296\n', 2, 2],
  ] as const) {
    const error = await refusal(readMatrixMarket(`%%MatrixMarket matrix ${text}`))
    assert.equal([error.line, error.column], [line, column], text)
  }
})

test('mtx: columns cost nothing, rows without entries up to maxBytes, and what the host refuses is OutOfMemory', async () => {
  const wide = (await readMatrixMarket(`${head('coordinate real general')}1 2147483647 1\n1 2147483647 3\n`)) as Csr
  assert.equal([[...wide.indices], [...wide.data]], [[2147483646], [3]])
  const tall = `${head('coordinate real general')}268435456 1 1\n268435456 1 3\n`
  let error: unknown
  await readMatrixMarket(tall).catch(caught => (error = caught))
  assert.instance(error, OutOfMemory)
  assert.equal([(error as OutOfMemory).needed, (error as OutOfMemory).available], [4 * (2 ** 28 - 1), 2 ** 28])
  const rows = `${head('coordinate real general')}1001 1 1\n1 1 3\n`
  assert.is((await readMatrixMarket(rows, { maxBytes: 4000 })).shape[0], 1001)
  error = undefined
  await readMatrixMarket(rows, { maxBytes: 3999 }).catch(caught => (error = caught))
  assert.instance(error, OutOfMemory)

  // A host with less memory: arrays beyond a million entries are refused as hosts do it.
  const real = globalThis.Int32Array
  globalThis.Int32Array = new Proxy(real, {
    construct(target, [length], self) {
      if (typeof length === 'number' && length > 1e6) throw new RangeError('Array buffer allocation failed')
      return Reflect.construct(target, [length], self) as object
    },
  })
  try {
    error = undefined
    await readMatrixMarket(tall, { maxBytes: Infinity }).catch(caught => (error = caught))
  } finally {
    globalThis.Int32Array = real
  }
  assert.instance(error, OutOfMemory)
  assert.is((error as OutOfMemory).needed, 4 * (2 ** 28 + 1))
})

test('mtx: a line without end is refused, not collected', async () => {
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) yield new Uint8Array(1 << 16).fill(0x31)
  }
  assert.match((await refusal(readMatrixMarket(endless()))).message, /line 1: wanted at most 1048576 characters/)
})

test('mtx: options are checked', async () => {
  for (const [options, Wanted] of [
    [null, TypeError],
    [{ maxBytes: '1' }, TypeError],
    [{ maxBytes: -1 }, RangeError],
    [{ maxBytes: NaN }, RangeError],
    [{ maxbytes: 1 }, TypeError],
  ] as const) {
    let error: unknown
    await readMatrixMarket('', options as object).catch(caught => (error = caught))
    assert.instance(error, Wanted)
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
