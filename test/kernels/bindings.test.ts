// as-bind carries numbers, pointers and strings unharmed, and nothing is left behind.
import { KernelTrap, OutOfMemory } from '../../src/core/errors.js'
import { ABI_VERSION, withEngine } from '../../bindings/instance.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

// FNV-1a over UTF-16 code units: the engine's `hashText` by its definition.
function fnv(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}

test('strings cross both ways', async () => {
  await withEngine('test', {}, async ({ kernels }) => {
    assert.is(kernels.engineName(), 'latens')
    for (const text of ['', 'a', 'NMF', 'wörld 😀', 'x'.repeat(500)])
      assert.is(kernels.hashText(text) >>> 0, fnv(text), text)
  })
})

test('numbers and pointers cross: extremes of f64, arity is checked', async () => {
  await withEngine('test', {}, async ({ kernels, arena }) => {
    const p = arena.alloc(32)
    for (const value of [0, -0, 1e308, -5e-324, Infinity, NaN, 2 ** 53]) {
      arena.f64(p, 2).set([1, 0])
      kernels.axpy_f64(value, p, p + 8, 1)
      assert.ok(Object.is(arena.f64(p + 8, 1)[0], value + 0), String(value))
    }
    assert.throws(() => (kernels.axpy_f64 as (...args: number[]) => void)(1, 2), /Expected 4 arguments, got 2/)
  })
})

test('100,000 calls leave memory flat', async () => {
  await withEngine('test', {}, async ({ kernels, arena }) => {
    const before = [arena.used, arena.memory.buffer.byteLength]
    for (let i = 0; i < 100_000; i++) {
      const mark = arena.mark()
      kernels.hashText('latens')
      arena.release(mark)
    }
    assert.equal([arena.used, arena.memory.buffer.byteLength], before)
  })
})

test('a trap is a KernelTrap, and the next call has a fresh instance', async () => {
  let error: unknown
  try {
    // A pointer beyond the memory: the load traps.
    await withEngine('test', {}, async ({ kernels }) => kernels.sum_f64(0xfffffff0, 2))
  } catch (caught) {
    error = caught
  }
  assert.instance(error, KernelTrap)
  await withEngine('test', {}, async ({ kernels }) => assert.is(kernels.abiVersion(), ABI_VERSION))
})

test('the k-th allocation failing is OutOfMemory and leaves the arena as it was', async () => {
  await withEngine('test', {}, async ({ arena }) => {
    const used = arena.used
    arena.failAfter = 2
    arena.alloc(10)
    arena.alloc(10)
    const before = arena.used
    assert.throws(
      () => arena.alloc(10),
      (error: unknown) => error instanceof OutOfMemory,
    )
    assert.is(arena.used, before)
    arena.failAfter = Infinity
    assert.ok(arena.used > used)
  })
})

test.run()
