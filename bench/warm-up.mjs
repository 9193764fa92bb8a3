// What multiplicative iterations before Newton's do (`warmUp` of `newton`): random starts, followed with none and with some,
// until the loss is near the lowest that any comes to. Processor time over that of none: one that multiplies
// costs less.
//   npm run bench -- warm-up
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { dense, NMF } from 'latens'
import { quantiles, scattered } from './common.mjs'

const STARTS = Number(process.env.LATENS_BENCH_STARTS ?? 20)
const K = 10
const LAST = 200
const WARM = [0, 2, 5, 10, 20]

const lines = gunzipSync(readFileSync('test/golden/factorization/digits.csv.gz')).toString().trim().split('\n')
const pixels = lines.flatMap(line => line.split(',').slice(0, 64).map(Number))
const cases = [
  ['digits 1797 x 64', 1.01, dense(Float64Array.from(pixels), [lines.length, 64])],
  ['CSR 2000 x 2000 at 1 %', 1.001, scattered(2000, 2000, 0.01, Float64Array)],
]

const processor = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Losses and the processor time before each of them. */
async function course(X, options) {
  const [losses, times] = [[], []]
  const began = processor()
  const fixed = { nComponents: K, betaLoss: 1, tol: 0, lossEvery: 1, solver: 'newton', maxIter: LAST }
  for await (const { loss } of new NMF({ ...fixed, ...options }).steps(X)) {
    losses.push(loss)
    times.push(processor() - began)
  }
  return { losses, times }
}

for (const [name, near, X] of cases) {
  const found = WARM.map(() => ({ iterations: [], times: [], ends: [] }))
  for (let seed = 0; seed < STARTS; seed++) {
    const courses = []
    for (const warmUp of WARM) courses.push(await course(X, { seed, warmUp }))
    const target = near * Math.min(...courses.map(({ losses }) => losses.at(-1)))
    // A start that ends in a higher minimum never comes there.
    const reached = courses.map(({ losses }) => losses.findIndex(loss => loss <= target))
    courses.forEach(({ losses, times }, at) => {
      found[at].iterations.push(reached[at] + 1 || Infinity)
      if (reached[at] >= 0 && reached[0] >= 0) found[at].times.push(times[reached[at]] / courses[0].times[reached[0]])
      found[at].ends.push(losses.at(-1) / courses[0].losses.at(-1))
    })
  }
  console.log(`\nKullback-Leibler NMF by newton, ${name}, k = ${K}, ${STARTS} random starts, ${LAST} iterations`)
  for (const [at, warmUp] of WARM.entries()) {
    const { iterations, times, ends } = found[at]
    console.log(
      `  warmUp ${String(warmUp).padEnd(2)} to ${near} of the lowest end: ${iterations.filter(n => n < Infinity).length} of ${STARTS} starts, iterations ${quantiles(iterations)}`,
    )
    console.log(
      `            time over none's, where both: ${times.length ? quantiles(times) : 'none'}; loss at the end over none's: ${quantiles(ends)}`,
    )
  }
}
