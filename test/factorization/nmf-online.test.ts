// partialFit against its formulas by the scalar twins, and on a stream from planted factors.
import * as twin from '../../bindings/reference.js'
import { dense, NMF, type NmfInput, NmfModel } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'

const [n, m, k] = [24, 17, 3]
const random = generator(31)
const table = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => 0.1 + random.uniform()))
const transposed = (a: number[][]): number[][] => a[0]!.map((_, j) => a.map(row => row[j]!))
const product = (a: number[][], b: number[][]): number[][] =>
  a.map(row => b[0]!.map((_, j) => row.reduce((s, v, l) => s + v * b[l]![j]!, 0)))
const rowsOf = (matrix: { data: ArrayLike<number>; shape: readonly [number, number] }): number[][] =>
  Array.from({ length: matrix.shape[0] }, (_, i) =>
    Array.from({ length: matrix.shape[1] }, (_unused, j) => matrix.data[i * matrix.shape[1] + j]!),
  )

function near(got: number[][], wanted: number[][], tolerance: number): void {
  const scale = Math.max(...wanted.flat())
  wanted.forEach((row, i) =>
    row.forEach((v, j) => assert.ok(Math.abs(got[i]![j]! - v) <= tolerance * scale, `[${i}, ${j}] ${got[i]![j]} ${v}`)),
  )
}

const [first, second] = [table(n, m), table(n + 5, m)]

for (const forgetFactor of [0, 0.6, 1]) {
  test(`nmf hals: two batches update H by their sums, the first weighing ${forgetFactor}`, async () => {
    const nmf = new NMF({ nComponents: k, innerIter: 1, tol: 1e-13, maxIter: 5000 })
    const one = await nmf.partialFit(first)
    const two = await nmf.partialFit(second, one, { forgetFactor })
    // W of the second batch is the least-squares solution for the first's H: its KKT conditions hold.
    const [W, H1] = [rowsOf(two.embedding), rowsOf(one.components)]
    const gradient = product(product(W, H1), transposed(H1)).map((row, i) =>
      row.map((v, q) => v - product([second[i]!], transposed(H1))[0]![q]!),
    )
    W.forEach((row, i) => row.forEach((w, q) => assert.ok(Math.abs(Math.min(w, gradient[i]![q]!)) < 1e-9)))
    // One sweep of H by the sums.
    const W1 = rowsOf(one.embedding)
    const sum = (a: number[][], b: number[][]): number[][] =>
      a.map((row, i) => row.map((v, j) => forgetFactor * v + b[i]![j]!))
    const num = sum(product(transposed(first), W1), product(transposed(second), W)).flat()
    const den = sum(product(transposed(W1), W1), product(transposed(W), W)).flat()
    const Ht = transposed(H1).flat()
    twin.hals(m, k, k, Ht, num, den, 0, 0)
    near(transposed(rowsOf(two.components)), rowsOf({ data: Ht, shape: [m, k] }), 1e-10)
    assert.is(two.nIter, 2)
    assert.is(two.trace.length, 2)
  })
}

for (const beta of [2, 1, 0.5, 3]) {
  test(`nmf mu beta ${beta}: two batches update H by their sums`, async () => {
    const nmf = new NMF({ nComponents: k, solver: 'mu', betaLoss: beta, maxIter: 30 })
    const gamma = beta < 1 ? 1 / (2 - beta) : beta > 2 ? 1 / (beta - 1) : 1
    const [one, half] = [await nmf.partialFit(first), 0.5]
    const two = await nmf.partialFit(second, one, { forgetFactor: half })
    // The first batch's sums from its own W and the H it was solved for, which is not kept: from the model instead.
    const H1 = rowsOf(one.components)
    const W = rowsOf(two.embedding)
    const Z = product(W, H1)
    const weigh = (power: number, data?: number[][]): number[][] =>
      Z.map((row, i) => row.map((z, j) => z ** power * (data ? data[i]![j]! : 1)))
    const squared = beta === 2
    const num = transposed(product(transposed(W), weigh(beta - 2, second)))
    const den = squared ? product(transposed(W), W) : transposed(product(transposed(W), weigh(beta - 1)))
    const past = (values: ArrayLike<number>, at: number): number => half * values[at]!
    const Ht = transposed(H1)
    const wanted = Ht.map((row, j) =>
      row.map((h, q) => {
        if (squared) {
          const top = num[j]![q]! + past(one.sums!.num, j * k + q)
          const bottom = row.reduce((s, v, r) => s + v * (den[r]![q]! + past(one.sums!.den, r * k + q)), 0)
          return (h * top) / bottom
        }
        const top = h ** (1 / gamma) * num[j]![q]! + past(one.sums!.num, j * k + q)
        return (top / (den[j]![q]! + past(one.sums!.den, j * k + q))) ** gamma
      }),
    )
    near(transposed(rowsOf(two.components)), wanted, 1e-9)
  })
}

test('nmf: a stream of batches from planted factors finds them', async () => {
  const draw = (): number => (random.uniform() < 0.5 ? 0 : random.uniform())
  const H = Array.from({ length: 4 }, () => Array.from({ length: 40 }, draw))
  for (const given of [{}, { solver: 'mu', betaLoss: 1, maxIter: 50 }] satisfies NmfInput[]) {
    const nmf = new NMF({ nComponents: 4, seed: 3, ...given })
    let model: NmfModel | undefined
    for (let batch = 0; batch < 120; batch++) {
      const W = Array.from({ length: 30 }, () => Array.from({ length: 4 }, draw))
      model = await nmf.partialFit(product(W, H), model)
    }
    const found = rowsOf(model!.components)
    const cosine = (a: number[], b: number[]): number =>
      twin.dot(a, b, a.length) / Math.sqrt(twin.dot(a, a, a.length) * twin.dot(b, b, b.length))
    for (const row of H) assert.ok(Math.max(...found.map(other => cosine(row, other))) >= 0.97)
  }
})

test('nmf: a model saved between batches goes on to the same bits, and one of fit may be gone on from', async () => {
  const nmf = new NMF({ nComponents: k })
  const one = await nmf.partialFit(first)
  const two = await nmf.partialFit(second, one)
  const again = await nmf.partialFit(second, NmfModel.load(one.save()))
  assert.equal(again.save(), two.save())
  const fitted = await nmf.fit(first)
  const online = await nmf.partialFit(second, fitted)
  assert.is(online.nIter, fitted.nIter + 1)
})

test('nmf: batches that do not belong to the model are typed errors', async () => {
  const nmf = new NMF({ nComponents: k })
  const model = await nmf.partialFit(first)
  const fails = async (work: Promise<unknown>, kind: typeof Error, text: RegExp): Promise<void> => {
    const error = await work.then(
      () => undefined,
      (e: unknown) => e,
    )
    assert.instance(error, kind)
    assert.match((error as Error).message, text)
  }
  await fails(nmf.partialFit(table(4, m + 1), model), RangeError, /X: wanted 17 columns as in the model, got 18/)
  await fails(new NMF().partialFit(first, model), RangeError, /model: wanted 2 components, got 3/)
  await fails(nmf.partialFit(first, {} as NmfModel), TypeError, /model: wanted an NmfModel/)
  await fails(nmf.partialFit(first, model, { forgetFactor: 2 }), RangeError, /forgetFactor: wanted 0 to 1, got 2/)
  const other = new NMF({ nComponents: k, solver: 'mu', betaLoss: 1 })
  await fails(other.partialFit(first, model), RangeError, /wanted one of betaLoss 1, got one of 2/)
  await fails(nmf.partialFit([[1, NaN]]), RangeError, /NMF.partialFit: X\[0, 1\] = NaN/)
  await fails(nmf.partialFit(dense(new Float64Array(0), [0, m]), model), RangeError, /at least one row/)
})

test.run()
