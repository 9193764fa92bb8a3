// Matrix products against a loop of multiply-adds on registers alone (bench/assembly/peak.ts), tfjs-backend-wasm's
// matMul and numpy on one thread: all in turn in each round, ours and numpy after
// some calls that are not timed; ratios per round.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as tf from './peers/node_modules/@tensorflow/tfjs-core/dist/tf-core.node.js'
import { setWasmPaths } from './peers/node_modules/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.node.js'
import { generator, quantiles } from './common.mjs'

const ROUNDS = Number(process.env.LATENS_BENCH_ROUNDS ?? 15)
const WARM = 5
const SIDE = 1024
const folder = mkdtempSync(join(tmpdir(), 'latens-bench-'))
const flags = ['-O3', '--enable', 'simd', '--importMemory', '--runtime', 'stub', '--noAssert']
const asc = 'node_modules/assemblyscript/bin/asc.js'
execFileSync(process.execPath, [asc, 'bench/assembly/peak.ts', '-o', join(folder, 'peak.wasm'), ...flags])
const memory = new WebAssembly.Memory({ initial: 1400 })
const load = async file => (await WebAssembly.instantiate(readFileSync(file), { env: { memory } })).instance.exports
const [engine, loop] = [await load('dist/latens.wasm'), await load(join(folder, 'peak.wasm'))]
rmSync(folder, { recursive: true })

setWasmPaths('bench/peers/node_modules/@tensorflow/tfjs-backend-wasm/dist/')
await tf.setBackend('wasm')
await tf.ready()
console.log(`tfjs-backend-wasm ${tf.version_core}`)

const python = spawn(process.env.PYTHON ?? 'python3', ['bench/peers/gemm.py'], { stdio: ['pipe', 'pipe', 'ignore'] })
python.on('error', () => {})
python.stdin.on('error', () => {})
const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]()
const hello = await lines.next()
console.log(hello.done ? 'no numpy: nothing of it below' : JSON.parse(hello.value).peer)
async function numpy(job) {
  if (hello.done) return NaN
  python.stdin.write(`${JSON.stringify(job)}\n`)
  return JSON.parse((await lines.next()).value).seconds
}

const seconds = work => {
  const started = performance.now()
  work()
  return (performance.now() - started) / 1000
}
const { uniform } = generator(3)
const base = Math.ceil(engine.heapBase() / 64) * 64
const types = [
  ['f32', 4, Float32Array],
  ['f64', 8, Float64Array],
]

async function measure(name, flops, ours, peak, peers) {
  const [rate, share] = [[], []]
  const ratios = new Map(Object.keys(peers).map(peer => [peer, []]))
  for (let i = 0; i < 20; i++) ours()
  for (let round = 0; round < ROUNDS; round++) {
    // First some that are not timed: what the others leave in the caches is not what a fit finds there.
    for (let i = 0; i < WARM; i++) ours()
    const mine = seconds(ours)
    const limit = peak()
    rate.push(flops / mine / 1e9)
    share.push(flops / mine / limit)
    for (const [peer, work] of Object.entries(peers)) ratios.get(peer).push((await work()) / mine)
  }
  console.log(`${name.padEnd(34)} GF/s ${quantiles(rate)}; share of the register loop ${quantiles(share)}`)
  for (const [peer, values] of ratios) {
    if (!values.some(Number.isNaN)) console.log(`${' '.repeat(35)}time of ${peer} over ours ${quantiles(values)}`)
  }
}

for (const [type, size, Floats] of types) {
  const turns = 4e5
  const lanes = 16 / size
  for (let i = 0; i < 200; i++) loop[`peak_${type}`](1e4)
  const peak = () => (24 * lanes * turns) / seconds(() => loop[`peak_${type}`](turns))
  const [a, b, c] = [0, 1, 2].map(i => base + i * SIDE * SIDE * size)
  const work = base + 3 * SIDE * SIDE * size
  const random = Floats.from({ length: SIDE * SIDE }, uniform)
  for (const at of [a, b, c]) new Floats(memory.buffer, at, SIDE * SIDE).set(random)
  const gemm = engine[`gemm_${type}`]
  const tensor = tf.tensor2d(Float32Array.from(random), [SIDE, SIDE])
  for (const [ta, tb] of [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ]) {
    const name = `gemm ${SIDE} ${type} ${ta ? "A'" : 'A'} ${tb ? "B'" : 'B'}`
    const [ras, cas] = ta ? [1, SIDE] : [SIDE, 1]
    const [rbs, cbs] = tb ? [1, SIDE] : [SIDE, 1]
    const ours = () => gemm(SIDE, SIDE, SIDE, 1, a, ras, cas, b, rbs, cbs, c, SIDE, work)
    const peers = { numpy: () => numpy({ m: SIDE, n: SIDE, depth: SIDE, ta, tb, type }) }
    if (type === 'f32') {
      peers['tfjs-backend-wasm'] = () => seconds(() => tf.matMul(tensor, tensor, ta, tb).dispose())
    }
    await measure(name, 2 * SIDE ** 3, ours, peak, peers)
  }
  tensor.dispose()

  // NMF's shapes: X H' and X' W with X 2000 x 1000.
  const [n, m] = [2000, 1000]
  const [x, w, h] = [base, base + n * m * size, base + n * m * size + n * 64 * size]
  new Floats(memory.buffer, x, n * m).set(Floats.from({ length: n * m }, uniform))
  const product = engine[`product_${type}`]
  for (const k of [12, 20, 32, 64]) {
    new Floats(memory.buffer, w, (n + m) * 64).fill(1)
    const job = { n: k, ta: false, tb: false, type }
    await measure(`X H' ${type} k = ${k}`, 2 * n * m * k, () => product(n, m, k, x, m, 1, h, w), peak, {
      numpy: () => numpy({ ...job, m: n, depth: m, tb: true }),
    })
    await measure(`X' W ${type} k = ${k}`, 2 * n * m * k, () => product(m, n, k, x, 1, m, w, h), peak, {
      numpy: () => numpy({ ...job, m, depth: n, ta: true }),
    })
  }
  // The same kernel on X of other sizes: what it loses where the caches do not hold X.
  for (const [rows, columns] of [
    [50, 400],
    [100, 1000],
    [500, 1000],
    [2000, 1000],
    [4000, 1000],
  ]) {
    const [held, left, right] = [x, x + rows * columns * size, x + rows * columns * size + rows * 32 * size]
    new Floats(memory.buffer, held, rows * columns).fill(0.5)
    new Floats(memory.buffer, left, (rows + columns) * 32).fill(1)
    for (const k of [12, 32]) {
      const times = Math.ceil(2e6 / (rows * columns))
      const many = work => () => {
        for (let i = 0; i < times; i++) work()
      }
      const label = `${type} k = ${k}, X ${((rows * columns * size) / 1e6).toFixed(1)} MB`
      const flops = 2 * rows * columns * k * times
      await measure(
        `X H' ${label}`,
        flops,
        many(() => product(rows, columns, k, held, columns, 1, right, left)),
        peak,
        {},
      )
      await measure(
        `X' W ${label}`,
        flops,
        many(() => product(columns, rows, k, held, 1, columns, left, right)),
        peak,
        {},
      )
    }
  }
}
python.stdin.end()
