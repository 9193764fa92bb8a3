// Every target of asconfig.json compiles. `release` and `relaxed` are in dist; these two nothing ships yet.
import { ABI_VERSION } from '../../bindings/instance.js'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const config = JSON.parse(readFileSync('asconfig.json', 'utf8')) as { targets: object }

function compile(target: string): Uint8Array<ArrayBuffer> {
  const folder = mkdtempSync(join(tmpdir(), 'latens-target-'))
  const file = join(folder, 'engine.wasm')
  const args = ['--target', target, '--transform', './bindings/transform.mjs', '--outFile', file]
  try {
    execFileSync(process.execPath, ['node_modules/assemblyscript/bin/asc.js', ...args])
    return Uint8Array.from(readFileSync(file))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('there are four targets', () => {
  assert.equal(Object.keys(config.targets).sort(), ['debug', 'relaxed', 'release', 'shared'])
})

test('shared: a valid module that wants a shared memory', async () => {
  const bytes = compile('shared')
  assert.ok(WebAssembly.validate(bytes))
  const module = await WebAssembly.compile(bytes)
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536, shared: true })
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } })
  assert.is((exports['abiVersion'] as () => number)(), ABI_VERSION)
  const own = { env: { memory: new WebAssembly.Memory({ initial: 2, maximum: 65536 }) } }
  let refused = false
  await WebAssembly.instantiate(module, own).catch(() => (refused = true))
  assert.ok(refused)
})

test('debug: a valid module with the names of its functions, and a kernel of it works', async () => {
  const bytes = compile('debug')
  assert.ok(WebAssembly.validate(bytes))
  const module = await WebAssembly.compile(bytes)
  assert.is(WebAssembly.Module.customSections(module, 'name').length, 1)
  const memory = new WebAssembly.Memory({ initial: 2 })
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } })
  const call = exports as Record<string, (...args: number[]) => number>
  const x = Math.ceil(call['heapBase']!() / 64) * 64
  new Float64Array(memory.buffer, x, 3).set([1, 2, 3])
  assert.is(call['dot_f64']!(x, x, 3), 14)
  assert.is(call['relaxed']!(), 0)
})

test.run()
