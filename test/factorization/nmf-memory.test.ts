// What a fit leaves behind: nothing, however it ends. Reads the arena itself, below the public interface.
import { withEngine } from '../../bindings/instance.js'
import { OutOfMemory } from '../../src/core/errors.js'
import { dense } from '../../src/core/matrix.js'
import { NMF } from '../../src/factorization/nmf.js'
import { NmfProgram } from '../../src/factorization/nmf-program.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const X = dense(
  Float64Array.from({ length: 200 }, (_, i) => 1 + ((i * 7) % 13)),
  [20, 10],
)

const state = (): Promise<[number, number]> =>
  withEngine('test', Infinity, async ({ arena }): Promise<[number, number]> => [
    arena.used,
    arena.memory.buffer.byteLength,
  ])

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

test('the k-th allocation failing is OutOfMemory each time, and the engine works after it', async () => {
  const { options } = new NMF({ nComponents: 3 })
  let failures = 0
  for (let k = 0; ; k++) {
    let failed = false
    await withEngine('test', Infinity, async engine => {
      engine.arena.failAfter = k
      try {
        new NmfProgram(engine, X, options).randomStart(0)
      } catch (error) {
        assert.instance(error, OutOfMemory)
        failed = true
      } finally {
        engine.arena.failAfter = Infinity
      }
    })
    if (!failed) break
    failures++
    const model = await new NMF({ nComponents: 3, maxIter: 2 }).fit(X)
    assert.ok(Number.isFinite(model.loss))
  }
  assert.ok(failures >= 10, `${failures}`)
})

test.run()
