// What entries that do not count cost: an iteration of a masked fit over one of the same fit without, from the same
// start, in turn. Prints ratios of processor time: machines are shared and noisy, so seconds mean nothing by themselves.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { csr, dense, NMF } from 'latens'
import { generator, planted, quantiles } from './common.mjs'

const ROUNDS = Number(process.env.LATENS_BENCH_STARTS ?? 7)
const ITERATIONS = Number(process.env.LATENS_BENCH_ITERATIONS ?? 8)
const PARTS = (process.env.LATENS_BENCH_PARTS ?? 'f32,f64,elsewhere,hash').split(',')
const KS = (process.env.LATENS_BENCH_K ?? '5,10,20,40').split(',').map(Number)
const AIM = 3

const SOLVERS = [
  ['hals', { solver: 'hals' }],
  ['bpp', { solver: 'bpp' }],
  ['als', { solver: 'als' }],
  ['mu', { solver: 'mu' }],
  ['mu, KL', { solver: 'mu', betaLoss: 1 }],
  ['newton, KL', { solver: 'newton', betaLoss: 1 }],
].filter(([name]) => (process.env.LATENS_BENCH_SOLVERS ?? name).split(';').includes(name))

const processor = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Time of an iteration. The first is not counted: copying, checking and the start end with it. */
async function iteration({ X, run = {}, ...options }) {
  const ends = []
  const nmf = new NMF({ tol: 0, maxIter: ITERATIONS + 1, lossEvery: ITERATIONS + 1, ...options })
  await nmf.fit(X, { ...run, onProgress: () => void ends.push(processor()) })
  return (ends.at(-1) - ends[0]) / (ends.length - 1)
}

async function table(title, plain, masked, aim = Infinity) {
  console.log(`\n${title}; masked / unmasked, ${ROUNDS} rounds${aim < Infinity ? `, aim: at most ${aim}` : ''}`)
  for (const [name, options] of SOLVERS) {
    for (const nComponents of KS) {
      const ratios = []
      for (let seed = 0; seed < ROUNDS; seed++) {
        const without = await iteration({ ...plain, ...options, nComponents, seed })
        ratios.push((await iteration({ ...masked, ...options, nComponents, seed })) / without)
      }
      const median = [...ratios].sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]
      const missed = median > aim ? '  MISSED' : ''
      console.log(`  ${name.padEnd(11)} k = ${String(nComponents).padEnd(3)} ${quantiles(ratios, 3)}${missed}`)
    }
  }
}

/** X with a share of its entries replaced. */
function replaced(X, share, value) {
  const { uniform } = generator(7)
  return dense(
    X.data.map(v => (uniform() < share ? value : v)),
    X.shape,
  )
}

/** The entries that are not zero. */
function sparse({ data, shape: [n, m] }) {
  const [indptr, indices, values] = [[0], [], []]
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      if (data[i * m + j] === 0) continue
      indices.push(j)
      values.push(data[i * m + j])
    }
    indptr.push(indices.length)
  }
  return csr({
    indptr: Int32Array.from(indptr),
    indices: Int32Array.from(indices),
    data: data.constructor.from(values),
    shape: [n, m],
  })
}

const missing = 'nan'
for (const [part, Floats] of [
  ['f32', Float32Array],
  ['f64', Float64Array],
]) {
  if (!PARTS.includes(part)) continue
  const X = planted(2000, 1000, 20, Floats)
  await table(`dense 2000 x 1000, ${part}, 10 % missing`, { X }, { X: replaced(X, 0.1, NaN), missing }, AIM)
}
if (PARTS.includes('elsewhere')) {
  const X = planted(2000, 1000, 20, Float32Array)
  const { uniform } = generator(8)
  const weights = dense(Float32Array.from(X.data, uniform), X.shape)
  const S = sparse(replaced(X, 0.95, 0))
  await table('dense 2000 x 1000, f32, 50 % missing', { X }, { X: replaced(X, 0.5, NaN), missing })
  await table('dense 2000 x 1000, f32, weights', { X }, { X, run: { weights } })
  await table('CSR 2000 x 1000 at 5 %, f32, zeros missing', { X: S }, { X: S, missing: 'zeros' })
}
if (PARTS.includes('hash')) {
  // Without lists each sweep would have to ask for every entry from both sides.
  const folder = mkdtempSync(join(tmpdir(), 'latens-bench-'))
  const file = join(folder, 'hash.wasm')
  const asc = 'node_modules/assemblyscript/bin/asc.js'
  const flags = ['-O3', '--enable', 'simd', '--importMemory', '--runtime', 'stub', '--noAssert']
  const memory = new WebAssembly.Memory({ initial: 1400 })
  execFileSync(process.execPath, [asc, 'bench/assembly/hash.ts', '-o', file, ...flags])
  const { scalar, vector } = (await WebAssembly.instantiate(readFileSync(file), { env: { memory } })).instance.exports
  rmSync(folder, { recursive: true })
  const X = planted(2000, 1000, 20, Float32Array)
  const below = 0.1 * 2 ** 32
  if (scalar(2000, 1000, 1, below) !== vector(2000, 1000, 1, below)) throw new Error('the loops differ')
  console.log(`\nhashing every entry twice / an iteration with a tenth held out, f32, ${ROUNDS} rounds`)
  for (const nComponents of KS)
    for (const [name, loop] of [
      ['scalar', scalar],
      ['four at once', vector],
    ]) {
      const ratios = []
      for (let seed = 0; seed < ROUNDS; seed++) {
        const sweep = await iteration({ X, holdOut: 0.1, nComponents, seed })
        const began = processor()
        for (let i = 0; i < 20; i++) loop(2000, 1000, seed, below)
        ratios.push((processor() - began) / 10 / sweep)
      }
      console.log(`  hals        k = ${String(nComponents).padEnd(3)} ${name.padEnd(13)} ${quantiles(ratios, 3)}`)
    }
}
