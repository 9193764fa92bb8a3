import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { blocksOf, cutRows, shardOf, shardsOf, type Span } from '../../src/core/program.js'

const ends = ({ first, count }: Span): number => first + count
const sizes = [1, 3, 4, 47, 48, 49, 1000, 5000, 20_000, 123_457]
const works = [1, 64, 7000, 1e5, 3e6, 1e8]

test('shards follow one another and make up all rows, and so do the blocks of each', () => {
  for (const total of sizes)
    for (const work of works)
      for (const [least, blockWork, blocks] of [
        [0, 1e7, 2],
        [1e8, 1e7, 2],
        [0, 5e7, 1],
      ] as const) {
        const cut = cutRows(total, work, least, blockWork, blocks)
        let next = 0
        for (let s = 0; s < shardsOf(cut); s++) {
          const shard = shardOf(cut, s)
          assert.is(shard.first, next)
          assert.ok(shard.count > 0 && shard.count <= cut.height)
          let row = shard.first
          for (const block of blocksOf(cut, s)) {
            assert.is(block.first, row)
            assert.ok(block.count > 0 && block.count <= cut.block)
            row = ends(block)
          }
          next = ends(shard)
          assert.is(row, next)
        }
        assert.is(next, total)
      }
})

test('of many shards the last ones are smaller, to a quarter, and none is larger than the one before', () => {
  for (const total of [20_000, 50_000, 400_000]) {
    const cut = cutRows(total, 10_000, 0, 1e7, 2)
    const counts = cut.starts.map((_, s) => shardOf(cut, s).count)
    assert.ok(counts.length > 4)
    assert.ok(counts.every((count, s) => s === 0 || count <= counts[s - 1]!))
    assert.is(counts[0], cut.height)
    // What one thread does alone at the end, when every other has just found nothing left.
    assert.ok(counts.at(-1)! <= Math.ceil(cut.height / 4 / 48) * 48)
    assert.ok(counts.at(-1)! + counts.at(-2)! > cut.height / 4)
  }
})

test('a cut of few shards stays even: each leaves a part to be added up', () => {
  const cut = cutRows(3000, 10_000, 0, 1e7, 2)
  assert.equal(
    cut.starts.map((_, s) => shardOf(cut, s).count),
    [1536, 1464],
  )
})

test.run()
