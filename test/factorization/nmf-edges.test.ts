// Where fits are easily led astray: empty components, starts and data far from their usual size, long sums, files and
// matrices that something else made.
import { checksum } from '../../src/core/checksum.js'
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from '../../src/core/codecs/safetensors.js'
import { FormatError } from '../../src/core/errors.js'
import { csr, dense, type Matrix, type MatrixLike } from '../../src/core/matrix.js'
import { NMF, type NmfInput } from '../../src/factorization/nmf.js'
import { NmfModel } from '../../src/factorization/nmf-model.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'
import { failure } from '../failure.js'

const small = [
  [1, 2],
  [3, 4],
  [5, 6],
]
const random = generator(71)

const floats = (Floats: Float32ArrayConstructor | Float64ArrayConstructor, n: number, at: (p: number) => number) =>
  new Floats(Array.from({ length: n }, (_, p) => at(p)))
const column = (model: NmfModel, q: number): number[] =>
  Array.from(model.embedding.data).filter((_, p) => p % model.options.nComponents === q)
const row = (model: NmfModel, q: number): number[] => {
  const m = model.components.shape[1]
  return Array.from(model.components.data.slice(q * m, (q + 1) * m))
}
const squaredLoss = (model: NmfModel, X: { data: ArrayLike<number>; shape: readonly [number, number] }): number => {
  const [n, m] = X.shape
  const k = model.options.nComponents
  const [W, H] = [model.embedding.data, model.components.data]
  let total = 0
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let z = 0
      for (let q = 0; q < k; q++) z += W[i * k + q]! * H[q * m + j]!
      total += 0.5 * (X.data[i * m + j]! - z) ** 2
    }
  }
  return total
}

test('nmf hals: with L1 a component that one side has left is left by the other, so no penalty is paid for it', async () => {
  const X = [
    [1, 2, 3],
    [2, 4, 6],
    [3, 1, 2],
  ]
  let empty = 0
  for (let seed = 0; seed < 12; seed++) {
    const options = {
      nComponents: 2,
      l1Ratio: 1,
      penaltyScale: 'raw',
      alphaW: 0.5,
      alphaH: 4,
      maxIter: 1000,
      seed,
    } as const
    const model = await new NMF(options).fit(X)
    assert.ok(model.converged)
    for (let q = 0; q < 2; q++) {
      const [w, h] = [column(model, q), row(model, q)].map(values => values.every(v => v === 0))
      assert.is(w, h, `seed ${seed}, component ${q}`)
      if (w) empty++
    }
  }
  assert.ok(empty > 0, 'the law was never put to the test')
})

test('nmf hals: an empty start is no end; it comes to the best rank-one fit', async () => {
  // Best by the singular values of X: half the square of the second, of X'X = [[35, 44], [44, 56]].
  const best = 0.25 * (91 - Math.sqrt(91 ** 2 - 4 * (35 * 56 - 44 ** 2)))
  for (const [level, rescale] of [
    [0, true],
    [0, false],
    [1e-200, false],
  ] as const) {
    const start = (rows: number, columns: number): Matrix =>
      dense(new Float64Array(rows * columns).fill(level), [rows, columns])
    const init = { W: start(3, 1), H: start(1, 2) }
    const model = await new NMF({ nComponents: 1, init, rescale, maxIter: 500, tol: 1e-9 }).fit(small)
    assert.ok(model.converged && Math.abs(model.loss - best) < 1e-6, `${level}: ${model.loss} after ${model.nIter}`)
  }
})

test('nmf mu beta .5: a row of W that starts at zero stays there and the rest is fitted', async () => {
  const init = { W: [[1], [1], [0]], H: [[1, 1]] }
  const model = await new NMF({ nComponents: 1, solver: 'mu', betaLoss: 0.5, init, maxIter: 2000, tol: 0 }).fit(small)
  // scikit-learn 1.9.1: [1.18, 2.81, 0] x [.98, 1.53]; only the products are free of scale.
  const [w, h] = [column(model, 0), row(model, 0)]
  for (const [got, wanted] of [
    [w[0]! * h[0]!, 1.18 * 0.98],
    [w[1]! * h[1]!, 2.81 * 1.53],
  ] as const) {
    assert.ok(Math.abs(got - wanted) < 0.03, `${got} ${wanted}`)
  }
  assert.is(w[2], 0)
})

test('nmf mu: a row far smaller than the rest does not take the model with it', async () => {
  for (const [Floats, sizes] of [
    [Float32Array, [1e-8, 1e-10, 1e-22]],
    [Float64Array, [1e-20, 1e-80, 1e-150]],
  ] as const) {
    for (const size of sizes) {
      for (const betaLoss of [-4, -2, -1, 0, 0.5]) {
        const data = floats(Floats, 12 * 9, p => (p < 9 ? size : 1) * (0.5 + random.uniform()))
        const nmf = new NMF({ nComponents: 2, solver: 'mu', betaLoss, maxIter: 100, tol: 0 })
        if (size ** betaLoss > 1e250) {
          // No number is as large as the loss of that row.
          assert.match((await failure(() => nmf.fit(dense(data, [12, 9])))).message, /no restart reached a finite/)
          continue
        }
        const model = await nmf.fit(dense(data, [12, 9]))
        const label = `${Floats.name} ${size} beta ${betaLoss}: ${model.loss}`
        assert.ok(Number.isFinite(model.loss) && model.trace.at(-1)! <= model.trace[0]! * (1 + 1e-4), label)
        for (let i = 1; i < 12; i++) {
          const z = column(model, 0)[i]! * row(model, 0)[0]! + column(model, 1)[i]! * row(model, 1)[0]!
          // Exponents far below zero step slowly: 100 steps only come near.
          assert.ok(betaLoss < -1 ? z > 0 && z < 100 : z > 0.1 && z < 3, label)
        }
      }
    }
  }
})

test('nmf mu: a start whose products have no room is an error, or is fitted; never zeros that count as converged', async () => {
  for (const betaLoss of [0.5, 2, 3]) {
    for (const size of [1e20, 1e-20]) {
      const X = dense(Float32Array.from(small.flat()), [3, 2])
      const fill = (rows: number, columns: number): Matrix =>
        dense(new Float32Array(rows * columns).fill(size), [rows, columns])
      const init = { W: fill(3, 1), H: fill(1, 2) }
      const nmf = new NMF({ nComponents: 1, solver: 'mu', betaLoss, alphaW: betaLoss === 2 ? 0.01 : 0, init })
      let model: NmfModel | undefined
      try {
        model = await nmf.fit(X)
      } catch (error) {
        assert.match(
          (error as Error).message,
          /NMF.fit: init: wanted W H of a size near that of X, got one about 2\^-?\d+ times/,
        )
        continue
      }
      assert.ok(squaredLoss(model, X) < 5, `beta ${betaLoss} size ${size}: ${squaredLoss(model, X)}`)
    }
  }
})

test('nmf: batches times 4^s give H times 2^s, to the bit, up to the ends of f32', async () => {
  const batches = [0, 1, 2].map(() => Float32Array.from({ length: 20 * 7 }, () => 0.1 + random.uniform()))
  for (const given of [{}, { solver: 'mu', betaLoss: 1 }, { solver: 'mu', betaLoss: 3 }] satisfies NmfInput[]) {
    const nmf = new NMF({ nComponents: 3, maxIter: 20, ...given })
    const run = async (s: number): Promise<NmfModel> => {
      let model: NmfModel | undefined
      for (const batch of batches) {
        model = await nmf.partialFit(
          dense(
            batch.map(v => v * 2 ** s * 2 ** s),
            [20, 7],
          ),
          model,
        )
      }
      return model!
    }
    const plain = await run(0)
    for (const s of [-55, 43, 60]) {
      assert.equal(
        (await run(s)).components.data,
        plain.components.data.map(v => v * 2 ** s),
        `${JSON.stringify(given)} ${s}`,
      )
    }
  }
})

test('nmf: a fit of tiny f32 data is resumed to the same bits', async () => {
  const X = dense(
    Float32Array.from({ length: 60 }, () => 1e-37 * (0.1 + random.uniform())),
    [10, 6],
  )
  const fill = (rows: number, columns: number): Matrix =>
    dense(
      Float32Array.from({ length: rows * columns }, () => 1e-19 * random.uniform()),
      [rows, columns],
    )
  for (const given of [{ init: { W: fill(10, 3), H: fill(3, 6) } }, {}]) {
    for (const solver of [{}, { solver: 'mu', betaLoss: 1, lossEvery: 3 }] as const) {
      const nmf = new NMF({ nComponents: 3, maxIter: 30, tol: 0, ...given, ...solver })
      const saved: Uint8Array[] = []
      const wanted = (await nmf.fit(X, { checkpoint: { every: 1, write: bytes => void saved.push(bytes) } })).save()
      for (const resume of saved) assert.equal((await nmf.fit(X, { resume })).save(), wanted)
    }
  }
})

test('nmf mu: how often the loss is evaluated hardly changes where a fit stops', async () => {
  const X = dense(
    Float64Array.from({ length: 60 * 40 }, () => random.uniform()),
    [60, 40],
  )
  const stops: number[] = []
  for (const lossEvery of [1, 2, 3, 5, 10]) {
    const options = { nComponents: 5, solver: 'mu', betaLoss: 1, lossEvery, maxIter: 5000 } as const
    const { nIter, converged } = await new NMF(options).fit(X)
    assert.ok(converged)
    stops.push(nIter)
  }
  assert.ok(Math.max(...stops) <= 1.2 * Math.min(...stops), `${stops}`)
})

test('nmf: the loss of many nearly equal f32 rows is that of the factors', async () => {
  for (const data of [
    Float32Array.from({ length: 800000 }, (_, p) => (p % 2 ? 0.45 : 0.7)),
    Float32Array.from({ length: 800000 }, () => random.uniform()),
  ]) {
    const X = dense(data, [400000, 2])
    const model = await new NMF({ nComponents: 1, maxIter: 5 }).fit(X)
    const squares = data.reduce((s, v) => s + v * v, 0)
    const wanted = squaredLoss(model, X)
    assert.ok(Math.abs(model.loss - wanted) <= 2e-5 * squares, `${model.loss} ${wanted} of ${squares}`)
  }
})

test('nmf mu: data whose range is 24 decades in f32, 200 in f64', async () => {
  for (const [Floats, big, tiny] of [
    [Float32Array, 1e12, 1e-12],
    [Float64Array, 1e100, 1e-100],
  ] as const) {
    const data = floats(Floats, 12 * 9, p => (p < 9 ? tiny : big) * (0.5 + random.uniform()))
    const model = await new NMF({ nComponents: 2, solver: 'mu', betaLoss: 0, maxIter: 300, tol: 0 }).fit(
      dense(data, [12, 9]),
    )
    // The Itakura-Saito loss does not depend on a row's size: every row is fitted as well as any.
    for (let i = 0; i < 12; i++) {
      const z = column(model, 0)[i]! * row(model, 0)[0]! + column(model, 1)[i]! * row(model, 1)[0]!
      assert.ok(z / data[i * 9]! > 0.2 && z / data[i * 9]! < 5, `${Floats.name} row ${i}: ${z} ${data[i * 9]}`)
    }
  }
})

test('nmf hals: a penalty without bounds leaves nothing, and the fit ends', async () => {
  const X = dense(
    Float32Array.from(small.flat(), v => v * 1e-37),
    [3, 2],
  )
  const model = await new NMF({ nComponents: 1, alphaW: 1e3, l1Ratio: 0.5 }).fit(X)
  assert.ok(model.converged)
  assert.equal([...model.embedding.data, ...model.components.data], [0, 0, 0, 0, 0])
})

test('nmf: a model of a start of the caller’s is saved, loaded and saved to the same bytes', async () => {
  const model = await new NMF({ nComponents: 1, init: { W: [[1], [1], [1]], H: [[1, 1]] } }).fit(small)
  assert.is(model.options.init, 'custom')
  const bytes = model.save()
  const loaded = NmfModel.load(bytes)
  assert.equal(loaded.save(), bytes)
  assert.equal(loaded.options, model.options)
})

/** The file with its content changed and its checksum made anew. */
function forged(
  bytes: Uint8Array,
  change: (tensors: Record<string, SafeTensor>, metadata: Record<string, string>) => void,
): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(bytes)
  const { checksum: _, ...rest } = metadata
  const [changed, words] = [{ ...tensors }, { ...rest }]
  change(changed, words)
  return encodeSafetensors(changed, { ...words, checksum: checksum(changed, words) })
}
const numbers = (...values: number[]): SafeTensor => ({
  dtype: 'F64',
  shape: [values.length / 1, 1],
  data: Float64Array.from(values),
})

test('nmf: model files whose checksum holds but whose content does not are refused', async () => {
  const model = await new NMF({ nComponents: 1 }).partialFit(small)
  const bytes = model.save()
  assert.equal(NmfModel.load(forged(bytes, () => {})).save(), bytes)
  const cases: [string, (tensors: Record<string, SafeTensor>, metadata: Record<string, string>) => void][] = [
    ['NaN in H', t => (t['H'] = { dtype: 'F64', shape: [1, 2], data: Float64Array.of(1, NaN) })],
    ['infinity in H', t => (t['H'] = { dtype: 'F64', shape: [1, 2], data: Float64Array.of(1, Infinity) })],
    ['-1 in W', t => (t['W'] = numbers(1, -1, 2))],
    ['another precision', t => (t['W'] = { dtype: 'F32', shape: [3, 1], data: Float32Array.of(1, 1, 2) })],
    ['no columns', t => (t['H'] = { dtype: 'F64', shape: [1, 0], data: new Float64Array(0) })],
    ['sums of another loss', t => (t['sums.den'] = numbers(1, 2))],
    ['long sums', t => (t['sums.num'] = numbers(1, 2, 3))],
    ['half of the sums', t => delete t['sums.den']],
    ['a tensor more', t => (t['more'] = numbers(1))],
    ['a trace of two dimensions', t => (t['trace'] = numbers(1, 2))],
    ['nIter abc', (_, m) => (m['nIter'] = 'abc')],
    ['nIter 1.5', (_, m) => (m['nIter'] = '1.5')],
    ['no loss', (_, m) => delete m['loss']],
    ['converged perhaps', (_, m) => (m['converged'] = 'perhaps')],
    ['init neither', (_, m) => (m['init'] = 'pca')],
    ['hals with Kullback-Leibler', (_, m) => (m['options'] = m['options']!.replace('"betaLoss":2', '"betaLoss":1'))],
    ['options that are no JSON', (_, m) => (m['options'] = '{')],
  ]
  for (const [name, change] of cases) {
    const error = await failure(() => NmfModel.load(forged(bytes, change)))
    assert.instance(error, FormatError, `${name}: ${error}`)
  }
})

test('nmf: checkpoints whose checksum holds but whose content does not are refused, and so are those of another start', async () => {
  const init = { W: [[1], [1], [1]], H: [[1, 2]] }
  const saved: Uint8Array[] = []
  const nmf = new NMF({ nComponents: 1, init, maxIter: 6, tol: 0 })
  await nmf.fit(small, { checkpoint: { every: 2, write: bytes => void saved.push(bytes) } })
  const cases: [string, (tensors: Record<string, SafeTensor>, metadata: Record<string, string>) => void][] = [
    ['a short W', t => (t['W'] = numbers(1))],
    ['no H', t => delete t['H']],
    ['another precision', t => (t['H'] = { dtype: 'F32', shape: [1, 2], data: Float32Array.of(1, 1) })],
    ['a state that is no JSON', (_, m) => (m['state'] = 'x')],
    ['a state of nothing', (_, m) => (m['state'] = 'null')],
    ['restart -3', (_, m) => (m['state'] = m['state']!.replace('"restart":"0"', '"restart":"-3"'))],
    ['iter NaN', (_, m) => (m['state'] = m['state']!.replace('"iter":"2"', '"iter":"NaN"'))],
  ]
  for (const [name, change] of cases) {
    const error = await failure(() => nmf.fit(small, { resume: forged(saved[0]!, change) }))
    assert.instance(error, FormatError, `${name}: ${error}`)
  }
  const other = new NMF({ nComponents: 1, init: { ...init, H: [[2, 1]] }, maxIter: 6, tol: 0 })
  assert.match(
    (await failure(() => other.fit(small, { resume: saved[0]! }))).message,
    /run.resume: wanted a checkpoint of/,
  )
})

test('nmf: matrices that csr() and dense() did not make are looked through first', async () => {
  const made = csr({
    indptr: Int32Array.of(0, 1, 2),
    indices: Int32Array.of(0, 2),
    data: Float64Array.of(1, 2),
    shape: [2, 3],
  })
  const nmf = new NMF({ nComponents: 1, maxIter: 3 })
  const wanted = await nmf.fit(made)
  const sent: Matrix = structuredClone(made)
  assert.equal((await nmf.fit(sent)).components.data, wanted.components.data)
  const full = dense(Float64Array.of(1, 0, 0, 0, 0, 2), [2, 3])
  assert.equal((await nmf.fit(structuredClone(full))).components.data, (await nmf.fit(full)).components.data)
  const cases: [unknown, typeof Error, RegExp][] = [
    [{ ...made, indices: Int32Array.of(0, 9) }, RangeError, /NMF.fit: X: csr: indices\[1\] \(row 1\): wanted 0 to 2/],
    [{ ...made, indices: Int32Array.of(0, -1000) }, RangeError, /csr: indices\[1\]/],
    [{ kind: 'csr' }, TypeError, /NMF.fit: X: csr: indptr: wanted an Int32Array, got undefined/],
    [{ kind: 'dense' }, TypeError, /NMF.fit: X: dense: data: wanted/],
    [{ ...full, data: new Float64Array(3) }, RangeError, /NMF.fit: X: dense: .*reach entries 0 to 5/],
  ]
  for (const [input, kind, text] of cases) {
    const error = await failure(() => nmf.fit(input as MatrixLike))
    assert.instance(error, kind, String(error))
    assert.match(error.message, text)
  }
})

test('nmf: what a run is not told is an error before any work', async () => {
  const nmf = new NMF({ nComponents: 1, maxIter: 3 })
  const model = await nmf.fit(small)
  const calls = {
    'NMF.fit': (run: never) => nmf.fit(small, run),
    'NMF.transform': (run: never) => model.transform(small, run),
    'NMF.score': (run: never) => model.score(small, run),
    'NMF.partialFit': (run: never) => nmf.partialFit(small, undefined, run),
  }
  const cases: [unknown, typeof Error, RegExp][] = [
    [{ maxmemory: 5 }, RangeError, /run.maxmemory is not known; did you mean maxMemory\?/],
    [{ maxMemory: NaN }, TypeError, /run.maxMemory: wanted a number of bytes, got NaN/],
    [{ maxMemory: 'abc' }, TypeError, /run.maxMemory: wanted a number of bytes, got "abc"/],
    [{ signal: {} }, TypeError, /run.signal: wanted an AbortSignal/],
    [{ onProgress: 5 }, TypeError, /run.onProgress: wanted a function, got 5/],
    [null, TypeError, /run: wanted an object, got null/],
  ]
  for (const [method, call] of Object.entries(calls)) {
    for (const [run, kind, text] of cases) {
      const error = await failure(() => call(run as never))
      assert.instance(error, kind, `${method}: ${error}`)
      assert.match(error.message, text)
      assert.ok(error.message.startsWith(`${method}: `), error.message)
    }
  }
  assert.match(
    (await failure(() => nmf.fit(small, { checkpoint: { every: 2 } } as never))).message,
    /checkpoint: wanted/,
  )
  assert.match((await failure(() => nmf.fit(small, { resume: 'x' } as never))).message, /resume: wanted a Uint8Array/)
  assert.match(
    (await failure(() => model.transform(small, { resume: 'x' } as never))).message,
    /run.resume is not known/,
  )
})

test.run()
