// Joint NMF on the command line: views are brought into one order by their rows' names, and what it writes is the API's.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { JointModel, JointNMF } from 'latens'
import { readCsv } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { folder, latens } from './latens.js'

const path = (...names: string[]): string => join(folder, ...names)
const names = ['s1', 's2', 's3', 's4', 's5']
const rna = names.map((_, i) => [1 + i, 2 + ((i * 3) % 4), 5 - i])
const protein = names.map((_, i) => [i - 2, 1 + ((i * 2) % 3)])
const table = (head: string, order: readonly number[], rows: readonly number[][]): string =>
  `name,${head}\n${order.map(i => `${names[i]},${rows[i]!.join(',')}`).join('\n')}\n`
writeFileSync(path('rna.csv'), table('a,b,c', [0, 1, 2, 3, 4], rna))
writeFileSync(path('protein.csv'), table('p,q', [3, 0, 4, 1, 2], protein))
writeFileSync(path('few.csv'), table('p,q', [3, 0, 4], protein))
const flags = ['-k', '2', '--signed', 'split']

test('its tables, model and transform are those of the API for the samples in the order of the first view', async () => {
  const { status, stdout, stderr } = latens([
    'joint-nmf',
    'rna.csv',
    'protein.csv',
    ...flags,
    '--out',
    'joint',
    '--json',
  ])
  assert.ok(status === 0 || status === 3, stderr)
  const model = await new JointNMF({ nComponents: 2, signed: 'split' }).fit([rna, protein])
  assert.equal(
    JSON.parse(stdout).weights,
    model.views.map(({ weight }) => weight),
  )
  assert.is(Buffer.compare(readFileSync(path('joint', 'model.safetensors')), model.save()), 0)
  const W = await readCsv(readFileSync(path('joint', 'W.csv')))
  assert.equal([W.rowNames, [...W.data]], [names, [...model.embedding.data]])
  const H = await readCsv(readFileSync(path('joint', 'H.csv')))
  assert.equal(H.columnNames, ['rna:a', 'rna:b', 'rna:c', 'protein:p', 'protein:q', 'protein:-p', 'protein:-q'])
  const views = await readCsv(readFileSync(path('joint', 'views.csv')))
  assert.equal(views.rowNames, ['rna', 'protein'])
  assert.match(readFileSync(path('joint', 'report.html'), 'utf8'), /<h2>Views<\/h2>[^]*rna[^]*protein[^]*<svg/)
  for (const [given, X] of [
    [
      ['rna.csv', 'protein.csv'],
      [rna, protein],
    ],
    [
      ['rna.csv', 'none'],
      [rna, null],
    ],
    [
      ['none', 'protein.csv'],
      [null, [3, 0, 4, 1, 2].map(i => protein[i]!)],
    ],
  ] as const) {
    const turned = latens(['transform', 'joint/model.safetensors', ...given])
    assert.is(turned.status, 0, turned.stderr)
    assert.equal([...(await readCsv(Buffer.from(turned.stdout))).data], [...(await model.transform(X)).data])
  }
})

test('a sample that a view lacks is told, and with --missing nan it is fitted from the others', async () => {
  const refused = latens(['joint-nmf', 'rna.csv', 'few.csv', ...flags, '--out', 'refused'])
  assert.is(refused.status, 1)
  assert.match(refused.stderr, /^latens: few\.csv: no row s2, which another view has; with --missing nan/)
  const { status, stderr } = latens([
    'joint-nmf',
    'rna.csv',
    'few.csv',
    ...flags,
    '--missing',
    'nan',
    '--out',
    'lacking',
  ])
  assert.ok(status === 0 || status === 3, stderr)
  const lacking = protein.map((row, i) => ([3, 0, 4].includes(i) ? row : [NaN, NaN]))
  const model = await new JointNMF({ nComponents: 2, signed: 'split', missing: 'nan' }).fit([rna, lacking])
  assert.is(Buffer.compare(readFileSync(path('lacking', 'model.safetensors')), model.save()), 0)
})

test('weights are a list of numbers; slips are told in a line', () => {
  const { status, stderr } = latens([
    'joint-nmf',
    'rna.csv',
    'protein.csv',
    ...flags,
    '--view-weights',
    '1,3',
    '--out',
    'given',
  ])
  assert.ok(status === 0 || status === 3, stderr)
  assert.equal(
    JointModel.load(readFileSync(path('given', 'model.safetensors'))).views.map(v => v.weight),
    [0.5, 1.5],
  )
  for (const [args, wanted] of [
    [['rna.csv', 'protein.csv', '--view-weights', 'even'], '--view-weights: wanted equal, residual or a number > 0'],
    [['rna.csv', '-'], 'input: wanted files, got -'],
    [['rna.csv', 'protein.csv'], 'JointNMF.fit: X[1][0, 0] = -2: entries must be >= 0'],
  ] as const) {
    const found = latens(['joint-nmf', ...args, '--out', 'none'])
    assert.ok(found.status === 1 || found.status === 2)
    assert.ok(found.stderr.startsWith(`latens: ${wanted}`), found.stderr)
    assert.is(found.stderr.trim().split('\n').length, 1)
  }
})

test.run()
