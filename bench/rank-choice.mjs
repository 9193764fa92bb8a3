// How often the planted rank is found: matrices of ranks 2 to 8, each row mostly of one metagene, with noise.
//   node bench/rank-choice.mjs [restarts, 30] [--runs=20] [--kl]
import { dense, Metagenes, workers } from 'latens'
import { generator } from './common.mjs'

const [HIGHEST, COLUMNS] = [10, 150]
const RUNS = Number(process.argv.find(arg => arg.startsWith('--runs='))?.slice(7) ?? 20)

/** k groups of 5 to 14 rows: a row is 1 to 2 of its group's metagene and 0 to .4 of each other one; a third of a
 *  metagene's entries are above the rest. Times 1 + u, plus a tenth of the mean times u; u in [-noise, noise]. */
function simulated(k, noise, seed) {
  const { uniform } = generator(seed)
  const groups = Array.from({ length: k }, (_, q) => Array(5 + Math.floor(10 * uniform())).fill(q)).flat()
  const H = Array.from({ length: k }, () =>
    Array.from({ length: COLUMNS }, () => (uniform() < 1 / 3 ? 0.5 + uniform() : 0.2 * uniform())),
  )
  const rows = groups.map(own => {
    const w = H.map((_, q) => (q === own ? 1 + uniform() : 0.4 * uniform()))
    return Array.from({ length: COLUMNS }, (_, j) => w.reduce((sum, share, q) => sum + share * H[q][j], 0))
  })
  const mean = rows.flat().reduce((sum, x) => sum + x, 0) / (rows.length * COLUMNS)
  const noisy = rows.flat().map(x => {
    const [u, v] = [noise * (2 * uniform() - 1), noise * (2 * uniform() - 1)]
    return Math.max(0, x * (1 + u) + 0.1 * mean * v)
  })
  return dense(Float64Array.from(noisy), [rows.length, COLUMNS])
}

const nInit = Number(process.argv.slice(2).find(arg => /^\d+$/.test(arg)) ?? 30)
const loss = process.argv.includes('--kl') ? { solver: 'mu', betaLoss: 'kullback-leibler', maxIter: 500 } : {}
const pool = await workers('auto')
console.log(
  `planted noise rows  chosen  held out  cophenetic of ranks 2 to ${HIGHEST} (${nInit} restarts each), then dispersion`,
)
const found = { agreement: 0, heldOut: 0 }
for (let run = 0; run < RUNS; run++) {
  const k = 2 + (run % 7)
  const noise = [0.3, 0.6, 0.9][run % 3]
  const X = simulated(k, noise, 100 + run)
  const fit = more =>
    new Metagenes({ ...loss, maxComponents: HIGHEST, nInit, seed: run, ...more }).fit(X, { threads: pool })
  const { chosen, ranks } = await fit({})
  const tested = (await fit({ holdOut: 0.1, nInit: 5 })).ranks
  const best = tested.reduce((low, rank) => (rank.holdOut < low.holdOut ? rank : low)).nComponents
  if (chosen.nComponents === k) found.agreement++
  if (best === k) found.heldOut++
  const mark = rank => `${rank}${rank === k ? '  ' : ' !'}`.padStart(9)
  console.log(
    `${String(k).padStart(7)}${noise.toFixed(1).padStart(6)}${String(X.shape[0]).padStart(5)}${mark(chosen.nComponents)}${mark(best)}  ` +
      [ranks.map(r => r.cophenetic.toFixed(3)), ranks.map(r => r.dispersion.toFixed(3))]
        .map(v => v.join(' '))
        .join(' | '),
  )
}
console.log(
  `planted rank chosen in ${found.agreement} of ${RUNS} by the restarts' agreement, in ${found.heldOut} by the least loss on a tenth of the entries held out`,
)
pool[Symbol.dispose]?.()
