import { pairAt, pairsOf } from './condensed.js'
import type { Pace } from './pace.js'

/** For each pair of n things (condensed) the share of the clusterings that have them together: a consensus matrix
 *  (Monti et al. 2003), whose diagonal is 1. `labels` has a clustering's number for each thing. */
export async function consensusOf(labels: readonly Int32Array[], n: number, pace: Pace): Promise<Float64Array> {
  const consensus = new Float64Array(pairsOf(n))
  for (let i = 0, at = 0; i < n; i++, at += n - i) {
    await pace.breathe()
    for (const clustering of labels) {
      const own = clustering[i]
      for (let j = i + 1; j < n; j++) if (clustering[j] === own) consensus[at + j - i - 1]!++
    }
  }
  return consensus.map(together => together / labels.length)
}

/** sum_ij 4 (C_ij - 1/2)^2 / n^2 over the whole matrix with its diagonal: 1 where every entry is 0 or 1, 0 where all
 *  others are 1/2 and n is large (Kim & Park 2007). */
export function dispersion(consensus: Float64Array, n: number): number {
  let sum = n
  for (const c of consensus) sum += 8 * (c - 0.5) * (c - 0.5)
  return sum / (n * n)
}

/** Pearson's correlation of two lists of distances; 1 where the first are all alike, which a tree fits exactly. */
export function copheneticCorrelation(distances: Float64Array, cophenetic: Float64Array): number {
  const count = distances.length
  if (distances.every(d => d === distances[0])) return 1
  const mean = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / count
  const [a, b] = [mean(distances), mean(cophenetic)]
  let [ab, aa, bb] = [0, 0, 0]
  for (let p = 0; p < count; p++) {
    const [x, y] = [(distances[p] ?? 0) - a, (cophenetic[p] ?? 0) - b]
    ab += x * y
    aa += x * x
    bb += y * y
  }
  return Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)))
}

/** A condensed matrix as a whole one, row-major n x n. */
export function fullMatrix(condensed: Float64Array, n: number, diagonal: number): Float64Array {
  const full = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) full[i * n + j] = i === j ? diagonal : (condensed[pairAt(n, i, j)] ?? 0)
  return full
}
