// Fits on two threads against the same fits on one, against what two independent loops on registers gain at the same
// time, and against scikit-learn on two threads; what dealing out costs; and memory. Everything in turn in each round.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'

const ROUNDS = Number(process.env.LATENS_BENCH_ROUNDS ?? 9)

const memories = []
if (process.argv[2]) {
  const { Memory } = WebAssembly
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor) {
      super(descriptor)
      memories.push(this)
    }
  }
}
const { csr, dense, NMF, workers } = await import('latens')
const { generator, planted, quantiles } = await import('./common.mjs')

function sparse(n, m, each) {
  const { uniform } = generator(1)
  const stretch = m / each
  return csr({
    indptr: Int32Array.from({ length: n + 1 }, (_, i) => i * each),
    indices: Int32Array.from({ length: n * each }, (_, p) => Math.floor(((p % each) + uniform()) * stretch)),
    data: Float32Array.from({ length: n * each }, () => uniform() + 0.1),
    shape: [n, m],
  })
}

const cases = {
  dense: ['dense 20000 x 1000, k = 32', () => planted(20000, 1000, 32, Float32Array), { nComponents: 32 }],
  csr: ['CSR 50000 x 20000 at .5 %, k = 32', () => sparse(50000, 20000, 100), { nComponents: 32 }],
  restarts: [
    'dense 1000 x 500, k = 16, nInit 8',
    () => planted(1000, 500, 16, Float32Array),
    { nComponents: 16, nInit: 8 },
  ],
}
const bytesOf = ({ data, indices, indptr }) => [data, indices, indptr].reduce((sum, a) => sum + (a?.byteLength ?? 0), 0)

async function seconds(X, options, run) {
  const started = performance.now()
  await new NMF({ tol: 0, ...options }).fit(X, run)
  return (performance.now() - started) / 1000
}

/** Seconds of a fit, and of its iterations alone: from the third on; of restarts, what eighty more of each take. */
async function timed(name, X, run) {
  const [, , options] = cases[name]
  if (name === 'restarts') {
    const begun = await seconds(X, { ...options, maxIter: 20 }, run)
    const whole = await seconds(X, { ...options, maxIter: 100 }, run)
    return { whole, steps: whole - begun }
  }
  const at = []
  const onProgress = ({ iter }) => (at[iter] = performance.now())
  const whole = await seconds(X, { ...options, maxIter: 13 }, { ...run, onProgress })
  return { whole, steps: (at[13] - at[3]) / 1000 }
}

// One of the fits that run at the same time in processes of their own: ready, told to go, its iterations' seconds.
if (process.argv[3] === 'beside') {
  const name = process.argv[2]
  const X = cases[name][1]()
  await timed(name, X)
  console.log('ready')
  for await (const _ of createInterface({ input: process.stdin })) console.log((await timed(name, X)).steps)
  process.exit(0)
}

// Memory is measured in a process of its own.
if (process.argv[2]) {
  const [name, threads] = [process.argv[2], Number(process.argv[3])]
  const [, make, options] = cases[name]
  const X = make()
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  let most = before
  const look = () => (most = Math.max(most, process.memoryUsage().rss))
  const timer = setInterval(look, 1)
  await seconds(X, { ...options, maxIter: 5 }, { threads, onProgress: look })
  look()
  clearInterval(timer)
  const { k = options.nComponents } = options
  const [n, m] = X.shape
  const arena = memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
  console.log(JSON.stringify({ arena, rss: most - before, X: bytesOf(X), factors: (n + m) * k * 4 }))
  process.exit(0)
}

const folder = mkdtempSync(join(tmpdir(), 'latens-bench-'))
const asc = 'node_modules/assemblyscript/bin/asc.js'
const flags = ['-O3', '--enable', 'simd', '--importMemory', '--runtime', 'stub', '--noAssert']
execFileSync(process.execPath, [asc, 'bench/assembly/peak.ts', '-o', join(folder, 'peak.wasm'), ...flags])
const peak = readFileSync(join(folder, 'peak.wasm'))
const loopOf = async bytes => {
  const memory = new WebAssembly.Memory({ initial: 2 })
  const { peak_f32 } = (await WebAssembly.instantiate(bytes, { env: { memory } })).instance.exports
  for (let i = 0; i < 200; i++) peak_f32(1e4)
  return peak_f32
}
const loop = await loopOf(peak)
const other = new Worker(
  `const { parentPort, workerData } = require('node:worker_threads')
const ready = (${loopOf})(workerData)
parentPort.on('message', async turns => parentPort.postMessage((await ready)(turns)))`,
  { eval: true, workerData: peak },
)
const elsewhere = turns =>
  new Promise(resolve => {
    other.once('message', resolve)
    other.postMessage(turns)
  })
await elsewhere(1)
const TURNS = 4e6
/** Two processes that make a case's fits, each on one thread, beside each other: what that gains. */
async function twoProcesses(name) {
  const start = async () => {
    const stdio = ['pipe', 'pipe', 'inherit']
    const child = spawn(process.execPath, ['bench/threads.mjs', name, 'beside'], { stdio })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    await lines.next()
    return async go => (go ? (child.stdin.write('go\n'), Number((await lines.next()).value)) : child.stdin.end())
  }
  const pair = [await start(), await start()]
  return {
    async gain() {
      const alone = await pair[0](true)
      return (2 * alone) / Math.max(...(await Promise.all(pair.map(run => run(true)))))
    },
    end: () => Promise.all(pair.map(run => run(false))),
  }
}
/** What two independent loops, one a thread, do in the time in which one alone does 1. */
async function gain() {
  const clock = performance.now.bind(performance)
  let started = clock()
  loop(TURNS)
  const alone = clock() - started
  started = clock()
  const there = elsewhere(TURNS)
  loop(TURNS)
  await there
  return (2 * alone) / (clock() - started)
}

const made = Object.fromEntries(Object.entries(cases).map(([name, [, make]]) => [name, make()]))
const parts = (process.env.LATENS_BENCH_PARTS ?? 'speed,dealing,peer,memory').split(',')
const wanted = (process.env.LATENS_BENCH_CASES ?? Object.keys(cases).join()).split(',')

if (parts.includes('speed')) {
  for (const name of wanted) {
    const [title] = cases[name]
    const X = made[name]
    const [iteration, whole, loops, share, beside, ofBeside] = [[], [], [], [], [], []]
    const processes = await twoProcesses(name)
    // An iteration is measured on a pool that is warm; a whole fit starts its worker.
    const pool = await workers(2)
    await timed(name, X, { threads: pool })
    for (let round = 0; round < ROUNDS; round++) {
      const before = await gain()
      const one = await timed(name, X, { threads: 1 })
      const between = await gain()
      const two = await timed(name, X, { threads: pool })
      const limit = (before + between + (await gain())) / 3
      const faster = one.steps / two.steps
      loops.push(limit)
      iteration.push(faster)
      share.push(faster / limit)
      whole.push(one.whole / (await timed(name, X, { threads: 2 })).whole)
      beside.push(await processes.gain())
      ofBeside.push(faster / beside.at(-1))
    }
    pool[Symbol.dispose]()
    await processes.end()
    console.log(`\n${title}: time of one thread over that of two, ${ROUNDS} rounds`)
    console.log(`  an iteration:                  ${quantiles(iteration, 3)}`)
    console.log(`  a whole fit:                   ${quantiles(whole, 3)}`)
    console.log(`  two independent loops:         ${quantiles(loops, 3)}`)
    console.log(`  an iteration, share of that:   ${quantiles(share, 3)}`)
    console.log(`  the fit in two processes:      ${quantiles(beside, 3)}`)
    console.log(`  an iteration, share of that:   ${quantiles(ofBeside, 3)}`)
  }
}
await other.terminate()

if (parts.includes('dealing')) {
  mkdirSync('build/bench', { recursive: true })
  await build({
    entryPoints: ['bench/phase.ts'],
    outdir: 'build/bench',
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['#wasm', '#wasm-shared', '#wasm-relaxed', '#worker'],
    define: { 'WebAssembly.compile': '__compile' },
    inject: ['build/compiled.mjs'],
    logLevel: 'warning',
  })
  const { emptyPhase } = await import('../build/bench/phase.js')
  console.log('\nan empty phase: milliseconds a shard, and of a phase of two shards')
  for (const [name, threads, shared] of [
    ['inline', 1, true],
    ['2 threads on one memory', 2, true],
    ['2 threads by messages', 2, false],
  ]) {
    const [few, many] = [await emptyPhase(2, threads, shared), await emptyPhase(202, threads, shared)]
    console.log(`  ${name.padEnd(24)} ${((many - few) / 200).toFixed(4)} a shard, ${few.toFixed(3)} a phase`)
  }
}

if (parts.includes('peer')) {
  const env = { ...process.env, LATENS_PEER_THREADS: '2' }
  const peer = spawn(process.env.PYTHON ?? 'python3', ['bench/peers/nmf.py'], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  peer.on('error', () => {})
  peer.stdin.on('error', () => {})
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]()
  const hello = await lines.next()
  if (hello.done) console.log('\nno peer (Python with bench/peers/requirements.txt)')
  else console.log(`\n${JSON.parse(hello.value).peer}, two threads each; above 1: latens is faster`)
  const bytes = a => new Uint8Array(a.buffer, a.byteOffset, a.byteLength)
  for (const name of hello.done ? [] : ['dense', 'csr']) {
    const [title, , { nComponents: k }] = cases[name]
    const X = made[name]
    const [n, m] = X.shape
    writeFileSync(join(folder, 'shape.json'), JSON.stringify({ n, m, k, dtype: '<f4' }))
    for (const part of ['data', 'indices', 'indptr']) if (X[part]) writeFileSync(join(folder, part), bytes(X[part]))
    const ratios = []
    let missed = 0
    for (let round = 0; round < Math.min(ROUNDS, 5); round++) {
      const { uniform } = generator(100 + round)
      const level = Math.sqrt(X.data.reduce((s, v) => s + v, 0) / (n * m) / k)
      const draw = length => Float32Array.from({ length }, () => level * (uniform() + uniform()))
      const [W, H] = [draw(n * k), draw(k * m)]
      writeFileSync(join(folder, 'W'), bytes(W))
      writeFileSync(join(folder, 'H'), bytes(H))
      peer.stdin.write(`${JSON.stringify({ folder, kind: X.kind, iterations: 20 })}\n`)
      const theirs = JSON.parse((await lines.next()).value)
      const stop = new AbortController()
      const started = performance.now()
      let reached = 0
      const onProgress = ({ loss }) => {
        if (!(loss <= theirs.loss * 1.0005)) return
        reached = (performance.now() - started) / 1000
        stop.abort()
      }
      const init = { W: dense(W, [n, k]), H: dense(H, [k, m]) }
      const run = { threads: 2, onProgress, signal: stop.signal }
      await seconds(X, { nComponents: k, init, maxIter: 200 }, run).catch(error => {
        if (!stop.signal.aborted) throw error
      })
      if (reached === 0) missed++
      ratios.push(reached > 0 ? theirs.seconds / reached : 0)
    }
    const note = missed > 0 ? ` (${missed} never: counted 0)` : ''
    console.log(`  ${title}: time to scikit-learn's loss after 20 iterations + .05 %: ${quantiles(ratios, 3)}${note}`)
  }
  peer.stdin.end()
}

if (parts.includes('memory')) {
  console.log('\nmemory')
  for (const name of ['dense', 'csr'])
    for (const threads of [1, 2]) {
      const out = execFileSync(process.execPath, ['--expose-gc', 'bench/threads.mjs', name, String(threads)])
      const { arena, rss, X, factors } = JSON.parse(out)
      const beyond = bytes => `${(bytes / X).toFixed(2)} x X, ${((bytes - 1.3 * X - factors) / 1e6).toFixed(0)} MB`
      console.log(
        `  ${cases[name][0]}, ${threads} thread${threads > 1 ? 's' : ''}: arena ${beyond(arena)}; growth of rss ${beyond(rss)} beyond 1.3 X and the factors`,
      )
    }
}
rmSync(folder, { recursive: true })
