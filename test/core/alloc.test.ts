// A matrix in the engine's own memory is fitted as its copy is, and comes back as it was.
import { dense, Matrix, NMF } from 'latens'
import type { Engine, Home } from '../../bindings/instance.js'
import { beginReading, settle } from '../../src/core/home.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../failure.js'
import { generator } from '../random.js'

const { uniform } = generator(3)

/** The same numbers in an engine's memory and in an array of the caller's. */
async function pair(rows: number, columns: number, precision: 'f32' | 'f64', scale = 1): Promise<[Matrix, Matrix]> {
  const exact = Float64Array.from({ length: rows * columns }, () => (uniform() < 0.3 ? 0 : scale * (uniform() + 0.1)))
  const values = precision === 'f32' ? Float32Array.from(exact) : exact
  const X = await Matrix.alloc([rows, columns], precision)
  const data = X.data
  for (let i = 0; i < rows; i++) data.set(values.subarray(i * columns, (i + 1) * columns), i * X.stride[0])
  return [X, dense(values, [rows, columns])]
}

const numbers = (X: Matrix): number[] => Array.from(X.data)

const cases = [
  { shape: [60, 20], options: {} },
  { shape: [3000, 64], options: { solver: 'mu', betaLoss: 1 } },
  { shape: [2500, 256], options: { nInit: 2 } },
] as const

for (const precision of ['f32', 'f64'] as const)
  for (const { shape, options } of cases)
    test(`${precision}, ${shape.join(' x ')}: the bits of a copy, one thread and two, and X as it was`, async () => {
      for (const scale of [1, 1e-20, 3e12]) {
        const [X, copy] = await pair(shape[0], shape[1], precision, scale)
        const before = numbers(X)
        const nmf = new NMF({ nComponents: 4, maxIter: 6, tol: 0, ...options })
        const wanted = await nmf.fit(copy)
        for (const threads of [1, 2]) {
          const model = await nmf.fit(X, { threads })
          assert.equal(model.components.data, wanted.components.data)
          assert.equal(model.embedding.data, wanted.embedding.data)
          assert.equal(model.trace, wanted.trace)
          assert.equal(numbers(X), before)
        }
        assert.equal((await wanted.transform(X)).data, (await wanted.transform(copy)).data)
      }
    })

test('what is written between the rows is of no account', async () => {
  const [X, copy] = await pair(50, 64, 'f64')
  const [ld] = (X as { stride: readonly [number, number] }).stride
  assert.is(ld, 72)
  for (let i = 0; i < 50; i++) X.data.fill(NaN, i * ld + 64, (i + 1) * ld)
  const nmf = new NMF({ nComponents: 3, maxIter: 5, tol: 0 })
  assert.equal((await nmf.fit(X)).components.data, (await nmf.fit(copy)).components.data)
})

test('a fit that is stopped, left or fails at any moment leaves X as it was and free for the next', async () => {
  const [X, copy] = await pair(4000, 200, 'f64', 1e9)
  const before = numbers(X)
  const nmf = new NMF({ nComponents: 3, maxIter: 4, tol: 0 })
  const wanted = (await nmf.fit(copy)).components.data
  for (let delay = 0; delay < 24; delay += 3) {
    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('enough')), delay)
    await nmf.fit(X, { signal: stop.signal, threads: delay % 2 ? 2 : 1 }).catch((error: Error) => {
      assert.is(error.message, 'enough')
    })
    assert.equal(numbers(X), before)
  }
  for await (const _ of nmf.steps(X)) break
  assert.equal(numbers(X), before)
  const thrown = await failure(
    nmf.fit(X, {
      onProgress: () => {
        throw new Error('mine')
      },
    }),
  )
  assert.is(thrown.message, 'mine')
  X.data[5] = -1
  assert.match((await failure(nmf.fit(X))).message, 'NMF.fit: X[0, 5] = -1: entries must be >= 0 (1 of 800000')
  X.data[5] = before[5]!
  assert.equal(numbers(X), before)
  assert.equal((await nmf.fit(X)).components.data, wanted)
})

test('a checkpoint of it goes on in its copy, and the other way round', async () => {
  const [X, copy] = await pair(300, 64, 'f64', 3e12)
  const nmf = new NMF({ nComponents: 3, maxIter: 6, tol: 0 })
  const wanted = (await nmf.fit(copy)).save()
  for (const [from, to] of [
    [X, copy],
    [copy, X],
    [X, X],
  ] as const) {
    const points: Uint8Array[] = []
    await nmf.fit(from, { checkpoint: { every: 2, write: bytes => void points.push(bytes) } })
    assert.equal((await nmf.fit(to, { resume: points[0]! })).save(), wanted)
  }
})

test('two fits at once: the second is told, and finds X free afterwards', async () => {
  const [X] = await pair(2000, 100, 'f32', 1e6)
  const before = numbers(X)
  const nmf = new NMF({ nComponents: 3, maxIter: 3000, tol: 0 })
  const first = nmf.fit(X)
  async function* stream() {
    yield X
  }
  const [second, ...asBlock] = await Promise.all([nmf.fit(X), nmf.fit(() => [X]), nmf.fit(stream())].map(failure))
  assert.instance(second, RangeError)
  assert.is(second!.message, 'NMF.fit: X: wanted a matrix that no other fit is at work on')
  for (const error of asBlock) {
    assert.instance(error, RangeError)
    assert.is(error.message, 'NMF.fit: X: block 0: wanted a matrix that no fit is at work on')
  }
  const model = await first
  assert.equal((await nmf.fit(X)).components.data, model.components.data)
  assert.equal(numbers(X), before)
})

test('while several passes read it into another engine, nobody may begin to divide it', async () => {
  const [X] = await pair(3, 2, 'f64')
  const [own, other] = [{}, {}] as Engine[]
  const home: Home = { engine: own!, x: 0, precision: 'f64', busy: false, readers: 0, divided: 0, root: 1 }
  settle(X, home)
  const ends = [beginReading('here', X, other!), beginReading('here', X, other!), beginReading('here', X, own!)]
  assert.is(home.readers, 2)
  for (const end of ends) end()
  assert.is(home.readers, 0)
  home.busy = true
  const error = await failure(() => beginReading('here', X, other!))
  assert.is(error.message, 'here: X: wanted a matrix that no other fit is at work on')
  beginReading('here', X, own!)()
})

test('no copy is made: the memory of a fit is X, the factors and little more', async () => {
  const [X] = await pair(20000, 300, 'f64')
  const bytes = 20000 * 300 * 8
  let most = 0
  const onProgress = (): void => void (most = Math.max(most, X.data.buffer.byteLength))
  await new NMF({ nComponents: 4, maxIter: 3, tol: 0 }).fit(X, { onProgress })
  assert.ok(most >= bytes && most < 1.1 * bytes, `${most / bytes}`)
})

test('shapes and precisions that are none are refused, and what does not fit', async () => {
  const alloc = Matrix.alloc as (shape: unknown, precision?: unknown) => Promise<Matrix>
  assert.instance(await failure(alloc([3, -1])), RangeError)
  assert.instance(await failure(alloc('3 x 4')), RangeError)
  const error = await failure(alloc([3, 4], 'f16'))
  assert.instance(error, TypeError)
  assert.is(error.message, `Matrix.alloc: precision: wanted 'f32' or 'f64', got "f16"`)
  assert.is((await failure(alloc([1e6, 1e6]))).name, 'OutOfMemory')
  assert.is((await alloc([0, 5])).data.length, 0)
})

test('several may read it at once', async () => {
  const X = await Matrix.alloc([20_000, 100])
  const { uniform } = generator(31)
  for (let p = 0; p < X.data.length; p++) X.data[p] = uniform()
  const model = await new NMF({ nComponents: 2, maxIter: 2, tol: 0 }).fit(X)
  const [Z, score] = [await model.transform(X), await model.score(X)]
  const [z, s, other] = await Promise.all([model.transform(X), model.score(X), model.transform(X)])
  assert.equal(z, Z)
  assert.equal(other, Z)
  assert.is(s, score)
})

test.run()
