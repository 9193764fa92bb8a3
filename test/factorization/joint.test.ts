// Joint NMF against its definition: objective, stationarity and weights are computed here from X, W and H_v alone.
import { csr, dense, type Dense, JointModel, JointNMF, type JointOptions, type Matrix, svd, toRowMajor } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../failure.js'
import { generator } from '../random.js'

type View = number[][]
const random = generator(11)
const matrix = (n: number, m: number, of: (i: number, j: number) => number): View =>
  Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_u, j) => of(i, j)))
const product = (A: View, B: View): View =>
  matrix(A.length, B[0]!.length, (i, j) => A[i]!.reduce((s, a, q) => s + a * B[q]![j]!, 0))
const rowsOf = ({ data, shape: [n, m] }: Dense): View => matrix(n, m, (i, j) => data[i * m + j]!)
const normOf = (X: View): number => Math.sqrt(X.flat().reduce((s, v) => s + (Number.isNaN(v) ? 0 : v * v), 0))
const splitOf = (X: View): View => X.map(row => [...row.map(v => (v < 0 ? 0 : v)), ...row.map(v => (v > 0 ? 0 : -v))])

// Near enough to normal.
const normal = (): number => Array.from({ length: 12 }, () => random.uniform()).reduce((s, u) => s + u, -6)

const [n, k] = [24, 3]
const planted = matrix(n, k, () => random.uniform() ** 3)
const widths = [9, 13, 6]
const parts = widths.map(m => matrix(k, m, () => random.uniform() ** 2))
const clean = parts.map(H => product(planted, H))
const noisy = clean.map((X, v) => X.map(row => row.map(x => Math.max(0, x + [0.01, 0.1, 0.4][v]! * normal()))))
const signed = noisy.map((X, v) => (v === 2 ? X.map(row => row.map(x => x - 0.4)) : X))

/** The data as the fit sees them: split where there is an entry below 0. */
const seen = (X: View): View => (X.flat().some(v => v < 0) ? splitOf(X) : X)

/** The chapter's objective, from the definition. */
function objectiveOf(X: readonly View[], model: JointModel, options: Partial<JointOptions> = {}): number {
  const W = rowsOf(model.embedding)
  const { alphaW = 0, alphaH = alphaW, l1Ratio = 0 } = options
  const penalty = (values: readonly number[], alpha: number): number =>
    values.reduce((s, v) => s + alpha * (l1Ratio * v + ((1 - l1Ratio) / 2) * v * v), 0)
  let total = penalty(W.flat(), alphaW)
  for (const [v, view] of X.map(seen).entries()) {
    const { weight } = model.views[v]!
    const H = rowsOf(model.components[v]!)
    const fit = product(W, H)
    const norm = normOf(X[v]!)
    const left = view.flatMap((row, i) => row.map((x, j) => (Number.isNaN(x) ? 0 : (x - fit[i]![j]!) ** 2)))
    total += (0.5 * weight * left.reduce((s, d) => s + d, 0)) / norm ** 2
    total += penalty(
      H.flat().map(h => (h * Math.sqrt(weight)) / norm),
      alphaH ?? alphaW,
    )
  }
  return total
}

const near = (got: number, wanted: number, tolerance: number, what = ''): void =>
  assert.ok(Math.abs(got - wanted) <= tolerance * Math.max(1e-300, Math.abs(wanted)), `${what} ${got} ${wanted}`)
const falls = (trace: Float64Array, what: string): void =>
  trace.forEach((value, i) => assert.ok(i === 0 || value <= trace[i - 1]! * (1 + 1e-12), `${what}: ${i}`))

test('views that are products of one W are found to rounding, and nothing is left of them', async () => {
  const model = await new JointNMF({ nComponents: k, maxIter: 20000, tol: 1e-9, nInit: 3 }).fit(clean)
  for (const [v, { residual }] of model.views.entries()) {
    assert.ok(residual < 1e-8, `${residual}`)
    const back = rowsOf((await model.inverseTransform(model.embedding))[v]!)
    const off = Math.max(...back.flatMap((row, i) => row.map((x, j) => Math.abs(x - clean[v]![i]![j]!))))
    assert.ok(off < 1e-3, `${off}`)
  }
})

test('loss, trace, weights and residuals are those of the definition', async () => {
  for (const viewWeights of ['equal', 'residual', [1, 2, 5]] as const)
    for (const [X, options] of [
      [noisy, {}],
      [signed, { signed: 'split' }],
      [noisy, { alphaW: 0.02, alphaH: 0.05, l1Ratio: 0.3 }],
    ] as const) {
      const model = await new JointNMF({ nComponents: k, maxIter: 30, viewWeights, ...options }).fit(X)
      near(model.trace.at(-1)!, objectiveOf(X, model, options), 1e-10)
      near(model.loss, objectiveOf(X, model), 1e-10)
      falls(model.trace, String(viewWeights))
      near(
        model.views.reduce((s, { weight }) => s + weight, 0),
        3,
        1e-12,
      )
      const left: number[] = []
      for (const view of X.map(seen)) {
        const { S } = await svd(view)
        left.push([...S].slice(k).reduce((s, x) => s + x * x, 0) / normOf(view) ** 2)
      }
      const wanted = viewWeights === 'equal' ? [1, 1, 1] : viewWeights === 'residual' ? left.map(r => 1 / r) : [1, 2, 5]
      for (const [v, { weight, norm, residual }] of model.views.entries()) {
        near(weight, (3 * wanted[v]!) / wanted.reduce((s, w) => s + w, 0), 1e-9, 'weight')
        near(norm, normOf(X[v]!), 1e-12)
        const view = seen(X[v]!)
        const fit = product(rowsOf(model.embedding), rowsOf(model.components[v]!))
        const off = view.flatMap((row, i) => row.map((x, j) => (x - fit[i]![j]!) ** 2)).reduce((s, d) => s + d, 0)
        near(residual, off / norm ** 2, 1e-9)
      }
    }
})

const missing = noisy.map((X, v) =>
  X.map((row, i) => row.map((x, j) => ((v === 1 && i % 5 === 2) || (i + 3 * j + v) % 11 === 0 ? NaN : x))),
)

test('missing entries and samples that lack a view: monotone, as the definition, and without a part in the weights', async () => {
  const model = await new JointNMF({ nComponents: k, missing: 'nan', maxIter: 40 }).fit(missing)
  near(model.loss, objectiveOf(missing, model), 1e-10)
  falls(model.trace, 'missing')
  // Whole samples alone are left out of the triplets: then the residual is that of the others.
  const lacking = noisy.map((X, v) => (v === 1 ? X.map((row, i) => (i % 5 === 2 ? row.map(() => NaN) : row)) : X))
  const others = noisy.map((X, v) => (v === 1 ? X.filter((_, i) => i % 5 !== 2) : X))
  const fitted = await new JointNMF({ nComponents: k, missing: 'nan', maxIter: 3 }).fit(lacking)
  const left: number[] = []
  for (const view of others) {
    const { S } = await svd(view)
    left.push([...S].slice(k).reduce((s, x) => s + x * x, 0) / normOf(view) ** 2)
  }
  const sum = left.reduce((s, r) => s + 1 / r, 0)
  for (const [v, { weight }] of fitted.views.entries()) near(weight, 3 / left[v]! / sum, 1e-9)
})

test('transform solves for W: KKT conditions of the views that are there, whether one is null or all its entries NaN', async () => {
  const model = await new JointNMF({ nComponents: k, missing: 'nan', signed: 'split', maxIter: 300, tol: 1e-8 }).fit(
    signed,
  )
  const fresh = signed.map(X => X.slice(0, 5))
  for (const [v] of fresh.entries()) {
    const there = fresh.map((X, u) => (u === v ? null : X))
    const W = await model.transform(there)
    const gaps = fresh.map((X, u) => (u === v ? X.map(row => row.map(() => NaN)) : X))
    const same = await model.transform(gaps)
    W.data.forEach((w, p) => assert.ok(Math.abs(w - same.data[p]!) <= 1e-6 * (1 + w), `${w} ${same.data[p]}`))
    const gradient = matrix(5, k, () => 0)
    let scale = 0
    for (const [u, X] of fresh.entries()) {
      if (u === v) continue
      const { weight, norm, split } = model.views[u]!
      const H = rowsOf(model.components[u]!)
      const fit = product(rowsOf(W), H)
      const view = split ? splitOf(X) : X
      for (let i = 0; i < 5; i++)
        for (let q = 0; q < k; q++)
          for (let j = 0; j < H[q]!.length; j++) {
            const h = (weight * H[q]![j]!) / norm ** 2
            gradient[i]![q]! += (fit[i]![j]! - view[i]![j]!) * h
            scale = Math.max(scale, view[i]![j]! * h)
          }
    }
    for (let i = 0; i < 5; i++)
      for (let q = 0; q < k; q++) {
        const [g, w] = [gradient[i]![q]!, rowsOf(W)[i]![q]!]
        assert.ok(g > -1e-3 * scale && (w === 0 || Math.abs(g) < 1e-3 * scale), `${g} ${w} ${scale}`)
      }
    assert.ok(Number.isFinite(await model.score(there)))
  }
})

test("networks: the trace is loss and lambda/2 tr(H L H'), falls, and ends where the gradient of all that vanishes", async () => {
  const within = matrix(9, 9, (i, j) => (Math.abs(i - j) === 1 ? 1 + (i + j) / 10 : 0))
  const between = matrix(13, 6, (i, j) => ((i * 5 + j) % 7 === 0 ? 2 : 0))
  for (const laplacian of ['symmetric', 'plain'] as const) {
    const networks = [
      { views: [0] as const, adjacency: within, weight: 0.7, laplacian },
      { views: [1, 2] as const, adjacency: between, weight: 0.2, laplacian },
    ]
    const options = { nComponents: k, alphaW: 0.01, alphaH: 0, networks }
    const model = await new JointNMF({ ...options, maxIter: 30000, tol: 1e-10 }).fit(noisy)
    assert.ok(model.converged)
    falls(model.trace, laplacian)
    const scaled = model.components.map((H, v) => {
      const { weight, norm } = model.views[v]!
      return rowsOf(H).map(row => row.map(h => (h * Math.sqrt(weight)) / norm))
    })
    const H = Array.from({ length: k }, (_, q) => scaled.flatMap(view => view[q]!))
    const total = 9 + 13 + 6
    const L = matrix(total, total, () => 0)
    for (const { views, adjacency, weight } of networks) {
      const A = matrix(total, total, () => 0)
      const from = [0, 9, 22]
      adjacency.forEach((row, i) =>
        row.forEach((a, j) => {
          const [r, c] = [from[views[0]]! + i, from[views.at(-1)!]! + j]
          A[r]![c] = A[c]![r] = a
        }),
      )
      const degree = A.map(row => row.reduce((s, a) => s + a, 0))
      for (let i = 0; i < total; i++)
        for (let j = 0; j < total; j++) {
          const own = i === j ? (laplacian === 'plain' ? degree[i]! : Number(degree[i]! > 0)) : 0
          const a =
            laplacian === 'plain' ? A[i]![j]! : A[i]![j]! > 0 ? A[i]![j]! / Math.sqrt(degree[i]! * degree[j]!) : 0
          L[i]![j]! += weight * (own - a)
        }
    }
    const smooth = product(H, L)
    const penalty = H.reduce((s, row, q) => s + row.reduce((t, h, j) => t + 0.5 * h * smooth[q]![j]!, 0), 0)
    assert.ok(penalty > 0)
    near(model.trace.at(-1)!, objectiveOf(noisy, model, options) + penalty, 1e-9, laplacian)
    // Gradient with respect to H~: W'(W H~ - X~) + H~ L.
    const W = rowsOf(model.embedding)
    const X = matrix(n, total, (i, j) => {
      const v = j < 9 ? 0 : j < 22 ? 1 : 2
      const { weight, norm } = model.views[v]!
      return (noisy[v]![i]![j - [0, 9, 22][v]!]! * Math.sqrt(weight)) / norm
    })
    const fit = product(W, H)
    for (let q = 0; q < k; q++)
      for (let j = 0; j < total; j++) {
        let [g, size] = [smooth[q]![j]!, 0]
        for (let i = 0; i < n; i++) {
          g += W[i]![q]! * (fit[i]![j]! - X[i]![j]!)
          size += W[i]![q]! * X[i]![j]!
        }
        assert.ok(g > -1e-6 * (1 + size) && (H[q]![j] === 0 || Math.abs(g) < 1e-6 * (1 + size)), `${g} at ${q}, ${j}`)
      }
    // What it is for: joined features have loadings nearer to each other than without.
    const free = await new JointNMF({ ...options, networks: null, maxIter: 30000, tol: 1e-10 }).fit(noisy)
    const apart = (m: JointModel): number => {
      const rows = rowsOf(m.components[0]!)
      return rows.reduce(
        (s, row) => s + row.slice(1).reduce((t, h, j) => t + (h - row[j]!) ** 2, 0) / normOf([row]) ** 2,
        0,
      )
    }
    assert.ok(apart(model) < apart(free))
  }
})

test('sparse views give the fit of the dense ones, f32 comes near, threads and resumed fits give the same bits', async () => {
  const thin = noisy.map(X => X.map((row, i) => row.map((x, j) => ((i * 7 + j * 3) % 5 === 0 ? x : 0))))
  const sparse = thin.map((X): Matrix => {
    const indptr = [0]
    const [indices, data]: [number[], number[]] = [[], []]
    for (const row of X) {
      row.forEach((x, j) => x !== 0 && (indices.push(j), data.push(x)))
      indptr.push(indices.length)
    }
    const made = { indptr: Int32Array.from(indptr), indices: Int32Array.from(indices), data: Float64Array.from(data) }
    return csr({ ...made, shape: [X.length, X[0]!.length] })
  })
  const estimator = new JointNMF({ nComponents: k, maxIter: 200 })
  const wanted = await estimator.fit(thin)
  for (const [what, X, tolerance] of [
    ['csr', sparse, 1e-6],
    ['mixed', [sparse[0]!, thin[1]!, sparse[2]!], 1e-6],
    ['f32', thin.map(x => dense(Float32Array.from(x.flat()), [n, x[0]!.length])), 1e-3],
  ] as const) {
    const model = await estimator.fit(X)
    near(model.loss, wanted.loss, tolerance, what)
    for (const [v, { residual, weight }] of model.views.entries()) {
      near(residual, wanted.views[v]!.residual, tolerance * 10, what)
      near(weight, wanted.views[v]!.weight, tolerance, what)
    }
  }
  const network = { views: [0] as const, adjacency: matrix(9, 9, (i, j) => Number(Math.abs(i - j) === 2)), weight: 0.3 }
  for (const options of [{}, { networks: [network], alphaW: 0.01 }]) {
    const several = new JointNMF({ nComponents: k, maxIter: 40, nInit: 3, ...options })
    const one = (await several.fit(noisy)).save()
    assert.is(Buffer.compare((await several.fit(noisy, { threads: 2 })).save(), one), 0)
    const saved: Uint8Array[] = []
    await several.fit(noisy, { checkpoint: { every: 25, write: bytes => void saved.push(bytes) } })
    for (const resume of saved) assert.is(Buffer.compare((await several.fit(noisy, { resume })).save(), one), 0)
    const other = noisy.map(X => X.map(row => row.map(x => x * 3 + 0.1)))
    assert.match(
      (await failure(() => several.fit(other, { resume: saved[0]! }))).message,
      /JointNMF.fit: run.resume: wanted/,
    )
  }
})

test('data scaled view by view give the same W, H_v scaled with them', async () => {
  const estimator = new JointNMF({ nComponents: k, maxIter: 50 })
  const wanted = await estimator.fit(noisy)
  const scales = [2 ** 400, 2 ** -420, 1]
  const model = await estimator.fit(noisy.map((X, v) => X.map(row => row.map(x => x * scales[v]!))))
  wanted.embedding.data.forEach((w, p) => assert.ok(Math.abs(model.embedding.data[p]! - w) <= 1e-9 * (1 + w)))
  for (const [v, H] of wanted.components.entries())
    H.data.forEach((h, p) => assert.ok(Math.abs(model.components[v]!.data[p]! / scales[v]! - h) <= 1e-8 * (1 + h)))
})

test('what views, weights and networks may not be is told with its place', async () => {
  const fit = (X: unknown, options: object = {}) => failure(() => new JointNMF(options).fit(X as View[]))
  for (const [error, wanted] of [
    [await fit(noisy[0]), 'JointNMF.fit: X: wanted a list of matrices, got one matrix'],
    [await fit('views'), 'JointNMF.fit: X: wanted a list of matrices, got "views"'],
    [await fit([]), 'JointNMF.fit: X: wanted at least one view, got none'],
    [await fit([noisy[0], noisy[1]!.slice(1)]), 'JointNMF.fit: X[1]: wanted 24 rows as in X[0], got 23'],
    [await fit(signed), 'JointNMF.fit: X[2][0, 0] = '],
    [await fit([noisy[0], matrix(n, 4, () => 0)]), 'JointNMF.fit: X[1]: wanted an entry other than 0, got none'],
    [await fit(missing), 'JointNMF.fit: X[0][0, 0] = NaN: entries must be finite'],
    [await fit(noisy, { viewWeights: [1, 2] }), 'JointNMF.fit: viewWeights: wanted 3 numbers, got 2'],
    [await fit(noisy, { viewWeights: [1, 0, 2] }), 'JointNMF: viewWeights[1]: wanted a finite number > 0, got 0'],
    [await fit(noisy, { networks: [{}] }), 'JointNMF: networks[0].views: wanted the places of one view or two'],
    [
      await fit(noisy, { networks: [{ views: [0], adjacency: [[0]], weight: 1 }] }),
      'JointNMF: alphaW: wanted > 0 with networks',
    ],
    [
      await fit(noisy, { alphaW: 1, networks: [{ views: [0], adjacency: [[0]], weight: 1 }] }),
      'JointNMF.fit: networks[0].adjacency: wanted 9 x 9, got 1 x 1',
    ],
    [
      await fit(noisy, { alphaW: 1, networks: [{ views: [0], adjacency: matrix(9, 9, i => i), weight: 1 }] }),
      'JointNMF.fit: networks[0].adjacency[',
    ],
    [
      await fit(noisy, { alphaW: 1, networks: [{ views: [3], adjacency: [[0]], weight: 1 }] }),
      'JointNMF.fit: networks[0].views: wanted places below 3, got 3',
    ],
  ] as const)
    assert.ok(error.message.startsWith(wanted), error.message)
  const model = await new JointNMF({ nComponents: 2, maxIter: 5 }).fit(noisy)
  for (const [X, wanted] of [
    [noisy.slice(1), 'wanted 3 views (null for one that is not there), got 2'],
    [[null, null, null], 'wanted at least one view, got none'],
    [[noisy[0], noisy[0], noisy[2]], 'X[1]: wanted 13 columns as in the fit, got 9'],
    [[null, null, signed[2]], 'X[2][0, 0] = '],
  ] as const) {
    const error = await failure(() => model.transform(X as never))
    assert.ok(error.message.includes(wanted), error.message)
  }
})

test('a model keeps its views through save and load', async () => {
  const model = await new JointNMF({ nComponents: 2, maxIter: 5, signed: 'split', viewWeights: [1, 2, 3] }).fit(signed)
  const loaded = JointModel.load(model.save())
  assert.equal(loaded.views, model.views)
  assert.equal(loaded.options, model.options)
  assert.equal(
    loaded.views.map(({ split }) => split),
    [false, false, true],
  )
  for (const [v, H] of model.components.entries()) {
    assert.equal([...H.shape], [2, widths[v]! * (v === 2 ? 2 : 1)])
    assert.equal([...toRowMajor(loaded.components[v]!)], [...H.data])
  }
  const [, , back] = await loaded.inverseTransform(loaded.embedding)
  assert.equal([...back!.shape], [n, 6])
  const H = rowsOf(model.components[2]!)
  const wanted = product(
    rowsOf(model.embedding),
    H.map(row => matrix(1, 6, (_, j) => row[j]! - row[j + 6]!)[0]!),
  )
  back!.data.forEach((x, p) => assert.ok(Math.abs(x - wanted[Math.floor(p / 6)]![p % 6]!) < 1e-12))
})

test.run()
