// NMF's time against its work: iterations of growing n, m and k, and the exponent of time in counted flops (least squares
// in log-log), wanted 1. Then the same fits on denormal numbers over the fits on numbers of order 1, wanted 1.
// The time of an iteration is that of a long fit less its own first two iterations, read at `onProgress`: no setup is in
// it. It is the processor's time of this process, which does not run while others have the core; what others still do to
// the caches only adds, so each point keeps its best of some rounds, and a round visits every point of the axis.
import { csr, dense, NMF } from 'latens'
import { generator, quantiles } from './common.mjs'

const ROUNDS = Number(process.env.LATENS_BENCH_ROUNDS ?? 3)
const FILL = 0.01
const WARM = 2

/** Milliseconds of processor time so far. */
function clock() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const floats = { f32: Float32Array, f64: Float64Array }
// Smallest sides: an iteration takes 5 ms or more there. Each axis grows 16-fold from them.
const SMALL = {
  'hals dense': [1600, 1600, 20],
  'mu dense': [600, 600, 20],
  'hals CSR': [12000, 12000, 20],
  'mu CSR': [5000, 5000, 20],
}
const solvers = {
  hals: { solver: 'hals', innerIter: 1, rescale: false, tol: 0 },
  mu: { solver: 'mu', betaLoss: 'kullback-leibler', lossEvery: 1e9, tol: 0 },
}

/** Rows and columns in `blocks` groups; what lies between different ones is zero. */
function full(n, m, type, blocks = 1) {
  const { uniform } = generator(1)
  const data = new floats[type](n * m)
  for (let p = 0; p < data.length; p++) {
    const inside = Math.floor((Math.floor(p / m) * blocks) / n) === Math.floor(((p % m) * blocks) / m)
    data[p] = inside ? uniform() + 0.1 : 0
  }
  return dense(data, [n, m])
}

/** Every row has the same number of entries, one in each of equal stretches of its group's columns. */
function sparse(n, m, type, blocks = 1) {
  const { uniform } = generator(1)
  const count = Math.round((m * FILL) / blocks)
  const indices = new Int32Array(n * count)
  const data = new floats[type](n * count)
  for (let p = 0; p < data.length; p++) {
    const group = Math.floor((Math.floor(p / count) * blocks) / n)
    indices[p] = Math.floor((group * m) / blocks + (((p % count) + uniform()) * m) / blocks / count)
    data[p] = uniform() + 0.1
  }
  return csr({ indptr: Int32Array.from({ length: n + 1 }, (_, i) => i * count), indices, data, shape: [n, m] })
}

/** hals: two products with X, a Gram matrix and a sweep a side. mu: for every entry, twice, z and what is added for it. */
function flops(solver, X, k) {
  const [n, m] = X.shape
  const entries = X.data.length
  return solver === 'hals' ? 4 * entries * k + 4 * (n + m) * k * k : 8 * entries * k
}

/** Seconds of one iteration after the first two, the mean of `count`; and the first tenth of them over the rest. */
async function iteration(X, k, options, count) {
  const marks = []
  // One more, whose loss is no part of the rest.
  await new NMF({ nComponents: k, maxIter: WARM + count + 1, ...options }).fit(X, {
    onProgress: () => marks.push(clock()),
  })
  const mean = (from, to) => (marks[WARM - 1 + to] - marks[WARM - 1 + from]) / (to - from) / 1000
  const tenth = Math.ceil(count / 10)
  return { mean: mean(0, count), early: mean(0, tenth) / mean(tenth, count) }
}

/** Slope of log y in log x and its standard error. */
function slope(xs, ys) {
  const [x, y] = [xs.map(Math.log), ys.map(Math.log)]
  const mean = v => v.reduce((s, a) => s + a, 0) / v.length
  const [mx, my] = [mean(x), mean(y)]
  const sxx = x.reduce((s, a) => s + (a - mx) ** 2, 0)
  const b = x.reduce((s, a, i) => s + (a - mx) * (y[i] - my), 0) / sxx
  const rest = x.reduce((s, a, i) => s + (y[i] - my - b * (a - mx)) ** 2, 0)
  return [b, Math.sqrt(rest / (x.length - 2) / sxx)]
}

async function axis(solver, layout, type, which) {
  const small = SMALL[`${solver} ${layout}`]
  // k in half octaves, rounded: most are no multiple of four.
  const steps = which === 2 ? 8 : 4
  const shapes = Array.from({ length: steps + 1 }, (_, s) =>
    small.map((v, i) => (i === which ? Math.round(v * 16 ** (s / steps)) : v)),
  )
  let made
  const points = shapes.map(([n, m, k]) => {
    if (!made || which !== 2) made = layout === 'CSR' ? sparse(n, m, type) : full(n, m, type)
    return { X: made, k, best: Infinity, work: flops(solver, made, k) }
  })
  for (let round = 0; round < ROUNDS; round++) {
    for (const point of points) {
      const count = round === 0 ? 2 : Math.max(2, Math.min(40, Math.ceil(0.25 / point.best)))
      const { mean } = await iteration(point.X, point.k, solvers[solver], count)
      point.best = Math.min(point.best, mean)
    }
  }
  const times = points.map(p => p.best)
  const fitted = xs => {
    const [b, error] = slope(xs, times)
    return `${b.toFixed(3)} +- ${error.toFixed(3)}${Math.abs(b - 1) > 0.1 ? ' OUTSIDE' : ''}`
  }
  const ends = `${'nmk'[which]} ${shapes[0][which]} to ${shapes.at(-1)[which]}`
  const entries = layout === 'CSR' && which !== 2 ? `; in non-zeros ${fitted(points.map(p => p.X.data.length))}` : ''
  console.log(
    `${solver.padEnd(4)} ${layout.padEnd(5)} ${type} ${ends.padEnd(18)} ${(1000 * times[0]).toFixed(1)} to ${(1000 * times.at(-1)).toFixed(0)} ms; exponent in flops ${fitted(points.map(p => p.work))}${entries}`,
  )
  console.log(
    `     GF/s ${points.map(p => `${shapes[points.indexOf(p)][which]}: ${(p.work / p.best / 1e9).toFixed(1)}`).join(', ')}`,
  )
}

// The same data of order 1 and spread over two decades below the least normal number; three quarters of the components
// of a start there; and groups of rows and columns with nothing between them, where the updates drive most of the factors
// down to zero in the first iterations: twenty of them over the 180 that follow.
async function denormal(solver, layout, type) {
  const [n, m, k] = layout === 'CSR' ? [4000, 4000, 20] : [600, 600, 20]
  const least = type === 'f32' ? -38 : -308
  const { uniform } = generator(4)
  const ordinary = layout === 'CSR' ? sparse(n, m, type) : full(n, m, type)
  const exponents = Float64Array.from(ordinary.data, () => -2 * uniform())
  const made = decades => {
    const data = floats[type].from(exponents, e => 10 ** (e + decades))
    return layout === 'CSR' ? csr({ ...ordinary, data }) : dense(data, [n, m])
  }
  const start = decades => {
    const draw = generator(5).uniform
    const fill = (length, component) =>
      floats[type].from({ length }, (_, i) => {
        const tiny = component(i) % 4 !== 0
        return tiny ? 10 ** (decades - 2 * draw()) : draw()
      })
    return {
      W: dense(
        fill(n * k, i => i % k),
        [n, k],
      ),
      H: dense(
        fill(k * m, i => Math.floor(i / m)),
        [k, m],
      ),
    }
  }
  const print = (name, ratios, note = '') =>
    console.log(`${solver.padEnd(4)} ${layout.padEnd(5)} ${type} ${name.padEnd(26)} ${quantiles(ratios)}${note}`)
  const pairs = {
    entries: [
      [made(least), {}],
      [made(0), {}],
    ],
    // A start so far from the data in size is taken where it is scaled to them.
    'entries, start of order 1': [
      [made(least), { init: start(0), rescale: true }],
      [made(0), { init: start(0), rescale: true }],
    ],
    components: [
      [ordinary, { init: start(least) }],
      [ordinary, { init: start(0) }],
    ],
  }
  for (const [name, [tiny, plain]] of Object.entries(pairs)) {
    const ratios = []
    // The fit on tiny numbers may stop early, where all of it counts as zero: the other makes as many iterations.
    const time = async ([X, options], maxIter) => {
      const started = clock()
      const { nIter } = await new NMF({ nComponents: k, maxIter, ...solvers[solver], ...options }).fit(X)
      return { seconds: clock() - started, nIter }
    }
    let iterations = 0
    for (let round = 0; round < 2 * ROUNDS + 1; round++) {
      const slow = await time(tiny, 20)
      iterations = slow.nIter
      ratios.push(slow.seconds / (await time(plain, iterations)).seconds)
    }
    print(name, ratios, iterations < 20 ? `; stopped after ${iterations} of 20 iterations` : '')
  }
  const grouped = layout === 'CSR' ? sparse(n, m, type, 4) : full(n, m, type, 4)
  const ratios = []
  for (let round = 0; round < ROUNDS; round++) {
    ratios.push((await iteration(grouped, k, solvers[solver], 200)).early)
  }
  print('driven to zero', ratios)
}

const chosen = process.env.LATENS_BENCH_CASES?.split(',')
const cases = ['hals dense f32', 'hals dense f64', 'mu dense f32', 'mu dense f64']
  .concat(['hals CSR f32', 'hals CSR f64', 'mu CSR f32', 'mu CSR f64'])
  .filter(name => !chosen || chosen.includes(name))
// Both tiers of the compiler are behind us before the first clock.
for (const solver of ['hals', 'mu']) await iteration(full(300, 300, 'f32'), 20, solvers[solver], 50)

console.log(`time of a fit over the time on numbers of order 1 (1: denormals cost nothing), ${2 * ROUNDS + 1} rounds`)
const parts = (process.env.LATENS_BENCH_PARTS ?? 'denormals,work').split(',')
for (const name of parts.includes('denormals') ? cases : []) await denormal(...name.split(' '))
console.log(`\ntime against counted work, best of ${ROUNDS}; CSR at ${100 * FILL} %; OUTSIDE: further than .1 from 1`)
for (const name of parts.includes('work') ? cases : [])
  for (const which of [0, 1, 2]) await axis(...name.split(' '), which)
