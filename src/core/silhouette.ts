import { pairAt } from './condensed.js'
import type { Pace } from './pace.js'

/** Mean silhouette (Rousseeuw 1987) of clusters 0 .. k - 1 by condensed distances: the mean over all things of
 *  (b - a) / max(a, b), a the mean distance to the others of the own cluster and b that to the nearest other one. A
 *  thing alone in its cluster counts 0, and so do all where there is but one cluster. */
export async function silhouette(distances: Float64Array, labels: Int32Array, k: number, pace: Pace): Promise<number> {
  const n = labels.length
  const sizes = new Int32Array(k)
  for (const label of labels) sizes[label]!++
  let total = 0
  for (let i = 0; i < n; i++) {
    await pace.breathe()
    const sums = new Float64Array(k)
    for (let j = 0; j < n; j++) if (j !== i) sums[labels[j]!]! += distances[pairAt(n, i, j)]!
    total += widthOf(labels[i] ?? 0, sums, sizes)
  }
  return total / n
}

function widthOf(own: number, sums: Float64Array, sizes: Int32Array): number {
  if ((sizes[own] ?? 0) < 2) return 0
  const a = sums[own]! / (sizes[own]! - 1)
  const b = sums.reduce(
    (least, sum, c) => (c === own || sizes[c] === 0 ? least : Math.min(least, sum / sizes[c]!)),
    Infinity,
  )
  return b === Infinity || Math.max(a, b) === 0 ? 0 : (b - a) / Math.max(a, b)
}
