// Builds everything: kernels (.wasm), their typed surface, the bundles in dist/, declarations, licences.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'

const run = (script, ...args) => execFileSync(process.execPath, [script, ...args], { stdio: ['ignore', 2, 2] })
rmSync('dist', { recursive: true, force: true })
mkdirSync('dist', { recursive: true })
mkdirSync('build', { recursive: true })

run('scripts/kernels.mjs')
for (const target of ['release', 'shared', 'relaxed']) {
  run('node_modules/assemblyscript/bin/asc.js', '--target', target, '--transform', './bindings/transform.mjs')
}
const wasm = readFileSync('build/latens.wasm')

const [section] = WebAssembly.Module.customSections(await WebAssembly.compile(wasm), 'as-bind_bindings')
const { exportedFunctions } = JSON.parse(new TextDecoder().decode(section))
const tsType = name => (name === '~lib/string/String' ? 'string' : name === 'void' ? 'void' : 'number')
const lines = Object.entries(exportedFunctions).map(([name, { parameters, returnType }]) => {
  const list = parameters.map((type, i) => `p${i}: ${tsType(type)}`).join(', ')
  return `  ${name}(${list}): ${tsType(returnType)}`
})
writeFileSync(
  'bindings/kernels.ts',
  `// Written by scripts/build.mjs from the compiled module's own section: do not edit.
export interface Kernels {\n${lines.join('\n')}\n}\n`,
)

// Each build of the kernels by its bytes and, for hosts that compile modules themselves, by its file.
for (const [file, loader] of [
  ['latens.wasm', 'wasm'],
  ['latens.shared.wasm', 'wasm-shared'],
  ['latens.relaxed.wasm', 'wasm-relaxed'],
]) {
  copyFileSync(`build/${file}`, `dist/${file}`)
  writeFileSync(
    `dist/${loader}.inline.js`,
    `const base64 = '${readFileSync(`build/${file}`).toString('base64')}'
export const load = () => WebAssembly.compile(Uint8Array.from(atob(base64), c => c.charCodeAt(0)))\n`,
  )
  if (file === 'latens.shared.wasm') continue // edge hosts have no threads
  writeFileSync(`dist/${loader}.workerd.js`, `import module from './${file}'\nexport const load = async () => module\n`)
}
writeFileSync(
  'dist/no-threads.js',
  `export const source = ''
export const load = () => Promise.reject(new Error('this host has no threads'))\n`,
)

// as-bind compiles whatever it is given, and a host such as workerd forbids even WebAssembly.compile(module).
// (Through another name, or the replacement would replace its own call.)
const compiled = `const wasm = WebAssembly
export const __compile = async m => (m instanceof wasm.Module ? m : wasm["comp" + "ile"](m))\n`
writeFileSync('build/compiled.mjs', compiled)
const shared = { bundle: true, format: 'esm', target: 'es2022', outdir: 'dist', legalComments: 'none' }
await build({
  ...shared,
  entryPoints: { index: 'src/index.ts', io: 'src/io/index.ts', report: 'src/report/index.ts' },
  splitting: true,
  minify: true,
  platform: 'neutral',
  mainFields: ['module', 'main'],
  external: ['#wasm', '#wasm-shared', '#wasm-relaxed', '#worker'],
  define: { 'WebAssembly.compile': '__compile' },
  inject: ['build/compiled.mjs'],
})
// The worker as text: it is started from that where files may not be read.
const { outputFiles } = await build({
  ...shared,
  entryPoints: ['src/shard/worker.ts'],
  minify: true,
  platform: 'neutral',
  mainFields: ['module', 'main'],
  define: { 'WebAssembly.compile': '__compile' },
  inject: ['build/compiled.mjs'],
  write: false,
})
writeFileSync('dist/worker.inline.js', `export const source = ${JSON.stringify(outputFiles[0].text)}\n`)
await build({
  ...shared,
  entryPoints: { cli: 'cli/main.ts' },
  platform: 'node',
  banner: { js: '#!/usr/bin/env node' },
  external: ['latens', 'latens/io', 'latens/report'],
})
run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json')

const bundled = ['as-bind', 'csv-parse', 'fflate']
const licences = bundled.map(name => {
  const { version, license } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'))
  return `## ${name} ${version} (${license})\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8').trim()}\n`
})
writeFileSync('THIRD_PARTY.md', `# Bundled packages\n\n${licences.join('\n')}`)
