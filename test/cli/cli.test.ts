// The command line as a user meets it: exit codes, files, messages.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { NmfModel } from 'latens'
import { decodeNpy, readCsv } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { folder, latens, table } from './latens.js'

test('a fit writes its folder; names, factors and model agree', async () => {
  const { status, stderr } = latens(['nmf', 'X.tsv', '-k', '2', '--max-iter', '2000', '--out', 'done'])
  assert.is(status, 0, stderr)
  assert.equal(readdirSync(join(folder, 'done')).sort(), [
    'H.csv',
    'H.npy',
    'W.csv',
    'W.npy',
    'model.safetensors',
    'report.html',
  ])
  const read = (name: string): Buffer => readFileSync(join(folder, 'done', name))
  const W = await readCsv(read('W.csv'))
  assert.equal(W.rowNames, ['r1', 'r2', 'r3', 'r4'])
  const model = NmfModel.load(read('model.safetensors'))
  assert.equal([...W.data], [...model.embedding.data])
  assert.equal(decodeNpy(read('H.npy')).data, model.components.data)
  assert.match(read('report.html').toString(), '<svg')
})

test('existing results are kept unless --force', () => {
  assert.is(latens(['nmf', 'X.tsv', '--out', 'kept', '--max-iter', '2000']).status, 0)
  const before = readFileSync(join(folder, 'kept/W.csv'), 'utf8')
  const { status, stderr } = latens(['nmf', 'X.tsv', '--out', 'kept', '--seed', '5'])
  assert.is(status, 1)
  assert.match(stderr, /kept exists; --force replaces it/)
  assert.is(readFileSync(join(folder, 'kept/W.csv'), 'utf8'), before)
  assert.is(latens(['nmf', 'X.tsv', '--out', 'kept', '--max-iter', '2000', '--seed', '5', '--force']).status, 0)
  assert.is.not(readFileSync(join(folder, 'kept/W.csv'), 'utf8'), before)
})

test('--force takes no file with it that is not a result', () => {
  mkdirSync(join(folder, 'mine'))
  writeFileSync(join(folder, 'mine/notes.txt'), 'keep')
  for (const out of ['mine', 'X.tsv', '.']) {
    const { status, stderr } = latens(['nmf', 'X.tsv', '--out', out, '--force'])
    assert.is(status, 1)
    assert.match(stderr, /--force replaces folders of results only/)
  }
  assert.is(readFileSync(join(folder, 'mine/notes.txt'), 'utf8'), 'keep')
  assert.is(readFileSync(join(folder, 'X.tsv'), 'utf8'), table)
})

test('the results have the rights of any new folder and nothing temporary stays', () => {
  mkdirSync(join(folder, 'plain'))
  assert.is(latens(['nmf', 'X.tsv', '--out', 'rights', '--max-iter', '2000']).status, 0)
  assert.is(statSync(join(folder, 'rights')).mode, statSync(join(folder, 'plain')).mode)
  assert.equal(
    readdirSync(folder).filter(name => name.startsWith('.')),
    [],
  )
})

test('a run of very many iterations still gets its report', () => {
  const args = ['nmf', 'X.tsv', '--tol', '0', '--max-iter', '7000', '--n-init', '30', '--out', 'long']
  const { status, stderr } = latens(args)
  assert.ok(status === 0 || status === 3, stderr)
  assert.ok(statSync(join(folder, 'long/report.html')).size < 1e6)
})

test('the report escapes names', () => {
  const { status } = latens(['nmf', '--max-iter', '2000', '--out', 'names'], 'id,<b>&,c\n<script>,1,2\nr2,2,1\n')
  assert.is(status, 0)
  const report = readFileSync(join(folder, 'names/report.html'), 'utf8')
  assert.not.match(report, /<script|<b>/)
  assert.match(report, '&#60;script&#62;')
})

test('SIGINT exits 130 without output, in a fit and while stdin says nothing', async () => {
  for (const args of [
    ['nmf', '--out', 'cut'],
    ['nmf', 'X.tsv', '--tol', '0', '--max-iter', '1000000000', '--out', 'cut'],
  ]) {
    const child = spawn(process.execPath, [resolve('dist/cli.js'), ...args], { cwd: folder })
    const ended = new Promise<number | null>(done => child.on('exit', done))
    const timer = setTimeout(() => child.kill('SIGINT'), 1500)
    const guard = setTimeout(() => child.kill('SIGKILL'), 20_000)
    assert.is(await ended, 130)
    clearTimeout(timer)
    clearTimeout(guard)
    assert.not.ok(existsSync(join(folder, 'cut')))
  }
})

test('stdin, --transpose and --json', () => {
  const { status, stdout } = latens(['nmf', '--transpose', '--json', '--max-iter', '2000', '--out', 'piped'], table)
  assert.is(status, 0)
  const summary = JSON.parse(stdout) as { converged: boolean; loss: number }
  assert.is(summary.converged, true)
  assert.ok(summary.loss >= 0)
  assert.match(readFileSync(join(folder, 'piped/W.csv'), 'utf8'), /"a",/)
})

test('a Matrix Market file is fitted as the sparse matrix it is', () => {
  writeFileSync(
    join(folder, 'X.mtx'),
    '%%MatrixMarket matrix coordinate real general\n4 3 4\n1 1 1\n2 2 2\n3 1 3\n4 3 1\n',
  )
  const { status, stderr } = latens(['nmf', 'X.mtx', '-k', '3', '--max-iter', '2000', '--out', 'sparse'])
  assert.is(status, 0, stderr)
  assert.match(readFileSync(join(folder, 'sparse/W.csv'), 'utf8'), 'row 4')
})

test('running out of iterations exits 3 and writes all the same', () => {
  assert.is(latens(['nmf', 'X.tsv', '--max-iter', '2', '--tol', '0', '--out', 'short']).status, 3)
  assert.ok(existsSync(join(folder, 'short/W.csv')))
})

test.run()
