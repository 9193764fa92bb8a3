// A worker that dies, hangs, or answers twice, late, short or wrongly costs time, never bits.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { WorkerLost } from '../../src/core/errors.js'
import { makePool } from '../../src/shard/pool.js'
import { dispose } from '../../src/core/pool.js'
import type { Done, FromWorker } from '../../src/shard/protocol.js'
import { failure } from '../failure.js'
import { generator } from '../random.js'
import { ended, type Meddle, plain, rigged, single, sparse, twoIterations, whole } from './rig.js'

const inputs = [whole, single, sparse]
const MODES = [true, false] as const
const say = (shared: boolean): string => (shared ? 'on one memory' : 'by messages')

/** Every message as it is, but those that `choose` names, which go through `fault`. */
const some =
  (choose: (message: FromWorker) => boolean, fault: Meddle): Meddle =>
  (message, n, deliver, port) =>
    (choose(message) ? fault : plain)(message, n, deliver, port)

const sessionOf = (message: FromWorker): number => (message as Done).session

/** Fits on rigged pools until `faults` faults have happened, each fit with the bits of an undisturbed one. */
async function survives(
  shared: boolean,
  seed: number,
  faults: number,
  fault: Meddle,
  deadline = 60_000,
): Promise<void> {
  const { below } = generator(seed)
  let happened = 0
  const struck = new Map<number, number>()
  const rig = await rigged(
    3,
    { shared, deadline },
    some(
      // Three to a fit at most: with a fourth, all on one shard, it would rightly be given up.
      message =>
        (message as Done).kind === 'done' &&
        happened < faults &&
        (struck.get(sessionOf(message)) ?? 0) < 3 &&
        below(4) === 0,
      (...given) => {
        happened++
        const session = sessionOf(given[0])
        struck.set(session, (struck.get(session) ?? 0) + 1)
        fault(...given)
      },
    ),
  )
  const wanted = await Promise.all(inputs.map(input => twoIterations({}, input)))
  for (let i = 0; happened < faults; i++) {
    assert.ok(i < 400, `${happened} faults`)
    const got = await twoIterations({}, inputs[i % 3]!, { pool: rig.pool, slow: 1 })
    assert.is(got, wanted[i % 3], `fit ${i}, after ${happened} faults`)
  }
  await ended(rig)
}

for (const shared of MODES) {
  test(`50 workers killed at their work ${say(shared)}: the same bits`, async () => {
    const { below } = generator(21)
    await survives(shared, 1, 50, (message, _, deliver, port) => {
      // What it has been given besides is lost with it, at some moment of the next shard.
      deliver(message)
      setTimeout(() => void port.kill(), below(2))
    })
  })

  test(`answers that never come ${say(shared)}: after the deadline the same bits`, async () => {
    await survives(shared, 2, 8, () => {}, 250)
  })

  test(`answers that come twice ${say(shared)}`, async () => {
    await survives(shared, 3, 50, (message, _, deliver) => {
      deliver(message)
      deliver(message)
    })
  })

  test(`answers that come after the deadline, when another has done the work ${say(shared)}`, async () => {
    await survives(shared, 4, 8, (message, _, deliver) => setTimeout(() => deliver(message), 120), 60)
  })

  test(`answers with a wrong checksum ${say(shared)}`, async () => {
    await survives(shared, 5, 30, (message, _, deliver) =>
      deliver({ ...(message as Done), seal: `${(message as Done).seal}1` }),
    )
  })

  test(`answers that are none ${say(shared)}: of another shard, another kind, nothing at all`, async () => {
    const strange: ((message: Done) => unknown)[] = [
      message => ({ ...message, index: message.index + 1, seal: message.seal }),
      message => ({ ...message, task: message.task + 1000 }),
      message => ({ ...message, kind: 'something' }),
      () => undefined,
      () => 'hello',
    ]
    let turn = 0
    await survives(
      shared,
      6,
      15,
      (message, _, deliver) => deliver(strange[turn++ % strange.length]!(message as Done) as FromWorker),
      60,
    )
  })
}

test('a changed bit in an answer, a byte less or more: the same bits', async () => {
  const { below } = generator(31)
  await survives(false, 7, 60, (message, n, deliver) => {
    const { part } = message as Done
    const bytes = part!.slice(0, n % 3 === 1 ? part!.length - 1 : undefined)
    if (n % 3 === 0) bytes[below(bytes.length)]! ^= 1 << below(8)
    const more = n % 3 === 2 ? Uint8Array.of(...bytes, 0) : bytes
    deliver({ ...(message as Done), part: more })
  })
})

test('a shard that is lost again and again is a WorkerLost, and no worker stays', async () => {
  for (const shared of MODES) {
    const rig = await rigged(3, { shared }, (message, _, deliver) => deliver({ ...(message as Done), seal: '' }))
    const error = await failure(twoIterations({}, whole, { pool: rig.pool, slow: 4 }))
    assert.instance(error, WorkerLost)
    assert.match(error.message, /lost 4 times \(an answer with a wrong checksum\)/)
    await ended(rig)
  }
})

test('workers that cannot start, end at once, or never say a word: the calling thread does it all', async () => {
  const wanted = await twoIterations({}, whole)
  for (const source of ['throw new Error("no")', 'process.exit(3)', 'while (true);', 'not even a program', ''])
    for (const shared of MODES) {
      const pool = await makePool(3, { shared, deadline: 100, start: 100, source })
      assert.is(await twoIterations({}, whole, { pool }), wanted, source)
      pool[dispose]()
    }
  const refused = await makePool(3, { spawn: () => Promise.reject(new Error('not allowed')) })
  assert.is(await twoIterations({}, whole, { pool: refused }), wanted)
})

test('an abort stops within a step, whatever the workers do, and leaves none', async () => {
  for (const shared of MODES)
    for (const [n, meddle] of [plain, (() => {}) as Meddle].entries()) {
      const rig = await rigged(3, { shared }, meddle)
      const stop = new AbortController()
      setTimeout(() => stop.abort(new Error('enough')), 5 * n)
      const started = performance.now()
      let error = await failure(
        (async () => {
          for (;;) await twoIterations({}, whole, { pool: rig.pool, signal: stop.signal })
        })(),
      )
      assert.is(error.message, 'enough')
      assert.ok(performance.now() - started < 5000)
      // The pool goes on for others.
      if (meddle === plain)
        assert.is(await twoIterations({}, whole, { pool: rig.pool, slow: 4 }), await twoIterations({}, whole))
      await ended(rig)
    }
})

test.run()
