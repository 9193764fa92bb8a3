// Matrices whose rank is known: bench/rank-choice.mjs and the tests look for it.
import { dense } from 'latens'
import { generator } from './common.mjs'

/** Two protocols, both with k classes of rows, each row mostly of its class' metagene with a share of every other one.
 *
 *  `gamma` (200 columns): metagenes have independent gamma entries of shape 1, so that two of them have a cosine of about
 *  .5. Classes have 6 to 14 rows. Of a row .55 to .9 is its class' metagene, the rest is shared out among the others in a
 *  uniformly drawn way; its size is gamma of shape 8. Gaussian noise everywhere, 10, 5 or 0 decibels below the signal's
 *  variance (that is a tenth of it, a third, as much); what is below zero then is zero.
 *
 *  `uniform` (150 columns): a third of a metagene's entries are .5 to 1.5, the others 0 to .2. Classes have 5 to 14 rows.
 *  A row is 1 to 2 times its class' metagene and 0 to .4 times every other one. Times 1 + u, plus a tenth of the mean
 *  times v; u and v up to .3, .6 or .9 either way. */
export const PROTOCOLS = {
  gamma: {
    levels: [10, 5, 0],
    make(k, decibels, seed) {
      const { uniform, gamma, normal } = draws(seed)
      const H = Array.from({ length: k }, () => Array.from({ length: 200 }, () => gamma(1)))
      const rows = classes(k, () => 6 + Math.floor(9 * uniform())).map(own => {
        const share = 0.55 + 0.35 * uniform()
        const others = H.map((_, q) => (q === own ? 0 : gamma(1)))
        const sum = others.reduce((a, b) => a + b)
        const size = gamma(8) / 8
        return mix(
          others.map((v, q) => size * (q === own ? share : ((1 - share) * v) / sum)),
          H,
        )
      })
      const signal = rows.flat()
      const mean = meanOf(signal)
      const sd = Math.sqrt(meanOf(signal.map(x => (x - mean) ** 2)) / 10 ** (decibels / 10))
      return matrix(rows, x => x + sd * normal())
    },
  },
  uniform: {
    levels: [0.3, 0.6, 0.9],
    make(k, noise, seed) {
      const { uniform } = draws(seed)
      const H = Array.from({ length: k }, () =>
        Array.from({ length: 150 }, () => (uniform() < 1 / 3 ? 0.5 + uniform() : 0.2 * uniform())),
      )
      const rows = classes(k, () => 5 + Math.floor(10 * uniform())).map(own =>
        mix(
          H.map((_, q) => (q === own ? 1 + uniform() : 0.4 * uniform())),
          H,
        ),
      )
      const mean = meanOf(rows.flat())
      const either = () => noise * (2 * uniform() - 1)
      return matrix(rows, x => x * (1 + either()) + 0.1 * mean * either())
    },
  },
}

const meanOf = values => values.reduce((a, b) => a + b, 0) / values.length
const classes = (k, size) => Array.from({ length: k }, (_, q) => Array(size()).fill(q)).flat()
const mix = (shares, H) => H[0].map((_, j) => shares.reduce((sum, share, q) => sum + share * H[q][j], 0))
const matrix = (rows, noisy) =>
  dense(
    Float64Array.from(rows.flat(), x => Math.max(0, noisy(x))),
    [rows.length, rows[0].length],
  )

function draws(seed) {
  const { uniform } = generator(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  // Marsaglia & Tsang (2000), shape >= 1.
  const gamma = shape => {
    const [d, c] = [shape - 1 / 3, 1 / Math.sqrt(9 * shape - 3)]
    for (;;) {
      const x = normal()
      const v = (1 + c * x) ** 3
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
    }
  }
  return { uniform, normal, gamma }
}
