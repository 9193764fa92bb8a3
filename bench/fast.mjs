// What `fast` gains: each kernel of the exact build over the relaxed one's, then whole fits, taken in turns, in this Node
// (with V8's flag where it is old) and in the newest, each a process of its own.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { csr, dense, NMF } from 'latens'
import { generator } from './common.mjs'

const SECONDS = 4 // for a pair

const here = fileURLToPath(import.meta.url)
if (process.argv[2] === 'measure') await measure()
else {
  const newest = fileURLToPath(new URL('../test/hosts/node_modules/node/bin/node', import.meta.url))
  for (const host of [process.execPath, newest].filter(existsSync)) {
    const major = parseInt(execFileSync(host, ['-p', 'process.versions.node'], { encoding: 'utf8' }))
    const flags = major < 21 ? ['--experimental-wasm-relaxed-simd'] : []
    execFileSync(host, [...flags, here, 'measure'], { stdio: 'inherit' })
  }
}

async function measure() {
  const builds = []
  for (const file of ['dist/latens.wasm', 'dist/latens.relaxed.wasm']) {
    const memory = new WebAssembly.Memory({ initial: 1024 })
    const { instance } = await WebAssembly.instantiate(readFileSync(file), { env: { memory } })
    builds.push({ engine: instance.exports, memory })
  }
  console.log(`Node ${process.versions.node}: exact ms, relaxed ms, exact / relaxed (medians)`)
  for (const [type, Floats] of [
    ['f32', Float32Array],
    ['f64', Float64Array],
  ]) {
    const [exact, relaxed] = builds.map(build => kernels(build, type, Floats))
    for (const name of Object.keys(exact)) await compare(`${name} ${type}`, exact[name], relaxed[name])
    for (const [name, X] of Object.entries(data(Floats))) {
      const [plain, fast] = [false, true].map(fast => new NMF({ nComponents: 20, maxIter: 20, tol: 0, fast }))
      if (!(await fast.fit(X)).fast) throw new Error('wanted a fit on the relaxed engine')
      await compare(
        `fit ${name} ${type}`,
        () => plain.fit(X),
        () => fast.fit(X),
      )
    }
  }
}

async function compare(name, exact, relaxed) {
  const [a, b] = await interleaved([exact, relaxed])
  const ratio = median(a.map((time, i) => time / b[i]))
  const row = [median(a).toFixed(3).padStart(9), median(b).toFixed(3).padStart(9), ratio.toFixed(2).padStart(6)]
  console.log(`${name.padEnd(16)} ${row.join(' ')}`)
}

/** Twenty iterations of hals: 2000 x 1000 numbers, and 5000 x 5000 with fifty of them a row. */
function data(Floats) {
  const { uniform } = generator(2)
  const draw = length => Floats.from({ length }, uniform)
  const [side, fill] = [5000, 50]
  const indptr = Int32Array.from({ length: side + 1 }, (_, i) => i * fill)
  const indices = Int32Array.from({ length: side * fill }, (_, e) => (e % fill) * 100 + Math.floor(uniform() * 100))
  return {
    dense: dense(draw(2e6), [2000, 1000]),
    sparse: csr({ indptr, indices, data: draw(side * fill), shape: [side, side] }),
  }
}

/** The calls to time, on the same data in every build. */
function kernels({ engine, memory }, type, Floats) {
  const { uniform } = generator(1)
  let top = Math.ceil(engine.heapBase() / 64) * 64
  const put = values => {
    const at = top
    top = Math.ceil((top + values.byteLength) / 64) * 64
    new values.constructor(memory.buffer, at, values.length).set(values)
    return at
  }
  const draw = length => put(Floats.from({ length }, uniform))
  const call = (name, ...args) => engine[`${name}_${type}`](...args)
  // Dense: a square for gemm, of which a part is X; sparse: 5000 x 5000 with fifty entries a row.
  const [side, n, m, k, wide, fill] = [1024, 1000, 1000, 20, 5000, 50]
  const [x, y, out] = [draw(side * side), draw(side * side), draw(side * side)]
  const [w, ht, p] = [draw(wide * k), draw(wide * k), put(Floats.from({ length: wide * k }, () => 20000 * uniform()))]
  const gram = put(Floats.from({ length: k * k }, (_, q) => (q % (k + 1) === 0 ? 3000 : 1000)))
  const sums = put(Floats.from({ length: k }, () => 500))
  const work = put(new Uint8Array(engine.gemmWork()))
  const indptr = put(Int32Array.from({ length: wide + 1 }, (_, i) => i * fill))
  const jump = wide / fill
  const indices = put(
    Int32Array.from({ length: wide * fill }, (_, e) => (e % fill) * jump + Math.floor(uniform() * jump)),
  )
  // Products add to their target, so it starts again from zero; what is updated in place, from the same numbers.
  const target = put(new Floats(wide * k))
  const start = new Floats(memory.buffer, w, wide * k).slice()
  const clear = count => new Floats(memory.buffer, target, count).fill(0)
  const again = count => new Floats(memory.buffer, target, count).set(start.subarray(0, count))
  return {
    gemm: () => {
      new Floats(memory.buffer, out, side * side).fill(0)
      call('gemm', side, side, side, 1, x, side, 1, y, side, 1, out, side, work)
    },
    "X H'": () => {
      clear(n * k)
      call('product', n, m, k, x, m, 1, ht, target)
    },
    "X' W": () => {
      clear(m * k)
      call('product', m, n, k, x, 1, m, w, target)
    },
    "sparse X H'": () => {
      clear(wide * k)
      call('csrProduct', wide, k, indptr, indices, x, ht, target)
    },
    "sparse X' W": () => {
      clear(wide * k)
      call('csrProductTransposed', wide, k, indptr, indices, x, w, target)
    },
    'HALS sweep': () => {
      again(wide * k)
      call('hals', wide, k, k, target, p, gram, 0, 0, 1, 0.1, work)
    },
    gemv: () => {
      clear(side)
      call('gemv', side, side, 1, x, 1, side, y, target)
    },
    'KL step on W': () => {
      again(200 * k)
      call('multiplicative', 200, m, k, k, 1, 1, 0, 0, 0, 0, x, m, target, ht, sums, 0, 0, work)
    },
  }
}

/** Times in ms of calls taken in turns: a slow spell of the machine meets both. */
async function interleaved(calls) {
  const times = calls.map(() => [])
  const stop = performance.now() + SECONDS * 1000
  for (let round = 0; round < 8 || (performance.now() < stop && round < 1000); round++) {
    for (const [i, call] of calls.entries()) {
      const start = performance.now()
      await call()
      if (round >= 3) times[i].push(performance.now() - start)
    }
  }
  return times
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}
