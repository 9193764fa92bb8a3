// ALS against its definition, computed here from ratings, factors and biases alone; a numpy program; and what is planted.
import { readFileSync } from 'node:fs'
import { ALS, AlsModel, BayesianMF, csr, type Csr, dense, ratings, workers } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../failure.js'
import { generator } from '../random.js'

interface Rating {
  readonly u: number
  readonly i: number
  readonly r: number
}
const listOf = ({ indptr, indices, data, shape: [n] }: Csr): Rating[] =>
  Array.from({ length: n }, (_, u) =>
    Array.from({ length: indptr[u + 1]! - indptr[u]! }, (_e, e) => {
      const p = indptr[u]! + e
      return { u, i: indices[p]!, r: data[p]! }
    }),
  ).flat()

/** Ratings of a third of all pairs, of one to five with tastes; user 3 has none, nor has item 5. */
function simulated(n: number, m: number, Floats: typeof Float64Array | typeof Float32Array = Float64Array): Csr {
  const random = generator(7)
  const tastes = Array.from({ length: n + m }, () => [0, 1].map(() => random.uniform() - 0.5))
  const [users, items, values]: number[][] = [[], [], []]
  for (let u = 0; u < n; u++)
    for (let i = 0; i < m; i++) {
      if (random.uniform() > 1 / 3 || u === 3 || i === 5) continue
      const taste = tastes[u]!.reduce((s, t, q) => s + t * tastes[n + i]![q]!, 0)
      users!.push(u)
      items!.push(i)
      values!.push(3 + 4 * taste + (u % 3) * 0.4 - (i % 4) * 0.3 + random.uniform() - 0.5)
    }
  return ratings({ users: users!, items: items!, values: Floats.from(values!), shape: [n, m] })
}
const X = simulated(50, 31)

const rowOf = ({ data, shape: [, k] }: { data: ArrayLike<number>; shape: readonly [number, number] }, u: number) =>
  Array.from({ length: k }, (_, q) => data[u * k + q]!)
const columnOf = ({ data, shape: [k, m] }: { data: ArrayLike<number>; shape: readonly [number, number] }, i: number) =>
  Array.from({ length: k }, (_, q) => data[q * m + i]!)
const inner = (a: readonly number[], b: readonly number[]): number => a.reduce((s, v, q) => s + v * b[q]!, 0)
const predicted = (model: AlsModel, u: number, i: number): number =>
  model.mean +
  model.userBiases[u]! +
  model.itemBiases[i]! +
  inner(rowOf(model.embedding, u), columnOf(model.components, i))
const near = (got: number, wanted: number, tolerance: number, what = ''): void =>
  assert.ok(Math.abs(got - wanted) <= tolerance * Math.max(1, Math.abs(wanted)), `${what}: ${got} ${wanted}`)

/** Loss and penalties from the definition. */
function valuesOf(list: readonly Rating[], model: AlsModel): { loss: number; penalty: number } {
  const { lambda, lambdaPower: p } = model.options
  const [n, m] = [model.embedding.shape[0], model.components.shape[1]]
  const counts = (of: (rating: Rating) => number, length: number): number[] => {
    const all = Array<number>(length).fill(0)
    for (const rating of list) all[of(rating)]!++
    return all
  }
  let penalty = 0
  const add = (row: readonly number[], count: number): void =>
    void (penalty += (lambda / 2) * count ** p * inner(row, row))
  counts(({ u }) => u, n).forEach((count, u) => add(rowOf(model.embedding, u), count))
  counts(({ i }) => i, m).forEach((count, i) => add(columnOf(model.components, i), count))
  return { loss: list.reduce((s, { u, i, r }) => s + 0.5 * (r - predicted(model, u, i)) ** 2, 0), penalty }
}

test('loss, objective and RMSE are those of the definition, and no iteration raises the objective', async () => {
  for (const Floats of [Float64Array, Float32Array])
    for (const [lambda, lambdaPower, nComponents, biases] of [
      [0.1, 1, 3, true],
      [2, 0, 7, false],
      [0.5, 0.5, 20, true],
      [1e-3, 1, 12, true],
      [0, 1, 40, false], // more unknowns than ratings: no row has full rank
    ] as const) {
      const sparse = simulated(50, 31, Floats)
      const model = await new ALS({ lambda, lambdaPower, nComponents, biases, maxIter: 40, tol: 0 }).fit(sparse)
      const { loss, penalty } = valuesOf(listOf(sparse), model)
      const tolerance = Floats === Float64Array ? 1e-10 : 1e-4
      near(model.loss, loss, tolerance, 'loss')
      near(model.trace.at(-1)!, loss + penalty, tolerance, 'objective')
      near(model.rmse, Math.sqrt((2 * loss) / sparse.data.length), tolerance, 'rmse')
      const slack = Floats === Float64Array ? 1e-12 : 1e-5
      model.trace.forEach((v, t) =>
        assert.ok(t === 0 || v <= model.trace[t - 1]! + slack * model.trace[0]!, `lambda ${lambda}, ${t}: ${v}`),
      )
      assert.ok(model.embedding.data.every(Number.isFinite) && model.components.data.every(Number.isFinite))
      if (!biases) assert.ok(model.mean === 0 && model.userBiases.every(b => b === 0))
    }
})

test('a fit that has converged is stationary in both factors; those without ratings are zero', async () => {
  const model = await new ALS({ nComponents: 3, lambda: 0.3, maxIter: 20000, tol: 1e-15 }).fit(X)
  assert.ok(model.converged)
  const list = listOf(X)
  const { lambda } = model.options
  for (const [of, other, rowAt, otherAt, count] of [
    ['u', 'i', (u: number) => rowOf(model.embedding, u), (i: number) => columnOf(model.components, i), 50],
    ['i', 'u', (i: number) => columnOf(model.components, i), (u: number) => rowOf(model.embedding, u), 31],
  ] as const)
    for (let a = 0; a < count; a++) {
      const own = list.filter(rating => rating[of] === a)
      const w = rowAt(a)
      for (let q = 0; q < 3; q++) {
        let g = lambda * own.length * w[q]!
        for (const rating of own) g -= (rating.r - predicted(model, rating.u, rating.i)) * otherAt(rating[other])[q]!
        assert.ok(Math.abs(g) < 1e-5, `${of} ${a}: ${g}`)
        if (own.length === 0) assert.is(w[q], 0)
      }
    }
})

test('the numpy program of scripts/golden/als.py finds the same biases, objectives and products', async () => {
  interface Golden {
    mean: number
    userBiases: number[]
    itemBiases: number[]
    fits: {
      nComponents: number
      lambda: number
      lambdaPower: number
      objective: number
      loss: number
      row: number[]
    }[]
  }
  const golden = JSON.parse(readFileSync('test/golden/factorization/als.json', 'utf8')) as Golden
  const list: Rating[] = []
  for (let u = 0; u < 40; u++)
    for (let i = 0; i < 25; i++)
      if ((3 * u + 5 * i + u * i) % 7 < 4)
        list.push({ u, i, r: 1 + ((7 * u + 13 * i + u * i) % 17) / 4 + ((u % 3) * ((i % 4) - 1.5)) / 2 })
  const [users, items, values] = [list.map(r => r.u), list.map(r => r.i), list.map(r => r.r)]
  const sparse = ratings({ users, items, values, shape: [40, 25] })
  for (const { nComponents, lambda, lambdaPower, objective, loss, row } of golden.fits) {
    let best: AlsModel | undefined
    for (let seed = 0; seed < (lambdaPower === 0 ? 2 : 12); seed++) {
      const model = await new ALS({ nComponents, lambda, lambdaPower, seed, maxIter: 20000, tol: 1e-13 }).fit(sparse)
      // Of a convex problem every start ends at the minimum.
      if (lambdaPower === 0) near(model.trace.at(-1)!, objective, 1e-9, `seed ${seed}`)
      if (!best || model.trace.at(-1)! < best.trace.at(-1)!) best = model
    }
    near(best!.trace.at(-1)!, objective, 1e-9, 'objective')
    near(best!.loss, loss, 1e-5, 'loss')
    const w = rowOf(best!.embedding, 7)
    row.forEach((value, i) => near(inner(w, columnOf(best!.components, i)), value, 1e-4, `product ${i}`))
    near(best!.mean, golden.mean, 1e-13)
    golden.userBiases.forEach((b, u) => near(best!.userBiases[u]!, b, 1e-12, `user ${u}`))
    golden.itemBiases.forEach((b, i) => near(best!.itemBiases[i]!, b, 1e-12, `item ${i}`))
  }
})

test('planted factors of low rank are recovered as lambda goes to zero, at the pairs without ratings too', async () => {
  const random = generator(3)
  const [n, m, k] = [120, 90, 3]
  const draw = (rows: number): number[][] =>
    Array.from({ length: rows }, () => Array.from({ length: k }, () => random.uniform() - 0.5))
  const [W, H] = [draw(n), draw(m)]
  const [users, items, values]: number[][] = [[], [], []]
  for (let u = 0; u < n; u++)
    for (let i = 0; i < m; i++) {
      if (random.uniform() > 0.4) continue
      users!.push(u)
      items!.push(i)
      values!.push(inner(W[u]!, H[i]!))
    }
  const planted = ratings({ users: users!, items: items!, values: values!, shape: [n, m] })
  const errors: number[] = []
  for (const lambda of [1e-2, 1e-4, 1e-6, 1e-10]) {
    const options = {
      nComponents: k,
      lambda,
      lambdaPower: 0,
      biases: false,
      clip: 'none',
      maxIter: 3000,
      tol: 1e-13,
    } as const
    const model = await new ALS(options).fit(planted)
    const all = (await model.inverseTransform(model.embedding)).data
    errors.push(Math.max(...all.map((v, p) => Math.abs(v - inner(W[Math.floor(p / m)]!, H[p % m]!)))))
  }
  errors.forEach((error, t) => assert.ok(t === 0 || error < errors[t - 1]! / 10, String(errors)))
  assert.ok(errors.at(-1)! < 1e-8, String(errors))
})

test('a stored zero is a rating; what is NaN in a dense matrix is none, and gives the fit of the sparse one', async () => {
  const data = new Float64Array(50 * 31).fill(NaN)
  const list = listOf(X)
  for (const { u, i, r } of list) data[u * 31 + i] = r < 2 ? 0 : r
  const zeros = csr({ ...X, data: X.data.map(r => (r < 2 ? 0 : r)) })
  assert.ok(zeros.data.some(r => r === 0))
  const estimator = new ALS({ nComponents: 3 })
  const one = (await estimator.fit(zeros)).save()
  assert.is(Buffer.compare((await estimator.fit(dense(data, [50, 31]))).save(), one), 0)
  assert.is((await estimator.fit(zeros)).range[0], 0)
  const none = await failure(() => estimator.fit(dense(data.fill(NaN), [50, 31])))
  assert.is(none.message, 'ALS.fit: X: wanted at least one rating, got none')
})

test('users folded in by the ratings of the fit get its factors and biases to the bit, items stationary ones', async () => {
  for (const Floats of [Float64Array, Float32Array]) {
    const sparse = simulated(50, 31, Floats)
    const model = await new ALS({ nComponents: 4, lambda: 0.2 }).fit(sparse)
    const folded = await model.foldIn(sparse)
    assert.is(Buffer.compare(Buffer.from(folded.factors.data.buffer), Buffer.from(model.embedding.data.buffer)), 0)
    folded.biases.forEach((b, u) => near(b, model.userBiases[u]!, 1e-12))
    const W = await model.transform(sparse)
    assert.is(Buffer.compare(Buffer.from(W.data.buffer), Buffer.from(model.embedding.data.buffer)), 0)
    if (Floats === Float32Array) continue
    const { factors, biases } = await model.foldInItems(sparse)
    assert.equal([...factors.shape], [31, 4])
    const list = listOf(sparse)
    for (let i = 0; i < 31; i++) {
      const own = list.filter(rating => rating.i === i)
      const bias = own.reduce((s, { u, r }) => s + r - model.mean - model.userBiases[u]!, 0) / (own.length + 3)
      near(biases[i]!, bias, 1e-12, `bias ${i}`)
      const h = rowOf(factors, i)
      for (let q = 0; q < 4; q++) {
        let g = 0.2 * own.length * h[q]!
        for (const { u, r } of own) {
          const w = rowOf(model.embedding, u)
          g -= (r - model.mean - model.userBiases[u]! - bias - inner(w, h)) * w[q]!
        }
        assert.ok(Math.abs(g) < 1e-9, `${g}`)
      }
    }
    // What is folded in can be predicted for.
    const pairs = { users: [0, 7, 49], items: [3, 30, 0] }
    const wanted = await model.predict(pairs)
    const by = await model.predict(pairs, { users: folded })
    wanted.forEach((value, p) => near(by[p]!, value, 1e-12))
    const both = await model.predict(pairs, { users: folded, items: { factors, biases } })
    both.forEach((value, p) => {
      const [u, i] = [pairs.users[p]!, pairs.items[p]!]
      const raw = model.mean + folded.biases[u]! + biases[i]! + inner(rowOf(folded.factors, u), rowOf(factors, i))
      near(value, Math.min(model.range[1], Math.max(model.range[0], raw)), 1e-12)
    })
  }
})

test('predictions are mean, biases and products, clipped to the data, a range or not at all', async () => {
  const options = { nComponents: 3, lambda: 0.01 }
  const [users, items]: number[][] = [[], []]
  for (let p = 0; p < 50 * 31; p++) {
    users!.push(Math.floor(p / 31))
    items!.push(p % 31)
  }
  const pairs = { users: Int32Array.from(users!), items: items! }
  const all = listOf(X).map(({ r }) => r)
  for (const [clip, low, high] of [
    ['none', -Infinity, Infinity],
    ['data', Math.min(...all), Math.max(...all)],
    [[2, 3.5], 2, 3.5],
  ] as const) {
    const model = await new ALS({ ...options, clip }).fit(X)
    const found = await model.predict(pairs)
    found.forEach((value, p) => {
      const raw = predicted(model, users![p]!, items![p]!)
      near(value, Math.min(high, Math.max(low, raw)), 1e-12)
    })
    assert.ok(clip === 'none' || found.some(value => value === low) || clip === 'data')
    const whole = await model.inverseTransform(model.embedding, model.userBiases)
    whole.data.forEach((value, p) => near(value, found[p]!, 1e-12))
    const { rmse, mae, count } = await model.errors(X)
    const off = listOf(X).map(({ u, i, r }) => found[u * 31 + i]! - r)
    near(rmse, Math.sqrt(inner(off, off) / off.length), 1e-12)
    near(mae, off.reduce((s, v) => s + Math.abs(v), 0) / off.length, 1e-12)
    assert.is(count, off.length)
    const loaded = AlsModel.load(model.save())
    assert.is(Buffer.compare(Buffer.from((await loaded.predict(pairs)).buffer), Buffer.from(found.buffer)), 0)
  }
})

test('ratings times a power of four, lambda with them, give the same fit to the bit', async () => {
  const model = await new ALS({ nComponents: 3, lambda: 0.25 }).fit(X)
  for (const scale of [2 ** 16, 2 ** -60]) {
    const scaled = csr({ ...X, data: X.data.map(r => r * scale) })
    const other = await new ALS({ nComponents: 3, lambda: 0.25 * scale }).fit(scaled)
    assert.is(other.nIter, model.nIter)
    model.embedding.data.forEach((w, p) => assert.is(other.embedding.data[p], w * Math.sqrt(scale)))
    assert.is(other.userBiases[2], model.userBiases[2]! * scale)
  }
  // Squares beyond the range of numbers.
  const huge = await new ALS({ nComponents: 3 }).fit(csr({ ...X, data: X.data.map(r => r * 2 ** 600) }))
  assert.ok(huge.components.data.every(Number.isFinite) && huge.embedding.data.every(Number.isFinite))
})

test('any number of threads gives the bits of one, and steps tell of every iteration', async () => {
  const big = simulated(3000, 400)
  const estimator = new ALS({ nComponents: 20, maxIter: 3, tol: 0 })
  const one = (await estimator.fit(big)).save()
  for (const threads of [2, 3]) {
    const pool = await workers(threads)
    assert.is(Buffer.compare((await estimator.fit(big, { threads: pool })).save(), one), 0)
    assert.ok(pool.worked > 0)
    pool[Symbol.dispose ?? Symbol.for('Symbol.dispose')]?.()
  }
  let told = 0
  const model = await estimator.fit(big, {
    onProgress({ iter, loss, objective, rmse, ratingsPerSecond }) {
      assert.is(iter, ++told)
      assert.ok(loss <= objective && ratingsPerSecond > 0)
      near(rmse, Math.sqrt((2 * loss) / big.data.length), 1e-12)
    },
  })
  assert.is(told, model.nIter)
})

test('ratings(): any order gives one matrix; places out of range or named twice are refused', async () => {
  const list = listOf(X)
  const shuffled = list
    .map((rating, p) => ({ rating, key: (p * 7919) % list.length }))
    .sort((a, b) => a.key - b.key)
    .map(({ rating }) => rating)
  const made = ratings({
    users: shuffled.map(r => r.u),
    items: Int32Array.from(shuffled, r => r.i),
    values: shuffled.map(r => r.r),
    shape: [50, 31],
  })
  assert.is(Buffer.compare(Buffer.from(made.data.buffer), Buffer.from(X.data.buffer)), 0)
  assert.is(Buffer.compare(Buffer.from(made.indices.buffer), Buffer.from(X.indices.buffer)), 0)
  assert.equal(ratings({ users: [2], items: [1], values: Float32Array.of(3) }).shape, [3, 2])
  for (const [given, message] of [
    [{ users: [0], items: [1, 2], values: [1, 2] }, 'ratings: users: wanted 2, one for each value, got 1'],
    [
      { users: [0, -1], items: [1, 2], values: [1, 2] },
      'ratings: users[1]: wanted an integer from 0 to 2147483645, got -1',
    ],
    [
      { users: [0, 1], items: [1, 2], values: [1, 2], shape: [2, 2] as const },
      'ratings: items[1]: wanted an integer from 0 to 1, got 2',
    ],
    [{ users: [1, 1], items: [2, 2], values: [1, 2] }, 'ratings: user 1 and item 2: wanted one rating, got two'],
    [
      { users: [2 ** 40], items: [0], values: [1] },
      'ratings: users[0]: wanted an integer from 0 to 2147483645, got 1099511627776',
    ],
    [{ users: [0, 1], items: [1, 2], values: [1, NaN] }, 'ratings: values[1] = NaN: ratings must be finite'],
    [
      { users: [0], items: [0], values: [1], shape: [1.5, 2] as const },
      'ratings: shape: wanted [users, items], integers from 0 to 2147483646, got [1.5,2]',
    ],
    [{ users: [], items: [], values: [], shap: [1, 1] } as never, 'ratings: shap is not known; did you mean shape?'],
  ] as const) {
    const error = await failure(() => ratings(given))
    assert.instance(error, RangeError)
    assert.is(error.message, message)
  }
  for (const [given, message] of [
    [null, 'ratings: wanted { users, items, values }, got null'],
    [{ users: [0], items: [0] }, 'ratings: values: wanted a list of numbers, got undefined'],
    [{ users: [0], items: [0], values: ['3'] }, 'ratings: values[0]: wanted a number, got "3"'],
  ] as const) {
    const error = await failure(() => ratings(given as never))
    assert.instance(error, TypeError)
    assert.is(error.message, message)
  }
})

test('a range to clip to is not the array of the caller', () => {
  for (const Estimator of [ALS, BayesianMF]) {
    const clip: [number, number] = [1, 5]
    const { options } = new Estimator({ clip })
    clip[0] = 9
    assert.equal(options.clip, [1, 5])
    assert.ok(Object.isFrozen(options) && Object.isFrozen(options.clip))
  }
})

test('what cannot be predicted for, folded in or clipped to is told with its place', async () => {
  const model = await new ALS({ nComponents: 2 }).fit(X)
  const pair = { users: [0], items: [0] }
  for (const [work, message] of [
    [
      () => model.predict({ users: [50], items: [0] }),
      'ALS.predict: pairs.users[0]: wanted an integer from 0 to 49, got 50',
    ],
    [() => model.predict({ users: [1], items: [] }), 'ALS.predict: pairs: wanted as many items as users, got 0 and 1'],
    [
      () => model.predict([] as never),
      'ALS.predict: pairs: wanted { users, items }, two lists of numbers, got users undefined',
    ],
    [() => model.foldIn([[1, 2]]), 'ALS.foldIn: X: wanted 31 columns as in the fit, got 2'],
    [() => model.transform([[1, 2]]), 'ALS.transform: X: wanted 31 columns as in the fit, got 2'],
    [() => model.predict(pair, { user: {} } as never), 'ALS.predict: option user is not known; did you mean users?'],
    [() => model.predict(pair, null as never), 'ALS.predict: options: wanted an object, got null'],
    [
      () => model.predict(pair, { users: 3 as never }),
      'ALS.predict: users: wanted what foldIn gives, { factors, biases }, got 3',
    ],
    [
      () => model.predict(pair, { items: { factors: dense(new Float64Array(3), [1, 3]), biases: Float64Array.of(0) } }),
      'ALS.predict: items: wanted rows of 2 components, a bias for each, got 1 x 3 and 1 biases',
    ],
    [
      () =>
        model.predict(pair, { users: { factors: dense(new Float64Array(2), [1, 2]), biases: new Float64Array(5) } }),
      'ALS.predict: users: wanted rows of 2 components, a bias for each, got 1 x 2 and 5 biases',
    ],
    [
      () => model.errors(ratings({ users: [], items: [], values: [], shape: [50, 31] })),
      'ALS.errors: X: wanted at least one rating, got none',
    ],
    [
      () => model.errors({ ...X, data: X.data.map((r, p) => (p === X.indptr[4] ? Infinity : r)) }),
      `ALS.errors: X[4, ${X.indices[X.indptr[4]!]}] = Infinity: entries must be finite`,
    ],
    [() => model.foldInItems([[1, 2]]), 'ALS.foldInItems: X: wanted 50 rows as in the fit, got 1'],
    [() => model.errors([[1, 2]]), 'ALS.errors: X: wanted 50 x 31 as in the fit, got 1 x 2'],
    [() => model.inverseTransform([[1, 2]], [1, 2]), 'ALS.inverseTransform: biases: wanted 1, one for each row, got 2'],
    [() => new ALS({ clip: [3, 3] }), "ALS: clip: wanted 'data', 'none' or [low, high] with low < high, got [3, 3]"],
    [
      () => new ALS({ clip: 'some' as never }),
      "ALS: clip: wanted 'data', 'none' or [low, high] with low < high, got \"some\"",
    ],
  ] as const)
    assert.is((await failure(work as () => Promise<unknown>)).message, message)
})

test.run()
