// The relaxed build against the twins, within the tolerances of the exact one: every law of the kernels once more.
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hasRelaxed as detected } from '../../bindings/relaxed.js'
import { init, withEngine } from '../../bindings/instance.js'
import { hasRelaxed, onceMoreInNewest } from '../relaxed.js'
import { engine } from './slices.js'

test('the probe tells whether the host takes the relaxed build, and `fast` follows it', async () => {
  assert.is(detected(), hasRelaxed)
  for (const fast of [false, true, false, true])
    assert.is(await withEngine('test', { fast }, async found => found.fast), fast && hasRelaxed)
})

test('builds are pooled apart: engines that were given back come again by their build', async () => {
  const borrowed = async (fast: boolean): Promise<unknown> => withEngine('test', { fast }, async found => found.arena)
  const [exact, relaxed] = [await borrowed(false), await borrowed(true)]
  assert.is(exact === relaxed, !hasRelaxed)
  assert.is(await borrowed(true), relaxed)
  assert.is(await borrowed(false), exact)
})

test('the relaxed build exports and imports what the exact one does', async () => {
  if (!hasRelaxed) return
  const [exact, relaxed] = await Promise.all(
    ['latens', 'latens.relaxed'].map(name => WebAssembly.compile(readFileSync(`dist/${name}.wasm`))),
  )
  assert.equal(WebAssembly.Module.exports(relaxed!), WebAssembly.Module.exports(exact!))
  assert.equal(WebAssembly.Module.imports(relaxed!), WebAssembly.Module.imports(exact!))
})

test('init takes a module of each build, and refuses one of the other', async () => {
  const borrowed = async (fast: boolean): Promise<unknown> => withEngine('test', { fast }, async found => found.arena)
  const refused = async (modules: Parameters<typeof init>[0], message: RegExp): Promise<void> => {
    const error = await init(modules).catch((e: unknown) => e as Error)
    assert.match(error?.message ?? '', message)
  }
  const module = await WebAssembly.compile(readFileSync('dist/latens.wasm'))
  const [exact, again] = [await borrowed(false), await init({ module }).then(() => borrowed(false))]
  assert.is.not(again, exact)
  await refused({ module: {} as WebAssembly.Module }, /^init: module: wanted a WebAssembly.Module, got object$/)
  await refused({ relaxed: module }, /^engine: build of the module: wanted relaxed, got exact$/)
  if (!hasRelaxed) return
  const relaxed = await WebAssembly.compile(readFileSync('dist/latens.relaxed.wasm'))
  await refused({ module: relaxed }, /^engine: build of the module: wanted exact, got relaxed$/)
  const before = await borrowed(true)
  await init({ relaxed })
  assert.is.not(await borrowed(true), before)
  for (const fast of [false, true]) assert.is(await withEngine('test', { fast }, async found => found.fast), fast)
})

onceMoreInNewest()
if (hasRelaxed) {
  engine.fast = true
  await import('./linear.test.js')
  await import('./dense.test.js')
  await import('./rows.test.js')
  await import('./weighted.test.js')
  await import('./solve.test.js')
  await import('./newton.test.js')
}

test.run()
