// The packed tarball, installed into an empty folder per host, gives the same bits in every host.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

interface Results {
  readonly hashes: Readonly<Record<string, string>>
  /** Whether the relaxed engine was used, and how far its factors are from the exact ones. */
  readonly fast: Readonly<Record<string, { readonly used: boolean; readonly distance: number }>>
  readonly threads: Threaded
}

interface Threaded {
  readonly hashes: Readonly<Record<string, string>>
  /** Fits that had not the bits of one thread. */
  readonly differ: readonly string[]
  /** Of a pool that was asked for three threads: those it has, and the workers that really did something. */
  readonly threads: number
  readonly shared: boolean
  readonly worked: number
  /** What went wrong where faults were made; undefined where none were. */
  readonly problems?: readonly string[]
}

/** What a host should have of threads. */
type Wanted = 'one memory' | 'messages' | 'refused' | 'none'

// What is used of two packages that are installed in test/hosts alone, so the root's type check cannot see theirs.
interface Vite {
  build(options: { root: string; logLevel: string }): Promise<unknown>
}
interface Page {
  on(event: 'pageerror', listener: (error: unknown) => void): void
  goto(url: string): Promise<unknown>
  evaluate(text: string): Promise<unknown>
}
interface Playwright {
  chromium: {
    launch(options: {
      executablePath: string
      args: string[]
    }): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }>
  }
}

const CHROMIUM = '/usr/bin/chromium'
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const hosts = createRequire(resolve('test/hosts/package.json'))
const binary = (name: string): string => resolve(`test/hosts/node_modules/.bin/${name}`)
const root = mkdtempSync(join(tmpdir(), 'latens-hosts-'))
process.on('exit', () => rmSync(root, { recursive: true, force: true }))

const run = (command: string, args: string[], cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', timeout: 120_000, stdio: ['ignore', 'pipe', 'pipe'] })

const npm = (args: string[], cwd: string): string => {
  const script = process.env.npm_execpath
  return script ? run(process.execPath, [script, ...args], cwd) : run('npm', args, cwd)
}

npm(['pack', '--ignore-scripts', '--pack-destination', root], resolve('.'))
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

const ALL = `import { suite } from './suite.mjs'
import { faulty, threaded } from './threads.mjs'
export async function all(faults, rounds = 40) {
  const results = { ...(await suite()), threads: await threaded(rounds) }
  if (faults) results.threads.problems = await faulty()
  return results
}\n`

/** A project that has the tarball installed and the suite beside it, and nothing else. */
function consumer(name: string): string {
  const [folder, first] = [join(root, name), join(root, 'installed')]
  if (!existsSync(first)) {
    mkdirSync(first)
    writeFileSync(join(first, 'package.json'), JSON.stringify({ name: 'hosts', private: true, type: 'module' }))
    npm(['install', '--no-audit', '--no-fund', join(root, `latens-${version}.tgz`)], first)
  }
  cpSync(first, folder, { recursive: true })
  for (const file of ['suite.mjs', 'threads.mjs']) copyFileSync(join('test/hosts', file), join(folder, file))
  writeFileSync(join(folder, 'all.mjs'), ALL)
  writeFileSync(
    join(folder, 'main.mjs'),
    "import { all } from './all.mjs'\nconsole.log(JSON.stringify(await all('Bun' in globalThis || 'Deno' in globalThis)))\n",
  )
  return folder
}

const wanted = JSON.parse(run(process.execPath, ['main.mjs'], consumer('node20'))) as Results

/** The fits with `fast`: on the engine that the host should have, and near the exact ones. */
function checkFast({ fast }: Results, used: boolean): void {
  assert.is(Object.keys(fast).length, 9)
  for (const [name, fit] of Object.entries(fast)) {
    assert.is(fit.used, used, `${name}: relaxed engine used`)
    const tolerance = name.startsWith('f32') ? 1e-5 : 1e-12
    assert.ok(used ? fit.distance <= tolerance : fit.distance === 0, `${name}: ${fit.distance}`)
  }
}

function checkThreads({ threads: got }: Results, has: Wanted, faults: boolean): void {
  assert.equal(got.hashes, wanted.threads.hashes)
  assert.equal(got.differ, [])
  assert.is(got.threads, has === 'none' ? 1 : 3)
  assert.is(got.worked, has === 'none' || has === 'refused' ? 0 : 2, 'workers that did something')
  if (has === 'one memory' || has === 'messages') assert.is(got.shared, has === 'one memory')
  assert.equal(got.problems, faults ? [] : undefined)
}

/** In CI a missing host fails; elsewhere it is passed over with a line that says so. */
function host(
  name: string,
  needs: string,
  { relaxed = true, threads, faults = false }: { relaxed?: boolean; threads: Wanted; faults?: boolean },
  work: () => Promise<Results> | Results,
): void {
  if (!existsSync(needs) && process.env.CI !== 'true') {
    console.log(`host ${name}: ${needs} is not here, not tested`)
    return
  }
  test(`${name}: the bits of Node 20; with fast, near them`, async () => {
    const results = await work()
    assert.equal(results.hashes, wanted.hashes)
    checkFast(results, relaxed)
    checkThreads(results, threads, faults)
  })
}

test('node 20: all fits are different but two that are the same; without relaxed SIMD, fast is exact', () => {
  assert.is(wanted.hashes['wide csr of a source'], wanted.hashes['wide csr'])
  const hashes = Object.values(wanted.hashes)
  assert.is(hashes.length, 145)
  assert.is(new Set(hashes).size, hashes.length - 1)
  checkFast(wanted, false)
})

test('node 20: threads work, on one memory, with the bits of one', () => checkThreads(wanted, 'one memory', false))

test('node 20: require.resolve finds the entry and the module file', () => {
  const from = createRequire(join(root, 'node20/main.mjs'))
  assert.ok(from.resolve('latens').endsWith('dist/index.js'))
  assert.ok(existsSync(from.resolve('latens/latens.wasm')))
})

host(
  'newest node',
  binary('node'),
  { threads: 'one memory' },
  () => JSON.parse(run(binary('node'), ['main.mjs'], consumer('node'))) as Results,
)
host(
  'bun',
  binary('bun'),
  { threads: 'one memory', faults: true },
  () => JSON.parse(run(binary('bun'), ['main.mjs'], consumer('bun'))) as Results,
)
host(
  'deno, without permissions',
  binary('deno'),
  { threads: 'one memory', faults: true },
  () => JSON.parse(run(binary('deno'), ['run', '--no-remote', 'main.mjs'], consumer('deno'))) as Results,
)

host('workerd', binary('workerd'), { threads: 'none' }, async () => {
  const folder = consumer('workerd')
  writeFileSync(
    join(folder, 'worker.mjs'),
    `import { all } from './all.mjs'
export default { async fetch() { return Response.json(await all(false, 1)) } }\n`,
  )
  const { build } = await import('esbuild')
  await build({
    entryPoints: [join(folder, 'worker.mjs')],
    outfile: join(folder, 'out/worker.js'),
    bundle: true,
    format: 'esm',
    conditions: ['workerd'],
    plugins: [
      {
        name: 'wasm',
        setup: b => b.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path, external: true })),
      },
    ],
  })
  const modules = ['latens.wasm', 'latens.relaxed.wasm']
  for (const name of modules) copyFileSync(join(folder, 'node_modules/latens/dist', name), join(folder, 'out', name))
  const embedded = modules.map(name => `, (name = "${name}", wasm = embed "out/${name}")`).join('')
  const port = await freePort()
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "main", worker = .worker) ],
  sockets = [ (name = "http", address = "127.0.0.1:${port}", http = (), service = "main") ]
);
const worker :Workerd.Worker = (
  modules = [ (name = "worker.js", esModule = embed "out/worker.js")${embedded} ],
  compatibilityDate = "2026-11-01"
);\n`,
  )
  const server = spawn(binary('workerd'), ['serve', 'config.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        const response = await fetch(`http://127.0.0.1:${port}/`)
        assert.is(response.status, 200)
        return (await response.json()) as Results
      } catch (error) {
        if (attempt === 100 || server.exitCode !== null) throw error
        await new Promise(done => setTimeout(done, 100))
      }
    }
  } finally {
    server.kill()
  }
})

const script = (faults: boolean, rounds = 40): string => `import { all } from './all.mjs'
all(${faults}, ${rounds}).then(results => { window.results = results }, error => { window.results = { error: String(error) } })\n`

for (const isolated of [true, false]) {
  const threads = isolated ? 'one memory' : 'messages'
  host(`chromium, ${isolated ? '' : 'not '}isolated`, CHROMIUM, { threads, faults: true }, async () => {
    const folder = consumer(`chromium-${isolated}`)
    const imports = Object.fromEntries(
      [
        ['latens', 'index'],
        ['#wasm', 'wasm.inline'],
        ['#wasm-shared', 'wasm-shared.inline'],
        ['#wasm-relaxed', 'wasm-relaxed.inline'],
        ['#worker', 'worker.inline'],
      ].map(([name, file]) => [name, `/node_modules/latens/dist/${file}.js`]),
    )
    writeFileSync(
      join(folder, 'index.html'),
      `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">${script(true)}</script>\n`,
    )
    return inPage(folder, isolated ? ISOLATION : {})
  })
}

// Workers are made of blobs: a policy that says nothing of them forbids them, and the fit goes on without.
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"
for (const [allowed, headers] of [
  [false, {}],
  [true, ISOLATION],
] as const) {
  const name = `a page built by Vite, under a policy without eval ${allowed ? 'that allows workers' : 'or workers'}`
  host(name, CHROMIUM, { threads: allowed ? 'one memory' : 'refused' }, async () => {
    const folder = consumer(`vite-${allowed}`)
    writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="/page.mjs"></script>\n')
    writeFileSync(join(folder, 'page.mjs'), script(false, allowed ? 40 : 3))
    const { build } = (await import(pathToFileURL(hosts.resolve('vite')).href)) as Vite
    await build({ root: folder, logLevel: 'error' })
    const policy = `${POLICY}${allowed ? '; worker-src blob:' : ''}`
    return inPage(join(folder, 'dist'), { 'content-security-policy': policy, ...headers })
  })
}

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' }

/** Serves the folder on the loopback address and waits for the page's \`window.results\`. */
async function inPage(folder: string, headers: Record<string, string>): Promise<Results> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const file = join(folder, path === '/' ? 'index.html' : path)
    if (!existsSync(file)) return response.writeHead(404).end()
    return response
      .writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', ...headers })
      .end(readFileSync(file))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { chromium } = hosts('playwright-core') as Playwright
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
  try {
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('pageerror', error => problems.push(String(error)))
    const address = server.address() as { port: number }
    await page.goto(`http://127.0.0.1:${address.port}/`)
    // Asked again and again from outside: waiting within the page would need the eval that its policy forbids.
    for (const until = Date.now() + 60_000; Date.now() < until;) {
      const results = await page.evaluate('window.results')
      assert.equal(problems, [])
      if (results) return results as Results
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    throw new Error('the page gave no results within a minute')
  } finally {
    await browser.close()
    server.close()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

test.run()
