// Kernels by benchmark.js: operations a second of the narrow products that NMF spends its time in.
import { readFileSync } from 'node:fs'
import Benchmark from 'benchmark'
import { generator } from './common.mjs'

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
// One sparse sweep's kernels: 5000 x 5000, fifty entries a row, k = 20. The products add to their target, so each has
// one of its own that starts again from zero.
const [side, fill, k] = [5000, 50, 20]
const { uniform } = generator(1)
// Runs on over both precisions: the suite starts when all is laid out.
let top = base + n * m * 8 + (n + m) * 64 * 8
for (const [type, Floats] of [
  ['f32', Float32Array],
  ['f64', Float64Array],
]) {
  const put = values => {
    const at = top
    new values.constructor(memory.buffer, at, values.length).set(values)
    top = Math.ceil((top + values.byteLength) / 64) * 64
    return at
  }
  const draw = length => Floats.from({ length }, uniform)
  const indptr = put(Int32Array.from({ length: side + 1 }, (_, i) => i * fill))
  const jump = side / fill
  const indices = put(
    Int32Array.from({ length: side * fill }, (_, p) => (p % fill) * jump + Math.floor(uniform() * jump)),
  )
  const [data, a] = [put(draw(side * fill)), put(draw(side * k))]
  const [w, p] = [put(draw(side * k)), put(draw(side * k).map(v => 20000 * v))]
  const gram = put(Floats.from({ length: k * k }, (_, q) => (q % (k + 1) === 0 ? 3000 : 1000)))
  const [out, square] = [put(new Floats(side * k)), put(new Floats(k * k))]
  const clear = (at, length) => new Floats(memory.buffer, at, length).fill(0)
  const work = put(new Uint8Array(192 * k + 64))
  const add = (name, count, call) => {
    suite.add(`${name} ${type} k = ${k}`, call)
    flops.set(`${name} ${type} k = ${k}`, count)
  }
  add(`sparse X H'`, 2 * side * fill * k, () => {
    clear(out, side * k)
    engine[`csrProduct_${type}`](side, k, indptr, indices, data, a, out)
  })
  add(`sparse X' W`, 2 * side * fill * k, () => {
    clear(out, side * k)
    engine[`csrProductTransposed_${type}`](side, k, indptr, indices, data, a, out)
  })
  add('Gram', 2 * side * k * k, () => {
    clear(square, k * k)
    engine[`product_${type}`](k, side, k, a, 1, k, a, square)
  })
  add('HALS sweep', 2 * side * k * k, () => engine[`hals_${type}`](side, k, k, w, p, gram, 0, 0, 1, 0.1, work))
}
suite.on('cycle', ({ target }) => {
  const rate = (flops.get(target.name) * target.hz) / 1e9
  console.log(
    `${target.name.padEnd(22)} ${(1e3 / target.hz).toFixed(3)} ms, ${rate.toFixed(1)} GF/s, +-${target.stats.rme.toFixed(1)} %`,
  )
})
suite.run()
