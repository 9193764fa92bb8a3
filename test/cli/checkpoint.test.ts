// A fit that was cut and goes on: the same files as one that was not.
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeNpy } from '../../src/io/index.js'
import { generator } from '../random.js'
import { cli, folder, latens, shell } from './latens.js'

const rows = Array.from({ length: 300 }, (_, i) =>
  Array.from({ length: 40 }, (_unused, j) => ((i * 37 + j * 101 + i * j) % 97) + 1).join(','),
)
writeFileSync(join(folder, 'big.csv'), `${rows.join('\n')}\n`)
const FIT = ['nmf', 'big.csv', '-k', '8', '--tol', '0', '--max-iter', '1500', '--n-init', '2', '--seed', '3']
const RESULTS = ['W.csv', 'H.csv', 'W.npy', 'H.npy', 'model.safetensors']

const read = (out: string, name: string): Buffer => readFileSync(join(folder, out, name))
const hidden = (): string[] => readdirSync(folder).filter(name => name.startsWith('.'))

/** Starts a fit with a checkpoint and sends the signal as soon as there is one. */
async function cut(signal: 'SIGINT' | 'SIGKILL', out: string, point: string, args: readonly string[] = FIT) {
  const child = spawn(process.execPath, [cli, ...args, '--out', out, '--checkpoint', point], { cwd: folder })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  let seen = 0
  const watch = setInterval(() => {
    if (existsSync(join(folder, point)) && ++seen === 5) child.kill(signal)
  }, 5)
  const guard = setTimeout(() => child.kill('SIGKILL'), 60_000)
  const code = await new Promise<number | null>(done => child.on('close', done))
  clearInterval(watch)
  clearTimeout(guard)
  return { code, stderr }
}

test('a fit killed by SIGINT or SIGKILL goes on from its checkpoint to the bytes of an undisturbed one', async () => {
  assert.is(latens([...FIT, '--out', 'whole']).status, 3)
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    const { code, stderr } = await cut(signal, signal, `${signal}.point`)
    assert.is(code, signal === 'SIGINT' ? 130 : null, stderr)
    assert.not.ok(existsSync(join(folder, signal)))
    const resumed = latens([...FIT, '--out', signal, '--resume', `${signal}.point`, '--checkpoint', `${signal}.point`])
    assert.is(resumed.status, 3, resumed.stderr)
    for (const name of RESULTS) assert.ok(read(signal, name).equals(read('whole', name)), `${signal} ${name}`)
    // Its report has the losses from the checkpoint on only: it did go on, not begin anew.
    assert.not.ok(read(signal, 'report.html').equals(read('whole', 'report.html')))
    assert.equal(hidden(), [])
  }
})

test('killed at 20 moments from its start to its end: no half-written folder, and the bytes of an undisturbed fit', async () => {
  const [n, m] = [2000, 200] // three shards of rows: threads have work
  const { uniform, below } = generator(17)
  const big = Float32Array.from({ length: n * m }, uniform)
  writeFileSync(join(folder, 'big.npy'), encodeNpy(big, [n, m]))
  const fit = ['nmf', 'big.npy', '-k', '64', '--tol', '0', '--max-iter', '16', '--threads', '2', '--quiet', '--out']
  const started = performance.now()
  assert.is(latens([...fit, 'steady']).status, 3)
  const lasted = performance.now() - started
  const stages = { nothing: 0, checkpoint: 0, all: 0 }
  const same = (out: string): void => {
    for (const name of RESULTS) assert.ok(read(out, name).equals(read('steady', name)), `${out} ${name}`)
  }
  for (let i = 0; i < 20; i++) {
    const [out, point] = [`killed${i}`, `killed${i}.point`]
    const args = [...fit, out, '--checkpoint', point, '--checkpoint-every', '3']
    // One moment in each twentieth, and some after the end.
    const moment = ((i + below(1000) / 1000) / 20) * 1.3 * lasted
    const child = spawn(process.execPath, [cli, ...args], { cwd: folder, stdio: 'ignore' })
    const timer = setTimeout(() => child.kill('SIGKILL'), moment)
    await new Promise(done => child.on('close', done))
    clearTimeout(timer)
    if (existsSync(join(folder, out))) {
      assert.equal(readdirSync(join(folder, out)).sort(), readdirSync(join(folder, 'steady')).sort())
      stages.all++
    } else {
      const reached = existsSync(join(folder, point))
      const resumed = latens([...args, ...(reached ? ['--resume', point] : [])])
      assert.is(resumed.status, 3, resumed.stderr)
      stages[reached ? 'checkpoint' : 'nothing']++
    }
    same(out)
  }
  assert.ok(stages.nothing > 0 && stages.checkpoint > 0, JSON.stringify(stages))
  for (const name of hidden()) rmSync(join(folder, name), { recursive: true }) // begun and never shown
})

test('an interrupted fit says how it goes on, and that command line does', async () => {
  const { code, stderr } = await cut('SIGINT', 'told', "it's a point")
  assert.is(code, 130)
  const line = /^latens: interrupted; to go on: latens (.*)\n$/.exec(stderr)?.[1] ?? ''
  assert.match(line, `--resume 'it'\\''s a point'`)
  const resumed = shell(`latens ${line}`)
  assert.is(resumed.status, 3, resumed.stderr)
  for (const name of RESULTS) assert.ok(read('told', name).equals(read('whole', name)), name)
})

test('what it says holds for a command with -- too', async () => {
  const flags = [...FIT.slice(0, 1), ...FIT.slice(2)]
  const child = spawn(
    process.execPath,
    [cli, ...flags, '--checkpoint', 'dash.point', '--checkpoint-every', '5', '--out', 'dash', '--', 'big.csv'],
    { cwd: folder },
  )
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const watch = setInterval(() => {
    if (!existsSync(join(folder, 'dash.point'))) return
    clearInterval(watch)
    child.kill('SIGINT')
  }, 5)
  assert.is(await new Promise(done => child.on('close', done)), 130)
  assert.match(stderr, /--resume dash\.point -- big\.csv\n$/)
})

test('an interrupted fit without a checkpoint says that there is none', async () => {
  const child = spawn(process.execPath, [cli, ...FIT, '--max-iter', '1000000000', '--out', 'lost'], { cwd: folder })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const timer = setTimeout(() => child.kill('SIGINT'), 1500)
  assert.is(await new Promise(done => child.on('close', done)), 130)
  clearTimeout(timer)
  assert.is(stderr, 'latens: interrupted; no results and no checkpoint written\n')
})

test('a resumed fit of several restarts marks the kept one in its report, where that is drawn', () => {
  const marked = /stroke-width="2.5" points="\d/
  assert.match(read('whole', 'report.html').toString(), marked)
  const args = [...FIT, '--checkpoint', 'late.point', '--checkpoint-every', '1400']
  assert.is(latens([...args, '--out', 'late']).status, 3)
  assert.is(latens([...FIT, '--resume', 'late.point', '--out', 'later']).status, 3)
  assert.ok(read('later', 'model.safetensors').equals(read('whole', 'model.safetensors')))
  assert.match(read('later', 'report.html').toString(), /1 of 2 restarts shown/)
})

test('another fit is refused: options with exit 2 and their flags, data and other files with exit 1', () => {
  copyFileSync(join(folder, 'late.point'), join(folder, 'cut.point'))
  writeFileSync(join(folder, 'cut.point'), readFileSync(join(folder, 'late.point')).subarray(0, 2000))
  writeFileSync(join(folder, 'other.csv'), `${[...rows.slice(1), rows[0]?.replace(/^\d+/, '5')].join('\n')}\n`)
  const others: [string[], number, RegExp][] = [
    [['--seed', '4'], 2, /--resume: late\.point: wanted the options it was made with: --seed 3, got 4$/],
    [['--seed', '4', '-k', '2'], 2, /--n-components 8, got 2; --seed 3, got 4$/],
    [['--precision', 'f32'], 2, /--precision f64, got f32$/],
    [['--transpose'], 1, /--resume: late\.point: wanted the data it was made with, 300 x 40, got 40 x 300$/],
  ]
  for (const [args, code, text] of others) {
    const { status, stderr } = latens([...FIT, '--resume', 'late.point', '--out', 'never', ...args])
    assert.is(status, code, stderr)
    assert.match(stderr.trimEnd(), text)
  }
  for (const [file, text] of [
    ['X.tsv', /--resume: X\.tsv: wanted a checkpoint of latens, got another file/],
    ['whole/model.safetensors', /wanted a checkpoint of latens, got another file/],
    ['cut.point', /--resume: cut\.point: the file is damaged/],
    ['none.point', /none\.point: no such file/],
  ] as const) {
    const { status, stderr } = latens([...FIT, '--resume', file, '--out', 'never'])
    assert.is(status, 1, stderr)
    assert.match(stderr, text)
  }
  const shorter = latens([...FIT, '--resume', 'late.point', '--out', 'never', '--max-iter', '9'])
  assert.is(shorter.status, 1)
  assert.match(
    shorter.stderr,
    /--resume: late\.point: wanted --max-iter 1500 \(the checkpoint is at restart 2, iteration \d+\), got 9$/m,
  )
  const data = latens(['nmf', 'other.csv', ...FIT.slice(2), '--resume', 'late.point', '--out', 'never'])
  assert.is(data.status, 1)
  assert.match(data.stderr, /wanted the data it was made with, 300 x 40, got other numbers/)
  assert.not.ok(existsSync(join(folder, 'never')))
})

test('a checkpoint that is the folder of results, lies in it or above it is refused before the fit', () => {
  for (const [file, out] of [
    ['both', 'both'],
    ['results/fit.point', 'results'],
    ['fit.point', 'fit.point/results'],
  ] as const) {
    const { status, stderr } = latens(['nmf', 'no such data.csv', '--checkpoint', file, '--out', out])
    assert.is(status, 1)
    assert.is(stderr, `latens: --checkpoint: wanted a file outside of --out ${out}, got ${file}\n`)
  }
})

test('a checkpoint takes the place of nothing but a checkpoint, and of that only when told to', () => {
  mkdirSync(join(folder, 'a folder'))
  for (const [file, text] of [
    ['X.tsv', /--checkpoint: X\.tsv exists and is no checkpoint of latens/],
    ['a folder', /--checkpoint: a folder exists and is no checkpoint of latens/],
  ] as const) {
    const { status, stderr } = latens(['nmf', 'X.tsv', '--checkpoint', file, '--force', '--out', 'never'])
    assert.is(status, 1)
    assert.match(stderr, text)
  }
  const short = ['nmf', 'X.tsv', '--checkpoint', 'late.point', '--checkpoint-every', '2', '--max-iter', '2000', '--out']
  const before = readFileSync(join(folder, 'late.point'))
  const refused = latens([...short, 'never'])
  assert.is(refused.status, 1)
  assert.match(refused.stderr, /late\.point exists; --resume late\.point goes on from it, --force replaces it/)
  assert.ok(readFileSync(join(folder, 'late.point')).equals(before))
  assert.is(latens([...short, 'forced', '--force']).status, 0)
  assert.not.ok(readFileSync(join(folder, 'late.point')).equals(before))
})

test.run()
