// The block Krylov space: what it promises of its vectors, where it must give way, and that auto takes it.
import { csr, type Csr, type Dense, dense, PCA, TruncatedSVD, workers } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'
import { gram, identityError, transposed } from './svd-cases.js'

// Rows of topics of falling frequency among other entries, as words do.
function words(n: number, m: number, seed: number, f32 = false): Csr {
  const { uniform } = generator(seed)
  const full = f32 ? new Float32Array(n * m) : new Float64Array(n * m)
  for (let i = 0; i < n; i++) {
    const topic = Math.floor(40 * uniform() * uniform())
    for (let e = 0; e < 20; e++) {
      const own = uniform() < 0.5
      const j = own ? (topic * 23 + Math.floor(20 * uniform())) % m : Math.floor(m * uniform() * uniform())
      full[i * m + j] = uniform()
    }
  }
  return csr(csrParts(full, m))
}

/** |X'X v - t v| of each component, t = |X v|^2, by plain sums. */
function residuals({ indptr, indices, data, shape: [n, m] }: Csr, V: Dense, mean = new Float64Array(m)) {
  const k = V.shape[0]
  return Array.from({ length: k }, (_, q) => {
    const v = Array.from({ length: m }, (_, j) => V.data[q * m + j]!)
    const off = v.reduce((sum, x, j) => sum + x * mean[j]!, 0)
    const back = new Float64Array(m)
    let [t, all] = [0, 0]
    for (let i = 0; i < n; i++) {
      let y = -off
      for (let p = indptr[i]!; p < indptr[i + 1]!; p++) y += data[p]! * v[indices[p]!]!
      t += y * y
      all += y
      for (let p = indptr[i]!; p < indptr[i + 1]!; p++) back[indices[p]!]! += data[p]! * y
    }
    const square = v.reduce((sum, x, j) => sum + (back[j]! - mean[j]! * all - t * x) ** 2, 0)
    return { t, residual: Math.sqrt(square) }
  })
}

test('svd krylov: residuals of all vectors are .005 of the last eigenvalue; values near those of lanczos; orthonormal', async () => {
  for (const [n, m] of [
    [1500, 700],
    [700, 1500],
  ] as const) {
    for (const f32 of [false, true]) {
      const X = words(n, m, 3, f32)
      for (const Estimator of [TruncatedSVD, PCA]) {
        for (const nComponents of [1, 6, 30]) {
          const options = { nComponents, algorithm: 'krylov' } as const
          const told: number[] = []
          const model = await new Estimator(options).fit(X, { onProgress: ({ residual }) => told.push(residual) })
          const mean = 'mean' in model ? Float64Array.from(model.mean as Float64Array) : undefined
          const found = residuals(X, model.components, mean)
          const least = Math.min(...found.map(({ t }) => t))
          const most = Math.max(...found.map(({ residual }) => residual))
          const bound = f32 ? 1e-5 : 1e-12
          assert.ok(told.at(-1)! <= 0.005, `${n} ${f32} ${nComponents} ${told}`)
          // The last product and its Ritz values change what was told by far less than that.
          assert.ok(most <= 0.0051 * least, `${n} ${f32} ${nComponents}: ${most / least}`)
          const exact = await new Estimator({ nComponents, algorithm: 'lanczos' }).fit(X)
          for (let q = 0; q < nComponents; q++) {
            const [s, wanted] = [model.singularValues[q]!, exact.singularValues[q]!]
            assert.ok(s <= wanted * (1 + bound) && s >= wanted * (1 - 5e-3), `${q} ${s} ${wanted}`)
          }
          const V = transposed(model.components.data, nComponents)
          assert.ok(identityError(gram(V, nComponents), nComponents) <= bound)
        }
      }
    }
  }
})

test('svd krylov: more equal values than a block has columns, a low rank and values far apart are all found', async () => {
  const n = 600
  const at = (value: (i: number) => number): Csr =>
    csr(
      csrParts(
        Float64Array.from({ length: n * n }, (_, p) => (p % (n + 1) === 0 ? value(p / (n + 1)) : 0)),
        n,
      ),
    )
  for (const value of [
    (i: number) => (i < 20 ? 3 : i < 60 ? 1 : 0),
    () => 1,
    (i: number) => (i < 5 ? 1 : 0),
    (i: number) => (i < 40 ? 10 ** -i : 0),
    (i: number) => (i < 20 ? 2 - 1e-9 * i : 1 / (i + 1)),
  ]) {
    const model = await new TruncatedSVD({ nComponents: 20, algorithm: 'krylov' }).fit(at(value))
    for (let q = 0; q < 20; q++) {
      // A residual is how far an eigenvalue of X'X may be off; beside rounding.
      const off = Math.abs(model.singularValues[q]! ** 2 - value(q) ** 2)
      assert.ok(off <= 0.005 * value(19) ** 2 + 1e-14 * value(0) ** 2, `${value} ${q} ${model.singularValues[q]}`)
    }
    assert.ok(identityError(gram(transposed(model.components.data, 20), 20), 20) <= 1e-12)
  }
})

test('svd krylov: auto takes it for sparse X with room for its blocks; the same bits on several threads', async () => {
  const X = words(3000, 700, 5)
  const options = { nComponents: 20, seed: 4 }
  const wanted = await new TruncatedSVD({ ...options, algorithm: 'krylov' }).fit(X)
  const auto = await new TruncatedSVD(options).fit(X)
  assert.equal(auto.components.data, wanted.components.data)
  const other = await new TruncatedSVD({ ...options, algorithm: 'randomized' }).fit(X)
  assert.not.equal(other.components.data, wanted.components.data)
  const narrow = words(3000, 100, 5)
  const [exact, given] = [
    await new TruncatedSVD({ ...options, algorithm: 'exact' }).fit(narrow),
    await new TruncatedSVD({ ...options, algorithm: 'krylov' }).fit(narrow),
  ]
  for (let q = 0; q < 20; q++)
    assert.ok(Math.abs(given.singularValues[q]! - exact.singularValues[q]!) <= 1e-2 * exact.singularValues[q]!)
  // Dense X of the same entries: the same space by other sums.
  const full = new Float64Array(3000 * 700)
  for (let i = 0; i < 3000; i++)
    for (let p = X.indptr[i]!; p < X.indptr[i + 1]!; p++) full[i * 700 + X.indices[p]!] = X.data[p]!
  const filled = dense(full, [3000, 700])
  const ofDense = await new TruncatedSVD({ ...options, algorithm: 'krylov' }).fit(filled)
  for (let q = 0; q < 20; q++)
    assert.ok(Math.abs(ofDense.singularValues[q]! - auto.singularValues[q]!) <= 1e-9 * auto.singularValues[0]!)
  const pool = await workers(3)
  try {
    for (const [data, alone] of [
      [X, auto],
      [filled, ofDense],
    ] as const) {
      const threaded = await new TruncatedSVD({ ...options, algorithm: 'krylov' }).fit(data, { threads: pool })
      assert.equal(threaded.components.data, alone.components.data)
      assert.equal(threaded.embedding.data, alone.embedding.data)
    }
    assert.ok(pool.worked > 0)
  } finally {
    pool[Symbol.dispose ?? Symbol.for('Symbol.dispose')]()
  }
})

test.run()
