import type { Pace } from './pace.js'

/** Clusters 0 .. k - 1 of n vectors, and the sum of their squared distances to their clusters' means. */
export interface Clustering {
  readonly labels: Int32Array
  readonly inertia: number
}

const ROUNDS = 300

/** k-means of n vectors that are known by their inner products alone, gram f64[n*n]: Lloyd's rounds from k-means++
 *  seeds (Arthur & Vassilvitskii 2007), the best of several starts, of equals the first. `draws` has k numbers in
 *  [0, 1) for each start. 1 <= k <= n. */
export async function kmeans(gram: Float64Array, k: number, draws: Float64Array, pace: Pace): Promise<Clustering> {
  let best: Clustering | undefined
  for (let first = 0; first < draws.length; first += k) {
    const found = await lloyd(gram, k, draws.subarray(first, first + k), pace)
    if (!best || found.inertia < best.inertia) best = found
  }
  return best!
}

async function lloyd(gram: Float64Array, k: number, draws: Float64Array, pace: Pace): Promise<Clustering> {
  const n = Math.sqrt(gram.length)
  const seeds = seedsOf(gram, n, draws)
  let labels = new Int32Array(n).map((_, i) => leastOf(seeds, seed => distance(gram, n, i, seed)))
  for (let round = 0; ; round++) {
    const { distances, sizes } = await toMeans(gram, n, k, labels, pace)
    const own = (i: number): number => distances[i * k + labels[i]!]!
    const next = new Int32Array(n)
    const empty = sizes.indexOf(0)
    let moved = false
    for (let i = 0; i < n; i++) {
      next[i] = nearestMean(distances.subarray(i * k, i * k + k), labels[i]!)
      moved ||= next[i] !== labels[i]
    }
    // A cluster without any takes the vector farthest from its mean, of those that leave another behind.
    if (empty >= 0) {
      const spare = [...labels.keys()].filter(i => sizes[labels[i]!]! > 1)
      next[spare.reduce((most, i) => (own(i) > own(most) ? i : most))] = empty
      moved = true
    }
    if (!moved || round >= ROUNDS) return { labels, inertia: labels.reduce((sum, _, i) => sum + own(i), 0) }
    labels = next
  }
}

/** The first by its draw, each other by its squared distance from those before it. */
function seedsOf(gram: Float64Array, n: number, draws: Float64Array): number[] {
  const seeds: number[] = []
  const left = new Float64Array(n).fill(1)
  for (const draw of draws) {
    const total = left.reduce((sum, d) => sum + d, 0)
    let [seed, rest] = [0, draw * total]
    while (seed < n - 1 && rest >= left[seed]!) rest -= left[seed++]!
    seeds.push(seed)
    for (let i = 0; i < n; i++) {
      const to = distance(gram, n, i, seed)
      left[i] = seeds.length === 1 ? to : Math.min(left[i]!, to)
    }
  }
  return seeds
}

const distance = (gram: Float64Array, n: number, i: number, j: number): number =>
  i === j ? 0 : Math.max(0, gram[i * n + i]! - 2 * gram[i * n + j]! + gram[j * n + j]!)

const leastOf = (items: readonly number[], by: (item: number) => number): number =>
  items.reduce((least, item, at) => (by(item) < by(items[least]!) ? at : least), 0)

// Of equals the own one: vectors that are alike can be in different clusters, or some would be empty.
const nearestMean = (distances: Float64Array, own: number): number =>
  distances.reduce((least, d, c) => (d < distances[least]! ? c : least), own)

/** f64[n*k], |x_i - mean_c|^2 = g_ii - 2 s_ic / n_c + t_c / n_c^2 with s_ic the sum of g_ij over the cluster's j and t_c
 *  that of its s_jc, infinite where a cluster is empty; and the clusters' sizes. */
async function toMeans(gram: Float64Array, n: number, k: number, labels: Int32Array, pace: Pace) {
  const [sums, sizes, within] = [new Float64Array(n * k), new Int32Array(k), new Float64Array(k)]
  for (let i = 0; i < n; i++) {
    await pace.breathe()
    for (let j = 0; j < n; j++) sums[i * k + labels[j]!]! += gram[i * n + j]!
    sizes[labels[i]!]!++
    within[labels[i]!]! += sums[i * k + labels[i]!]!
  }
  const distances = sums.map((s, at) => {
    const [i, c] = [Math.floor(at / k), at % k]
    const size = sizes[c]!
    return size === 0 ? Infinity : Math.max(0, gram[i * n + i]! - (2 * s) / size + within[c]! / size / size)
  })
  return { distances, sizes }
}
