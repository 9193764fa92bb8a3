// A place for a worker, with workers that are none.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Seat } from '../../src/shard/seat.js'

type Spawned = ConstructorParameters<typeof Seat>[1]

function placed(start: number) {
  const posted: unknown[] = []
  let spawned = 0
  let say: (message: unknown) => void = () => {}
  const spawn = (async (_source, { message }) => {
    spawned++
    say = message
    return { post: m => void posted.push(m), kill: async () => {}, hold: () => {} }
  }) as Spawned
  const seat = new Seat('', spawn, start, start, () => {})
  const give = (session: number): void => {
    const address = { session, task: session, work: 'rows', index: 0, lane: 0 }
    seat.give({ address, answer: () => {}, lost: () => {} }, { kind: 'task', ...address, patches: undefined }, [])
  }
  return { seat, give, posted, hello: () => say({ kind: 'hello' }), lives: () => spawned }
}
const later = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

test('a worker that is still starting when its fit is left is given nothing more until it speaks', async () => {
  const { seat, give, hello, lives } = placed(60_000)
  give(1)
  await later(1)
  assert.is(seat.room(2), 1)
  seat.abandon(1)
  assert.is(seat.room(2), 0)
  hello()
  assert.is(seat.room(2), 2)
  assert.is(lives(), 1)
})

test('one that never speaks is ended after its time, three times, and then its place is given up', async () => {
  const { seat, give, lives } = placed(10)
  for (let life = 1; life <= 3; life++) {
    give(life)
    await later(1)
    seat.abandon(life)
    assert.is(seat.room(1), 0)
    await later(30)
    seat.check()
    await later(1)
    assert.is(lives(), life)
    assert.is(seat.room(1), life < 3 ? 1 : 0)
  }
})

test.run()
