// What a fit leaves behind: nothing, however it ends. Reads the arena itself, below the public interface.
import { withEngine } from '../../bindings/instance.js'
import { OutOfMemory } from '../../src/core/errors.js'
import { csr, dense } from '../../src/core/matrix.js'
import { NMF } from '../../src/factorization/nmf.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'

const X = dense(
  Float64Array.from({ length: 200 }, (_, i) => 1 + ((i * 7) % 13)),
  [20, 10],
)

const state = (): Promise<[number, number]> =>
  withEngine('test', {}, async ({ arena }): Promise<[number, number]> => [arena.used, arena.memory.buffer.byteLength])

test('1,000 fits, 300 of them aborted and 300 failing, leave the arena flat after the third', async () => {
  let flat: [number, number] | undefined
  let [aborted, failed] = [0, 0]
  for (let i = 0; i < 1000; i++) {
    const stop = new AbortController()
    const run =
      i % 10 < 3
        ? {
            signal: stop.signal,
            onProgress: ({ iter }: { iter: number }): void => (iter === 1 + (i % 7) ? stop.abort() : undefined),
          }
        : i % 10 < 6
          ? { maxMemory: 500 + 37 * (i % 40) }
          : {}
    try {
      await new NMF({ nComponents: 3, maxIter: 10, tol: 0, seed: i }).fit(X, run)
    } catch (error) {
      if (error instanceof OutOfMemory) failed++
      else if (stop.signal.aborted) aborted++
      else throw error
    }
    if (i === 9) flat = await state()
  }
  assert.equal([aborted, failed], [300, 300])
  assert.equal(await state(), flat)
})

// Reaches into the idle instance that the next call borrows.
const failAfter = (k: number): Promise<void> =>
  withEngine('test', {}, async ({ arena }) => {
    arena.failAfter = k
  })

for (const options of [{ solver: 'hals' }, { solver: 'mu', betaLoss: 1 }] as const) {
  test(`nmf ${options.solver}: the k-th allocation failing is OutOfMemory each time, and the engine works after it`, async () => {
    const nmf = new NMF({ ...options, nComponents: 3, maxIter: 2 })
    const wanted = await nmf.fit(X)
    const [used] = await state()
    for (const call of [() => nmf.fit(X), () => wanted.transform(X), () => wanted.inverseTransform(wanted.embedding)]) {
      let failures = 0
      for (let failed = true; failed;) {
        await failAfter(failures)
        failed = await call().then(
          () => false,
          (error: unknown) => {
            assert.instance(error, OutOfMemory)
            return true
          },
        )
        await failAfter(Infinity)
        if (failed) failures++
        assert.is((await state())[0], used)
        assert.equal((await nmf.fit(X)).components.data, wanted.components.data)
      }
      assert.ok(failures >= 4, `${failures}`)
    }
  })
}

test('what is held out of a sparse matrix takes no memory for its lists', async () => {
  const [n, m] = [3000, 3000]
  const { below, uniform } = generator(1)
  const starts = Int32Array.from({ length: n + 1 }, (_, i) => 10 * i)
  const S = csr({
    indptr: starts,
    indices: Int32Array.from({ length: 10 * n }, (_, p) => 300 * (p % 10) + below(300)),
    data: Float32Array.from({ length: 10 * n }, () => uniform() + 0.1),
    shape: [n, m],
  })
  const share = 0.5
  // From both sides 4 bytes for each entry; the matrix, its factors and all else take less than a fifth of that.
  const lists = 2 * 4 * share * n * m
  for (const given of [
    { solver: 'hals' },
    { solver: 'newton', betaLoss: 1 },
    { solver: 'mu', betaLoss: 1.5 },
  ] as const) {
    const nmf = new NMF({ ...given, nComponents: 3, maxIter: 2, holdOut: share })
    const model = await nmf.fit(S, { maxMemory: lists / 5 })
    assert.ok(model.holdOutLoss! > 0)
  }
})

test.run()
