// However a fit ends, it leaves no worker, no memory, and the pool and the engine fit for the next.
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { withEngine } from '../../bindings/instance.js'
import { type Port, type Spawn, spawn } from '../../bindings/workers.js'
import { dense, NMF, type NmfInput, type Pool, type Run, workers } from '../../src/index.js'
import { dispose } from '../../src/core/pool.js'
import type { NmfStep } from '../../src/factorization/nmf-descent.js'
import { makePool } from '../../src/shard/pool.js'
import type { Open, ToWorker } from '../../src/shard/protocol.js'
import { failure } from '../failure.js'
import { generator } from '../random.js'
import { ended, plain, rigged, twoIterations, whole } from './rig.js'

// Every thread of the process is counted, whoever starts it.
let [alive, made] = [0, 0]
const threads = createRequire(import.meta.url)('node:worker_threads') as { Worker: new (...given: never[]) => object }
const { Worker } = threads
threads.Worker = class extends Worker {
  constructor(...given: never[]) {
    super(...given)
    alive++
    made++
    ;(this as unknown as { on(event: 'exit', then: () => void): void }).on('exit', () => alive--)
  }
}
syncBuiltinESMExports()
const unhandled: unknown[] = []
process.on('unhandledRejection', reason => unhandled.push(reason))

async function noneLeft(): Promise<void> {
  for (let i = 0; i < 500 && alive > 0; i++) await new Promise(resolve => setTimeout(resolve, 10))
  assert.is(alive, 0)
  assert.equal(unhandled, [])
}

const { uniform } = generator(3)
const [n, m] = [3600, 200]
const data = Float32Array.from({ length: n * m }, uniform)
// Five shards of rows an iteration; five restarts.
const large = { X: dense(data, [n, m]), options: { nComponents: 64, maxIter: 4, tol: 0 } }
const many = {
  X: dense(data.subarray(0, 90 * 40), [90, 40]),
  options: { nComponents: 4, maxIter: 60, nInit: 5, tol: 0 },
}
const kinds = { large, many }

interface Kind {
  readonly X: ReturnType<typeof dense>
  readonly options: NmfInput
}
async function bits({ X, options }: Kind, run: Run<NmfStep> = {}): Promise<string> {
  const { components, embedding } = await new NMF(options).fit(X, run)
  return Buffer.concat([components.data, embedding.data].map(a => Buffer.from(a.buffer, a.byteOffset, a.byteLength)))
    .toString('base64')
    .slice(-4000)
}

for (const [name, kind] of Object.entries(kinds)) {
  test(`${name}: a caller that throws, aborts or leaves in the middle has his own error, and nothing stays`, async () => {
    const wanted = await bits(kind)
    for (const shared of [true, false]) {
      const pool = await makePool(3, { shared })
      for (const given of [pool as Pool, 3]) {
        const onProgress = ({ iter }: NmfStep): void => {
          if (iter === 2) throw new Error('mine')
        }
        assert.is((await failure(bits(kind, { threads: given, onProgress }))).message, 'mine')
        const stop = new AbortController()
        const abort = ({ iter }: NmfStep): void => {
          if (iter === 2) stop.abort(new Error('enough'))
        }
        const aborted = bits(kind, { threads: given, onProgress: abort, signal: stop.signal })
        assert.is((await failure(aborted)).message, 'enough')
        for await (const { iter } of new NMF(kind.options).steps(kind.X, { threads: given })) if (iter === 2) break
        assert.is(await bits(kind, { threads: given }), wanted)
      }
      pool[dispose]()
      await noneLeft()
    }
  })

  test(`${name}: a pool that is disposed of before a fit, or during it: the bits of one thread`, async () => {
    const wanted = await bits(kind)
    for (const at of [0, 1, 2, 3]) {
      const pool = await workers(3)
      if (at === 0) pool[dispose]()
      const onProgress = ({ iter }: NmfStep): void => {
        if (iter === at) pool[dispose]()
      }
      assert.is(await bits(kind, { threads: pool, onProgress }), wanted)
      await noneLeft()
    }
  })

  test(`${name}: the least memory that one thread can do with is enough for eight`, async () => {
    const wanted = await bits(kind)
    let [low, high] = [0, 2 ** 27]
    while (high - low > 1024) {
      const middle = Math.ceil((low + high) / 2)
      const enough = await bits({ ...kind, options: { ...kind.options, maxIter: 1 } }, { maxMemory: middle }).then(
        () => true,
        () => false,
      )
      if (enough) high = middle
      else low = middle
    }
    for (const more of [0, 1e5, 1e6]) assert.is(await bits(kind, { threads: 8, maxMemory: high + more }), wanted)
    await noneLeft()
  })
}

test('fits that are aborted before their workers stand do not use the pool up', async () => {
  const pool = await workers(3)
  for (let i = 0; i < 10; i++) {
    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('enough')), 5)
    const endless = { ...large, options: { ...large.options, maxIter: 1000 } }
    assert.is((await failure(bits(endless, { threads: pool, signal: stop.signal }))).message, 'enough')
  }
  const wanted = await bits(large)
  for (let i = 0; i < 100 && pool.worked < 2; i++) assert.is(await bits(large, { threads: pool }), wanted)
  assert.is(pool.worked, 2)
  pool[dispose]()
  await noneLeft()
})

/** A pool whose ports go through `change`. */
const ports = (shared: boolean, change: (port: Port) => Port): Promise<Pool> => {
  const start: Spawn = async (source, events) => change(await spawn(source, events))
  return makePool(3, { shared, spawn: start })
}

test('workers without memory for the fit, or that the host can send nothing to: the calling thread does it', async () => {
  const wanted = await twoIterations({}, whole)
  const poor = (message: ToWorker): ToWorker =>
    message.kind === 'open' ? ({ ...message, bytes: 2 ** 40 } satisfies Open) : message
  const changes: ((port: Port) => Port)[] = [
    port => ({ ...port, post: (message, transfer) => port.post(poor(message as ToWorker), transfer) }),
    port => ({
      ...port,
      post() {
        throw new Error('it cannot be cloned')
      },
    }),
  ]
  for (const change of changes) {
    const pool = await ports(false, change)
    for (let i = 0; i < 6; i++) assert.is(await twoIterations({}, whole, { pool, slow: 2 }), wanted)
    assert.is(pool.worked, 0)
    pool[dispose]()
    await noneLeft()
  }
})

test('memory that a lost worker may still write to is not lent again', async () => {
  let killed = false
  const rig = await rigged(3, { shared: true }, (message, count, deliver, port) => {
    plain(message, count, deliver, port)
    killed = true
    void port.kill()
  })
  const used: object[] = []
  const { pool } = rig
  const watched: Pool = {
    threads: pool.threads,
    shared: true,
    worked: 0,
    trouble: undefined,
    executor(engine, recorded) {
      used.push(engine)
      return pool.executor(engine, recorded)
    },
    [dispose]() {},
  }
  while (!killed) await twoIterations({}, whole, { pool: watched, slow: 1 })
  const last = used.at(-1)
  await withEngine('test', { shared: true }, async engine => assert.is.not(engine, last))
  await ended(rig)
})

test('two fits with threads, 200 times: no thread stays and memory does not grow', async () => {
  const short = { ...large, options: { ...large.options, maxIter: 1 } }
  const wanted = [await bits(short), await bits(many)]
  const once = async (): Promise<void> => {
    assert.equal(await Promise.all([bits(short, { threads: 3 }), bits(many, { threads: 3 })]), wanted)
  }
  const before = made
  for (let i = 0; i < 50; i++) await once()
  const { rss } = process.memoryUsage()
  for (let i = 0; i < 150; i++) await once()
  await noneLeft()
  assert.ok(made - before > 200, `${made - before} workers in all`)
  // One engine of each fit would be a gigabyte, one worker of each two.
  const grown = (process.memoryUsage().rss - rss) / 2 ** 20
  assert.ok(grown < 150, `grown by ${grown} MB`)
})

test.run()
