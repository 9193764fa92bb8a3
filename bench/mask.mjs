// What entries that do not count cost: an iteration of a masked fit over one of the same fit without, from the same
// start, in turn. Prints ratios of processor time: machines are shared and noisy, so seconds mean nothing by themselves.
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
  // The same entries held out by their hash, and listed by weights of 0.
  for (const Floats of [Float32Array, Float64Array]) {
    const X = planted(2000, 1000, 20, Floats)
    const share = 0.1
    const title = `dense 2000 x 1000, ${Floats === Float32Array ? 'f32' : 'f64'}, a tenth held out`
    await table(title, { X }, { X, holdOut: share }, AIM)
    const { uniform } = generator(9)
    const weights = dense(
      X.data.map(() => Number(uniform() >= share)),
      X.shape,
    )
    await table(`${title} over so many listed`, { X, run: { weights } }, { X, holdOut: share })
  }
}
