// How often the planted rank is found: 20 matrices of ranks 2 to 8 (planted-ranks.mjs says how they are made), 30 starts
// of each rank from 2 to 10, and 3 starts of each for five masks of held-out entries.
//   node bench/rank-choice.mjs [gamma | uniform] [--runs=20] [--starts=30] [--seed=1] [--threads=auto]
import { Metagenes, workers } from 'latens'
import { PROTOCOLS } from './planted-ranks.mjs'

const given = (name, otherwise) =>
  process.argv.find(arg => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise
const name = process.argv.slice(2).find(arg => arg in PROTOCOLS) ?? 'gamma'
const [runs, nInit, first] = [Number(given('runs', 20)), Number(given('starts', 30)), Number(given('seed', 1))]
const threads = given('threads', 'auto')
const maxComponents = 10
const { levels, make } = PROTOCOLS[name]
const pool = await workers(threads === 'auto' ? threads : Number(threads))

console.log(`${name}: ranks 2 to ${maxComponents}, ${nInit} starts; hold-out of a tenth, 5 masks`)
console.log(
  'planted noise rows  agreement  hold-out  (cophenetic, dispersion, stability at one less, planted, one more)',
)
const found = { agreement: 0, holdOut: 0 }
for (let run = 0; run < runs; run++) {
  const k = 2 + (run % 7)
  const level = levels[run % 3]
  const seed = first + run
  const X = make(k, level, seed)
  const metagenes = new Metagenes({ choice: 'holdOut', maxComponents, nInit, seed })
  const { choices, ranks } = await metagenes.fit(X, { threads: pool })
  const { agreement, holdOut } = choices
  if (agreement.nComponents === k) found.agreement++
  if (holdOut.nComponents === k) found.holdOut++
  const mark = rank => `${rank}${rank === k ? '  ' : ' !'}`.padStart(10)
  const near = ranks
    .filter(rank => Math.abs(rank.nComponents - k) <= 1)
    .map(rank => [rank.cophenetic, rank.dispersion, rank.stability].map(v => v.toFixed(3)).join(' '))
  console.log(
    `${String(k).padStart(7)}${String(level).padStart(6)}${String(X.shape[0]).padStart(5)}${mark(agreement.nComponents)}${mark(holdOut.nComponents)}  ${near.join(' | ')}`,
  )
}
console.log(`planted rank found in ${found.agreement} of ${runs} by agreement, in ${found.holdOut} by hold-out`)
pool[Symbol.dispose]?.()
