// PCA: golden values of scikit-learn, and its laws for every algorithm, dense and sparse.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { csr, dense, FormatError, PCA, PcaModel, TruncatedSVD } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../failure.js'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'

interface GoldenPca {
  singularValues: number[]
  explainedVariance: number[]
  explainedVarianceRatio: number[]
  noiseVariance: number
  score: number
  components?: number[][]
}
const golden = JSON.parse(readFileSync('test/golden/factorization/svd.json', 'utf8')) as {
  digits: { pca: GoldenPca }
  small: { shape: [number, number]; data: number[]; pca: Record<string, GoldenPca> }
}
const ALGORITHMS = ['exact', 'covariance', 'randomized', 'krylov', 'lanczos'] as const
const near = (got: ArrayLike<number>, wanted: ArrayLike<number>, bound: number, label = ''): void => {
  assert.is(got.length, wanted.length, label)
  for (let i = 0; i < wanted.length; i++)
    assert.ok(Math.abs(got[i]! - wanted[i]!) <= bound, `${label} [${i}]: ${got[i]} ${wanted[i]}`)
}
// The last column is the label.
const pixels = Float64Array.from(
  gunzipSync(readFileSync('test/golden/factorization/digits.csv.gz'))
    .toString()
    .trim()
    .split('\n')
    .flatMap(line => line.split(',').slice(0, 64)),
  Number,
)
const [n, m] = [1797, 64]

for (const algorithm of ALGORITHMS)
  test(`pca ${algorithm}: digits as scikit-learn has them, dense and sparse`, async () => {
    const { pca } = golden.digits
    for (const X of [dense(pixels, [n, m]), csr(csrParts(pixels, m))]) {
      const model = await new PCA({ nComponents: 10, algorithm, nIter: 60 }).fit(X)
      near(model.singularValues, pca.singularValues, 1e-12 * pca.singularValues[0]!, 'values')
      near(model.explainedVariance, pca.explainedVariance, 1e-10, 'variance')
      near(model.explainedVarianceRatio, pca.explainedVarianceRatio, 1e-12, 'ratio')
      assert.ok(Math.abs(model.noiseVariance - pca.noiseVariance) <= 1e-10)
      assert.ok(Math.abs((await model.score(X)) - pca.score) <= 1e-9 * Math.abs(pca.score))
    }
    near(pca.explainedVarianceRatio.slice(0, 3), [0.148906, 0.136188, 0.117946], 1e-6) // the sheet's
  })

test('pca: scikit-learn’s components, signs and scores of small data, some directions and all of them', async () => {
  const { shape, data, pca } = golden.small
  const X = dense(Float64Array.from(data), shape)
  for (const [k, wanted] of Object.entries(pca)) {
    for (const algorithm of ALGORITHMS) {
      const model = await new PCA({ nComponents: Number(k), algorithm, nIter: 60 }).fit(X)
      near(model.components.data, wanted.components!.flat(), 1e-10, `${k} ${algorithm}`)
      assert.ok(Math.abs((await model.score(X)) - wanted.score) <= 1e-10 * Math.abs(wanted.score), `${k} ${algorithm}`)
    }
  }
  assert.is((await new PCA().fit(X)).components.shape[0], 6)
})

test('pca: that of X is TruncatedSVD of X - 1 mu’, also far from the origin', async () => {
  const { uniform } = generator(31)
  const [rows, columns, k] = [50, 12, 5]
  for (const shift of [0, 3, 1e6]) {
    const data = Float64Array.from({ length: rows * columns }, (_, p) =>
      Math.floor(p / columns) % 3 === 0 && p % 2 === 0 ? 0 : uniform() + shift * (p % columns),
    )
    const means = Array.from({ length: columns }, (_, j) => {
      let s = 0
      for (let i = 0; i < rows; i++) s += data[i * columns + j]!
      return s / rows
    })
    const centred = data.map((x, p) => x - means[p % columns]!)
    for (const algorithm of ALGORITHMS) {
      const options = { nComponents: k, algorithm, nIter: 80 }
      const svd = await new TruncatedSVD(options).fit(dense(centred, [rows, columns]))
      for (const X of [dense(data, [rows, columns]), csr(csrParts(data, columns))]) {
        const pca = await new PCA(options).fit(X)
        const bound = 1e-12 * Math.max(1, shift) * svd.singularValues[0]!
        near(pca.singularValues, svd.singularValues, bound, `${shift} ${algorithm} ${X.kind}`)
        near(pca.mean, means, 1e-13 * Math.max(1, shift * columns))
      }
    }
  }
})

test('pca: transform(X) is the embedding, inverseTransform its way back, columns have mean 0 and, whitened, variance 1', async () => {
  const k = 8
  for (const algorithm of ALGORITHMS) {
    for (const X of [dense(pixels, [n, m]), csr(csrParts(pixels, m))]) {
      for (const whiten of [false, true]) {
        const model = await new PCA({ nComponents: k, algorithm, whiten }).fit(X)
        const { embedding, singularValues } = model
        near((await model.transform(X)).data, embedding.data, 1e-11 * (whiten ? 1 : singularValues[0]!))
        for (let q = 0; q < k; q++) {
          let [sum, squares] = [0, 0]
          for (let i = 0; i < n; i++) {
            sum += embedding.data[i * k + q]!
            squares += embedding.data[i * k + q]! ** 2
          }
          const variance = whiten ? 1 : singularValues[q]! ** 2 / (n - 1)
          assert.ok(Math.abs(sum / n) <= 1e-10 * Math.sqrt(variance), `${algorithm} mean ${sum / n}`)
          assert.ok(Math.abs(squares / (n - 1) / variance - 1) <= 1e-10, `${algorithm} variance`)
        }
        const back = await model.inverseTransform(embedding)
        const again = await model.transform(back)
        near(again.data, embedding.data, 1e-11 * (whiten ? 1 : singularValues[0]!))
      }
    }
  }
})

test('pca: constant columns have no part in it; constant data have no variance, and nothing is NaN', async () => {
  const { uniform } = generator(8)
  const varied = Array.from({ length: 20 }, () => [uniform(), uniform(), uniform()])
  const padded = varied.map(row => [0.1, ...row, 1e9])
  for (const algorithm of ALGORITHMS) {
    const options = { nComponents: 3, algorithm, nIter: 50 }
    const [a, b] = [await new PCA(options).fit(varied), await new PCA(options).fit(padded)]
    near(b.singularValues, a.singularValues, 1e-13)
    for (let q = 0; q < 3; q++) for (const j of [0, 4]) assert.ok(Math.abs(b.components.data[q * 5 + j]!) <= 1e-14)
    for (const data of [
      Array.from({ length: 7 }, () => [0.1, 0.3, 1e9]),
      Array.from({ length: 4 }, () => [0, 0, 0]),
      [[1, 2, 3]],
      [[1], [2], [4]],
    ]) {
      for (const whiten of [false, true]) {
        const k = Math.min(2, data.length, data[0]!.length)
        const model = await new PCA({ nComponents: k, algorithm, whiten }).fit(data)
        const { components, embedding, singularValues, explainedVariance, explainedVarianceRatio, mean } = model
        for (const list of [components.data, embedding.data, singularValues, explainedVariance, mean])
          assert.ok([...list, model.noiseVariance].every(Number.isFinite))
        assert.ok([...explainedVarianceRatio].every(r => r >= 0 && r <= 1 + 1e-12))
        if (data.length !== 3) assert.equal([...singularValues], singularValues.length === 1 ? [0] : [0, 0])
      }
    }
  }
})

test('pca: scaled by 1e150 and 1e-150 as it is, and in f32 by 1e30 and 1e-30', async () => {
  const { shape, data } = golden.small
  for (const [Floats, scales, bound] of [
    [Float64Array, [1e150, 1e-150], 1e-12],
    [Float32Array, [1e30, 1e-30], 1e-5],
  ] as const) {
    for (const algorithm of ALGORITHMS) {
      const options = { nComponents: 3, algorithm, nIter: 30 }
      const plain = await new PCA(options).fit(dense(Float64Array.from(data), shape))
      for (const scale of scales) {
        const model = await new PCA(options).fit(dense(new Floats(data.map(x => x * scale)), shape))
        near(
          model.singularValues.map(s => s / scale),
          plain.singularValues,
          bound * plain.singularValues[0]!,
        )
        near(model.explainedVarianceRatio, plain.explainedVarianceRatio, bound)
        near(model.components.data, plain.components.data, 100 * bound)
      }
    }
  }
})

test('pca: save and load keep the bits; a model without a likelihood says so; damaged files are FormatErrors', async () => {
  const { shape, data } = golden.small
  const X = dense(Float64Array.from(data), shape)
  const model = await new PCA({ nComponents: 2, whiten: true }).fit(X)
  const loaded = PcaModel.load(model.save())
  assert.equal(loaded.save(), model.save())
  assert.equal((await loaded.transform(X)).data, (await model.transform(X)).data)
  assert.is(await loaded.score(X), await model.score(X))
  const bytes = model.save()
  for (let bit = 5; bit < bytes.length * 8; bit += 97) {
    const damaged = bytes.slice()
    damaged[bit >> 3]! ^= 1 << (bit & 7)
    assert.instance(await failure(() => PcaModel.load(damaged)), FormatError, `bit ${bit}`)
  }
  assert.match(
    (await failure(async () => PcaModel.load((await new TruncatedSVD().fit(X)).save()))).message,
    /pca model/,
  )
  const flat = await new PCA({ nComponents: 2 }).fit([[1, 2, 3], [3, 2, 1]]) // prettier-ignore
  const error = await failure(() => flat.score([[1, 2, 3]]))
  assert.instance(error, RangeError)
  assert.match(error.message, /^PCA\.score: model: wanted a variance above 0/)
  for (const [work, text] of [
    [() => model.transform([[1, 2]]), /^PCA\.transform: X: wanted 6 columns as in the fit, got 2/],
    [() => model.inverseTransform([[1]]), /^PCA\.inverseTransform: Z: wanted 2 columns, got 1/],
    [() => new PCA({ nComponents: 7 }).fit(X), /^PCA\.fit: nComponents: wanted at most 6/],
  ] as const)
    assert.match((await failure(work)).message, text)
})

test.run()
