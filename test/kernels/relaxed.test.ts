// The relaxed build against the twins, within the tolerances of the exact one: every law of the kernels once more.
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hasRelaxed as detected } from '../../bindings/relaxed.js'
import { withEngine } from '../../bindings/instance.js'
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

onceMoreInNewest()
if (hasRelaxed) {
  engine.fast = true
  await import('./linear.test.js')
  await import('./dense.test.js')
  await import('./rows.test.js')
}

test.run()
