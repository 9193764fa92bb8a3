// TruncatedSVD and svd(): golden values, traps, the laws of every algorithm.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import {
  csr,
  dense,
  FormatError,
  type Matrix,
  OutOfMemory,
  PCA,
  svd,
  TruncatedSVD,
  TruncatedSvdModel,
  workers,
} from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../failure.js'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'
import { gram, identityError, matrices, transposed } from './svd-cases.js'

interface Golden {
  matrices: { name: string; shape: [number, number]; data: number[]; S: number[] }[]
  digits: { S: number[]; truncated: { explainedVariance: number[]; explainedVarianceRatio: number[] } }
  leukaemia: number[]
}
const golden = JSON.parse(readFileSync('test/golden/factorization/svd.json', 'utf8')) as Golden
const ALGORITHMS = ['exact', 'covariance', 'randomized', 'krylov', 'lanczos'] as const
// The last column is the label.
const pixels = Float64Array.from(
  gunzipSync(readFileSync('test/golden/factorization/digits.csv.gz'))
    .toString()
    .trim()
    .split('\n')
    .flatMap(line => line.split(',').slice(0, 64)),
  Number,
)
const digits = dense(pixels, [1797, 64])

const near = (got: ArrayLike<number>, wanted: ArrayLike<number>, bound: number, label = ''): void => {
  assert.is(got.length, wanted.length, label)
  for (let i = 0; i < wanted.length; i++)
    assert.ok(Math.abs(got[i]! - wanted[i]!) <= bound, `${label} [${i}]: ${got[i]} ${wanted[i]}`)
}

for (const algorithm of ALGORITHMS) {
  test(`svd ${algorithm}: numpy's singular values to 1e-12 of the largest, dense and sparse, all and half of them`, async () => {
    for (const { name, shape, data, S } of golden.matrices) {
      for (const X of [dense(Float64Array.from(data), shape), csr(csrParts(data, shape[1]))]) {
        const most = Math.min(...shape)
        for (const nComponents of new Set([most, Math.ceil(most / 2)])) {
          // Half of a slowly falling spectrum is found by power steps alone when there are many.
          const model = await new TruncatedSVD({ nComponents, algorithm, nIter: 40 }).fit(X)
          near(model.singularValues, S.slice(0, nComponents), 1e-12 * S[0]!, `${name} ${X.kind} ${nComponents}`)
        }
      }
    }
  })

  test(`svd ${algorithm}: transform(X) is the embedding, components are orthonormal rows`, async () => {
    for (const { name, n, m, data } of matrices(60)) {
      const nComponents = Math.max(1, Math.floor(Math.min(n, m) / 2))
      const X = dense(data, [n, m])
      const model = await new TruncatedSVD({ nComponents, algorithm, nIter: 2 }).fit(X)
      const top = model.singularValues[0]!
      near((await model.transform(X)).data, model.embedding.data, 1e-13 * top, name)
      const V = transposed(model.components.data, nComponents)
      assert.ok(identityError(gram(V, nComponents), nComponents) <= 1e-12, name)
    }
  })
}

test('svd lanczos: equal and clustered values are all found, with restarts', async () => {
  const n = 120
  for (const [values, k] of [
    [[5, 5, 5, ...Array.from({ length: n - 3 }, () => 1)], 5],
    [Array.from({ length: n }, () => 1), 8],
    [Array.from({ length: n }, (_, i) => (i < 30 ? 3 - 1e-10 * i : 1 / (i + 1))), 6],
    [Array.from({ length: n }, (_, i) => (i < 10 ? 2 : 0)), 20],
  ] as const) {
    // Turned by two reflections, so that no direction is an axis.
    const reflect = (seed: number, at: (i: number, j: number) => number) => {
      const w = Array.from({ length: n }, (_, i) => 1 + ((i * seed) % 7))
      const square = w.reduce((s, v) => s + v * v, 0)
      const sums = w.map((_, j) => w.reduce((s, v, i) => s + v * at(i, j), 0))
      return (i: number, j: number): number => at(i, j) - (2 * w[i]! * sums[j]!) / square
    }
    const left = reflect(3, (i, j) => (i === j ? values[i]! : 0))
    const both = reflect(5, (i, j) => left(j, i))
    const X = dense(
      Float64Array.from({ length: n * n }, (_, p) => both(Math.floor(p / n), p % n)),
      [n, n],
    )
    const wanted = [...values].sort((a, b) => b - a).slice(0, k)
    const model = await new TruncatedSVD({ nComponents: k, algorithm: 'lanczos' }).fit(X)
    assert.ok(model.converged)
    near(model.singularValues, wanted, 1e-12 * wanted[0]!, `${values.slice(0, 4)}`)
  }
})

test('svd: rank 10 of 1000 x 1000 asked for 20 gives 10 values and 10 that are rounding, orthonormal vectors', async () => {
  const { uniform } = generator(4)
  const [a, b] = [Array.from({ length: 10_000 }, uniform), Array.from({ length: 10_000 }, uniform)]
  const data = new Float64Array(1e6)
  for (let i = 0; i < 1000; i++)
    for (let j = 0; j < 1000; j++) for (let q = 0; q < 10; q++) data[i * 1000 + j]! += a[i * 10 + q]! * b[j * 10 + q]!
  for (const algorithm of ['covariance', 'randomized', 'lanczos'] as const) {
    const model = await new TruncatedSVD({ nComponents: 20, algorithm }).fit(dense(data, [1000, 1000]))
    const { singularValues: S, components } = model
    assert.ok(S[9]! > 1 && S[10]! <= 1e-12 * S[0]!, `${algorithm} ${S[9]} ${S[10]}`)
    assert.ok(identityError(gram(transposed(components.data, 20), 20), 20) <= 1e-12, algorithm)
  }
})

test('svd covariance: auto takes it for tall dense X, and finds what lanczos does', async () => {
  const { uniform } = generator(14)
  const [n, m, k] = [2400, 300, 12]
  const data = Float64Array.from({ length: n * m }, (_, p) => (uniform() - 0.5) / (1 + (p % m) / 20) ** 1.5)
  for (const Estimator of [TruncatedSVD, PCA]) {
    for (const shift of [0, 100]) {
      const X = dense(
        data.map(x => x + shift),
        [n, m],
      )
      const [found, wanted] = [
        await new Estimator({ nComponents: k }).fit(X),
        await new Estimator({ nComponents: k, algorithm: 'lanczos' }).fit(X),
      ]
      const by = await new Estimator({ nComponents: k, algorithm: 'covariance' }).fit(X)
      assert.equal(by.singularValues, found.singularValues)
      // Far from the origin the second value of X itself is below 1e-3 of the first: then by power steps, six and one.
      const apart = Estimator === TruncatedSVD && shift > 0
      assert.is(found.nIter, apart ? 7 : 1)
      if (apart) continue
      near(found.singularValues, wanted.singularValues, 1e-12 * wanted.singularValues[0]!, `shift ${shift}`)
      near(found.components.data, wanted.components.data, 1e-9, `shift ${shift}`)
      assert.ok(identityError(gram(transposed(found.components.data, k), k), k) <= 1e-12)
    }
  }
})

test('svd: digits and leukaemia as numpy and scikit-learn have them', async () => {
  for (const algorithm of ALGORITHMS) {
    const model = await new TruncatedSVD({ nComponents: 5, algorithm, nIter: 30 }).fit(digits)
    const { S, truncated } = golden.digits
    // The Krylov space ends at a residual, the others go on to the end; errors of values are squares of it.
    const loose = algorithm === 'krylov' ? 1e5 : 1
    near(model.singularValues, S.slice(0, 5), 1e-12 * loose * S[0]!, algorithm)
    near(model.explainedVariance, truncated.explainedVariance, 1e-9 * loose, algorithm)
    near(model.explainedVarianceRatio, truncated.explainedVarianceRatio, 1e-11 * loose, algorithm)
  }
  const lines = readFileSync('examples/all_aml_5000x38.tsv', 'utf8').trim().split('\n').slice(1)
  const values = Float64Array.from(
    lines.flatMap(line => line.split('\t').slice(1)),
    Number,
  )
  for (const algorithm of ALGORITHMS) {
    const model = await new TruncatedSVD({ nComponents: 4, algorithm, nIter: 30 }).fit(dense(values, [5000, 38]))
    near(model.singularValues, golden.leukaemia, 1e-12 * golden.leukaemia[0]!, algorithm)
  }
  // The sheet's figures.
  near(golden.digits.S.slice(0, 5), [2193.119334, 566.996772, 542.004933, 504.151698, 425.592965], 1e-5)
  near(golden.leukaemia, [366852.7, 137051.9, 112892.6, 99162.18], 0.06)
})

test('svd: f32 data to 1e-6 of the largest value, and their components to 1e-5 orthonormal', async () => {
  for (const algorithm of ALGORITHMS) {
    const X = dense(Float32Array.from(pixels), [1797, 64])
    const model = await new TruncatedSVD({ nComponents: 5, algorithm, nIter: 30 }).fit(X)
    assert.instance(model.components.data, Float32Array)
    near(model.singularValues, golden.digits.S.slice(0, 5), 1e-6 * golden.digits.S[0]!, algorithm)
    assert.ok(identityError(gram(transposed(model.components.data, 5), 5), 5) <= 1e-5)
  }
})

test('svd: signs by each convention’s definition', async () => {
  const { uniform } = generator(9)
  const [n, m, k] = [30, 20, 4]
  const X = dense(
    Float64Array.from({ length: n * m }, () => uniform() - 0.4),
    [n, m],
  )
  const biggest = (values: number[]): number => values.reduce((top, v) => (Math.abs(v) > Math.abs(top) ? v : top), 0)
  for (const signConvention of ['u', 'v', 'data'] as const) {
    const { components, embedding } = await new TruncatedSVD({ nComponents: k, signConvention }).fit(X)
    for (let q = 0; q < k; q++) {
      const u = Array.from({ length: n }, (_, i) => embedding.data[i * k + q]!)
      const v = Array.from({ length: m }, (_, j) => components.data[q * m + j]!)
      if (signConvention === 'u') assert.ok(biggest(u) > 0)
      if (signConvention === 'v') assert.ok(biggest(v) > 0)
      if (signConvention !== 'data') continue
      // Bro, Acar & Kolda: inner products of u with the columns, and of v with the rows, of X without the other triplets.
      const rest = Float64Array.from(X.data, (x, p) => {
        let s = x
        for (let r = 0; r < k; r++)
          if (r !== q) s -= embedding.data[Math.floor(p / m) * k + r]! * components.data[r * m + (p % m)]!
        return s
      })
      const length = Math.sqrt(u.reduce((s, x) => s + x * x, 0))
      const signed = (x: number): number => Math.sign(x) * x * x
      const columns = v.map((_, j) => u.reduce((s, x, i) => s + (x / length) * rest[i * m + j]!, 0))
      const rows = u.map((_, i) => v.reduce((s, x, j) => s + x * rest[i * m + j]!, 0))
      const score = [...columns, ...rows].reduce((s, x) => s + signed(x), 0)
      assert.ok(score > 0, `${q}: ${score}`)
    }
  }
})

test('svd: score is minus the mean squared distance of the rows from U S V’, inverseTransform that product', async () => {
  for (const X of [digits, csr(csrParts(pixels, 64))]) {
    const model = await new TruncatedSVD({ nComponents: 6, algorithm: 'exact' }).fit(X)
    const back = (await model.inverseTransform(model.embedding)).data
    const off = pixels.reduce((s, x, p) => s + (x - back[p]!) ** 2, 0) / 1797
    assert.ok(Math.abs((await model.score(X)) + off) <= 1e-10 * off)
    const left = golden.digits.S.slice(0, 6).reduce(
      (s, x) => s - x * x,
      pixels.reduce((s, x) => s + x * x, 0),
    )
    assert.ok(Math.abs(off - left / 1797) <= 1e-9 * off)
  }
})

test('svd: steps never catch less, and end with the rank-k loss where it is exact', async () => {
  const S = golden.digits.S
  const all = pixels.reduce((s, x) => s + x * x, 0)
  for (const algorithm of ALGORITHMS) {
    let before = Infinity
    let iter = 0
    for await (const step of new TruncatedSVD({ nComponents: 5, algorithm, nIter: 6 }).steps(digits)) {
      assert.is(step.iter, ++iter)
      assert.ok(step.loss <= before * (1 + 1e-9), algorithm)
      before = step.loss
    }
    const rank5 = S.slice(0, 5).reduce((s, x) => s - 0.5 * x * x, 0.5 * all)
    if (algorithm === 'randomized') assert.ok(before <= rank5 && iter === 7)
    else if (algorithm === 'krylov') assert.ok(before >= rank5 * (1 - 1e-9) && before <= rank5 * (1 + 1e-6))
    else assert.ok(Math.abs(before - rank5) <= 1e-9 * rank5, `${algorithm} ${before} ${rank5}`)
  }
})

test('svd: scaled by a power of two, the same bits; columns of the embedding scale with the data', async () => {
  for (const algorithm of ALGORITHMS) {
    const options = { nComponents: 4, algorithm }
    const plain = await new TruncatedSVD(options).fit(digits)
    for (const power of [2 ** 400, 2 ** -400]) {
      const scaled = await new TruncatedSVD(options).fit(
        dense(
          pixels.map(x => x * power),
          [1797, 64],
        ),
      )
      assert.equal(scaled.components.data, plain.components.data)
      assert.equal(
        scaled.singularValues.map(s => s / power),
        plain.singularValues,
      )
    }
  }
})

test('svd: on several threads the bits of one', async () => {
  const { uniform } = generator(12)
  const [n, m] = [3000, 400]
  const full = Float64Array.from({ length: n * m }, () => (uniform() < 0.9 ? 0 : uniform() - 0.5))
  const pool = await workers(3)
  try {
    for (const X of [dense(full, [n, m]), csr(csrParts(full, m))] as Matrix[]) {
      const estimator = new TruncatedSVD({ nComponents: 20, nIter: 4, algorithm: 'randomized' })
      const alone = await estimator.fit(X)
      const together = await estimator.fit(X, { threads: pool })
      assert.is(Buffer.compare(together.save(), alone.save()), 0, X.kind)
    }
    assert.ok(pool.worked > 0)
  } finally {
    pool[Symbol.dispose ?? Symbol.for('Symbol.dispose')]()
  }
})

test('svd: an abort rejects with its reason, too little memory is OutOfMemory, a fit that is left harms no other', async () => {
  for (const algorithm of ALGORITHMS) {
    const estimator = new TruncatedSVD({ nComponents: 5, algorithm })
    const wanted = Buffer.from((await estimator.fit(digits)).save())
    const stop = new AbortController()
    const reason = new Error('enough')
    const fit = estimator.fit(digits, { signal: stop.signal, onProgress: () => stop.abort(reason) })
    assert.is(await failure(() => fit), reason, algorithm)
    assert.instance(await failure(() => estimator.fit(digits, { maxMemory: 1.2e6 })), OutOfMemory)
    for await (const _ of estimator.steps(digits)) break
    assert.is(Buffer.compare((await estimator.fit(digits)).save(), wanted), 0, algorithm)
  }
})

test('svd: save and load keep the bits; damaged files are FormatErrors', async () => {
  const model = await new TruncatedSVD({ nComponents: 2 }).fit([[1, -2, 3], [2, 0, 1], [0, 1, 1]]) // prettier-ignore
  const bytes = model.save()
  const loaded = TruncatedSvdModel.load(bytes)
  assert.equal(loaded.save(), bytes)
  assert.equal((await loaded.transform([[1, 2, 3]])).data, (await model.transform([[1, 2, 3]])).data)
  for (let bit = 0; bit < bytes.length * 8; bit += 13) {
    const damaged = bytes.slice()
    damaged[bit >> 3]! ^= 1 << (bit & 7)
    assert.instance(await failure(() => TruncatedSvdModel.load(damaged)), FormatError, `bit ${bit}`)
  }
  for (let length = 0; length < bytes.length; length += 7)
    assert.instance(await failure(() => TruncatedSvdModel.load(bytes.subarray(0, length))), FormatError)
})

test('svd: bad input is a typed error that names it', async () => {
  for (const [work, kind, text] of [
    [() => new TruncatedSVD({ nComponents: 3 }).fit([[1, 2], [3, 4]]), RangeError, /^TruncatedSVD\.fit: nComponents: wanted at most 2.*got 3/], // prettier-ignore
    [() => new TruncatedSVD({ nComponents: 1 }).fit([[1, NaN]]), RangeError, /^TruncatedSVD\.fit: X\[0, 1\] = NaN: entries must be finite \(1 of 2 are not finite\)/], // prettier-ignore
    [() => new TruncatedSVD({ nComponents: 1 }).fit([[-1, -Infinity]]), RangeError, /X\[0, 1\] = -Infinity: entries must be finite/], // prettier-ignore
    [() => new TruncatedSVD({ nComponents: 1 }).fit([]), RangeError, /X: wanted at least one row and one column/],
    [() => new TruncatedSVD({ algorithm: 'qr' as never }), RangeError, /^TruncatedSVD: algorithm: wanted one of/],
    [() => new TruncatedSVD({ nComponent: 1 } as never), RangeError, /did you mean nComponents\?/],
    [() => new TruncatedSVD().fit([[1, 2], [3, 4]], { checkpoint: {} } as never), RangeError, /run\.checkpoint is not known/], // prettier-ignore
    [() => svd([[1, NaN]]), RangeError, /^svd: X\[0, 1\] = NaN/],
    [() => svd('text' as never), TypeError, /^svd: X: wanted/],
    [() => svd([[1]], { fullMatrices: 1 as never }), TypeError, /^svd: fullMatrices: wanted true or false, got 1/],
  ] as const) {
    const error = await failure(work)
    assert.instance(error, kind, String(error))
    assert.match(error.message, text)
  }
})

test('svd(): numpy’s values, X = U S V’, square matrices on request, rank and nullity', async () => {
  for (const { name, shape, data, S } of golden.matrices) {
    const [n, m] = shape
    const X = dense(Float64Array.from(data), shape)
    for (const fullMatrices of [false, true]) {
      const found = await svd(X, { fullMatrices })
      near(found.S, S, 1e-12 * S[0]!, name)
      const [a, b] = fullMatrices ? [n, m] : [S.length, S.length]
      assert.equal([found.U.shape[1], found.V.shape[1]], [a, b])
      assert.ok(identityError(gram(found.U.data, a), a) <= 1e-12, name)
      assert.ok(identityError(gram(found.V.data, b), b) <= 1e-12, name)
      // X V = U S column by column; what is beyond the rank is mapped to zero.
      for (let q = 0; q < b; q++)
        for (let i = 0; i < n; i++) {
          let s = 0
          for (let j = 0; j < m; j++) s += data[i * m + j]! * found.V.data[j * b + q]!
          const wanted = q < S.length ? found.U.data[i * a + q]! * found.S[q]! : 0
          assert.ok(Math.abs(s - wanted) <= 1e-12 * S[0]!, `${name} ${q}`)
        }
    }
  }
  const { S } = await svd([[1, 2, 3, 4], [2, 4, 6, 8]], { fullMatrices: true }) // prettier-ignore
  assert.ok(S[1]! <= 1e-14 * S[0]!)
})

test.run()
