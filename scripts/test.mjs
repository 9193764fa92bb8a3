// npm test: build, formatting, lint, types, then every test file in a process of its own.
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const node = (script, ...args) => execFileSync(process.execPath, [script, ...args], { stdio: 'inherit' })
const list = folder =>
  readdirSync(folder, { withFileTypes: true })
    .flatMap(entry => (entry.isDirectory() ? list(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort()

node('scripts/prepare.mjs', '--hosts')
node('node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.')
node('node_modules/oxlint/bin/oxlint', '--quiet')
node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json')

const only = process.argv.slice(2)
const files = list('test').filter(
  file => file.endsWith('.test.ts') && (only.length === 0 || only.some(part => file.includes(part))),
)
rmSync('build/test', { recursive: true, force: true })
await build({
  entryPoints: files,
  outdir: 'build/test',
  outbase: 'test',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // as-bind is bundled, as in dist: it needs the same patch (see scripts/build.mjs).
  external: [
    'esbuild',
    '#wasm',
    '#wasm-shared',
    '#wasm-relaxed',
    '#worker',
    'latens',
    'latens/*',
    'uvu',
    'uvu/*',
    'fast-check',
  ],
  define: { 'WebAssembly.compile': '__compile' },
  inject: ['build/compiled.mjs'],
  logLevel: 'warning',
})

let passed = 0
let failed = 0
for (const file of files) {
  const output = file.replace(/^test/, 'build/test').replace(/\.ts$/, '.js')
  const started = performance.now()
  const { stdout, stderr, status } = spawnSync(process.execPath, [output], { encoding: 'utf8', maxBuffer: 1 << 28 })
  const total = Number(/Total:\s+(\d+)/.exec(stdout)?.[1] ?? 0)
  const good = Number(/Passed:\s+(\d+)/.exec(stdout)?.[1] ?? 0)
  const bad = status === 0 && total > 0 ? total - good : Math.max(1, total - good)
  passed += good
  failed += bad
  console.log(
    `${bad ? 'FAIL' : 'ok  '} ${file}: ${good} of ${total}, ${((performance.now() - started) / 1000).toFixed(1)} s`,
  )
  if (bad) console.log(stdout, stderr)
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed || files.length === 0 ? 1 : 0)
