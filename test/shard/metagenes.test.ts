// Restarts of all ranks side by side: the bits of one thread, whatever becomes of the workers.
import { dense, type Matrix } from '../../src/core/matrix.js'
import { Metagenes } from '../../src/factorization/metagenes.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../failure.js'
import { generator } from '../random.js'
import { ended, type Meddle, plain, rigged } from './rig.js'

const { uniform } = generator(21)
const X: Matrix = dense(
  Float64Array.from({ length: 60 * 40 }, () => uniform()),
  [60, 40],
)
const metagenes = new Metagenes({
  maxComponents: 6,
  nInit: 5,
  maxIter: 60,
  holdOut: 0.1,
  holdOutMasks: 2,
  holdOutInit: 2,
})
const wanted = (await metagenes.fit(X)).save()
const kills: Meddle = (message, n, deliver, port) => (n % 7 === 3 ? void port.kill() : deliver(message))

for (const shared of [true, false])
  for (const threads of [2, 3]) {
    const where = `${threads} threads ${shared ? 'on one memory' : 'by messages'}`
    test(`${where}: workers have a part in it, and the bits are the same`, async () => {
      const rig = await rigged(threads, { shared }, plain)
      for (let i = 0; i < 50 && (i < 2 || rig.pool.worked < threads - 1); i++)
        assert.equal((await metagenes.fit(X, { threads: rig.pool })).save(), wanted)
      assert.is(rig.pool.worked, threads - 1)
      assert.is(rig.pool.trouble, undefined)
      await ended(rig)
    })
    test(`${where}: the same bits where workers die`, async () => {
      const rig = await rigged(threads, { shared }, kills)
      for (let i = 0; i < 4; i++) assert.equal((await metagenes.fit(X, { threads: rig.pool })).save(), wanted)
      await ended(rig)
    })
  }

test('an abort ends it with its reason, a fit left early leaves no worker at work, and the pool goes on', async () => {
  const rig = await rigged(2, {}, plain)
  for (let at = 1; at < 300; at += 60) {
    const stop = new AbortController()
    const reason = new Error('enough')
    let steps = 0
    const onProgress = (): void => (++steps === at ? stop.abort(reason) : undefined)
    assert.is(await failure(() => metagenes.fit(X, { threads: rig.pool, signal: stop.signal, onProgress })), reason)
    const left = metagenes.steps(X, { threads: rig.pool })
    for (let i = 0; i < at; i++) await left.next()
    await left.return(undefined as never)
  }
  assert.equal((await metagenes.fit(X, { threads: rig.pool })).save(), wanted)
  await ended(rig)
})

test.run()
