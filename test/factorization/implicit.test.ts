// Implicit ALS against its definition, summed over all users and items; closed forms; and the package implicit.
import { readFileSync } from 'node:fs'
import { csr, dense, type Dense, ImplicitALS, ImplicitModel, type ImplicitOptions, type Ranked, workers } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../failure.js'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'

type Rows = number[][]
const rows = (n: number, m: number, of: (i: number, j: number) => number): Rows =>
  Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_u, j) => of(i, j)))
const sparse = (R: Rows) => csr(csrParts(R.flat(), R[0]!.length))
const rowsOf = ({ data, shape: [n, m] }: Dense): Rows => rows(n, m, (i, j) => data[i * m + j]!)
const random = generator(4)
// Counts in three tastes; user 2 and item 7 have none; a few dislikes.
const [n, m] = [40, 26]
const R = rows(n, m, (u, i) => {
  if (u === 2 || i === 7 || random.uniform() > (u % 3 === i % 3 ? 0.6 : 0.08)) return 0
  return random.uniform() < 0.05 ? -2 : 0.6 + random.below(4)
})
const X = sparse(R)

const near = (got: number, wanted: number, tolerance: number, what = ''): void =>
  assert.ok(Math.abs(got - wanted) <= tolerance * Math.max(1, Math.abs(wanted)), `${what}: ${got} ${wanted}`)
const same = (a: ArrayBufferView, b: ArrayBufferView): boolean =>
  Buffer.compare(
    Buffer.from(a.buffer, a.byteOffset, a.byteLength),
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  ) === 0

function valuesOf(data: Rows, model: ImplicitModel): { loss: number; penalty: number } {
  const { confidence, alpha, lambda, lambdaPower: p } = model.options
  const [W, H] = [rowsOf(model.embedding), rowsOf(model.components)]
  let [loss, penalty] = [0, 0]
  data.forEach((row, u) =>
    row.forEach((r, i) => {
      const c = r === 0 ? 1 : (confidence === 'alpha*r' ? 0 : 1) + alpha * Math.abs(r)
      const s = W[u]!.reduce((sum, w, q) => sum + w * H[q]![i]!, 0)
      loss += 0.5 * c * (Number(r > 0) - s) ** 2
    }),
  )
  const count = (list: readonly number[]): number => list.filter(r => r !== 0).length
  W.forEach((w, u) => (penalty += 0.5 * lambda * count(data[u]!) ** p * w.reduce((s, v) => s + v * v, 0)))
  data[0]!.forEach((_, i) => {
    const own = count(data.map(row => row[i]!))
    penalty += 0.5 * lambda * own ** p * H.reduce((s, h) => s + h[i]! ** 2, 0)
  })
  return { loss, penalty }
}

test('loss and objective are those of all cells, and no iteration raises the objective', async () => {
  for (const confidence of ['alpha*r', '1+alpha*r'] as const)
    for (const solver of ['cg', 'cholesky'] as const)
      for (const lambdaPower of [0, 1])
        for (const Floats of [Float64Array, Float32Array]) {
          const data = csr({ ...X, data: Floats.from(X.data) })
          const options = {
            confidence,
            solver,
            lambdaPower,
            nComponents: 5,
            alpha: 1.5,
            lambda: 0.2,
            maxIter: 30,
            tol: 0,
          }
          const model = await new ImplicitALS(options).fit(data)
          const { loss, penalty } = valuesOf(
            R.map(row => row.map(r => new Floats([r])[0]!)),
            model,
          )
          const tolerance = Floats === Float64Array ? 1e-11 : 1e-4
          near(model.loss, loss, tolerance, 'loss')
          near(model.trace.at(-1)!, loss + penalty, tolerance, 'objective')
          const slack = Floats === Float64Array ? 1e-12 : 1e-5
          model.trace.forEach((v, t) => assert.ok(t === 0 || v <= model.trace[t - 1]! * (1 + slack), `${t}: ${v}`))
          assert.ok(model.trace.at(-1)! < model.trace[0]!)
        }
})

test('where all users want all items alike, the preference found is 1 - lambda / (c sqrt(n m))', async () => {
  for (const [a, b, r, alpha, lambda] of [
    [1, 1, 1, 2, 0.5],
    [3, 5, 2, 1.5, 1],
    [4, 2, 0.5, 3, 2],
  ] as const)
    for (const confidence of ['alpha*r', '1+alpha*r'] as const)
      for (const solver of ['cg', 'cholesky'] as const) {
        const c = (confidence === 'alpha*r' ? 0 : 1) + alpha * r
        // Ends where the objective stands still: its rounding, 1e-16, is the square of a preference's error.
        const options = { nComponents: 2, confidence, alpha, lambda, solver, maxIter: 5000, tol: 0 }
        const model = await new ImplicitALS(options).fit(rows(a, b, () => r))
        for (const row of rowsOf(await model.inverseTransform(model.embedding)))
          for (const s of row) near(s, 1 - lambda / (c * Math.sqrt(a * b)), 1e-7, `${confidence} ${solver}`)
        // With a penalty that is larger than what all confidences are worth nothing is left.
        const none = await new ImplicitALS({ ...options, lambda: c * Math.sqrt(a * b) * 1.5 }).fit(rows(a, b, () => r))
        for (const v of (await none.inverseTransform(none.embedding)).data) near(v, 0, 1e-7)
      }
})

test('conjugate gradients to their end and Cholesky factors agree to 1e-6 after every number of iterations', async () => {
  for (const confidence of ['alpha*r', '1+alpha*r'] as const)
    for (const maxIter of [1, 2, 5, 20]) {
      const options = { nComponents: 6, confidence, alpha: 4, lambda: 0.3, maxIter, tol: 0 }
      const exact = await new ImplicitALS({ ...options, solver: 'cholesky' }).fit(X)
      const steps = await new ImplicitALS({ ...options, solver: 'cg', cgSteps: 100 }).fit(X)
      exact.embedding.data.forEach((w, p) => near(steps.embedding.data[p]!, w, 1e-6))
      exact.components.data.forEach((h, p) => near(steps.components.data[p]!, h, 1e-6))
    }
})

test('the package implicit finds no lower objective in either convention: scripts/golden/implicit_als.py', async () => {
  interface Golden {
    fits: ({ objective: number } & Pick<ImplicitOptions, 'confidence' | 'alpha' | 'nComponents' | 'lambda'>)[]
  }
  const golden = JSON.parse(readFileSync('test/golden/factorization/implicit.json', 'utf8')) as Golden
  const data = rows(60, 35, (u, i) => {
    const some = (3 * u + 5 * i + u * i) % 11 < 3 ? 1 + ((u + 2 * i) % 5) : 0
    return some + (u % 4 === i % 4 && (u * i) % 3 === 0 ? 3 : 0)
  })
  for (const { objective, ...options } of golden.fits) {
    let best = Infinity
    for (let seed = 0; seed < 20; seed++) {
      const model = await new ImplicitALS({ ...options, solver: 'cholesky', maxIter: 1500, tol: 1e-12, seed }).fit(data)
      best = Math.min(best, model.trace.at(-1)!)
    }
    near(best, objective, 1e-7, options.confidence)
  }
})

test('zeros stored or not, dense or sparse, are one: no entry', async () => {
  const estimator = new ImplicitALS({ nComponents: 4 })
  const wanted = (await estimator.fit(X)).save()
  const all = { indptr: Int32Array.from({ length: n + 1 }, (_, u) => u * m) }
  const indices = Int32Array.from({ length: n * m }, (_, p) => p % m)
  const stored = csr({ ...all, indices, data: Float64Array.from(R.flat()), shape: [n, m] })
  for (const data of [stored, dense(Float64Array.from(R.flat()), [n, m]), R])
    assert.ok(same((await estimator.fit(data)).save(), wanted))
})

test('transform of what was fitted gives the rows of the embedding to the bit; items solve their normal equations', async () => {
  const model = await new ImplicitALS({ nComponents: 4, solver: 'cholesky', alpha: 3 }).fit(X)
  assert.ok(same((await model.transform(X)).data, model.embedding.data))
  const { options } = model
  const W = rowsOf(model.embedding)
  const H = rowsOf(await model.transformItems(X))
  assert.is(H.length, m)
  for (let i = 0; i < m; i++)
    for (let q = 0; q < 4; q++) {
      let g = R.some(row => row[i] !== 0) ? options.lambda * H[i]![q]! : 0
      W.forEach((w, u) => {
        const r = R[u]![i]!
        const c = 1 + options.alpha * Math.abs(r)
        g -= c * (Number(r > 0) - w.reduce((s, v, p) => s + v * H[i]![p]!, 0)) * w[q]!
      })
      if (R.some(row => row[i] !== 0)) assert.ok(Math.abs(g) < 1e-9, `${i}: ${g}`)
      else assert.is(H[i]![q], 0)
    }
})

const ranked = (scores: number[], count: number, keep: (i: number) => boolean): Ranked => {
  const order = scores
    .map((_, i) => i)
    .filter(keep)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, count)
  return { items: Int32Array.from(order), scores: Float64Array.from(order, i => scores[i]!) }
}

test('recommendations are the largest preferences, unseen unless asked otherwise, for users of the fit and new ones', async () => {
  const model = await new ImplicitALS({ nComponents: 4, solver: 'cholesky' }).fit(X)
  const all = rowsOf(await model.inverseTransform(model.embedding))
  const users = [5, 0, 39, 2]
  for (const filterSeen of [true, false])
    for (const count of [1, 6, 100]) {
      const wanted = users.map(u => ranked(all[u]!, count, i => !filterSeen || R[u]![i] === 0))
      const fresh = users.map(u => R[u]!)
      for (const found of [
        await model.recommend(users, { n: count, filterSeen }),
        await model.recommend(Int32Array.from(users), { n: count, filterSeen }),
        await model.recommend(fresh, { n: count, filterSeen }),
        await ImplicitModel.load(model.save()).recommend(sparse(fresh), { n: count, filterSeen }),
      ])
        found.forEach(({ items, scores }, p) => {
          assert.equal([...items], [...wanted[p]!.items])
          scores.forEach((s, e) => near(s, wanted[p]!.scores[e]!, 1e-12))
        })
    }
  assert.is((await model.recommend([1]))[0]!.items.length, 10)
  assert.equal([...(await model.predict({ users, items: [1, 2, 3, 4] }))].length, 4)
  for (const [p, s] of (await model.predict({ users, items: [1, 2, 3, 4] })).entries())
    near(s, all[users[p]!]![p + 1]!, 1e-12)
})

test('similar items have the largest cosines, without themselves', async () => {
  const model = await new ImplicitALS({ nComponents: 4 }).fit(X)
  const H = rowsOf(model.components)
  const column = (i: number): number[] => H.map(row => row[i]!)
  const along = (a: number[], b: number[]): number => a.reduce((s, v, q) => s + v * b[q]!, 0)
  const found = await model.similarItems([0, 7, 11], { n: 5 })
  for (const [p, i] of [0, 7, 11].entries()) {
    const cosines = Array.from({ length: m }, (_, j) => {
      const size = Math.sqrt(along(column(i), column(i)) * along(column(j), column(j)))
      return size > 0 ? along(column(i), column(j)) / size : 0
    })
    const wanted = ranked(cosines, 5, j => j !== i)
    // Item 7 has no entries: all are equally far.
    assert.equal([...found[p]!.items], i === 7 ? [0, 1, 2, 3, 4] : [...wanted.items])
    found[p]!.scores.forEach((s, e) => near(s, wanted.scores[e]!, 1e-12))
  }
})

test('what explains a score adds up to it: the preference that solving for the user gives', async () => {
  for (const confidence of ['alpha*r', '1+alpha*r'] as const)
    for (const lambdaPower of [0, 1]) {
      const model = await new ImplicitALS({ nComponents: 4, confidence, alpha: 2, lambdaPower }).fit(X)
      const all = rowsOf(await model.inverseTransform(await model.transform(X)))
      for (const u of [0, 2, 17])
        for (const i of [0, 9, 25]) {
          const { score, items, scores } = await model.explain(u, i, { n: m })
          near(score, all[u]![i]!, 1e-10)
          near(
            scores.reduce((s, v) => s + v, 0),
            score,
            1e-10,
          )
          assert.equal(
            [...items].sort((a, b) => a - b),
            R[u]!.flatMap((r, j) => (r !== 0 ? [j] : [])),
          )
          scores.forEach((s, e) => assert.ok(e === 0 || s <= scores[e - 1]!))
        }
    }
})

test('tastes that are planted are found: what is left out is recommended', async () => {
  const liked = rows(60, 30, (u, i) => (u % 3 === i % 3 && (u + i) % 5 !== 0 ? 1 : 0))
  const model = await new ImplicitALS({ nComponents: 3, alpha: 10, maxIter: 50 }).fit(liked)
  const found = await model.recommend(
    liked.map((_, u) => u),
    { n: 2 },
  )
  found.forEach(({ items }, u) => {
    for (const i of items) assert.is(i % 3, u % 3, `user ${u} item ${i}`)
  })
})

test('any number of threads gives the bits of one', async () => {
  const big = rows(6000, 300, (u, i) => ((u * 7 + i * 13 + u * i) % 29 < 2 ? 1 + (u % 3) : 0))
  for (const solver of ['cg', 'cholesky'] as const) {
    const estimator = new ImplicitALS({ nComponents: 48, maxIter: 6, tol: 0, solver })
    const one = (await estimator.fit(big)).save()
    for (const threads of [2, 3]) {
      const pool = await workers(threads)
      assert.ok(same((await estimator.fit(big, { threads: pool })).save(), one))
      assert.ok(pool.worked > 0)
      pool[Symbol.dispose ?? Symbol.for('Symbol.dispose')]?.()
    }
  }
})

test('what cannot be recommended for or explained is told with its place', async () => {
  const model = await new ImplicitALS({ nComponents: 2 }).fit(X)
  for (const [work, message] of [
    [() => model.recommend([40]), 'ImplicitALS.recommend: users[0]: wanted an integer from 0 to 39, got 40'],
    [() => model.recommend([1], { n: 0 }), 'ImplicitALS.recommend: n: wanted an integer >= 1, got 0'],
    [
      () => model.recommend(3 as never),
      'ImplicitALS.recommend: users: wanted their numbers or a matrix of their entries, got 3',
    ],
    [() => model.recommend([[1, 2]]), 'ImplicitALS.recommend: X: wanted 26 columns as in the fit, got 2'],
    [
      () => model.recommend([1], { filterseen: false } as never),
      'ImplicitALS.recommend: option filterseen is not known; did you mean filterSeen?',
    ],
    [
      () => model.recommend([1], { filterSeen: 'no' as never }),
      'ImplicitALS.recommend: filterSeen: wanted true or false, got "no"',
    ],
    [() => model.recommend([1], null as never), 'ImplicitALS.recommend: options: wanted an object, got null'],
    [
      () => model.similarItems([1], { k: 3 } as never),
      'ImplicitALS.similarItems: option k is not known; did you mean n?',
    ],
    [() => model.explain(0, 1, { k: 3 } as never), 'ImplicitALS.explain: option k is not known; did you mean n?'],
    [() => model.similarItems([26]), 'ImplicitALS.similarItems: items[0]: wanted an integer from 0 to 25, got 26'],
    [() => model.explain(0, 26), 'ImplicitALS.explain: pairs.items[0]: wanted an integer from 0 to 25, got 26'],
    [() => model.transformItems([[1]]), 'ImplicitALS.transformItems: X: wanted 40 rows as in the fit, got 1'],
  ] as const)
    assert.is((await failure(work as () => Promise<unknown>)).message, message)
})

test('confidences that no row can be solved with are refused, in a fit and for new users; large ones lower the objective', async () => {
  const times = (by: number): Rows => R.map(row => row.map(r => r * by))
  const single = dense(Float32Array.from(times(1e16).flat()), [n, m])
  const model = await new ImplicitALS({ nComponents: 2 }).fit(X)
  for (const [work, message] of [
    [
      () => new ImplicitALS().fit(times(1e150)),
      /^ImplicitALS\.fit: X: wanted confidences of at most 1e\+100, got an entry \S+ with alpha 1$/,
    ],
    [() => new ImplicitALS({ alpha: 10 }).fit(single), /at most 1000000000000000, got an entry/],
    [() => new ImplicitALS({ alpha: 1e9 }).fit(times(1e305)), /got an entry \S+ with alpha 1000000000$/],
    [() => model.transform(times(1e150)), /^ImplicitALS\.transform: X: wanted confidences/],
  ] as const) {
    const error = await failure(work as () => Promise<unknown>)
    assert.instance(error, RangeError)
    assert.match(error.message, message)
  }
  for (const solver of ['cg', 'cholesky'] as const) {
    const { trace, embedding } = await new ImplicitALS({ nComponents: 3, solver, maxIter: 30, tol: 0 }).fit(times(1e6))
    trace.forEach((v, p) => assert.ok(p === 0 || v <= trace[p - 1]! * (1 + 1e-9), `${solver}: ${v}`))
    assert.ok(trace.at(-1)! < 0.1 * trace[0]!)
    assert.ok(embedding.data.every(Number.isFinite))
  }
})

test.run()
