// Models of ratings on the command line: lines of user, item and rating, and what is written is what the API finds.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ALS, ImplicitALS, ratings } from 'latens'
import { readCsv } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { folder, latens } from './latens.js'

const path = (...names: string[]): string => join(folder, ...names)
const lines: [string, string, number][] = []
for (let u = 0; u < 12; u++)
  for (let i = 0; i < 7; i++) if ((u + 2 * i) % 3 !== 0) lines.push([`u${u}`, `i${i}`, 1 + ((u * i + 3 * u) % 5)])
// In any order: names are numbered as they first come.
lines.sort((a, b) => ((a[2] * 7 + Number(a[0].slice(1))) % 5) - ((b[2] * 7 + Number(b[0].slice(1))) % 5))
const names = (at: 0 | 1): string[] => [...new Set(lines.map(line => line[at]))]
const [users, items] = [names(0), names(1)]
const X = ratings({
  users: lines.map(line => users.indexOf(line[0])),
  items: lines.map(line => items.indexOf(line[1])),
  values: lines.map(line => line[2]),
  shape: [users.length, items.length],
})
const text = (separator: string, head = ''): string =>
  `${head}${lines.map(line => [...line, '881250949'].join(separator)).join('\n')}\n`
writeFileSync(path('u.data'), text('\t'))

test('als: its model, tables and transform are those of the API, whatever stands between user, item and rating', async () => {
  const model = await new ALS({ nComponents: 2, lambda: 0.3, clip: [1, 5] }).fit(X)
  const files = {
    'u.data': text('\t'),
    'ratings.dat': text('::'),
    'ratings.csv': text(',', 'userId,movieId,rating,timestamp\n'),
    'quoted.csv': text(',').replaceAll(/(\w+),(\w+)/g, '"$1","$2"'),
    'spaces.txt': text('  '),
    'ratings.tsv.gz': gzipSync(text('\t')),
  }
  for (const [file, content] of Object.entries(files)) {
    writeFileSync(path(file), content)
    const args = ['als', file, '-k', '2', '--lambda', '0.3', '--clip', '1:5', '--out', 'als', '--force', '--json']
    const { status, stdout, stderr } = latens(args)
    assert.ok(status === 0 || status === 3, stderr)
    assert.is((JSON.parse(stdout) as { rmse: number }).rmse, model.rmse)
    assert.is(Buffer.compare(readFileSync(path('als', 'model.safetensors')), model.save()), 0, file)
  }
  const [W, H, b] = await Promise.all(
    ['W', 'H', 'items'].map(name => readCsv(readFileSync(path('als', `${name}.csv`)))),
  )
  assert.equal([W!.rowNames, [...W!.data]], [users, [...model.embedding.data]])
  assert.equal([H!.columnNames, [...H!.data]], [items, [...model.components.data]])
  assert.equal([b!.rowNames, [...b!.data]], [items, [...model.itemBiases]])
  // New users in the order in which they come, items by their names.
  writeFileSync(path('new.tsv'), `x\t${items[4]}\t5\ny\t${items[0]}\t1\nx\t${items[1]}\t2\n`)
  const found = latens(['transform', 'als/model.safetensors', 'new.tsv'])
  assert.is(found.status, 0, found.stderr)
  const wanted = await model.transform(
    ratings({ users: [0, 1, 0], items: [4, 0, 1], values: [5, 1, 2], shape: [2, items.length] }),
  )
  const table = await readCsv(Buffer.from(found.stdout))
  assert.equal([table.rowNames, [...table.data]], [['x', 'y'], [...wanted.data]])
})

test('implicit-als: standard input, single precision, users and items the other way round', async () => {
  const args = [
    'implicit-als',
    '-k',
    '2',
    '--confidence',
    'alpha*r',
    '--alpha',
    '2',
    '--transpose',
    '--precision',
    'f32',
  ]
  const { status, stderr } = latens([...args, '--out', 'implicit'], text('\t'))
  assert.ok(status === 0 || status === 3, stderr)
  const turned = ratings({
    users: lines.map(line => items.indexOf(line[1])),
    items: lines.map(line => users.indexOf(line[0])),
    values: Float32Array.from(lines, line => line[2]),
  })
  const model = await new ImplicitALS({ nComponents: 2, confidence: 'alpha*r', alpha: 2 }).fit(turned)
  assert.is(Buffer.compare(readFileSync(path('implicit', 'model.safetensors')), model.save()), 0)
})

test('lines that are no ratings, items that the model has not, and twice the same are told with their place', () => {
  for (const [content, message] of [
    ['a\tb\t1\na\tc\tmany\n', 'bad.tsv: line 2: wanted user, item and rating, got a\tc\tmany'],
    ['a\tb\t1\na\tc\n', 'bad.tsv: line 2: wanted user, item and rating, got a\tc'],
    ['\n', 'bad.tsv: wanted lines of user, item and rating, got none'],
    ['a\tb\t1\na\tb\t2\n', 'bad.tsv: ratings: user 0 and item 0: wanted one rating, got two'],
  ] as const) {
    writeFileSync(path('bad.tsv'), content)
    const { status, stderr } = latens(['als', 'bad.tsv', '--out', 'none'])
    assert.equal([status, stderr], [1, `latens: ${message}\n`])
  }
  latens(['als', 'u.data', '-k', '2', '--out', 'als', '--force'])
  writeFileSync(path('bad.tsv'), 'x\tnew\t3\n')
  const { status, stderr } = latens(['transform', 'als/model.safetensors', 'bad.tsv'])
  assert.equal([status, stderr], [1, "latens: bad.tsv: line 1: item new is none of the model's\n"])
  assert.is(latens(['als', 'gone.tsv']).stderr, 'latens: gone.tsv: no such file\n')
  assert.is(latens(['als', 'u.data', '--clip', '5:1']).status, 2)
})

test.run()
