// Deconvolution on the command line: genes are matched by name, and what it writes is the API's.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Deconvolution, evaluateFractions, matchGenes } from 'latens'
import { readCsv } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { folder, latens } from './latens.js'

const path = (...names: string[]): string => join(folder, ...names)
const write = (name: string, head: readonly string[], names: readonly string[], rows: readonly (readonly number[])[]) =>
  writeFileSync(
    path(name),
    `gene\t${head.join('\t')}\n${names.map((n, i) => `${n}\t${rows[i]!.join('\t')}\n`).join('')}`,
  )

const genes = Array.from({ length: 20 }, (_, i) => `G${(i * 7) % 20}`)
const types = ['T', 'B', 'NK']
const S = genes.map((_, i) => types.map((_u, j) => 5 + ((i * (j + 3)) % 7) + (i % 3 === j ? 90 : 0)))
const truth = [
  [0.5, 0.3, 0.2],
  [0.1, 0.1, 0.8],
  [0.3, 0.6, 0.1],
]
const samples = ['s1', 's2', 's3']
const Y = S.map((row, i) => truth.map(f => f.reduce((sum, v, j) => sum + v * row[j]!, 0) * (1 + ((i * 5) % 4) / 20)))
// The mixture has its genes in another order, and some of its own.
const order = [...genes.keys()].reverse()
write('signature.tsv', types, [...genes, 'only-here'], [...S, [9, 9, 9]])
write('mixture.tsv', samples, ['other', ...order.map(i => genes[i]!)], [[400, 500, 600], ...order.map(i => Y[i]!)])
const turned = (rows: readonly (readonly number[])[]): number[][] => rows[0]!.map((_, j) => rows.map(row => row[j]!))

test('fractions, diagnostics, model and report are those of the API for the genes that both files have', async () => {
  const flags = ['--permutations', '9', '--bootstrap', '5', '--seed', '4', '--threads', '2']
  const { status, stdout, stderr } = latens([
    'deconvolve',
    'mixture.tsv',
    'signature.tsv',
    ...flags,
    '--out',
    'un',
    '--json',
  ])
  assert.is(status, 0, stderr)
  const shared = matchGenes([...genes, 'only-here'], ['other', ...order.map(i => genes[i]!)])
  const own = turned([...shared.signature].map(i => S[i]!))
  const model = await new Deconvolution({ permutations: 9, bootstrap: 5, seed: 4 }).fit(own, {
    genes: shared.names,
    types,
  })
  const rows = turned([[400, 500, 600], ...order.map(i => Y[i]!)])
  const found = await model.deconvolve(rows, { genes: shared.mixture })
  assert.is(Buffer.compare(readFileSync(path('un', 'model.safetensors')), model.save()), 0)
  for (const [name, matrix] of [
    ['fractions', found.fractions],
    ['low', found.low],
    ['high', found.high],
  ] as const) {
    const table = await readCsv(readFileSync(path('un', `${name}.csv`)))
    assert.equal([table.rowNames, table.columnNames, [...table.data]], [samples, types, [...matrix!.data]])
  }
  const told = await readCsv(readFileSync(path('un', 'diagnostics.csv')))
  assert.equal(told.columnNames, ['unknown', 'correlation', 'rmse', 'p-value', 'nu', 'gap'])
  assert.equal(
    [...told.data].filter((_, at) => at % 6 === 3),
    [...found.pValue!],
  )
  const signature = await readCsv(readFileSync(path('un', 'signature.csv')))
  assert.equal([signature.rowNames, signature.columnNames, [...signature.data]], [types, shared.names, own.flat()])
  assert.equal(JSON.parse(stdout).pValue, [...found.pValue!])
  assert.match(
    readFileSync(path('un', 'report.html'), 'utf8'),
    /<h2>Fractions<\/h2>[^]*<svg[^]*NK[^]*<h2>Samples<\/h2>/,
  )
  assert.not.ok(existsSync(path('un', 'evaluation.csv')))
})

test('--truth: agreement by type and in all, beside the trivial answers; either way round, in percent too', async () => {
  writeFileSync(
    path('facs.tsv'),
    `x\tB\tT\tMono\n${['s3', 's1'].map((s, i) => `${s}\t${[60, 30][i]}\t${[30, 50][i]}\t1\n`).join('')}`,
  )
  writeFileSync(path('turned.tsv'), 'x\ts1\ts3\nT\t.5\t.3\nB\t.3\t.6\n')
  for (const file of ['facs.tsv', 'turned.tsv']) {
    const { status, stderr } = latens([
      'deconvolve',
      'mixture.tsv',
      'signature.tsv',
      '--method',
      'nnls',
      '--permutations',
      '0',
      '--truth',
      file,
      '--out',
      'told',
      '--force',
    ])
    assert.is(status, 0, stderr)
    const { data } = await readCsv(readFileSync(path('told', 'fractions.csv')))
    const at = (i: number, j: number): number => data[i * 3 + j]!
    const wanted = evaluateFractions(
      [
        [at(0, 0), at(0, 1)],
        [at(2, 0), at(2, 1)],
      ],
      [
        [0.5, 0.3],
        [0.3, 0.6],
      ],
    )
    const table = await readCsv(readFileSync(path('told', 'evaluation.csv')))
    assert.equal(table.rowNames, ['T', 'B', 'all', 'mean composition', 'equal shares'])
    const all = [...wanted.types, wanted.overall, wanted.baselines.mean, wanted.baselines.uniform]
    assert.equal(
      [...table.data],
      all.flatMap(({ r, ccc, rmse }) => [r, ccc, rmse]),
    )
    assert.match(readFileSync(path('told', 'report.html'), 'utf8'), /Against the truth[^]*equal shares/)
  }
})

test('what the files lack is told in a line: no file twice or alone, genes twice, none in common, too few, no such sample', () => {
  write('twice.tsv', types, ['G1', 'G2', 'G1'], S.slice(0, 3))
  write('apart.tsv', types, ['A', 'B', 'C'], S.slice(0, 3))
  write('few.tsv', types, ['G1', 'G2'], S.slice(0, 2))
  writeFileSync(path('strange.tsv'), 'x\tT\nnobody\t1\n')
  for (const [args, status, wanted] of [
    [['mixture.tsv'], 2, 'wanted a mixture and a signature, got 1 files'],
    [[], 2, 'wanted a mixture and a signature, got 0 files'],
    [['mixture.tsv', '-'], 2, 'input: wanted files, got -'],
    [['mixture.tsv', 'signature.tsv', 'more.tsv'], 2, 'wanted a mixture and a signature, got 3 files'],
    [['mixture.tsv', 'absent.tsv'], 1, 'absent.tsv: no such file'],
    [['mixture.tsv', 'twice.tsv'], 1, 'twice.tsv: wanted genes of different names, got G1 also at 0'],
    [['mixture.tsv', 'apart.tsv'], 1, 'mixture.tsv and apart.tsv: wanted genes that both have, got none'],
    [
      ['mixture.tsv', 'few.tsv'],
      1,
      'mixture.tsv and few.tsv: wanted at least as many genes in both as types, got 2 genes, 3 types',
    ],
    [
      ['mixture.tsv', 'signature.tsv', '--truth', 'strange.tsv'],
      1,
      'strange.tsv: wanted samples and types by the names',
    ],
    [['mixture.tsv', 'signature.tsv', '--method', 'svr'], 2, '--method: wanted one of cibersort, nnls'],
    [['mixture.tsv', 'signature.tsv', '--nu', '.5,2'], 2, '--nu: wanted a number above 0 and at most 1, got 2'],
  ] as const) {
    const found = latens(['deconvolve', ...args, '--out', 'none'])
    assert.is(found.status, status, found.stderr)
    assert.ok(found.stderr.startsWith(`latens: ${wanted}`), found.stderr)
    assert.is(found.stderr.trim().split('\n').length, 1)
    assert.not.ok(existsSync(path('none')))
  }
})

test('genes as columns, and files without names, whose genes stand in one order', async () => {
  const list = (rows: readonly (readonly number[])[]): string => `${rows.map(row => row.join(',')).join('\n')}\n`
  writeFileSync(path('plain-mixture.csv'), list(turned(Y)))
  writeFileSync(path('plain-signature.csv'), list(turned(S)))
  const { status, stderr } = latens([
    'deconvolve',
    'plain-mixture.csv',
    'plain-signature.csv',
    '--transpose',
    '--method',
    'kl',
    '--permutations',
    '0',
    '--out',
    'plain',
  ])
  assert.is(status, 0, stderr)
  const found = await (await new Deconvolution({ method: 'kl', permutations: 0 }).fit(turned(S))).deconvolve(turned(Y))
  const table = await readCsv(readFileSync(path('plain', 'fractions.csv')))
  assert.equal([table.rowNames, [...table.data]], [['sample 1', 'sample 2', 'sample 3'], [...found.fractions.data]])
})

test('transform takes the model that it wrote, for mixtures with its genes in their order', async () => {
  write('ordered.tsv', genes, ['m1'], [S.map(row => row[0]!)])
  const few = latens([
    'deconvolve',
    'mixture.tsv',
    'signature.tsv',
    '--method',
    'nnls',
    '--permutations',
    '0',
    '--out',
    'model',
  ])
  assert.is(few.status, 0, few.stderr)
  const signature = await readCsv(readFileSync(path('model', 'signature.csv')))
  const T = signature.columnNames!.map((_, i) => signature.data[i]!)
  write('ordered.tsv', signature.columnNames!, ['m1'], [T])
  const { status, stdout, stderr } = latens(['transform', 'model/model.safetensors', 'ordered.tsv'])
  assert.is(status, 0, stderr)
  const { data } = await readCsv(Buffer.from(stdout))
  assert.ok(Math.abs(data[0]! - 1) < 1e-12 && data[1] === 0 && data[2] === 0)
})

test('transform finds the genes by their names: of the file that deconvolve took, either way round, the same fractions', async () => {
  for (const [out, ...flags] of [
    ['by-name'],
    ['by-name-normal', '--quantile-normalize', '--mode', 'cibersort'],
    ['by-name-kl', '--method', 'kl'],
  ]) {
    const made = latens(['deconvolve', 'mixture.tsv', 'signature.tsv', '--permutations', '0', ...flags, '--out', out!])
    assert.is(made.status, 0, made.stderr)
    const wanted = readFileSync(path(out!, 'fractions.csv'), 'utf8')
    write(
      'lying.tsv',
      ['other', ...order.map(i => genes[i]!)],
      samples,
      turned([[400, 500, 600], ...order.map(i => Y[i]!)]),
    )
    for (const more of [['mixture.tsv'], ['mixture.tsv', '--transpose'], ['lying.tsv'], ['lying.tsv', '--transpose']]) {
      const { status, stdout, stderr } = latens(['transform', `${out}/model.safetensors`, ...more])
      assert.is(status, 0, stderr)
      assert.is(stdout, wanted, `${out} ${more.join(' ')}`)
    }
  }
  mkdirSync(path('parts'))
  write('parts/a.tsv', [...genes].reverse(), ['s1'], [turned(Y)[0]!.reverse()])
  write(
    'parts/b.tsv',
    [...genes].reverse(),
    ['s2', 's3'],
    turned(Y)
      .slice(1)
      .map(row => row.reverse()),
  )
  const parts = latens(['transform', 'by-name/model.safetensors', 'parts'])
  assert.is(parts.status, 0, parts.stderr)
  assert.is(parts.stdout, readFileSync(path('by-name', 'fractions.csv'), 'utf8'))
})

test('transform: genes that a file lacks or has twice are told with the file; a file without names goes by its order', async () => {
  write('lacks.tsv', samples, genes.slice(2), Y.slice(2))
  write('again.tsv', samples, [...genes, genes[3]!], [...Y, Y[3]!])
  for (const [file, wanted] of [
    [
      'lacks.tsv',
      `lacks.tsv: wanted all 20 genes of the signature, got 18 without 2 of them: ${genes[0]}, ${genes[1]}`,
    ],
    ['again.tsv', `again.tsv: wanted genes of different names, got ${genes[3]} also at 3`],
  ] as const) {
    const { status, stderr } = latens(['transform', 'by-name/model.safetensors', file])
    assert.is(status, 1)
    assert.is(stderr, `latens: ${wanted}\n`)
  }
  mkdirSync(path('short'))
  write('short/a.tsv', genes.slice(1), ['s1'], [turned(Y)[0]!.slice(1)])
  const { stderr: told } = latens(['transform', 'by-name/model.safetensors', 'short'])
  assert.is(told, `latens: short/a.tsv: wanted all 20 genes of the signature, got 19 without 1 of them: ${genes[0]}\n`)
  const inOrder = [...genes.keys()].sort((a, b) => (genes[a]! < genes[b]! ? -1 : 1))
  writeFileSync(
    path('nameless.csv'),
    `${turned(inOrder.map(i => Y[i]!))
      .map(row => row.join(','))
      .join('\n')}\n`,
  )
  const { status, stdout, stderr } = latens(['transform', 'by-name/model.safetensors', 'nameless.csv'])
  assert.is(status, 0, stderr)
  const [own, wanted] = [
    await readCsv(Buffer.from(stdout)),
    await readCsv(readFileSync(path('by-name', 'fractions.csv'))),
  ]
  assert.equal([own.columnNames, [...own.data]], [types, [...wanted.data]])
})

test('types that have one name are refused', () => {
  write('alike.tsv', ['T', 'B', 'T'], genes, S)
  const { status, stderr } = latens(['deconvolve', 'mixture.tsv', 'alike.tsv', '--out', 'none'])
  assert.is(status, 1)
  assert.is(stderr, 'latens: alike.tsv: wanted types of different names, got T twice\n')
})

test.run()
