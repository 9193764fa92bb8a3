// The rank that a matrix was made with is found, by what restarts agree on and by what they predict.
import { workers } from 'latens'
import { byAgreement, byHoldOut, PROTOCOLS } from '../../bench/planted-ranks.mjs'
import { choose } from '../../src/factorization/metagenes-choice.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const planted = [
  ['gamma', 2, 10],
  ['gamma', 4, 5],
  ['gamma', 6, 0],
  ['uniform', 3, 0.6],
] as const

for (const [at, [protocol, k, level]] of planted.entries())
  test(`${protocol}, rank ${k}, noise ${level}: found by agreement and by hold-out`, async () => {
    const pool = await workers('auto')
    const X = PROTOCOLS[protocol].make(k, level, 40 + at)
    const options = { maxComponents: k + 3, seed: at }
    const { chosen } = await byAgreement(X, { ...options, nInit: 20 }, { threads: pool })
    assert.is(chosen.nComponents, k, chosen.rule)
    const tested = await byHoldOut(X, { ...options, nInit: 3, masks: 5 }, { threads: pool })
    assert.is(tested.nComponents, k, `${tested.means}`)
    pool[Symbol.dispose]()
  })

const rank = (nComponents: number, cophenetic: number, dispersion: number, stability: number) => ({
  nComponents,
  cophenetic,
  dispersion,
  stability,
})
const best = rank(2, 1, 1, 1)

test('the largest rank that is near the best in everything is chosen, even after one that is not', () => {
  assert.is(choose([best, rank(3, 0.98, 1, 1), rank(4, 0.995, 0.996, 0.98)]).nComponents, 4)
})

test('a rank that falls behind in cophenetic correlation, dispersion or stability alone is not', () => {
  for (const behind of [rank(3, 0.98, 1, 1), rank(3, 1, 0.99, 1), rank(3, 1, 1, 0.96), rank(3, 1, 1, NaN)])
    assert.is(choose([best, behind]).nComponents, 2)
})

test('where no rank is near the best in all, the one with the highest dispersion is; where none has a stability, the others decide', () => {
  assert.is(choose([rank(2, 1, 0.8, 0.9), rank(3, 0.9, 0.95, 0.9), rank(4, 0.9, 0.9, 1)]).nComponents, 3)
  assert.is(choose([rank(2, 1, 1, NaN), rank(3, 1, 1, NaN), rank(4, 0.9, 0.9, NaN)]).nComponents, 3)
})

test.run()
