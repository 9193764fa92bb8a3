// Matrix completion against its definition: optimality is seen from X, Z and lambda alone.
import { CompletionModel, csr, dense, type Dense, MatrixCompletion, type Matrix, svd } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../failure.js'
import { generator } from '../random.js'

type Rows = number[][]
const random = generator(21)
const signed = (): number => random.uniform() + random.uniform() + random.uniform() - 1.5
const matrix = (n: number, m: number, of: (i: number, j: number) => number): Rows =>
  Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_u, j) => of(i, j)))
const product = (A: Rows, B: Rows): Rows =>
  matrix(A.length, B[0]!.length, (i, j) => A[i]!.reduce((s, a, q) => s + a * B[q]![j]!, 0))
const rowsOf = ({ data, shape: [n, m] }: Dense): Rows => matrix(n, m, (i, j) => data[i * m + j]!)
const planted = (n: number, m: number, k: number): Rows => product(matrix(n, k, signed), matrix(k, m, signed))
const holes = (X: Rows, share: number): Rows => X.map(row => row.map(x => (random.uniform() < share ? x : NaN)))
function off(A: Rows, B: Rows): number {
  const [a, b] = [A.flat(), B.flat()]
  return Math.sqrt(a.reduce((s, x, p) => s + (x - b[p]!) ** 2, 0) / b.reduce((s, x) => s + x * x, 0))
}
const completed = async (model: CompletionModel): Promise<Rows> => rowsOf(await model.inverseTransform(model.embedding))

test('where all is known Z is X with its singular values shrunk by lambda', async () => {
  const X = matrix(14, 9, signed)
  const { U, S, V } = await svd(X)
  for (const share of [0.9, 0.5, 0.2, 0.02]) {
    const lambda = share * S[0]!
    const model = await new MatrixCompletion({ lambda, tol: 1e-12, maxIter: 5000 }).fit(X)
    const kept = [...S].filter(s => s > lambda).map(s => s - lambda)
    assert.is(model.singularValues.length, kept.length)
    kept.forEach((s, q) => assert.ok(Math.abs(model.singularValues[q]! - s) < 1e-5 * S[0]!, `${s}`))
    const u = rowsOf(U)
    const v = rowsOf(V)
    const wanted = matrix(14, 9, (i, j) => kept.reduce((s, d, q) => s + u[i]![q]! * d * v[j]![q]!, 0))
    assert.ok(off(await completed(model), wanted) < 1e-5)
  }
})

test("Z is the minimum: on U and V the residual is lambda U V', beside them it has no singular value above lambda", async () => {
  const X = holes(
    planted(40, 25, 4).map(row => row.map(x => x + 0.3 * signed())),
    0.5,
  )
  for (const lambda of [3, 1, 0.3]) {
    const model = await new MatrixCompletion({ nComponents: 25, lambda, tol: 1e-12, maxIter: 20000 }).fit(X)
    assert.ok(model.converged)
    const Z = await completed(model)
    const R = X.map((row, i) => row.map((x, j) => (Number.isNaN(x) ? 0 : x - Z[i]![j]!)))
    const found = await svd(Z)
    const r = model.singularValues.length
    for (let q = 0; q < r; q++) {
      assert.ok(Math.abs(found.S[q]! - model.singularValues[q]!) < 1e-9 * found.S[0]!)
      const [u, v] = [rowsOf(found.U).map(row => row[q]!), rowsOf(found.V).map(row => row[q]!)]
      const along = R.map(row => row.reduce((s, x, j) => s + x * v[j]!, 0))
      const distance = Math.sqrt(along.reduce((s, x, i) => s + (x - lambda * u[i]!) ** 2, 0))
      assert.ok(distance < 2e-3 * lambda, `R v = lambda u: ${distance / lambda}`)
    }
    const { S } = await svd(R)
    assert.ok(S[0]! <= lambda * (1 + 2e-3), `${S[0]! / lambda}`)
    assert.ok(Math.abs(model.excess - S[0]! / lambda) < 1e-3)
    const nuclear = [...model.singularValues].reduce((s, d) => s + d, 0)
    const half = 0.5 * R.flat().reduce((s, x) => s + x * x, 0)
    assert.ok(Math.abs(model.loss - half) < 1e-9 * half)
    assert.ok(Math.abs(model.trace.at(-1)! - half - lambda * nuclear) < 1e-6 * (half + lambda * nuclear))
    model.trace.forEach((t, i) => assert.ok(i === 0 || t <= model.trace[i - 1]! * (1 + 1e-12)))
  }
})

test('300 x 300 of rank 1 to 5, 35 % known: found to 1e-6 when debiased', async () => {
  for (const rank of [1, 3, 5]) {
    const Z = planted(300, 300, rank)
    const X = holes(Z, 0.35)
    const { S } = await svd(Z)
    const model = await new MatrixCompletion({
      nComponents: 10,
      lambda: 0.02 * S[rank - 1]!,
      debias: 'factors',
      tol: 1e-12,
      maxIter: 1000,
    }).fit(X)
    assert.is(model.singularValues.length, rank)
    const error = off(await completed(model), Z)
    assert.ok(error <= 1e-6, `rank ${rank}: ${error}`)
    // Rows that the fit has not seen.
    const fresh = product(matrix(20, rank, signed), rowsOf(model.components))
    const filled = rowsOf(await model.complete(holes(fresh, 0.35)))
    assert.ok(off(filled, fresh) < 1e-6)
  }
})

test('debiased values are the least squares ones, and leave less of what is known', async () => {
  const X = holes(planted(60, 40, 3), 0.4)
  const biased = await new MatrixCompletion({ lambda: 3 }).fit(X)
  const model = await new MatrixCompletion({ lambda: 3, debias: 'values' }).fit(X)
  assert.is(model.singularValues.length, biased.singularValues.length)
  assert.ok(model.loss < biased.loss)
  // At the least squares no value can be moved for the better.
  const [u, v] = [rowsOf(model.embedding), rowsOf(model.components)]
  const Z = await completed(model)
  for (let q = 0; q < model.singularValues.length; q++) {
    let [slope, size] = [0, 0]
    for (let i = 0; i < 60; i++)
      for (let j = 0; j < 40; j++) {
        if (Number.isNaN(X[i]![j]!)) continue
        slope += (X[i]![j]! - Z[i]![j]!) * u[i]![q]! * v[q]![j]!
        size += Math.abs(X[i]![j]! * u[i]![q]! * v[q]![j]!)
      }
    assert.ok(Math.abs(slope) < 1e-9 * size)
  }
})

test('lambda by hold-out: the path falls, the best of it is taken, and what is not known is found better than by means', async () => {
  const Z = planted(80, 50, 3).map(row => row.map((x, j) => x + j / 10))
  const noisy = Z.map(row => row.map(x => x + 0.2 * signed()))
  const X = holes(noisy, 0.4)
  for (const centre of ['none', 'columns'] as const) {
    const model = await new MatrixCompletion({ nComponents: 15, centre }).fit(X)
    const best = model.path.reduce((low, point) => (point.holdOut < low.holdOut ? point : low))
    assert.is(model.lambda, best.lambda)
    model.path.forEach(({ lambda, error }, p) => {
      if (p === 0) return
      assert.ok(lambda < model.path[p - 1]!.lambda)
      assert.ok(error <= model.path[p - 1]!.error * (1 + 1e-6))
    })
    const found = await completed(model)
    const means = Array.from({ length: 50 }, (_, j) => {
      const known = X.map(row => row[j]!).filter(x => !Number.isNaN(x))
      return known.reduce((s, x) => s + x, 0) / known.length
    })
    const error = (guess: (i: number, j: number) => number): number =>
      Math.sqrt(
        X.flatMap((row, i) => row.map((x, j) => (Number.isNaN(x) ? (guess(i, j) - Z[i]![j]!) ** 2 : 0))).reduce(
          (s, d) => s + d,
          0,
        ),
      )
    assert.ok(error((i, j) => found[i]![j]!) < 0.4 * error((_, j) => means[j]!))
  }
})

test('transform is a ridge regression on what is known of each row; a row of nothing is 0; what is known stays', async () => {
  const X = holes(planted(30, 20, 2), 0.5)
  const model = await new MatrixCompletion({ lambda: 1, centre: 'columns' }).fit(X)
  const fresh = [...holes(planted(4, 20, 2), 0.4), Array<number>(20).fill(NaN)]
  const W = rowsOf(await model.transform(fresh))
  const H = rowsOf(model.components)
  for (const [i, row] of fresh.entries())
    for (const [q, h] of H.entries()) {
      const slope = row.reduce((s, x, j) => {
        if (Number.isNaN(x)) return s
        const fit = W[i]!.reduce((t, w, p) => t + w * H[p]![j]!, 0)
        return s + (x - model.mean[j]! - fit) * h[j]!
      }, -model.ridge * W[i]![q]!)
      assert.ok(Math.abs(slope) < 1e-9, `${i}, ${q}: ${slope}`)
    }
  assert.equal(
    W[4],
    H.map(() => 0),
  )
  const filled = rowsOf(await model.complete(fresh))
  fresh.forEach((row, i) => row.forEach((x, j) => Number.isNaN(x) || assert.is(filled[i]![j], x)))
  assert.equal(filled[4], [...model.mean])
  assert.equal(
    await model.transform([Array<number>(20).fill(NaN)]).then(({ data }) => [...data]),
    H.map(() => 0),
  )
})

test('sparse data: what is not stored is not known, a stored zero is; the same fit as of NaN', async () => {
  const X = holes(
    planted(30, 20, 2).map(row => row.map(x => Math.round(3 * x))),
    0.5,
  )
  const indptr = [0]
  const [indices, values]: [number[], number[]] = [[], []]
  for (const row of X) {
    row.forEach((x, j) => Number.isNaN(x) || (indices.push(j), values.push(x)))
    indptr.push(indices.length)
  }
  assert.ok(values.includes(0))
  const made = { indptr: Int32Array.from(indptr), indices: Int32Array.from(indices), data: Float64Array.from(values) }
  const sparse: Matrix = csr({ ...made, shape: [30, 20] })
  const estimator = new MatrixCompletion({ lambda: 2 })
  assert.is(Buffer.compare((await estimator.fit(sparse)).save(), (await estimator.fit(X)).save()), 0)
  const all = await new MatrixCompletion({ lambda: 2, missing: 'none' }).fit(sparse)
  const zeros = await new MatrixCompletion({ lambda: 2 }).fit(X.map(row => row.map(x => (Number.isNaN(x) ? 0 : x))))
  assert.equal([...all.singularValues], [...zeros.singularValues])
  const single = await estimator.fit(dense(Float32Array.from(X.flat()), [30, 20]))
  assert.equal([...single.singularValues], [...(await estimator.fit(X)).singularValues]) // integers are exact in f32
})

test('several threads give the bits of one', async () => {
  const X = holes(planted(900, 200, 3), 0.3)
  const estimator = new MatrixCompletion({ nComponents: 5, lambda: 20, maxIter: 10 })
  assert.is(Buffer.compare((await estimator.fit(X, { threads: 2 })).save(), (await estimator.fit(X)).save()), 0)
})

test('entries times a power of four, of any size, have the same fit to the bit, its lambda chosen too', async () => {
  const X = holes(
    planted(30, 20, 2).map(row => row.map((x, j) => x + j + 0.1 * signed())),
    0.5,
  )
  const times = (values: Float64Array | Dense['data'], by: number): number[] => [...values].map(v => v * by)
  for (const options of [{ centre: 'columns' }, { debias: 'factors' }, { debias: 'values', nLambda: 5 }] as const) {
    const model = await new MatrixCompletion({ nComponents: 4, ...options }).fit(X)
    for (const half of [1, -3, 500, -500]) {
      const [root, unit] = [2 ** half, 2 ** half * 2 ** half]
      const steps: number[] = []
      const other = await new MatrixCompletion({ nComponents: 4, ...options }).fit(
        X.map(row => row.map(x => x * unit)),
        { onProgress: step => void steps.push(step.lambda) },
      )
      assert.equal([...other.components.data], times(model.components.data, root))
      assert.equal([...other.embedding.data], times(model.embedding.data, root))
      assert.equal([...other.singularValues], times(model.singularValues, unit))
      assert.equal([...other.mean], times(model.mean, unit))
      assert.equal([other.lambda, other.ridge, other.excess], [model.lambda * unit, model.ridge * unit, model.excess])
      assert.equal(
        other.path,
        model.path.map(p => ({ ...p, lambda: p.lambda * unit, error: p.error * unit, holdOut: p.holdOut * unit })),
      )
      assert.is(other.loss, model.loss * unit * unit)
      assert.is(steps[0], model.path[0]!.lambda * unit)
    }
  }
})

test('nComponents bounds the rank, and excess says what that costs', async () => {
  const X = holes(planted(40, 30, 5), 0.6)
  const model = await new MatrixCompletion({ nComponents: 2, lambda: 0.1 }).fit(X)
  assert.is(model.singularValues.length, 2)
  assert.ok(model.excess > 2)
})

// The chapter's masked factorization: R ~ U V over the ratings there are, zero standing for none.
test("the chapter's ratings: those there are to 1e-6, and the others filled", async () => {
  const R = [
    [5, 3, 0, 1],
    [4, 0, 0, 1],
    [1, 1, 0, 5],
    [1, 0, 0, 4],
    [0, 1, 5, 4],
  ]
  const X = R.map(row => row.map(r => (r === 0 ? NaN : r)))
  const options = { nComponents: 2, lambda: 0.01, debias: 'factors' } as const // as in docs/matrix-completion.md
  for (const more of [{ maxIter: 5000, tol: 0 }, {}]) {
    const Z = await completed(await new MatrixCompletion({ ...options, ...more }).fit(X))
    R.forEach((row, i) =>
      row.forEach((r, j) => r === 0 || assert.ok(Math.abs(Z[i]![j]! - r) < 1e-6, `${i}, ${j}: ${Z[i]![j]}`)),
    )
  }
  const model = await new MatrixCompletion(options).fit(X)
  const filled = rowsOf(await model.complete(X))
  for (const x of filled.flat()) assert.ok(Number.isFinite(x))
})

test('what X may not be is told with its place', async () => {
  const fit = (X: unknown, options: object = {}) => failure(() => new MatrixCompletion(options).fit(X as Rows))
  for (const [error, wanted] of [
    [await fit([[NaN, NaN]]), 'MatrixCompletion.fit: X: wanted at least one known entry, got none'],
    [await fit([[1, Infinity]]), 'MatrixCompletion.fit: X[0, 1] = Infinity: entries must be finite'],
    [await fit([[1, NaN]], { missing: 'none' }), 'MatrixCompletion.fit: X[0, 1] = NaN: entries must be finite'],
    [await fit([[1]], { lambda: -1 }), 'MatrixCompletion: lambda: wanted a number from 0 to 1e+300, got -1'],
  ] as const)
    assert.ok(error.message.startsWith(wanted), error.message)
})

test.run()
