// The rank that a matrix was made with is found, by what restarts agree on and by what they predict.
import { Metagenes, workers } from 'latens'
import { PROTOCOLS } from '../../bench/planted-ranks.mjs'
import { chooseByAgreement, chooseByHoldOut } from '../../src/factorization/metagenes-choice.js'
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
    const metagenes = new Metagenes({ choice: 'holdOut', maxComponents: k + 3, nInit: 20, seed: at })
    const { choices, chosen } = await metagenes.fit(X, { threads: pool })
    assert.is(choices.agreement.nComponents, k, choices.agreement.rule)
    assert.is(chosen, choices.holdOut)
    assert.is(chosen.nComponents, k, chosen.rule)
    pool[Symbol.dispose]()
  })

test('uniform, rank 2, noise .9: restarts agree on a rank too high, which hold-out tells', async () => {
  const X = PROTOCOLS.uniform.make(2, 0.9, 15)
  const { choices } = await new Metagenes({ holdOut: 0.1, nInit: 20, seed: 15 }).fit(X)
  assert.ok(choices.agreement.nComponents > 2, choices.agreement.rule)
  assert.is(choices.holdOut?.nComponents, 2, choices.holdOut?.rule)
})

const rank = (nComponents: number, cophenetic: number, dispersion: number, stability: number) => ({
  nComponents,
  cophenetic,
  dispersion,
  stability,
})
const best = rank(2, 1, 1, 1)

test('the largest rank that is near the best in everything is chosen, even after one that is not', () => {
  assert.is(chooseByAgreement([best, rank(3, 0.98, 1, 1), rank(4, 0.995, 0.996, 0.98)]).nComponents, 4)
})

test('a rank that falls behind in cophenetic correlation, dispersion or stability alone is not', () => {
  for (const behind of [rank(3, 0.98, 1, 1), rank(3, 1, 0.99, 1), rank(3, 1, 1, 0.96), rank(3, 1, 1, NaN)])
    assert.is(chooseByAgreement([best, behind]).nComponents, 2)
})

test('where no rank is near the best in all, the one with the highest dispersion is; where none has a stability, the others decide', () => {
  assert.is(chooseByAgreement([rank(2, 1, 0.8, 0.9), rank(3, 0.9, 0.95, 0.9), rank(4, 0.9, 0.9, 1)]).nComponents, 3)
  assert.is(chooseByAgreement([rank(2, 1, 1, NaN), rank(3, 1, 1, NaN), rank(4, 0.9, 0.9, NaN)]).nComponents, 3)
})

/** Ranks from 2 on, each with its losses for every mask, all times `scale`. */
const held = (scale: number, ...losses: number[][]) =>
  losses.map((list, r) => {
    const holdOuts = Float64Array.from(list, loss => loss * scale)
    return { nComponents: 2 + r, holdOuts, holdOut: holdOuts.reduce((sum, loss) => sum + loss, 0) / list.length }
  })

test('by hold-out the smallest rank within one standard error of the least is chosen, whatever the size of the losses', () => {
  for (const scale of [1, 2 ** -600, 2 ** 600]) {
    const chosen = (...losses: number[][]) => chooseByHoldOut(held(scale, ...losses))?.nComponents
    // 0, 3: mean 1.5, standard error sqrt(1.5^2 / 1) = 1.5, which is no more. 1, 3: mean 2, standard error 1.
    assert.is(chosen([8, 11], [8, 8]), 2)
    assert.is(chosen([9, 11], [8, 8]), 3)
    // The same for each mask is above it for certain, however much masks differ.
    assert.is(chosen([9, 90], [8, 89]), 3)
    assert.is(chosen([8, 89], [8, 89], [8, 89]), 2)
    // 2, 0, 1: mean 1, standard error sqrt(2 / 3 / 2) = .577.
    assert.is(chosen([6, 6, 6], [4, 2, 3], [2, 2, 2]), 4)
    // 3, 0, 0: mean 1, standard error sqrt(2 / 2) = 1.
    assert.is(chosen([6, 6, 6], [5, 2, 2], [2, 2, 2]), 3)
  }
})

test('a rank whose loss is not finite with some mask is passed over; without any there is no choice', () => {
  const chosen = (...losses: number[][]) => chooseByHoldOut(held(1, ...losses))?.nComponents
  assert.is(chosen([1, NaN], [9, 9], [8, 8]), 4)
  assert.is(chosen([1, Infinity], [8, 8]), 3)
  assert.is(chosen([1, NaN], [Infinity, 1]), undefined)
  assert.is(chosen([], []), undefined)
})

test('the rule has the figures', () => {
  assert.is(
    chooseByHoldOut(held(1, [8, 11], [8, 8]))?.rule,
    'the smallest rank where the mean loss over what 2 masks hold out is within one standard error of the least (8.000 at rank 3): it is 1.5 above, the standard error of that difference being 1.5',
  )
  assert.is(
    chooseByHoldOut(held(1, [9, 9.5], [8, 8]))?.rule,
    'the rank where the mean loss over what 2 masks hold out is least (8.000 at rank 3), as no smaller one is within one standard error of it',
  )
})

test.run()
