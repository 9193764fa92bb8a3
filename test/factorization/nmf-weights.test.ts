// Entries that do not count alike: weights, missing and held-out entries, for every solver and loss.
import { csr, dense, type Matrix, type MatrixLike, NMF, type NmfInput, NmfModel } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { divergence } from '../../bindings/reference.js'
import type { FloatArray } from '../../src/core/matrix.js'
import { isHeldOut, speckleOf } from '../../src/core/speckle.js'
import { failure } from '../failure.js'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'

const METHODS: readonly NmfInput[] = [
  { solver: 'hals' },
  { solver: 'bpp' },
  { solver: 'newton', betaLoss: 1 },
  ...[2, 1, 0, 0.5, 1.5, 3].map(betaLoss => ({ solver: 'mu' as const, betaLoss })),
]
const PENALTIES: readonly NmfInput[] = [{}, { alphaW: 0.2, alphaH: 0.1, l1Ratio: 0.5 }]
/** Which weight the entry has: none missing, some missing, most missing, any weight, some of them none. */
const KINDS = ['few missing', 'most missing', 'weights', 'weights and missing'] as const

interface Problem {
  readonly n: number
  readonly m: number
  readonly values: Float64Array
  readonly weights: Float64Array
}

function problem(kind: (typeof KINDS)[number], seed: number): Problem {
  const random = generator(seed)
  const [n, m] = [3 + random.below(16), 3 + random.below(16)]
  const values = Float64Array.from({ length: n * m }, () => random.uniform() + 1e-3)
  const weights = values.map(() => {
    const [u, v] = [random.uniform(), 2 * random.uniform()]
    if (kind === 'few missing') return u < 0.15 ? 0 : 1
    if (kind === 'most missing') return u < 0.7 ? 0 : 1
    if (kind === 'weights') return v + 0.01
    return u < 0.2 ? 0 : v
  })
  weights[0] = 1
  return { n, m, values, weights }
}

const base = { penaltyScale: 'raw', tol: 0, lossEvery: 1, maxIter: 25 } as const

/** sum_ij m_ij d(x_ij | (WH)_ij) by its definition. */
function lossOf({ n, m, values, weights }: Problem, beta: number, model: NmfModel, least = 1e-300): number {
  const [W, H, k] = [model.embedding.data, model.components.data, model.options.nComponents]
  let total = 0
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      const weight = weights[i * m + j]!
      if (weight === 0) continue
      let z = 0
      for (let q = 0; q < k; q++) z += W[i * k + q]! * H[q * m + j]!
      const x = values[i * m + j]!
      total += weight * (beta === 2 ? 0.5 * (x - z) ** 2 : divergence(beta, x, Math.max(z, least)))
    }
  return total
}

for (const given of METHODS)
  for (const penalty of PENALTIES)
    for (const kind of KINDS)
      test(`nmf ${JSON.stringify({ ...given, ...penalty })}, ${kind}: no iteration raises the objective, and the loss is that of the entries that count`, async () => {
        for (let seed = 0; seed < 40; seed++) {
          const given1 = problem(kind, seed)
          const { n, m, values, weights } = given1
          const options = { ...base, ...given, ...penalty, nComponents: 1 + (seed % 4), seed }
          const X = dense(values, [n, m])
          const model = await new NMF(options).fit(X, { weights: dense(weights, [n, m]) })
          const { trace, loss } = model
          // Some of these come to an exact fit in one iteration: what is left is the rounding of sums of this size.
          const rounding = 1e-14 * values.reduce((s, v, p) => s + weights[p]! * (v + v * v), 0)
          for (let t = 1; t < trace.length; t++) {
            const rise = trace[t]! - trace[t - 1]!
            assert.ok(rise <= 1e-12 * trace[0]! + rounding, `problem ${seed}, iteration ${t + 1}: rose by ${rise}`)
          }
          const wanted = lossOf(given1, given.betaLoss === undefined ? 2 : (given.betaLoss as number), model)
          assert.ok(
            Math.abs(loss - wanted) <= 1e-9 * trace[0]! + rounding,
            `problem ${seed}: ${loss}, by definition ${wanted}`,
          )
        }
      })

for (const given of [{ solver: 'hals' }, { solver: 'bpp' }, { solver: 'mu' }] as const)
  test(`nmf ${JSON.stringify(given)}: with 26 components too, whatever is missing`, async () => {
    for (const kind of KINDS) {
      const random = generator(21)
      const [n, m] = [60, 70]
      const small = problem(kind, 2)
      const pick = (from: Float64Array): Float64Array =>
        Float64Array.from({ length: n * m }, () => from[random.below(from.length)]!)
      const large = { n, m, values: pick(small.values), weights: pick(small.weights) }
      const X = dense(large.values, [n, m])
      const nmf = new NMF({ ...base, ...given, nComponents: 26, maxIter: 40 })
      const model = await nmf.fit(X, { weights: dense(large.weights, [n, m]) })
      const { trace, loss } = model
      for (let t = 1; t < trace.length; t++) {
        const rise = trace[t]! - trace[t - 1]!
        assert.ok(rise <= 1e-12 * trace[0]!, `${kind}, iteration ${t + 1}: rose by ${rise}`)
      }
      const wanted = lossOf(large, 2, model)
      assert.ok(Math.abs(loss - wanted) <= 1e-11 * trace[0]!, `${kind}: ${loss}, by definition ${wanted}`)
    }
  })

const ALL: readonly NmfInput[] = [...METHODS, { solver: 'als' }, { solver: 'als', clip: false }]
const penaltiesOf = ({ clip }: NmfInput): readonly NmfInput[] =>
  clip === false ? [{}, { alphaW: 0.2, alphaH: 0.1 }] : PENALTIES

/** The matrix in every form and precision. Zeros are not stored where it is sparse, NaN is. */
const formsOf = (values: Float64Array, shape: readonly [number, number]): readonly Matrix[] => {
  const { data, ...rest } = csrParts(values, shape[1])
  return [
    ...[values, Float32Array.from(values)].map(numbers => dense(numbers, shape)),
    ...[data, Float32Array.from(data)].map(numbers => csr({ ...rest, data: numbers })),
  ]
}

const result = ({ components, embedding, trace, converged }: NmfModel) =>
  Buffer.concat(
    [components.data, embedding.data, Float64Array.from(trace), Uint8Array.of(Number(converged))].map(bytesOf),
  )
const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)

for (const given of ALL)
  test(`nmf ${JSON.stringify(given)}: a mask of ones gives the bits of no mask, in every form, with every penalty`, async () => {
    const { n, m, values } = problem('weights', 5)
    const ones = new Float64Array(n * m).fill(1)
    for (const penalty of penaltiesOf(given)) {
      const options = { ...base, ...given, ...penalty, nComponents: 3, nInit: 2 }
      for (const X of formsOf(values, [n, m])) {
        const plain = await new NMF(options).fit(X)
        for (const weights of formsOf(ones, [n, m])) {
          const saved = (await new NMF(options).fit(X, { weights })).save()
          assert.is(Buffer.compare(bytesOf(saved), bytesOf(plain.save())), 0)
        }
        // Nothing is missing either: every entry is stored, and none is zero.
        for (const missing of ['nan', 'zeros'] as const) {
          const model = await new NMF({ ...options, missing }).fit(X)
          assert.is(Buffer.compare(result(model), result(plain)), 0, `${X.kind} ${missing}`)
        }
      }
    }
  })

for (const given of ALL)
  test(`nmf ${JSON.stringify(given)}: what a masked cell holds does not matter, NaN included, in every form, and NaN says the same`, async () => {
    for (const kind of ['few missing', 'most missing', 'weights and missing'] as const) {
      for (const penalty of penaltiesOf(given)) {
        const { n, m, values, weights } = problem(kind, 8)
        const options = { ...base, ...given, ...penalty, nComponents: 2 }
        const filled = (value: number): readonly Matrix[] =>
          formsOf(
            values.map((v, p) => (weights[p] === 0 ? value : v)),
            [n, m],
          )
        const plain = formsOf(values, [n, m])
        const told = formsOf(weights, [n, m])
        for (const [form, X] of plain.entries()) {
          const wanted = await Promise.all(told.map(async W => result(await new NMF(options).fit(X, { weights: W }))))
          for (const value of [NaN, Infinity, -3, 1e300]) {
            const masked = filled(value)[form]!
            for (const [w, W] of told.entries()) {
              if (w > 0 && !Number.isNaN(value)) continue
              const got = result(await new NMF(options).fit(masked, { weights: W }))
              assert.is(Buffer.compare(got, wanted[w]!), 0, `${kind}, form ${form}, weights ${w}, ${value}`)
            }
          }
          if (kind === 'weights and missing') continue
          const got = result(await new NMF({ ...options, missing: 'nan' }).fit(filled(NaN)[form]!))
          assert.is(Buffer.compare(got, wanted[0]!), 0, `${kind}, form ${form}, NaN alone`)
        }
      }
    }
  })

test('nmf: without weights NaN is refused, and weights of the wrong shape or value name their place', async () => {
  const X = dense(Float64Array.of(1, 2, NaN, 4), [2, 2])
  assert.match((await failure(() => new NMF().fit(X))).message, /X\[1, 0\] = NaN: entries must be finite/)
  const Y = dense(Float64Array.of(1, 2, 3, 4), [2, 2])
  for (const [weights, text] of [
    [[[1, 2, 3]], /NMF\.fit: weights: wanted 2 x 2, got 1 x 3/],
    [
      [
        [1, -1],
        [1, 1],
      ],
      /weights\[0, 1\] = -1: weights must be finite and >= 0/,
    ],
    [
      [
        [0, 0],
        [0, 0],
      ],
      /at least one entry that counts, got none/,
    ],
  ] as [MatrixLike, RegExp][]) {
    const error = await failure(() => new NMF().fit(Y, { weights }))
    assert.instance(error, RangeError)
    assert.match(error.message, text)
  }
})

test('nmf: planted factors are found through 40 % missing entries, by every solver', async () => {
  for (const given of [{ solver: 'hals' }, { solver: 'bpp' }, { solver: 'newton', betaLoss: 1 }] as const) {
    let worst = 0
    for (let seed = 0; seed < 5; seed++) {
      const random = generator(seed)
      const [n, m, k] = [60, 50, 3]
      const W = Float64Array.from({ length: n * k }, () => (random.uniform() < 0.4 ? 0 : random.uniform()))
      const H = Float64Array.from({ length: k * m }, () => (random.uniform() < 0.4 ? 0 : random.uniform()))
      const truth = new Float64Array(n * m).map((_, p) => {
        let z = 0.01
        for (let q = 0; q < k; q++) z += W[Math.floor(p / m) * k + q]! * H[q * m + (p % m)]!
        return z
      })
      const X = dense(
        truth.map(v => (random.uniform() < 0.4 ? NaN : v)),
        [n, m],
      )
      const nmf = new NMF({ ...given, nComponents: k + 1, missing: 'nan', nInit: 5, maxIter: 3000, tol: 1e-9, seed })
      const model = await nmf.fit(X)
      const back = (await model.inverseTransform(model.embedding)).data
      const norm = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((s, v) => s + v * v, 0))
      worst = Math.max(worst, norm(truth.map((v, p) => v - back[p]!)) / norm(truth))
    }
    console.log(`${given.solver}: error of all entries ${worst}`)
    assert.ok(worst < 0.02, `${given.solver}: ${worst}`)
  }
})

test('nmf: sparse data with what is not stored missing are the dense ones with NaN there', async () => {
  for (const given of METHODS) {
    const { n, m, values, weights } = problem('most missing', 3)
    const seen = values.map((v, p) => (weights[p] === 0 ? 0 : v))
    const options = { ...base, ...given, nComponents: 2 }
    const dense0 = await new NMF({ ...options, missing: 'zeros' }).fit(dense(seen, [n, m]))
    const sparse = await new NMF({ ...options, missing: 'zeros' }).fit(csr(csrParts(seen, m)))
    const nan = await new NMF({ ...options, missing: 'nan' }).fit(
      dense(
        seen.map(v => v || NaN),
        [n, m],
      ),
    )
    assert.equal(sparse.save(), dense0.save())
    assert.ok(Math.abs(nan.loss - sparse.loss) <= 1e-9 * nan.trace[0]!, `${nan.loss} ${sparse.loss}`)
  }
})

test('nmf: transform of rows with missing entries is the fit of their other entries alone', async () => {
  for (const given of METHODS) {
    const { n, m, values } = problem('weights', 11)
    const model = await new NMF({ ...base, ...given, nComponents: 2, missing: 'nan', maxIter: 400 }).fit(
      dense(values, [n, m]),
    )
    const columns = Array.from({ length: m }, (_, j) => j).filter(j => j % 3 !== 1)
    const part = new NmfModel(model.options, [1, columns.length], {
      loss: 0,
      objective: 0,
      converged: true,
      nIter: 1,
      fast: false,
      trace: [],
      W: new Float64Array(2),
      H: Float64Array.from({ length: 2 * columns.length }, (_, p) => {
        const [q, c] = [Math.floor(p / columns.length), p % columns.length]
        return model.components.data[q * m + columns[c]!]!
      }),
    })
    const missing = values.map((v, p) => ((p % m) % 3 === 1 ? NaN : v))
    const some = Float64Array.from({ length: n * columns.length }, (_, p) => {
      return values[Math.floor(p / columns.length) * m + columns[p % columns.length]!]!
    })
    const whole = await model.transform(dense(missing, [n, m]))
    const wanted = await part.transform(dense(some, [n, columns.length]))
    const size = Math.max(...wanted.data)
    whole.data.forEach((v, p) => {
      assert.ok(Math.abs(v - wanted.data[p]!) <= 1e-3 * size, `${JSON.stringify(given)}: ${v} ${wanted.data[p]}`)
    })
  }
})

test('nmf: held-out entries are a share of them, the same for every rank, and what they hold does not matter', async () => {
  const random = generator(4)
  const [n, m] = [120, 90]
  const values = Float64Array.from({ length: n * m }, () => random.uniform())
  const X = dense(values, [n, m])
  const at = async (k: number, data: Float64Array) =>
    new NMF({ nComponents: k, holdOut: 0.1, maxIter: 30, seed: 3 }).fit(dense(data, [n, m]))
  const model = await at(3, values)
  // By the loss: the entries whose change does not change the factors are the held-out ones.
  const back = (await model.inverseTransform(model.embedding)).data
  const training = values.reduce((s, v, p) => s + 0.5 * (v - back[p]!) ** 2, 0) - model.loss
  const count = Math.round(training / model.holdOutLoss!)
  assert.ok(Math.abs(training / model.holdOutLoss! - count) < 1e-6)
  assert.ok(count > 0.085 * n * m && count < 0.115 * n * m, `${count} of ${n * m}`)
  let held = 0
  for (let p = 0; p < 60; p++) {
    const changed = values.slice()
    changed[p]! += 1
    const same = (await at(3, changed)).components.data.every((v, q) => v === model.components.data[q])
    const other = (await at(2, changed)).components.data.join() === (await at(2, values)).components.data.join()
    assert.is(same, other)
    if (same) held++
  }
  assert.ok(held > 0 && held < 20, `${held}`)
  const again = NmfModel.load(model.save())
  assert.is(again.holdOutLoss, model.holdOutLoss)
  assert.is((await new NMF({ maxIter: 3 }).fit(X)).holdOutLoss, undefined)
})

for (const given of [...METHODS, { solver: 'als' } as const])
  test(`nmf ${JSON.stringify(given)}: what is held out counts as what weighs nothing, and is what the fit is tested on`, async () => {
    const beta = (given.betaLoss as number | undefined) ?? 2
    for (const kind of ['all count', 'few missing', 'weights'] as const)
      for (const [form, Floats] of [
        ['dense', Float64Array],
        ['dense', Float32Array],
        ['csr', Float64Array],
      ] as const)
        for (const holdOut of [0.1, 0.6]) {
          const seed = 2 ** 33 + 7
          const { n, m, values, weights } = problem(kind === 'all count' ? 'few missing' : kind, seed % 100)
          const counts = weights.map(v => (kind === 'all count' ? 1 : Math.fround(v)))
          const numbers = Floats.from([...values].map((v, p) => (form === 'csr' && p % 3 === 0 ? 0 : v)))
          // A loss with beta 0 divides by them.
          if (form === 'csr' && beta <= 0) continue
          const speckle = speckleOf(seed, holdOut)
          const held = counts.map((_, p) => Number(isHeldOut(speckle, Math.floor(p / m), p % m)))
          const matrix = (cells: FloatArray): Matrix => {
            if (form === 'dense') return dense(cells, [n, m])
            const { data, ...rest } = csrParts(Float64Array.from(cells), m)
            return csr({ ...rest, data })
          }
          const options = { ...given, nComponents: 2, seed, maxIter: 10, tol: 0, innerIter: 2 }
          const missing = kind === 'few missing' && form === 'dense'
          const X = matrix(missing ? numbers.map((v, p) => (counts[p] === 0 ? NaN : v)) : numbers)
          const run = kind === 'all count' || missing ? {} : { weights: dense(counts, [n, m]) }
          const label = `${kind}, ${form} ${Floats.name}, ${holdOut}`
          const model = await new NMF({ ...options, holdOut, ...(missing && { missing: 'nan' }) }).fit(X, run)
          const left = dense(
            counts.map((v, p) => v * (1 - held[p]!)),
            [n, m],
          )
          const wanted = await new NMF(options).fit(matrix(numbers), { weights: left })
          const close = Floats === Float32Array ? 2e-3 : 1e-8
          const [got, other] = [model, wanted].map(({ embedding, components }) => [
            ...embedding.data,
            ...components.data,
          ])
          // Where most is held out the second is told by what counts.
          const same = holdOut === 0.1 && (beta === 2 || beta === 1 || kind !== 'all count')
          if (same) assert.equal(got, other, label)
          const top = Math.max(...other!)
          got!.forEach((v, p) => assert.ok(Math.abs(v - other![p]!) <= close * top, `${label}: ${v} ${other![p]}`))
          const tested = {
            n,
            m,
            values: Float64Array.from(numbers),
            weights: held.map((v, p) => (counts[p]! > 0 ? v : 0)),
          }
          const mean =
            lossOf(tested, beta, model, Floats === Float32Array ? 1e-30 : 1e-300) /
            tested.weights.reduce((sum, v) => sum + v)
          const off = Math.abs(model.holdOutLoss! - mean)
          // A model of zero counts as the least number, of the divided matrix.
          const zero = beta !== 2 && other!.includes(0)
          const bound = zero ? 3e-2 : Floats === Float32Array ? 1e-4 : 1e-9
          assert.ok(off <= bound * (1 + mean), `${label}: ${model.holdOutLoss} ${mean}`)
        }
  })

test('nmf: entries of which none is missing give the bits of a plain fit, in more than one block of rows', async () => {
  const random = generator(31)
  const [n, m] = [3000, 300]
  const X = dense(
    Float64Array.from({ length: n * m }, () => random.uniform() + 0.1),
    [n, m],
  )
  for (const given of [{}, { solver: 'newton', betaLoss: 1 }, { solver: 'mu', betaLoss: 0.5 }] as const) {
    const options = { ...given, nComponents: 3, maxIter: 2 }
    const plain = await new NMF(options).fit(X)
    const masked = await new NMF({ ...options, missing: 'nan' }).fit(X)
    assert.equal(masked.components.data, plain.components.data)
    assert.equal((await masked.transform(X)).data, (await plain.transform(X)).data)
    const weighed = await new NMF(options).fit(X, { weights: dense(new Float64Array(n * m).fill(1), [n, m]) })
    assert.equal(weighed.components.data, plain.components.data)
  }
})

test('nmf: a held-out entry of a weight that rounds to nothing is tested as any other', async () => {
  const random = generator(41)
  const [n, m, holdOut] = [30, 20, 0.3]
  const values = Float64Array.from({ length: n * m }, () => Math.fround(random.uniform() + 0.1))
  const weights = values.map(() => (random.uniform() < 0.1 ? 1e-50 : random.uniform() + 0.1))
  const speckle = speckleOf(0, holdOut)
  const held = values.map((_, p) => Number(isHeldOut(speckle, Math.floor(p / m), p % m)))
  const model = await new NMF({ nComponents: 2, holdOut, maxIter: 20 }).fit(dense(Float32Array.from(values), [n, m]), {
    weights: dense(weights, [n, m]),
  })
  const mean = lossOf({ n, m, values, weights: held }, 2, model) / held.reduce((sum, v) => sum + v)
  assert.ok(Math.abs(model.holdOutLoss! - mean) <= 1e-5 * mean, `${model.holdOutLoss} ${mean}`)
})

test('nmf newton: the loss of what is not held out is evaluated in larger blocks than the steps are taken in', async () => {
  const random = generator(21)
  const [n, m, holdOut] = [2000, 1000, 0.1]
  const values = Float64Array.from({ length: n * m }, () => Math.fround(random.uniform() + 0.1))
  const speckle = speckleOf(0, holdOut)
  const weights = values.map((_, p) => Number(!isHeldOut(speckle, Math.floor(p / m), p % m)))
  const nmf = new NMF({ nComponents: 10, solver: 'newton', betaLoss: 1, maxIter: 2, lossEvery: 1, tol: 0, holdOut })
  const model = await nmf.fit(dense(Float32Array.from(values), [n, m]))
  const wanted = lossOf({ n, m, values, weights }, 1, model)
  assert.ok(Math.abs(model.loss - wanted) <= 1e-5 * wanted, `${model.loss} ${wanted}`)
  assert.ok(model.trace[1]! < model.trace[0]!)
})

test('nmf: known parts of W and H stay as they are, by every solver; the rest falls monotonically', async () => {
  const random = generator(12)
  const [n, m, k] = [20, 15, 4]
  const draw = (length: number): Float64Array => Float64Array.from({ length }, () => random.uniform() + 0.05)
  const X = dense(draw(n * m), [n, m])
  const [fixedW, fixedH] = [dense(draw(n), [n, 1]), dense(draw(2 * m), [2, m])]
  for (const given of METHODS) {
    const model = await new NMF({ ...base, ...given, nComponents: k, fixedW, fixedH }).fit(X)
    const { components: H, embedding: W, trace } = model
    for (let p = 0; p < 2 * m; p++) assert.ok(Math.abs(H.data[p]! - fixedH.data[p]!) <= 1e-15)
    for (let i = 0; i < n; i++) assert.ok(Math.abs(W.data[i * k + 2]! - fixedW.data[i]!) <= 1e-15)
    for (let t = 1; t < trace.length; t++) assert.ok(trace[t]! - trace[t - 1]! <= 1e-12 * trace[0]!)
    assert.ok(trace.at(-1)! < 0.9 * trace[0]!, JSON.stringify(given))
  }
  const error = await failure(() => new NMF({ nComponents: 2, fixedW, fixedH }).fit(X))
  assert.match(error.message, /fixedW and fixedH: wanted at most nComponents = 2 together, got 3/)
})

test.run()
