// What a run is promised: data of any size, rows in blocks, rows apart in transform, resuming, steps that wait.
import { csr, dense, type MatrixLike, NMF, type NmfInput, toRowMajor } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'
import { failure } from '../failure.js'
import { scales } from './scaling.js'
import { csrParts } from '../sparse.js'

const random = generator(41)
const [n, m] = [40, 23]
const values = Float64Array.from({ length: n * m }, () => (random.uniform() < 0.3 ? 0 : 0.1 + random.uniform()))
const X = dense(values, [n, m])
const SOLVERS: NmfInput[] = [{}, { solver: 'mu' }, { solver: 'mu', betaLoss: 1 }, { solver: 'mu', betaLoss: 1.5 }]

test('nmf: X times 4^s multiplies W and H by 2^s, to the bit, up to the ends of the range', async () => {
  const sizes = { f32: [-60, -50, -20, 40, 63], f64: [-500, -300, 300, 511] }
  for (const given of SOLVERS) await scales({ nComponents: 3, maxIter: 12, ...given }, values, [n, m], sizes)
})

test('nmf: a penalty means the same for data of any size', async () => {
  // f(4^s X, 2^s W, 2^s H) with penalties times 8^s (L1) is 16^s f(X, W, H) for the squared loss.
  const fit = (s: number) =>
    new NMF({
      nComponents: 3,
      alphaW: 0.02 * 8 ** s,
      l1Ratio: 1,
      penaltyScale: 'raw',
      rescale: false,
      maxIter: 20,
    }).fit(
      dense(
        values.map(v => v * 4 ** s),
        [n, m],
      ),
    )
  const [plain, scaled] = [await fit(0), await fit(7)]
  assert.equal(
    scaled.components.data,
    plain.components.data.map(v => v * 2 ** 7),
  )
})

test('nmf: a row’s transform does not depend on the other rows', async () => {
  for (const given of SOLVERS) {
    const model = await new NMF({ nComponents: 3, maxIter: 30, ...given }).fit(X)
    const whole = (await model.transform(X)).data
    for (const [from, to] of [
      [0, 1],
      [5, 12],
      [17, 40],
    ] as const) {
      const part = await model.transform(dense(values.slice(from * m, to * m), [to - from, m]))
      assert.equal(part.data, whole.slice(from * 3, to * 3), JSON.stringify(given))
    }
  }
})

const sparse = (from: number, to: number): MatrixLike =>
  csr({ ...csrParts(values.subarray(from * m, to * m), m), shape: [to - from, m] })

async function* stream(...blocks: MatrixLike[]): AsyncGenerator<MatrixLike> {
  for (const block of blocks) yield block
}

test('nmf: rows in blocks are the whole matrix', async () => {
  const nmf = new NMF({ nComponents: 3, maxIter: 10 })
  const slice = (from: number, to: number): MatrixLike => dense(values.slice(from * m, to * m), [to - from, m])
  const nested = (from: number, to: number): MatrixLike =>
    Array.from({ length: to - from }, (_, i) => Array.from(values.subarray((from + i) * m, (from + i + 1) * m)))
  const wanted = await nmf.fit(X)
  for (const block of [slice, nested]) {
    const model = await nmf.fit(stream(block(0, 7), block(7, 8), block(8, 8), block(8, n)))
    assert.equal(model.components.data, wanted.components.data)
    assert.equal((await model.transform(stream(block(0, 3), block(3, n)))).data, (await wanted.transform(X)).data)
  }
  const whole = await nmf.fit(sparse(0, n))
  const parts = await nmf.fit(stream(sparse(0, 1), sparse(1, 20), sparse(20, 20), sparse(20, n)))
  assert.equal(parts.components.data, whole.components.data)
})

test('nmf: blocks that do not go together are typed errors that name the block', async () => {
  const nmf = new NMF({ nComponents: 2, maxIter: 2 })
  const cases: [AsyncGenerator<MatrixLike>, typeof Error, RegExp][] = [
    [stream(), RangeError, /X: wanted at least one block of rows, got none/],
    [stream([[1, 2]], [[1, 2, 3]]), RangeError, /X: block 1: wanted 2 columns as in block 0, got 3/],
    [stream([[1, 2]], dense(new Float32Array(2), [1, 2])), TypeError, /block 1: wanted dense f64.*got dense f32/],
    [stream(X, sparse(0, 2)), TypeError, /block 1: wanted dense f64.*got csr f64/],
    [stream([[1, 2]], 'text' as unknown as MatrixLike), TypeError, /block 1: wanted dense/],
  ]
  for (const [blocks, kind, text] of cases) {
    const error = await failure(nmf.fit(blocks))
    assert.instance(error, kind)
    assert.match(error.message, text)
  }
  const broken = new Error('the source broke')
  const error = await failure(
    nmf.fit(
      (async function* () {
        yield [[1, 2]]
        throw broken
      })(),
    ),
  )
  assert.is(error, broken)
})

test('nmf: a checkpoint goes on to a larger maxIter as if that had been given first', async () => {
  for (const given of [{}, { solver: 'mu', betaLoss: 1, lossEvery: 10 }] as const) {
    const options = { nComponents: 3, tol: 0, ...given }
    const saved: Uint8Array[] = []
    const checkpoint = { every: 5, write: (bytes: Uint8Array): void => void saved.push(bytes) }
    await new NMF({ ...options, maxIter: 25 }).fit(X, { checkpoint })
    const wanted = (await new NMF({ ...options, maxIter: 60 }).fit(X)).save()
    assert.ok(saved.length >= 4)
    for (const resume of saved)
      assert.equal((await new NMF({ ...options, maxIter: 60 }).fit(X, { resume })).save(), wanted)
    const error = await failure(new NMF({ ...options, maxIter: 3 }).fit(X, { resume: saved[0]! }))
    assert.match(error.message, /run.resume: wanted maxIter 25 \(the checkpoint is at restart 1, iteration 5\), got 3/)
  }
})

test('nmf: a checkpoint of other numbers, another order of rows or another precision is refused', async () => {
  const saved: Uint8Array[] = []
  const nmf = new NMF({ nComponents: 3, maxIter: 10, tol: 0 })
  await nmf.fit(X, { checkpoint: { every: 5, write: bytes => void saved.push(bytes) } })
  const swapped = values.slice()
  swapped.set(values.subarray(m, 2 * m), 0)
  swapped.set(values.subarray(0, m), m)
  const other = values.slice()
  other[7]! += 1e-9
  for (const data of [swapped, other, Float32Array.from(values)]) {
    const error = await failure(nmf.fit(dense(data, [n, m]), { resume: saved[0]! }))
    assert.instance(error, RangeError)
    assert.match(error.message, /run.resume: wanted a checkpoint of/)
  }
})

test('nmf: steps wait for their consumer', async () => {
  let seen = 0
  const steps = new NMF({ nComponents: 3, maxIter: 30, tol: 0 }).steps(X, { onProgress: () => seen++ })
  for (let taken = 1; taken <= 30; taken++) {
    const { value, done } = await steps.next()
    assert.not(done)
    assert.is((value as { iter: number }).iter, taken)
    await new Promise(resolve => setTimeout(resolve, 2))
    assert.is(seen, taken)
  }
  const { value, done } = await steps.next()
  assert.ok(done)
  const wanted = await new NMF({ nComponents: 3, maxIter: 30, tol: 0 }).fit(X)
  assert.equal(toRowMajor((value as typeof wanted).components), toRowMajor(wanted.components))
})

test('nmf newton: a fit that converges between two evaluations ends with the loss of its factors', async () => {
  for (const [tol, nInit] of [
    [0.9, 1],
    [0.3, 3],
    [0.05, 1],
  ] as const) {
    for (const lossEvery of [7, 1000]) {
      const nmf = new NMF({ nComponents: 3, betaLoss: 1, solver: 'newton', tol, nInit, lossEvery })
      const model = await nmf.fit(X)
      assert.ok(model.converged && model.nIter % lossEvery !== 0, `${tol} ${model.nIter}`)
      const [W, H] = [model.embedding.data, model.components.data]
      let loss = 0
      for (let i = 0; i < n; i++)
        for (let j = 0; j < m; j++) {
          let y = 0
          for (let q = 0; q < 3; q++) y += W[i * 3 + q]! * H[q * m + j]!
          const x = values[i * m + j]!
          loss += (x > 0 ? x * Math.log(x / y) : 0) - x + y
        }
      assert.ok(Math.abs(model.loss - loss) <= 1e-12 * loss + 1e-12 * n * m, `${tol} ${model.loss} ${loss}`)
    }
  }
})

test.run()
