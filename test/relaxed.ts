// Relaxed SIMD is in the newest Node and not in Node 20, which runs the tests.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

/** The newest Node that is installed for the tests. */
export const NEWEST = resolve('test/hosts/node_modules/node/bin/node')
const AGAIN = 'LATENS_TEST_AGAIN'

/** Whether this host has relaxed SIMD: it takes the relaxed build. */
export const hasRelaxed = WebAssembly.validate(readFileSync('dist/latens.relaxed.wasm'))

/** Where this host has no relaxed SIMD, a test that the test file at hand passes in the newest Node, which has. In CI
 *  it must be there; elsewhere it is passed over with a line that says so. */
export function onceMoreInNewest(): void {
  if (hasRelaxed) return
  if (process.env[AGAIN]) throw new Error(`Node ${process.version}: wanted relaxed SIMD, got none`)
  if (!existsSync(NEWEST) && process.env['CI'] !== 'true') {
    console.log(`${NEWEST} is not here, the relaxed build is not tested`)
    return
  }
  test('once more in the newest Node, with relaxed SIMD', () => {
    const environment = { ...process.env, [AGAIN]: '1' }
    const { status, stdout, stderr } = spawnSync(NEWEST, [process.argv[1] ?? ''], {
      encoding: 'utf8',
      env: environment,
      maxBuffer: 1 << 28,
    })
    assert.is(status, 0, stdout + stderr)
    assert.ok(Number(/Passed:\s+(\d+)/.exec(stdout)?.[1]) > 0, stdout)
  })
}
