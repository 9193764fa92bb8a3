import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

interface Manifest {
  dependencies?: object
  files: string[]
  bin: Record<string, string>
  exports: Record<string, string | Record<string, string>>
  imports: Record<string, Record<string, string>>
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest

test('the package has no dependencies', () => {
  assert.is(manifest.dependencies, undefined)
})

test('every export, import and command exists; types come first and default last', () => {
  for (const target of Object.values(manifest.exports)) {
    if (typeof target === 'string') {
      assert.ok(existsSync(target), target)
      continue
    }
    const conditions = Object.keys(target)
    assert.is(conditions[0], 'types')
    assert.is(conditions.at(-1), 'default')
    for (const file of Object.values(target)) assert.ok(existsSync(file), file)
  }
  for (const target of Object.values(manifest.imports)) {
    for (const file of Object.values(target)) assert.ok(existsSync(file), file)
  }
  for (const file of Object.values(manifest.bin)) {
    assert.ok(readFileSync(file, 'utf8').startsWith('#!/usr/bin/env node\n'))
  }
  for (const wanted of ['dist', 'README.md', 'THIRD_PARTY.md']) assert.ok(manifest.files.includes(wanted))
})

test('bundles hold their sizes: the engine at most 60 kB gzip; JavaScript for NMF at most 25 kB, with all of a fit 32 kB', async () => {
  const [wasm = 0, relaxed = 0] = ['latens', 'latens.relaxed'].map(
    name => gzipSync(readFileSync(`dist/${name}.wasm`), { level: 9 }).length,
  )
  // As an application's bundler has it.
  const { outputFiles, metafile } = await build({
    stdin: { contents: "export { NMF } from './dist/index.js'", resolveDir: '.' },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    external: ['#*'],
    outdir: 'out',
    write: false,
    metafile: true,
    logLevel: 'error',
  })
  /** Bytes of what is fetched for these entries. */
  const fetched = (...entries: RegExp[]): number => {
    const files = new Set(
      Object.keys(metafile.outputs).filter(name =>
        entries.some(entry => entry.test(metafile.outputs[name]?.entryPoint ?? '')),
      ),
    )
    assert.is(files.size, entries.length)
    for (const file of files)
      for (const { kind, path } of metafile.outputs[file]?.imports ?? [])
        if (kind === 'import-statement' && path in metafile.outputs) files.add(path)
    const bytes = outputFiles.filter(({ path }) => [...files].some(name => path.endsWith(name)))
    assert.is(bytes.length, files.size)
    return gzipSync(Buffer.concat(bytes.map(({ contents }) => contents)), { level: 9 }).length
  }
  const script = fetched(/<stdin>/) // before any call
  const fit = fetched(/<stdin>/, /nmf-restarts/)
  console.log(`latens.wasm ${wasm} bytes gzip, relaxed ${relaxed}, JavaScript for NMF ${script}, with a fit ${fit}`)
  assert.ok(wasm <= 60_000, `${wasm}`)
  assert.ok(relaxed <= 60_000, `${relaxed}`)
  assert.ok(script <= 25_000, `${script}`)
  assert.ok(fit <= 32_000, `${fit}`)
})

test('the other engines and the worker are no part of the main entry: an import() where they are asked for', () => {
  const scripts = readdirSync('dist').filter(name => /^(index|chunk-.*|pool-.*)\.js$/.test(name))
  const text = scripts.map(name => readFileSync(`dist/${name}`, 'utf8')).join('\n')
  for (const name of ['#wasm-relaxed', '#wasm-shared', '#worker'])
    assert.equal(text.match(new RegExp(`[^;,{}\\s]*["']${name}["']`, 'g')), [`import("${name}"`], name)
})

test('the typed kernel surface is the compiled module’s own', async () => {
  const module = await WebAssembly.compile(readFileSync('dist/latens.wasm'))
  const exported = WebAssembly.Module.exports(module).filter(e => e.kind === 'function' && !e.name.startsWith('__'))
  const typed = readFileSync('bindings/kernels.ts', 'utf8')
  for (const { name } of exported) assert.match(typed, `  ${name}(`)
  assert.is((typed.match(/^ {2}\w+\(/gm) ?? []).length, exported.length)
})

test('a second build gives the same bytes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latens-build-'))
  const again = join(folder, 'again.wasm')
  const args = ['--target', 'release', '--transform', './bindings/transform.mjs', '--outFile', again]
  try {
    execFileSync(process.execPath, ['node_modules/assemblyscript/bin/asc.js', ...args])
    assert.ok(readFileSync(again).equals(readFileSync('dist/latens.wasm')))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('the engine imports nothing but memory', async () => {
  const module = await WebAssembly.compile(readFileSync('dist/latens.wasm'))
  assert.equal(WebAssembly.Module.imports(module), [{ module: 'env', name: 'memory', kind: 'memory' }])
})

test.run()
