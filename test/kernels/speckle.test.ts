// Entries that are held out by a hash: the same from either side, in whatever part of the lines, whatever else is listed.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isHeldOut, speckleOf } from '../../src/core/speckle.js'
import { generator } from '../random.js'
import { law } from './slices.js'

// The finalizer of MurmurHash3, in whole numbers of any size.
const WORD = 2n ** 32n
function mix(h: bigint): bigint {
  h = ((h ^ (h >> 16n)) * 0x85ebca6bn) % WORD
  h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) % WORD
  return h ^ (h >> 16n)
}

function heldOut(seed: number, share: number, i: number, j: number): boolean {
  const [low, high] = [BigInt(seed) % WORD, BigInt(seed) / WORD]
  const h = [high, BigInt(i), BigInt(j)].reduce((word, next) => mix(word ^ next), mix(low ^ 0x9e3779b9n))
  // The share in whole parts of 65536.
  return Number(h >> 16n) < Math.max(1, Math.round(share * 2 ** 16))
}

test('the hash of row, column and seed is that of MurmurHash3, over the whole range of each', () => {
  const { below } = generator(3)
  for (let t = 0; t < 2000; t++) {
    const seed = t % 2 ? below(2 ** 21) * 2 ** 32 + below(2 ** 31) * 2 + below(2) : below(1000)
    const [i, j] = [below(2 ** 31), below(t % 3 ? 100 : 2 ** 31)]
    for (const share of [1e-9, 0.1, 0.5, 0.9])
      assert.is(isHeldOut(speckleOf(seed, share), i, j), heldOut(seed, share, i, j), `${seed} ${share} ${i} ${j}`)
  }
})

test('a share of the entries of every row, column and diagonal is held out, independently of the seed', () => {
  const n = 400
  const [one, other] = [speckleOf(1, 0.1), speckleOf(2, 0.1)]
  const counts = { rows: new Float64Array(n), columns: new Float64Array(n), diagonals: new Float64Array(n) }
  let both = 0
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      if (!isHeldOut(one, i, j)) continue
      counts.rows[i]!++
      counts.columns[j]!++
      counts.diagonals[(i + j) % n]!++
      if (isHeldOut(other, i, j)) both++
    }
  // Binomial with n = 400, p = .1: sd 6; squares of deviations add to chi squared with 400 degrees of freedom, sd 28.
  for (const [name, found] of Object.entries(counts)) {
    const chi = found.reduce((sum, count) => sum + (count - 40) ** 2 / 36, 0)
    assert.ok(Math.abs(chi - n) < 5 * Math.sqrt(2 * n), `${name}: ${chi}`)
  }
  assert.ok(Math.abs(both - 1600) < 5 * 40, `${both}`)
})

law('speckle: lines of 0 to 99 entries from either side, alone and joined with lists', tools => {
  const { call, fresh, scoped, view } = tools
  const random = generator(5)
  for (let round = 0; round < 400; round++) {
    const [lines, length, first] = [1 + random.below(9), random.below(100), random.below(50)]
    const share = [1e-6, 0.03, 0.1, 0.5, 0.9][round % 5]!
    const across = round % 2 === 1
    const seed = random.below(1000)
    const { seed: word, below } = speckleOf(seed, share)
    const held = (line: number, at: number) =>
      across ? heldOut(seed, share, at, first + line) : heldOut(seed, share, first + line, at)
    for (const kind of ['alone', 'missing', 'weights'] as const) {
      const given = Array.from({ length: lines }, () =>
        Array.from({ length }, (_, at) => ({ at, weight: random.below(3) / 2 })).filter(
          () => kind !== 'alone' && random.uniform() < 0.3,
        ),
      )
      const weighted = kind === 'weights'
      for (const tested of [false, true]) {
        const wanted = given.map((list, line) =>
          Array.from({ length }, (_, at) => {
            const one = list.find(entry => entry.at === at)
            const out = held(line, at)
            if (tested) return out && !(one && (!weighted || one.weight === 0)) ? [at, 0] : undefined
            return out ? [at, 0] : one && [at, one.weight]
          }).filter(entry => entry !== undefined),
        )
        scoped(() => {
          const cells = fresh()
          // The given lists are a part of longer ones.
          const starts = given.reduce((ends, list) => [...ends, ends.at(-1)! + list.length], [2])
          const [pi, pa, pw] =
            kind === 'alone'
              ? [0, 0, 0]
              : [
                  cells.integers(starts),
                  cells.integers([7, 7, ...given.flat().map(({ at }) => at)]),
                  weighted ? cells.put([7, 7, ...given.flat().map(({ weight }) => weight)], 1) : 0,
                ]
          const room = wanted.flat().length + 4
          const [oi, oa, ow] = [
            cells.integers(new Int32Array(lines + 1)),
            cells.integers(new Int32Array(room)),
            cells.put(new Float64Array(room), 1),
          ]
          const work = cells.integers(new Int32Array(2 * length + 3))
          const of = [lines, length, first, Number(across), word, below, Number(tested), pi, pa, pw] as const
          call.speckle(...of, oi, oa, ow, work)
          cells.intact()
          const label = `round ${round} ${kind} tested ${tested}`
          const ends = wanted.reduce((all, list) => [...all, all.at(-1)! + list.length], [0])
          assert.equal(cells.readIntegers(oi, lines + 1), ends, label)
          assert.equal(
            cells.readIntegers(oa, room - 4),
            wanted.flat().map(([at]) => at),
            label,
          )
          const weights = wanted.flat().map(([, weight]) => (weighted && !tested ? weight : 0))
          assert.equal([...view(ow, room - 4)], weights, label)
        })
      }
    }
  }
})

law('speckle: lines so long that the upper half of an index counts', ({ call, fresh, scoped }) => {
  const length = 2 ** 17 + 37
  const { seed, below } = speckleOf(77, 0.01)
  for (const across of [false, true])
    scoped(() => {
      const cells = fresh()
      const wanted = Array.from({ length }, (_, at) => at).filter(at =>
        across ? heldOut(77, 0.01, at, 5) : heldOut(77, 0.01, 5, at),
      )
      const [oi, oa] = [cells.integers([0, 0]), cells.integers(new Int32Array(wanted.length + 4))]
      const work = cells.integers(new Int32Array(2 * length + 3))
      call.speckle(1, length, 5, Number(across), seed, below, 0, 0, 0, 0, oi, oa, 0, work)
      cells.intact()
      assert.equal(cells.readIntegers(oi, 2), [0, wanted.length])
      assert.equal(cells.readIntegers(oa, wanted.length), wanted)
    })
})

test.run()
