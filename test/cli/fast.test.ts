// --fast: what it writes, and the checkpoints of it.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NmfModel } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hasRelaxed, NEWEST } from '../relaxed.js'
import { cli, folder, latens } from './latens.js'

const FIT = ['nmf', 'X.tsv', '-k', '2', '--max-iter', '20', '--tol', '0', '--quiet']
const model = (out: string): NmfModel => NmfModel.load(readFileSync(join(folder, out, 'model.safetensors')))

test('--fast is in the model as asked for and as done; --no-fast is not a flag', () => {
  assert.is(latens([...FIT, '--out', 'exact']).status, 3)
  assert.is(latens([...FIT, '--fast', '--out', 'fast']).status, 3)
  assert.equal([model('exact').options.fast, model('exact').fast], [false, false])
  assert.equal([model('fast').options.fast, model('fast').fast], [true, hasRelaxed])
  assert.is(latens([...FIT, '--no-fast']).status, 2)
})

test('a checkpoint of --fast goes on with --fast alone', () => {
  const point = ['--checkpoint', 'fast.point', '--checkpoint-every', '15']
  assert.is(latens([...FIT, '--fast', ...point, '--out', 'whole']).status, 3)
  assert.is(latens([...FIT, '--fast', '--resume', 'fast.point', '--out', 'resumed']).status, 3)
  assert.equal(model('resumed').components.data, model('whole').components.data)
  const { status, stderr } = latens([...FIT, '--resume', 'fast.point', '--out', 'never'])
  assert.is(status, 2)
  assert.match(stderr, /--resume: fast\.point: wanted the options it was made with: --fast true, got false$/m)
})

test('a checkpoint of --fast from a host with the other engine is refused by name', () => {
  if (hasRelaxed || !existsSync(NEWEST)) return
  const args = [cli, ...FIT, '--fast', '--resume', 'fast.point', '--out', 'never']
  const { status, stderr } = spawnSync(NEWEST, args, { cwd: folder, encoding: 'utf8' })
  assert.is(status, 1)
  assert.is(
    stderr,
    'latens: --resume: fast.point: wanted a checkpoint of the relaxed engine, got one of the exact engine\n',
  )
})

test.run()
