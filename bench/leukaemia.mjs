// The leukaemia data at ranks 2 to 5 by several seeds: cophenetic correlation, divergence over the published one,
// dispersion and the number of features (docs/metagenes.md).
//   npm run bench -- leukaemia
import { readFileSync } from 'node:fs'
import { dense, Metagenes } from 'latens'

const PUBLISHED = { 2: 1.62723e7, 3: 1.38065e7, 4: 1.24537e7, 5: 1.13384e7 }

const lines = readFileSync('examples/all_aml_5000x38.tsv', 'utf8').trim().split('\n').slice(1)
const genes = lines.map(line => line.split('\t').slice(1).map(Number))
const [n, m] = [genes[0].length, genes.length]
const X = dense(
  Float32Array.from({ length: n * m }, (_, at) => genes[at % m][Math.floor(at / m)]),
  [n, m],
)
const options = { solver: 'newton', betaLoss: 'kullback-leibler', maxIter: 500, tol: 1e-3 }
console.log(`rank seed starts  cophenetic  divergence / published  dispersion  features`)
for (const seed of [0, 1, 2, 3])
  for (const [minComponents, maxComponents, nInit] of [
    [2, 4, 50],
    [5, 5, 50],
    [5, 5, 200],
  ]) {
    const { ranks } = await new Metagenes({ ...options, minComponents, maxComponents, nInit, seed }).fit(X, {
      threads: 'auto',
    })
    for (const { nComponents: k, cophenetic, loss, dispersion, features } of ranks) {
      const counts = features.map(list => list.length).sort((a, b) => b - a)
      console.log(
        `${String(k).padStart(4)}${String(seed).padStart(5)}${String(nInit).padStart(7)}${cophenetic.toFixed(4).padStart(12)}${(loss / PUBLISHED[k]).toFixed(6).padStart(24)}${dispersion.toFixed(3).padStart(12)}  ${counts.join(' + ')}`,
      )
    }
  }
