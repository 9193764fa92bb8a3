// Integrative NMF on the command line: columns are brought into one order by their names, and what it writes is the API's.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { IntegrativeNMF } from 'latens'
import { readCsv } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { folder, latens } from './latens.js'

const path = (...names: string[]): string => join(folder, ...names)
const one = [0, 1, 2, 3].map(i => [1 + i, 2 + ((i * 3) % 4), 5 - i])
const two = [0, 1, 2].map(i => [3 - i, 1 + ((i * 2) % 3), 1 + i])
const table = (head: string, rows: readonly number[][], order: readonly number[]): string =>
  `name,${head}\n${rows.map((row, i) => `r${i},${order.map(j => row[j]).join(',')}`).join('\n')}\n`
writeFileSync(path('one.csv'), table('a,b,c', one, [0, 1, 2]))
writeFileSync(path('two.csv'), table('c,a,b', two, [2, 0, 1]))
writeFileSync(path('plain.csv'), table('a,b,c', two, [0, 1, 2]))
writeFileSync(path('other.csv'), table('a,b,d', two, [0, 1, 2]))

test('its tables, model and transform are those of the API for the columns in the order of the first', async () => {
  const { status, stdout, stderr } = latens([
    'integrative-nmf',
    'one.csv',
    'two.csv',
    '-k',
    '2',
    '--alpha-v',
    '1',
    '--out',
    'sets',
    '--json',
  ])
  assert.ok(status === 0 || status === 3, stderr)
  const model = await new IntegrativeNMF({ nComponents: 2, alphaV: 1 }).fit([one, two])
  assert.equal(
    JSON.parse(stdout).residuals,
    model.sets.map(({ residual }) => residual),
  )
  assert.is(Buffer.compare(readFileSync(path('sets', 'model.safetensors')), model.save()), 0)
  const W = await readCsv(readFileSync(path('sets', 'W.csv')))
  assert.equal(W.rowNames, ['one:r0', 'one:r1', 'one:r2', 'one:r3', 'two:r0', 'two:r1', 'two:r2'])
  assert.equal([...W.data], [...model.embedding.data])
  const V = await readCsv(readFileSync(path('sets', 'V.csv')))
  assert.equal(V.rowNames, ['one: component 1', 'one: component 2', 'two: component 1', 'two: component 2'])
  assert.equal([V.columnNames, [...V.data]], [['a', 'b', 'c'], model.specific.flatMap(({ data }) => [...data])])
  for (const [given, X] of [
    [
      ['none', 'plain.csv'],
      [null, two],
    ],
    [
      ['one.csv', 'none', 'two.csv'],
      [one, null, two],
    ],
  ] as const) {
    const turned = latens(['transform', 'sets/model.safetensors', ...given])
    assert.is(turned.status, 0, turned.stderr)
    assert.equal([...(await readCsv(Buffer.from(turned.stdout))).data], [...(await model.transform(X)).data])
  }
})

test('columns that are not those of the first data set are told by name', () => {
  const { status, stderr } = latens(['integrative-nmf', 'one.csv', 'other.csv', '--out', 'none'])
  assert.is(status, 1)
  assert.is(stderr, 'latens: other.csv: column d is not in one.csv: data sets have the same\n')
})

test.run()
