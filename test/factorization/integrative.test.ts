// Integrative NMF against its definition: objective and stationarity are computed here from X, W, H and V_i alone.
import { csr, dense, type Dense, IntegrativeModel, IntegrativeNMF, type Matrix, workers } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../failure.js'
import { generator } from '../random.js'

type Rows = number[][]
const random = generator(5)
const matrix = (n: number, m: number, of: (i: number, j: number) => number): Rows =>
  Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_u, j) => of(i, j)))
const product = (A: Rows, B: Rows): Rows =>
  matrix(A.length, B[0]!.length, (i, j) => A[i]!.reduce((s, a, q) => s + a * B[q]![j]!, 0))
const sum = (A: Rows, B: Rows): Rows => A.map((row, i) => row.map((a, j) => a + B[i]![j]!))
const squares = (A: Rows): number => A.flat().reduce((s, a) => s + a * a, 0)
const rowsOf = ({ data, shape: [n, m] }: Dense): Rows => matrix(n, m, (i, j) => data[i * m + j]!)

const [m, k] = [17, 3]
const heights = [25, 14, 9]
const shared = matrix(k, m, () => random.uniform() ** 3)
const own = heights.map(() => matrix(k, m, () => (random.uniform() < 0.2 ? random.uniform() : 0)))
const loadings = heights.map(n => matrix(n, k, () => random.uniform() ** 2))
const data = heights.map((_, i) =>
  product(loadings[i]!, sum(shared, own[i]!)).map(row => row.map(x => x * (0.9 + 0.2 * random.uniform()))),
)

function parts(model: IntegrativeModel) {
  const W = rowsOf(model.embedding)
  return {
    H: rowsOf(model.components),
    V: model.specific.map(rowsOf),
    W: model.sets.map(({ from, to }) => W.slice(from, to)),
  }
}

/** Loss and penalty, from the definition. */
function valuesOf(X: readonly Rows[], model: IntegrativeModel): { loss: number; penalty: number } {
  const { H, V, W } = parts(model)
  let [loss, penalty] = [0, 0]
  for (const [i, x] of X.entries()) {
    const fit = product(W[i]!, sum(H, V[i]!))
    loss += 0.5 * squares(x.map((row, r) => row.map((v, j) => v - fit[r]![j]!)))
    penalty += 0.5 * model.options.alphaV * squares(product(W[i]!, V[i]!))
  }
  return { loss, penalty }
}

const near = (got: number, wanted: number, tolerance: number, what = ''): void =>
  assert.ok(Math.abs(got - wanted) <= tolerance * Math.abs(wanted), `${what} ${got} ${wanted}`)

test('loss, trace, residuals and shares are those of the definition, and every iteration lowers the objective', async () => {
  for (const alphaV of [0, 0.5, 5, 1000])
    for (const maxIter of [1, 2, 25]) {
      const model = await new IntegrativeNMF({ nComponents: k, alphaV, maxIter }).fit(data)
      const { loss, penalty } = valuesOf(data, model)
      near(model.loss, loss, 1e-9, 'loss')
      near(model.trace.at(-1)!, loss + penalty, 1e-9, 'objective')
      model.trace.forEach((v, i) => assert.ok(i === 0 || v <= model.trace[i - 1]! * (1 + 1e-12), `${alphaV}, ${i}`))
      const { H, V, W } = parts(model)
      for (const [i, { residual, specific }] of model.sets.entries()) {
        const fit = product(W[i]!, sum(H, V[i]!))
        near(residual, squares(data[i]!.map((row, r) => row.map((v, j) => v - fit[r]![j]!))) / squares(data[i]!), 1e-9)
        near(specific, squares(product(W[i]!, V[i]!)) / squares(fit), 1e-9)
      }
    }
})

test('a fit ends where the gradients of W, H and every V_i vanish or point out of what is allowed', async () => {
  for (const alphaV of [5, 20]) {
    const model = await new IntegrativeNMF({ nComponents: k, alphaV, maxIter: 20000, tol: 1e-10 }).fit(data)
    assert.ok(model.converged)
    const { H, V, W } = parts(model)
    const transposed = (A: Rows): Rows => matrix(A[0]!.length, A.length, (i, j) => A[j]![i]!)
    const gradientH = matrix(k, m, () => 0)
    const still = (x: Rows, gradient: Rows, scale: number, what: string): void =>
      x.forEach((row, r) =>
        row.forEach((v, c) => {
          const g = gradient[r]![c]!
          assert.ok(
            g > -1e-6 * scale && (v === 0 || Math.abs(g) < 1e-6 * scale),
            `${what} ${r}, ${c}: ${v} ${g} ${scale}`,
          )
        }),
      )
    for (const [i, x] of data.entries()) {
      const B = sum(H, V[i]!)
      const fit = product(W[i]!, B)
      const off = x.map((row, r) => row.map((v, j) => fit[r]![j]! - v))
      const onB = product(transposed(W[i]!), off)
      onB.forEach((row, q) => row.forEach((g, j) => (gradientH[q]![j]! += g)))
      const onV = product(product(transposed(W[i]!), W[i]!), V[i]!)
      const onW = product(off, transposed(B))
      const extra = product(product(W[i]!, V[i]!), transposed(V[i]!))
      const scale = squares(x)
      still(
        V[i]!,
        onB.map((row, q) => row.map((g, j) => g + alphaV * onV[q]![j]!)),
        scale,
        `V ${i}`,
      )
      still(
        W[i]!,
        onW.map((row, r) => row.map((g, q) => g + alphaV * extra[r]![q]!)),
        scale,
        `W ${i}`,
      )
    }
    still(H, gradientH, squares(data.flat()), 'H')
  }
})

test("what is planted as shared and as a data set's own is told apart, the more so by a larger alphaV", async () => {
  const shares: number[] = []
  for (const alphaV of [0.01, 1, 100]) {
    const model = await new IntegrativeNMF({ nComponents: k, alphaV, nInit: 3, maxIter: 2000, tol: 1e-6 }).fit(data)
    shares.push(Math.max(...model.sets.map(({ specific }) => specific)))
    // The noise has a three-hundredth of the squares: (0.2)^2 / 12.
    if (alphaV === 0.01) for (const { residual } of model.sets) assert.ok(residual < 0.005, `${residual}`)
  }
  assert.ok(shares[0]! > shares[1]! && shares[1]! > shares[2]!, String(shares))
  // The same samples under two platforms, each with features of its own: their loadings on the shared parts agree.
  const W = matrix(30, k, (i, q) => (i % k === q ? 1 : 0.1 * random.uniform()))
  const platforms = [0, 1].map(p =>
    product(
      W,
      matrix(k, m, (q, j) => shared[q]![j]! + (j % 5 === p ? 0.8 : 0)),
    ),
  )
  const model = await new IntegrativeNMF({ nComponents: k, alphaV: 0.01, nInit: 10, maxIter: 3000, tol: 1e-6 }).fit(
    platforms,
  )
  const found = parts(model).W
  for (let q = 0; q < k; q++) {
    const [a, b] = found.map(set => {
      const column = set.map(row => row[q]!)
      const mean = column.reduce((s, w) => s + w, 0) / 30
      return column.map(w => w - mean)
    }) as [number[], number[]]
    const along = a.reduce((s, w, i) => s + w * b[i]!, 0)
    assert.ok(along / Math.sqrt(squares([a]) * squares([b])) > 0.95, `component ${q}`)
  }
  for (const { residual, specific } of model.sets) assert.ok(residual < 0.005 && specific > 0.05)
})

test('transform solves for W: KKT conditions with H + V_i and the penalty, or with H alone for a data set not seen', async () => {
  const model = await new IntegrativeNMF({ nComponents: k, maxIter: 200, tol: 1e-8 }).fit(data)
  const { H, V } = parts(model)
  const fresh = data.map(x => x.slice(0, 4))
  for (const [X, place] of [
    [[fresh[0]!, null, null], 0],
    [[null, fresh[1]!], 1],
    [[null, null, null, fresh[2]!], 3],
  ] as const) {
    const W = rowsOf(await model.transform(X))
    const x = X[place as 0]!
    const v = V[place] ?? matrix(k, m, () => 0)
    const B = sum(H, v)
    for (let r = 0; r < 4; r++)
      for (let q = 0; q < k; q++) {
        let [g, scale] = [0, 0]
        for (let j = 0; j < m; j++) {
          let [fit, specific] = [0, 0]
          for (let p = 0; p < k; p++) {
            fit += W[r]![p]! * B[p]![j]!
            specific += W[r]![p]! * v[p]![j]!
          }
          g += (fit - x[r]![j]!) * B[q]![j]! + model.options.alphaV * specific * v[q]![j]!
          scale += x[r]![j]! * B[q]![j]!
        }
        assert.ok(g > -1e-3 * scale && (W[r]![q] === 0 || Math.abs(g) < 1e-3 * scale), `${g} ${scale}`)
      }
    assert.ok((await model.score(X)) <= 0)
  }
  const back = await model.inverseTransform(model.embedding)
  assert.is(back.length, 3)
  const wanted = product(rowsOf(model.embedding), sum(H, V[1]!))
  back[1]!.data.forEach((value, p) => assert.ok(Math.abs(value - wanted[Math.floor(p / m)]![p % m]!) < 1e-12))
})

test('sparse data give the fit of dense ones, f32 comes near, any number of threads the same bits', async () => {
  const thin = data.map(x => x.map((row, i) => row.map((v, j) => ((i * 7 + j * 3) % 4 === 0 ? v : 0))))
  const sparse = thin.map((x): Matrix => {
    const indptr = [0]
    const [indices, values]: [number[], number[]] = [[], []]
    for (const row of x) {
      row.forEach((v, j) => v !== 0 && (indices.push(j), values.push(v)))
      indptr.push(indices.length)
    }
    const made = { indptr: Int32Array.from(indptr), indices: Int32Array.from(indices), data: Float64Array.from(values) }
    return csr({ ...made, shape: [x.length, m] })
  })
  const estimator = new IntegrativeNMF({ nComponents: k, maxIter: 100 })
  const wanted = await estimator.fit(thin)
  for (const [what, X, tolerance] of [
    ['csr', sparse, 1e-6],
    ['mixed', [sparse[0]!, thin[1]!, sparse[2]!], 1e-6],
    ['f32', thin.map(x => dense(Float32Array.from(x.flat()), [x.length, m])), 1e-3],
  ] as const)
    near((await estimator.fit(X)).trace.at(-1)!, wanted.trace.at(-1)!, tolerance, what)
  // Tall enough for several shards of each data set.
  const tall = [0, 1].map(i =>
    dense(
      Float64Array.from({ length: 6000 * 40 }, () => random.uniform() ** (i + 1)),
      [6000, 40],
    ),
  )
  const several = new IntegrativeNMF({ nComponents: 12, maxIter: 6, nInit: 2 })
  const one = (await several.fit(tall)).save()
  for (const threads of [2, 3]) {
    const pool = await workers(threads)
    assert.is(Buffer.compare((await several.fit(tall, { threads: pool })).save(), one), 0)
    assert.ok(pool.worked > 0)
    pool[Symbol.dispose ?? Symbol.for('Symbol.dispose')]?.()
  }
})

test('data of any size are fitted alike', async () => {
  const estimator = new IntegrativeNMF({ nComponents: k, maxIter: 50 })
  const wanted = await estimator.fit(data)
  for (const scale of [2 ** 400, 2 ** -400]) {
    const model = await estimator.fit(data.map(x => x.map(row => row.map(v => v * scale))))
    model.sets.forEach(({ residual, specific }, i) => {
      near(residual, wanted.sets[i]!.residual, 1e-9)
      near(specific, wanted.sets[i]!.specific, 1e-9)
    })
  }
})

test('what data sets may not be is told with its place', async () => {
  const fit = (X: unknown) => failure(() => new IntegrativeNMF({ nComponents: 2 }).fit(X as Rows[]))
  const short = data[1]!.map(row => row.slice(1))
  for (const [error, wanted] of [
    [await fit(data[0]), 'IntegrativeNMF.fit: X: wanted a list of matrices, got one matrix'],
    [await fit([]), 'IntegrativeNMF.fit: X: wanted at least one data set, got none'],
    [await fit([data[0], short]), 'IntegrativeNMF.fit: X[1]: wanted 17 columns as in X[0], got 16'],
    [await fit([data[0], data[1]!.map(row => row.map(v => -v))]), 'IntegrativeNMF.fit: X[1][0, 0] = -'],
  ] as const)
    assert.ok(error.message.startsWith(wanted), error.message)
  const model = await new IntegrativeNMF({ nComponents: 2, maxIter: 3 }).fit(data)
  const error = await failure(() => model.transform([null, short]))
  assert.is(error.message, 'IntegrativeNMF.transform: X[1]: wanted 17 columns as in the fit, got 16')
  const none = await failure(() => model.transform([null, null]))
  assert.is(none.message, 'IntegrativeNMF.transform: X: wanted at least one data set, got none')
})

test.run()
