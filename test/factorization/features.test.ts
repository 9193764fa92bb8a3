// Features of metagenes: those that NumPy has of the same factors, however the factors share their scale.
import { readFileSync } from 'node:fs'
import { withEngine } from '../../bindings/instance.js'
import { Pace } from '../../src/core/pace.js'
import { balanced, featureScores, selectFeatures } from '../../src/factorization/metagenes-features.js'
import type { FloatArray } from '../../src/core/matrix.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

interface Case {
  readonly k: number
  readonly W: number[]
  readonly H: number[]
  readonly scores: (number | null)[]
  readonly features: number[][]
}
const { cases } = JSON.parse(readFileSync('test/golden/factorization/features.json', 'utf8')) as { cases: Case[] }

const found = (W: FloatArray, H: FloatArray, k: number): Promise<{ scores: Float64Array; features: number[][] }> =>
  withEngine('features', {}, async engine => {
    const pace = new Pace(undefined)
    const scaled = await balanced(W, H, k, pace)
    const scores = await featureScores(engine, scaled, k, pace)
    return { scores, features: selectFeatures(scaled, k, scores).map(list => [...list]) }
  })

const f64 = (values: readonly number[]): Float64Array => Float64Array.from(values)

for (const { k, W, H, scores, features } of cases)
  test(`k = ${k}: NumPy's scores and features`, async () => {
    const ours = await found(f64(W), f64(H), k)
    scores.forEach((wanted, j) => {
      if (wanted === null) assert.ok(Number.isNaN(ours.scores[j]!), `column ${j}`)
      else assert.ok(Math.abs(ours.scores[j]! - wanted) < 1e-12, `column ${j}: ${ours.scores[j]} ${wanted}`)
    })
    assert.equal(ours.features, features)
    assert.ok(features.flat().length > 3)
  })

test('a metagene divided by a power of four and its loadings times as much: the same features, to the bit', async () => {
  for (const { k, W, H } of cases) {
    const wanted = await found(f64(W), f64(H), k)
    const by = (q: number): number => 4 ** (3 * q - 5)
    const m = H.length / k
    const moved = await found(f64(W.map((v, p) => v * by(p % k))), f64(H.map((v, p) => v / by(Math.floor(p / m)))), k)
    assert.is(Buffer.compare(Buffer.from(moved.scores.buffer), Buffer.from(wanted.scores.buffer)), 0)
    assert.equal(moved.features, wanted.features)
  }
})

test('a component that is zero on either side leaves the scores of the others as they are', async () => {
  const [W, H] = [f64([1, 0, 2, 0, 3, 0]), f64([1, 2, 3, 1, 1, 1])]
  assert.equal([...(await found(W, H, 2)).scores].map(Number.isFinite), [true, true, true])
  assert.equal([...(await balanced(W, f64([0, 0, 0, 1, 1, 1]), 2, new Pace(undefined)))], [0, 0, 0, 1, 1, 1])
})

test.run()
