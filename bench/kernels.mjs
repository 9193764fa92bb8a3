// Kernels by benchmark.js: operations a second of the narrow products that NMF spends its time in.
import { readFileSync } from 'node:fs'
import Benchmark from 'benchmark'

const started = performance.now()
const module = await WebAssembly.compile(readFileSync('dist/latens.wasm'))
const memory = new WebAssembly.Memory({ initial: 1024 })
const { exports: engine } = await WebAssembly.instantiate(module, { env: { memory } })
console.log(`module compiled and instantiated in ${(performance.now() - started).toFixed(2)} ms`)

const base = Math.ceil(engine.heapBase() / 64) * 64
const suite = new Benchmark.Suite()
const flops = new Map()
const [n, m] = [2000, 1000]
for (const [type, size] of [
  ['f32', 4],
  ['f64', 8],
]) {
  const [x, w, ht] = [base, base + n * m * size, base + n * m * size + n * 64 * size]
  for (const kp of [12, 20, 32, 64]) {
    const product = engine[`product_${type}`]
    const add = (name, work) => {
      suite.add(name, work)
      flops.set(name, 2 * n * m * kp)
    }
    add(`X H' ${type} k = ${kp}`, () => product(n, m, kp, x, m, 1, ht, w))
    add(`X' W ${type} k = ${kp}`, () => product(m, n, kp, x, 1, m, w, ht))
  }
}
suite.on('cycle', ({ target }) => {
  const rate = (flops.get(target.name) * target.hz) / 1e9
  console.log(`${target.name.padEnd(22)} ${rate.toFixed(1)} GF/s, +-${target.stats.rme.toFixed(1)} %`)
})
suite.run()
