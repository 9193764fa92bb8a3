import { gzipSync } from 'node:zlib'
import { FormatError } from 'latens'
import { readCsv, writeCsv } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'

const text = '\ufeff"gene","a","b, c"\r\nx,1,-2.5e3\r\n"y ""1""",NA,0.1\r\n'
const wanted = { rowNames: ['x', 'y "1"'], columnNames: ['a', 'b, c'], values: [1, -2500, NaN, 0.1] }

async function* stream(bytes: Uint8Array, cuts: number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (const cut of [...cuts, bytes.length]) {
    yield bytes.subarray(at, cut)
    at = cut
  }
}

test('csv: names, quotes, missing values, byte order mark, at every chunk boundary, plain and gzipped', async () => {
  const plain = new TextEncoder().encode(text)
  for (const bytes of [plain, new Uint8Array(gzipSync(plain))]) {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const table = await readCsv(stream(bytes, [cut]))
      assert.equal(table.rowNames, wanted.rowNames, `cut at ${cut}`)
      assert.equal(table.columnNames, wanted.columnNames)
      assert.equal([...table.data], wanted.values)
      assert.equal([table.rows, table.columns], [2, 2])
    }
  }
})

test('csv: delimiters are sniffed, R’s short header is taken', async () => {
  assert.equal([...(await readCsv('1\t2\n3\t4\n')).data], [1, 2, 3, 4])
  assert.equal([...(await readCsv('1;2\n3;4\n')).data], [1, 2, 3, 4])
  const r = await readCsv('"a" "b"\n"r1" 1 2\n')
  assert.equal([r.columnNames, r.rowNames, [...r.data]], [['a', 'b'], ['r1'], [1, 2]])
})

test('csv: errors name line and column', async () => {
  for (const [bad, message] of [
    ['a,b\n1,2\n3,abc\n', /line 3, column 2: "abc": wanted a number/],
    ['a,b\n1,2\n3\n', /line 3: wanted 2 cells, got 1/],
    ['', /got nothing/],
    ['a,b\n1,"2\n', /line 2.*quote/],
  ] as const) {
    let error: unknown
    await readCsv(bad).catch(caught => (error = caught))
    assert.instance(error, FormatError, bad)
    assert.match((error as Error).message, message)
  }
})

test('csv: what writeCsv writes, readCsv reads to the same bits', async () => {
  const random = generator(2)
  for (let i = 0; i < 200; i++) {
    const [rows, columns] = [1 + random.below(5), 1 + random.below(5)]
    const data = Float64Array.from(
      { length: rows * columns },
      () => (random.uniform() - 0.5) * 10 ** (random.below(600) - 300),
    )
    const names = (n: number): string[] => Array.from({ length: n }, (_, j) => `n,"${j}"`)
    const table = { data, rows, columns, rowNames: names(rows), columnNames: names(columns) }
    const back = await readCsv(writeCsv(table), { header: true, rowNames: true })
    assert.equal(back, table)
  }
})

test('csv: truncated gzip and 500 mutations give a table or a FormatError', async () => {
  const random = generator(3)
  const plain = new TextEncoder().encode(text)
  const packed = new Uint8Array(gzipSync(plain))
  const inputs = Array.from({ length: packed.length }, (_, n) => packed.subarray(0, n))
  for (let i = 0; i < 500; i++) {
    const damaged = (i % 2 ? plain : packed).slice()
    damaged[random.below(damaged.length)] = random.below(256)
    inputs.push(damaged)
  }
  for (const input of inputs) {
    try {
      await readCsv(input)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
    }
  }
})

test.run()
