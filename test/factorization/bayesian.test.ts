// Bayesian matrix factorization: intervals cover what they say; draws have the moments and means of their definition;
// and a numpy chain.
import { readFileSync } from 'node:fs'
import { BayesianMF, type BayesianModel, type Csr, dense, ratings, workers } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Engine, withEngine } from '../../bindings/instance.js'
import { solved } from '../../bindings/reference-ratings.js'
import { drawGamma, drawGaussian } from '../../src/factorization/bayesian-prior.js'
import { failure } from '../failure.js'
import { generator } from '../random.js'

const near = (got: number, wanted: number, tolerance: number, what = ''): void =>
  assert.ok(Math.abs(got - wanted) <= tolerance * Math.max(1, Math.abs(wanted)), `${what}: ${got} ${wanted}`)
const inner = (a: readonly number[], b: readonly number[]): number => a.reduce((s, v, q) => s + v * b[q]!, 0)

/** Ratings of the model: Gaussian rows, noise of the deviation `sigma`; some to fit and as many other ones to test by. */
function simulated(seed: number, [n, m, k]: readonly [number, number, number], sigma: number, share: number) {
  const random = generator(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform())
  const factor = (rows: number): number[][] => {
    const mean = Array.from({ length: k }, () => 0.5 * normal())
    const deviation = Array.from({ length: k }, () => 0.4 + random.uniform())
    return Array.from({ length: rows }, () => mean.map((v, q) => v + deviation[q]! * normal()))
  }
  const [W, H] = [factor(n), factor(m)]
  const parts = [0, 1].map(() => ({ users: [] as number[], items: [] as number[], values: [] as number[] }))
  for (let u = 0; u < n; u++)
    for (let i = 0; i < m; i++) {
      const part = parts[Math.floor(random.uniform() / share)]
      if (!part) continue
      part.users.push(u)
      part.items.push(i)
      part.values.push(inner(W[u]!, H[i]!) + sigma * normal())
    }
  const [fit, held] = parts.map(part => ratings({ ...part, shape: [n, m] })) as [Csr, Csr]
  return { fit, held, sigma }
}

test('intervals of 90 % cover .88 to .92 of unseen ratings of the model, with each of ten seeds', async () => {
  for (let seed = 0; seed < 10; seed++) {
    const { fit, held, sigma } = simulated(1000 * seed + 1, [150, 100, 3], 0.7, 0.25)
    const options = { nComponents: 3, biases: false, burnIn: 50, nSamples: 150, clip: 'none', seed } as const
    const model = await new BayesianMF(options).fit(fit)
    const { coverage, rmse, count } = await model.errors(held)
    console.log(`seed ${seed}: ${coverage.toFixed(4)} of ${count} ratings covered, RMSE ${rmse.toFixed(4)}`)
    assert.ok(coverage >= 0.88 && coverage <= 0.92, `seed ${seed}: ${coverage}`)
    const half = await model.errors(held, { level: 0.5 })
    assert.ok(Math.abs(half.coverage - 0.5) < 0.05, `${half.coverage}`)
    // The noise that is found is the one that was made, within four of its standard errors, 1 / sqrt(2 N).
    const variance = model.noises.reduce((s, alpha) => s + 1 / alpha, 0) / model.noises.length
    const degrees = fit.data.length - 3 * 250
    assert.ok(Math.abs(Math.sqrt(variance) / sigma - 1) < 4 / Math.sqrt(2 * degrees), `${Math.sqrt(variance)}`)
  }
})

test('new users are folded in with intervals that cover as much', async () => {
  const { fit, held } = simulated(77, [300, 80, 3], 0.7, 0.25)
  const cut = ({ indptr, indices, data }: Csr, from: number, to: number): Csr =>
    ratings({
      users: [...indices.subarray(indptr[from], indptr[to])].map((_, p) => {
        let u = from
        while (indptr[u + 1]! <= indptr[from]! + p) u++
        return u - from
      }),
      items: indices.subarray(indptr[from], indptr[to]),
      values: data.subarray(indptr[from], indptr[to]),
      shape: [to - from, 80],
    })
  const options = { nComponents: 3, biases: false, burnIn: 50, nSamples: 150, clip: 'none' } as const
  const model = await new BayesianMF(options).fit(cut(fit, 0, 200))
  const users = await model.foldIn(cut(fit, 200, 300))
  const test = cut(held, 200, 300)
  const of = Array.from({ length: 100 }, (_, u) => Array<number>(test.indptr[u + 1]! - test.indptr[u]!).fill(u)).flat()
  const { low, high } = await model.predict({ users: of, items: test.indices }, { users })
  let covered = 0
  test.data.forEach((r, p) => (covered += Number(r >= low[p]! && r <= high[p]!)))
  const share = covered / test.data.length
  console.log(`new users: ${share.toFixed(4)} of ${test.data.length} ratings covered`)
  assert.ok(share >= 0.88 && share <= 0.92, `${share}`)
})

test('draws of the Gaussian of rows have the moments of their Normal-Wishart distribution', () =>
  withEngine('test', {}, async engine => {
    const [k, beta0, count] = [3, 2, 9]
    const random = generator(2)
    const rows = Array.from({ length: count }, () => Array.from({ length: k }, () => random.uniform() * 2 - 0.5))
    const sum = [0, 1, 2].map(q => rows.reduce((s, row) => s + row[q]!, 0))
    const gram = [0, 1, 2].flatMap(q => [0, 1, 2].map(r => rows.reduce((s, row) => s + row[q]! * row[r]!, 0)))
    // From the definition, about the rows' mean.
    const mean = sum.map(s => s / count)
    const inverse = [0, 1, 2].map(q =>
      [0, 1, 2].map(r => {
        const scatter = rows.reduce((s, row) => s + (row[q]! - mean[q]!) * (row[r]! - mean[r]!), 0)
        return Number(q === r) + scatter + ((beta0 * count) / (beta0 + count)) * mean[q]! * mean[r]!
      }),
    )
    const column = (q: number): number[] =>
      solved({ confident: false, v: [], y: [], G0: inverse, b0: [0, 1, 2].map(r => Number(q === r)), ridge: 0 }, [])
    const scale = [0, 1, 2].map(column)
    const draws = 20000
    const [precision, centre] = [new Float64Array(9), new Float64Array(3)]
    const spread = new Float64Array(9)
    for (let t = 0; t < draws; t++) {
      const found = drawGaussian(
        k,
        beta0,
        { count, sum, gram, ld: 3 },
        { engine: engine as Engine, seed: 5, stream: t },
      )
      found.precision.forEach((v, p) => (precision[p]! += v / draws))
      found.mean.forEach((v, q) => (centre[q]! += v / draws))
      for (let q = 0; q < 3; q++)
        for (let r = 0; r < 3; r++) {
          const off = (p: number): number => found.mean[p]! - sum[p]! / (beta0 + count)
          spread[q * 3 + r]! += (off(q) * off(r)) / draws
        }
    }
    const nu = k + count
    for (let q = 0; q < 3; q++) {
      const variance = inverse[q]![q]! / (beta0 + count) / (nu - k - 1)
      near(centre[q]!, sum[q]! / (beta0 + count), 5 * Math.sqrt(variance / draws), `mean ${q}`)
      for (let r = 0; r < 3; r++) {
        // A Wishart's entries have the variance nu (s_qr^2 + s_qq s_rr).
        const error = Math.sqrt((nu * (scale[q]![r]! ** 2 + scale[q]![q]! * scale[r]![r]!)) / draws)
        assert.ok(Math.abs(precision[q * 3 + r]! - nu * scale[q]![r]!) < 5 * error, `precision ${q}, ${r}`)
        const wanted = inverse[q]![r]! / (beta0 + count) / (nu - k - 1)
        const size = Math.sqrt(inverse[q]![q]! * inverse[r]![r]!) / (beta0 + count) / (nu - k - 1)
        assert.ok(Math.abs(spread[q * 3 + r]! - wanted) < 0.1 * size, `spread ${q}, ${r}`)
      }
    }
  }))

test('draws of the noise have mean and variance of their Gamma distribution', () =>
  withEngine('test', {}, async engine => {
    for (const [shape, rate] of [
      [0.7, 2],
      [12, 5],
      [50000, 24000],
    ] as const) {
      const draws = 20000
      let [first, second] = [0, 0]
      for (let stream = 0; stream < draws; stream++) {
        const value = drawGamma({ engine: engine as Engine, seed: 9, stream }, shape, rate)
        first += value / draws
        second += (value - shape / rate) ** 2 / draws
      }
      const variance = shape / rate ** 2
      assert.ok(Math.abs(first - shape / rate) < 5 * Math.sqrt(variance / draws), `${first}`)
      assert.ok(Math.abs(second / variance - 1) < 5 * Math.sqrt((2 + 6 / shape) / draws), `${second}`)
    }
  }))

test('the numpy chains of scripts/golden/bpmf.py have the same means and deviations', async () => {
  type Golden = Record<'products' | 'deviations' | 'productsError' | 'deviationsError', number[]> &
    Record<'noise' | 'noiseError', number>
  const golden = JSON.parse(readFileSync('test/golden/factorization/bpmf.json', 'utf8')) as Golden
  const [users, items, values]: number[][] = [[], [], []]
  for (let u = 0; u < 40; u++)
    for (let i = 0; i < 25; i++) {
      if ((3 * u + 5 * i + u * i) % 7 >= 4) continue
      users!.push(u)
      items!.push(i)
      values!.push(1 + ((7 * u + 13 * i + u * i) % 17) / 4 + ((u % 3) * ((i % 4) - 1.5)) / 2)
    }
  const X = ratings({ users: users!, items: items!, values: values!, shape: [40, 25] })
  const chains: { products: number[]; deviations: number[]; noise: number }[] = []
  for (let seed = 0; seed < 8; seed++) {
    const model = await new BayesianMF({ nComponents: 2, burnIn: 200, nSamples: 2000, clip: 'none', seed }).fit(X)
    const noise = model.noises.reduce((s, alpha) => s + 1 / alpha, 0) / 2000
    const pairs = { users: Array<number>(25).fill(7), items: Array.from({ length: 25 }, (_, i) => i) }
    const { mean, deviation } = await model.predict(pairs)
    chains.push({
      products: [...mean].map((v, i) => v - model.mean - model.userBiases[7]! - model.itemBiases[i]!),
      deviations: [...deviation].map(v => Math.sqrt(v * v - noise)),
      noise,
    })
  }
  // Means over chains differ by their standard errors alone; of 51 comparisons none by more than 5 of them.
  const compare = (found: number[], wanted: number, error: number, what: string): void => {
    const mean = found.reduce((s, v) => s + v, 0) / 8
    const own = Math.sqrt(found.reduce((s, v) => s + (v - mean) ** 2, 0) / 7 / 8)
    assert.ok(Math.abs(mean - wanted) < 5 * Math.sqrt(own * own + error * error), `${what}: ${mean} ${wanted} ${error}`)
  }
  for (let i = 0; i < 25; i++)
    for (const name of ['products', 'deviations'] as const) {
      const found = chains.map(chain => chain[name][i]!)
      compare(found, golden[name][i]!, golden[`${name}Error`][i]!, `${name} ${i}`)
    }
  const found = chains.map(chain => chain.noise)
  compare(found, golden.noise, golden.noiseError, 'noise')
})

const { fit: X } = simulated(5, [30, 20, 2], 0.5, 0.5)
const columnsOf = ({ components }: BayesianModel, i: number, from: number, k: number): number[] =>
  Array.from({ length: k }, (_, q) => components.data[(from + q) * components.shape[1] + i]!)

test('transform gives the means under every draw of the items and of the Gaussian of users', async () => {
  const [k, S] = [2, 4]
  const model = await new BayesianMF({ nComponents: k, burnIn: 5, nSamples: S }).fit(X)
  const W = await model.transform(X)
  assert.equal([...W.shape], [30, S * k])
  for (let s = 0; s < S; s++) {
    const alpha = model.noises[s]!
    const G0 = [0, 1].map(q => [0, 1].map(r => model.userPrecisions[s * 4 + q * 2 + r]! / alpha))
    const mean = [...model.userMeans.subarray(s * k, (s + 1) * k)]
    const b0 = G0.map(row => inner(row, mean))
    for (let u = 0; u < 30; u++) {
      const own = [...X.indices.subarray(X.indptr[u], X.indptr[u + 1])]
      const e = own.map((i, p) => X.data[X.indptr[u]! + p]! - model.mean - model.userBiases[u]! - model.itemBiases[i]!)
      const wanted = solved(
        { confident: false, v: e, y: own.map(i => columnsOf(model, i, s * k, k)), G0, b0, ridge: 0 },
        [],
      )
      wanted.forEach((v, q) => near(W.data[(u * S + s) * k + q]!, v, 1e-10, `${s}, ${u}`))
    }
  }
})

test('predictions are means over the draws, their deviations those of the draws and the noise, clipped', async () => {
  const [k, S] = [2, 7]
  for (const clip of ['none', 'data'] as const) {
    const model = await new BayesianMF({ nComponents: k, burnIn: 5, nSamples: S, noise: 4, clip }).fit(X)
    assert.equal([...model.noises], Array(S).fill(4))
    const pairs = { users: [0, 29, 7], items: [19, 0, 3] }
    const { mean, deviation, low, high } = await model.predict(pairs, { level: 0.9 })
    const [least, most] = clip === 'none' ? [-Infinity, Infinity] : model.range
    const clipped = (v: number): number => Math.min(most, Math.max(least, v))
    pairs.users.forEach((u, p) => {
      const i = pairs.items[p]!
      const draws = Array.from({ length: S }, (_, s) => {
        const w = [...model.embedding.data.subarray((u * S + s) * k, (u * S + s + 1) * k)]
        return inner(w, columnsOf(model, i, s * k, k))
      })
      const middle = draws.reduce((a, b) => a + b, 0) / S
      const variance = draws.reduce((a, b) => a + (b - middle) ** 2, 0) / (S - 1)
      const wanted = model.mean + model.userBiases[u]! + model.itemBiases[i]! + middle
      near(mean[p]!, clipped(wanted), 1e-12)
      near(deviation[p]!, Math.sqrt(variance + 1 / 4), 1e-12)
      // The 95 % point of the normal distribution.
      near(low[p]!, clipped(wanted - 1.6448536269514722 * deviation[p]!), 1e-12)
      near(high[p]!, clipped(wanted + 1.6448536269514722 * deviation[p]!), 1e-12)
    })
    const whole = await model.inverseTransform(model.embedding, model.userBiases)
    pairs.users.forEach((u, p) => near(whole.data[u * 20 + pairs.items[p]!]!, mean[p]!, 1e-12))
  }
})

test('any number of threads gives the bits of one, in either precision', async () => {
  for (const Floats of [Float64Array, Float32Array]) {
    const { fit } = simulated(8, [3000, 200, 2], 0.5, 0.3)
    const data = { ...fit, data: Floats.from(fit.data) }
    const estimator = new BayesianMF({ nComponents: 20, burnIn: 2, nSamples: 2 })
    const one = (await estimator.fit(data)).save()
    for (const threads of [2, 3]) {
      const pool = await workers(threads)
      assert.is(Buffer.compare((await estimator.fit(data, { threads: pool })).save(), one), 0)
      assert.ok(pool.worked > 0)
      pool[Symbol.dispose ?? Symbol.for('Symbol.dispose')]?.()
    }
  }
})

test('what is out of range is told', async () => {
  const model = await new BayesianMF({ nComponents: 2, burnIn: 0, nSamples: 2 }).fit(X)
  const scaled = ratings({ users: [0, 1], items: [0, 1], values: [1e200, -1e200] })
  for (const [work, message] of [
    [
      () => new BayesianMF().fit(scaled),
      'BayesianMF.fit: X: wanted ratings whose squares are within the range of numbers, got larger ones',
    ],
    [
      () => model.predict({ users: [0], items: [0] }, { level: 1 }),
      'BayesianMF.predict: level: wanted a number between 0 and 1, got 1',
    ],
    [
      () => model.predict({ users: [30], items: [0] }),
      'BayesianMF.predict: pairs.users[0]: wanted an integer from 0 to 29, got 30',
    ],
    [
      () => model.predict({ users: [0], items: [0] }, { Level: 0.5 } as never),
      'BayesianMF.predict: option Level is not known; did you mean level?',
    ],
    [
      () =>
        model.predict(
          { users: [0], items: [0] },
          { users: { factors: dense(new Float64Array(2), [1, 2]), biases: Float64Array.of(0) } },
        ),
      'BayesianMF.predict: users: wanted rows of 4 components, a bias for each, got 1 x 2 and 1 biases',
    ],
    [() => model.foldIn([[1]]), 'BayesianMF.foldIn: X: wanted 20 columns as in the fit, got 1'],
    [
      () => model.errors(ratings({ users: [], items: [], values: [], shape: [30, 20] })),
      'BayesianMF.errors: X: wanted at least one rating, got none',
    ],
    [() => model.errors([[1]]), 'BayesianMF.errors: X: wanted 30 x 20 as in the fit, got 1 x 1'],
    [
      () => new BayesianMF({ noise: '5' as never }),
      'BayesianMF: noise: wanted \'sampled\' or a number above 0, got "5"',
    ],
    [() => new BayesianMF({ noise: -1 }), "BayesianMF: noise: wanted 'sampled' or a number above 0, got -1"],
  ] as const)
    assert.is((await failure(work as () => Promise<unknown>)).message, message)
})

test.run()
