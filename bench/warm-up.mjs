// Whether `newton` gains from multiplicative iterations before it: random starts, and the same after ten iterations of
// `mu`, until its loss is within 1e-3 of the lowest that either comes to. Iterations count, not time: one of `mu` costs less,
// so the ten are not counted.
//   npm run bench -- warm-up
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { dense, NMF } from 'latens'
import { quantiles, scattered } from './common.mjs'

const STARTS = Number(process.env.LATENS_BENCH_STARTS ?? 20)
const K = 10
const LAST = 150

const lines = gunzipSync(readFileSync('test/golden/factorization/digits.csv.gz')).toString().trim().split('\n')
const pixels = lines.flatMap(line => line.split(',').slice(0, 64).map(Number))
const cases = [
  ['digits 1797 x 64', dense(Float64Array.from(pixels), [lines.length, 64])],
  ['CSR 2000 x 2000 at 1 %', scattered(2000, 2000, 0.01, Float64Array)],
]

async function losses(X, options) {
  const found = []
  const shared = { nComponents: K, betaLoss: 1, tol: 0, lossEvery: 1, solver: 'newton', maxIter: LAST }
  for await (const { loss } of new NMF({ ...shared, ...options }).steps(X)) found.push(loss)
  return found
}

for (const [name, X] of cases) {
  const [plain, warmed, ends] = [[], [], []]
  for (let seed = 0; seed < STARTS; seed++) {
    const alone = await losses(X, { seed })
    const { embedding: W, components: H } = await new NMF({
      nComponents: K,
      betaLoss: 1,
      tol: 0,
      solver: 'mu',
      maxIter: 10,
      seed,
    }).fit(X)
    const after = await losses(X, { init: { W, H } })
    const target = 1.001 * Math.min(alone.at(-1), after.at(-1))
    // A start that ends in a higher minimum never comes there.
    const needed = list => list.findIndex(loss => loss <= target) + 1 || Infinity
    plain.push(needed(alone))
    warmed.push(needed(after))
    ends.push(after.at(-1) / alone.at(-1))
  }
  const never = list => list.filter(n => n === Infinity).length
  console.log(`\nKullback-Leibler NMF by newton, ${name}, k = ${K}, ${STARTS} random starts, ${LAST} iterations`)
  console.log(`  iterations to 1.001 of the lower end, from random: ${quantiles(plain)}; never: ${never(plain)}`)
  console.log(`  the same after ten of mu:                          ${quantiles(warmed)}; never: ${never(warmed)}`)
  console.log(`  loss at the end, after mu over from random:        ${quantiles(ends)}`)
}
