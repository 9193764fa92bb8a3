// A folder of parts is the file that they are when they stand under each other.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { csr, type Csr, dense } from 'latens'
import { encodeNpy, writeCsv, writeMatrixMarket, writeNpz } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'
import { folder, latens } from './latens.js'

const random = generator(77)
const [n, m] = [60, 7]
const values = Float64Array.from({ length: n * m }, () => (random.uniform() < 0.3 ? 0 : random.below(90) + 1))
const columnNames = Array.from({ length: m }, (_, j) => `gene ${j}`)
const rowNames = Array.from({ length: n }, (_, i) => `sample ${i}`)
const CUTS = [0, 11, 12, 40, n]
const RESULTS = ['W.csv', 'H.csv', 'W.npy', 'H.npy', 'model.safetensors']
const FIT = ['-k', '3', '--max-iter', '12', '--tol', '0', '--seed', '2']

const path = (...names: string[]): string => join(folder, ...names)
const read = (...names: string[]): Buffer => readFileSync(path(...names))

type Write = (from: number, to: number, named: boolean) => string | Uint8Array
const cells = (from: number, to: number): Float64Array => values.slice(from * m, to * m)
const sparse = (from: number, to: number): Csr => csr({ ...csrParts(cells(from, to), m), shape: [to - from, m] })
const table: Write = (from, to, named) =>
  writeCsv({
    data: cells(from, to),
    rows: to - from,
    columns: m,
    rowNames: named ? rowNames.slice(from, to) : undefined,
    columnNames: named ? columnNames : undefined,
  })

/** Writes the whole file and the folder of its parts; a name that ends so. */
async function both(name: string, ending: string, write: (from: number, to: number) => string | Uint8Array) {
  mkdirSync(path(name))
  writeFileSync(path(`${name}${ending}`), write(0, n))
  // Names whose order by code units is not the order of their numbers, nor of the alphabet.
  const names = ['B 10', 'B 9', 'a', 'ä']
  names.forEach((part, p) => writeFileSync(path(name, `${part}${ending}`), write(CUTS[p]!, CUTS[p + 1]!)))
  writeFileSync(path(name, '.hidden'), 'no part')
}

test('the parts of a folder give the bytes of their file, of every kind, with names and without', async () => {
  const kinds: [string, string, (from: number, to: number) => string | Uint8Array][] = [
    ['named', '.csv', (from, to) => table(from, to, true)],
    ['plain', '.csv', (from, to) => table(from, to, false)],
    ['tabs', '.tsv.gz', (from, to) => gzipSync((table(from, to, true) as string).replaceAll(',', '\t'))],
    ['market', '.mtx', (from, to) => writeMatrixMarket(sparse(from, to))],
    ['market-gz', '.mtx.gz', (from, to) => gzipSync(writeMatrixMarket(sparse(from, to)))],
    ['array', '.npy', (from, to) => encodeNpy(cells(from, to), [to - from, m])],
    ['zip', '.npz', (from, to) => writeNpz({ X: dense(cells(from, to), [to - from, m]) })],
    ['zip-sparse', '.npz', (from, to) => writeNpz(sparse(from, to))],
  ]
  for (const [name, ending, write] of kinds) {
    await both(name, ending, write)
    for (const precision of ['f64', 'f32']) {
      const args = [...FIT, '--precision', precision, '--max-memory', '100']
      const one = latens(['nmf', `${name}${ending}`, ...args, '--out', `${name}-one-${precision}`])
      assert.is(one.status, 3, one.stderr)
      const parts = latens(['nmf', name, ...args, '--out', `${name}-parts-${precision}`])
      assert.is(parts.status, 3, parts.stderr)
      for (const file of RESULTS)
        assert.ok(
          read(`${name}-parts-${precision}`, file).equals(read(`${name}-one-${precision}`, file)),
          `${name} ${file}`,
        )
    }
    const model = `${name}-one-f64/model.safetensors`
    const [one, parts] = [`${name}${ending}`, name].map(input => latens(['transform', model, input]))
    assert.is(parts!.status, 0, parts!.stderr)
    assert.is(parts!.stdout, one!.stdout)
  }
  const text = read('named-parts-f64', 'W.csv').toString()
  for (const row of rowNames) assert.ok(text.includes(`"${row}",`), row)
  assert.match(read('market-parts-f64', 'W.csv').toString(), '"row 60",')
})

test('a fit of a file goes on with the folder of its parts, and one of the folder with the file', () => {
  const save = (input: string, point: string) =>
    latens(['nmf', input, ...FIT, '--out', `of-${point}`, '--checkpoint', point, '--checkpoint-every', '5'])
  for (const [from, to] of [
    ['named.csv', 'named'],
    ['named', 'named.csv'],
  ] as const) {
    assert.is(save(from, `${from}.point`).status, 3)
    const { status, stderr } = latens(['nmf', to, ...FIT, '--out', `${to}-resumed`, '--resume', `${from}.point`])
    assert.is(status, 3, stderr)
    for (const file of RESULTS) assert.ok(read(`${to}-resumed`, file).equals(read('named-one-f64', file)), file)
  }
  const other = latens(['nmf', 'plain', ...FIT, '--resume', 'named.point', '--out', 'same'])
  assert.is(other.status, 3, other.stderr) // the numbers are the same: names are no part of a fit
  mkdirSync(path('fewer'))
  copyFileSync(path('named', 'a.csv'), path('fewer', 'a.csv'))
  const fewer = latens(['nmf', 'fewer', ...FIT, '--resume', 'named.point', '--out', 'never'])
  assert.is(fewer.status, 1)
  assert.match(fewer.stderr, /--resume: named\.point: wanted the data it was made with, 60 x 7, got 28 x 7/)
})

test('errors of a folder and of its parts are told in one line with their names', () => {
  const head = `name,${columnNames.join(',')}`
  const row = (name: string, last = '1'): string => `${name},1,2,3,4,5,6,${last}`
  const good = `${head}\n${row('r1')}\n${row('r2')}\n`
  const cases: [string, Record<string, string>, RegExp][] = [
    ['none', {}, /bad-none: wanted parts that end in \.csv.*, got none/],
    ['other', { 'a.csv': good, 'b.txt': good }, /bad-other\/b\.txt: wanted a part that ends in/],
    [
      'mixed',
      { 'a.csv': good, 'b.mtx': '' },
      /bad-mixed: wanted parts of one kind, got tables and \.mtx files \(b\.mtx\)/,
    ],
    ['text', { 'a.csv': good, 'b.csv': good.replace(',6,1', ',6,x') }, /bad-text\/b\.csv: line 2, column 8: "x"/],
    [
      'value',
      { 'a.csv': good, 'b.csv': `${head}\n${row('r3')}\n${row('r4', '-5')}\n` },
      /bad-value\/b\.csv: NMF\.fit: X\[1, 6\] = -5: entries must be >= 0/,
    ],
    [
      'width',
      { 'a.csv': good, 'b.csv': 'name,x,y\nr3,1,2\n' },
      /bad-width\/b\.csv: wanted 7 columns as in bad-width\/a\.csv, got 2/,
    ],
    [
      'names',
      { 'a.csv': good, 'b.csv': good.replace('gene 3', 'gene x') },
      /bad-names\/b\.csv: wanted column 4 named "gene 3" as in bad-names\/a\.csv, got "gene x"/,
    ],
    [
      'rows',
      { 'a.csv': good, 'b.csv': good.replaceAll(/^(name|r\d),/gm, '') },
      /bad-rows\/b\.csv: wanted row names as in bad-rows\/a\.csv, got no row names/,
    ],
    [
      'header',
      { 'a.csv': good, 'b.csv': `${row('r3')}\n` },
      /bad-header\/b\.csv: wanted column names as in .*, got no column names/,
    ],
    [
      'form',
      {
        'a.mtx': writeMatrixMarket(sparse(0, 9)),
        'b.mtx': '%%MatrixMarket matrix array real general\n1 7\n1\n2\n3\n4\n5\n6\n7\n',
      },
      /bad-form\/b\.mtx: wanted a sparse matrix as in bad-form\/a\.mtx, got a dense matrix/,
    ],
  ]
  for (const [name, files, text] of cases) {
    mkdirSync(path(`bad-${name}`))
    for (const [file, content] of Object.entries(files)) writeFileSync(path(`bad-${name}`, file), content)
    const commands = [['nmf', `bad-${name}`, '--out', 'never']]
    // A model of the same columns.
    if (name !== 'value') commands.push(['transform', 'named-one-f64/model.safetensors', `bad-${name}`])
    for (const args of commands) {
      const { status, stderr, stdout } = latens(args)
      assert.is(status, 1, stderr)
      assert.match(stderr, text)
      assert.match(stderr, /^latens: [^\n]+\n$/)
      assert.is(stdout, '')
    }
  }
  const wrong = latens(['transform', 'named-one-f64/model.safetensors', 'bad-value'])
  assert.match(wrong.stderr, /bad-value\/b\.csv: NMF\.transform: X\[1, 6\] = -5/)
  for (const args of [
    ['nmf', 'named', '--transpose', '--out', 'never'],
    ['transform', 'named-one-f64/model.safetensors', 'named', '--transpose'],
  ]) {
    const { status, stderr } = latens(args)
    assert.is(status, 2)
    assert.match(stderr, /--transpose: wanted a file, got a folder: the parts of named are read by rows/)
  }
})

test('--max-memory bounds the fit in megabytes: what does not fit as a file fits in parts', () => {
  const [rows, columns, parts] = [4000, 300, 20]
  const big = Float32Array.from({ length: rows * columns }, () => random.below(100) + 1)
  mkdirSync(path('big'))
  writeFileSync(path('big.npy'), encodeNpy(big, [rows, columns]))
  const height = rows / parts
  for (let p = 0; p < parts; p++) {
    const part = encodeNpy(big.slice(p * height * columns, (p + 1) * height * columns), [height, columns])
    writeFileSync(path('big', `${p + 10}.npy`), part)
  }
  const args = ['-k', '40', '--max-iter', '3', '--tol', '0', '--precision', 'f32']
  // X is 4.8 megabytes.
  const bound = [...args, '--max-memory', '4']
  const one = latens(['nmf', 'big.npy', ...bound, '--out', 'never'])
  assert.is(one.status, 1)
  assert.match(one.stderr, /^latens: --max-memory 4: wanted 4\.8 MB at once, \d\.\d MB are left of it\n$/)
  const folded = latens(['nmf', 'big', ...bound, '--out', 'big-parts'])
  assert.is(folded.status, 3, folded.stderr)
  assert.is(latens(['nmf', 'big.npy', ...args, '--out', 'big-one']).status, 3)
  for (const file of RESULTS) assert.ok(read('big-parts', file).equals(read('big-one', file)), file)
  for (const bad of ['0', '1.5', 'x', '', '1e7']) {
    const { status, stderr } = latens(['nmf', 'X.tsv', `--max-memory=${bad}`])
    assert.is(status, 2)
    assert.match(stderr, /--max-memory: wanted an integer from 1 to 1e6, got/)
  }
  for (const name of ['big', 'big.npy']) rmSync(path(name), { recursive: true })
})

test.run()
