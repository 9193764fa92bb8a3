import type { Engine } from '../../bindings/engine.js'
import type { FloatArray } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import { median, medianDeviation } from '../core/quantiles.js'

const CHUNK = 1 << 14 // columns looked at between two breaths

/** H (k x m) in f64, each row scaled until it has the sum that its column of W (n x k) has then. How the two share their
 *  scale is the start's doing, and so would scores by H as it comes be: five fits of the same loss (to 1e-5) had 353 to
 *  562 features of one metagene (`scripts/golden/features.py study`). Rows stay as they are where either sum is 0. */
export async function balanced(W: FloatArray, H: FloatArray, k: number, pace: Pace): Promise<Float64Array> {
  const [n, m] = [W.length / k, H.length / k]
  const scaled = Float64Array.from(H)
  for (let q = 0; q < k; q++) {
    await pace.breathe()
    let [loadings, entries] = [0, 0]
    for (let i = 0; i < n; i++) loadings += W[i * k + q]!
    for (let at = q * m; at < q * m + m; at++) entries += scaled[at]!
    const factor = Math.sqrt(loadings) / Math.sqrt(entries)
    if (!(factor > 0 && factor < Infinity)) continue
    for (let at = q * m; at < q * m + m; at++) scaled[at]! *= factor
  }
  return scaled
}

/** Kim & Park's feature scores (2007): how far a column of X belongs to one metagene alone.
 *  score_j = 1 + sum_q p_q log2 p_q / log2 k with p_q = H_qj / sum_q H_qj: 0 where all metagenes have the same share of
 *  it, 1 where one has all; NaN where none has any. */
export async function featureScores(engine: Engine, H: FloatArray, k: number, pace: Pace): Promise<Float64Array> {
  const { arena, kernels } = engine
  const m = H.length / k
  const scores = new Float64Array(m)
  const mark = arena.mark()
  const step = Math.max(1, Math.floor(CHUNK / k))
  const [shares, logs] = [arena.alloc(step * k * 8), arena.alloc(step * k * 8)]
  const most = kernels.log(k)
  for (let first = 0; first < m; first += step) {
    await pace.breathe()
    const count = Math.min(step, m - first)
    const p = arena.f64(shares, count * k)
    for (let j = 0; j < count; j++) {
      // By the largest first: sums of such columns neither overflow nor vanish.
      let [high, sum] = [0, 0]
      for (let q = 0; q < k; q++) high = Math.max(high, H[q * m + first + j]!)
      for (let q = 0; q < k; q++) sum += high > 0 ? H[q * m + first + j]! / high : NaN
      for (let q = 0; q < k; q++) p[j * k + q] = H[q * m + first + j]! / high / sum
    }
    kernels.log_f64(shares, logs, count * k)
    const log = arena.f64(logs, count * k)
    for (let j = 0; j < count; j++) {
      let sum = 0
      for (let at = j * k; at < j * k + k; at++) sum += p[at] === 0 ? 0 : p[at]! * log[at]!
      scores[first + j] = Math.min(1, Math.max(0, 1 + sum / most))
    }
  }
  arena.release(mark)
  return scores
}

/** For each metagene the columns that are its features, the highest scores first: those with a score of at least the
 *  median plus three times the scores' deviation (1.4826 times their median absolute deviation) and a largest entry of at
 *  least the median of H; each is the metagene's that has the largest entry. Columns without a score are left out. */
export function selectFeatures(H: FloatArray, k: number, scores: Float64Array): Int32Array[] {
  const m = scores.length
  const known = scores.filter(score => !Number.isNaN(score))
  const chosen = Array.from({ length: k }, (): number[] => [])
  if (known.length === 0) return chosen.map(list => Int32Array.from(list))
  const least = median(known) + 3 * medianDeviation(known)
  const middle = median(H)
  for (let j = 0; j < m; j++) {
    if (!(scores[j]! >= least)) continue
    let owner = 0
    for (let q = 1; q < k; q++) if (H[q * m + j]! > H[owner * m + j]!) owner = q
    if (H[owner * m + j]! >= middle) chosen[owner]!.push(j)
  }
  return chosen.map(list => Int32Array.from(list.sort((a, b) => scores[b]! - scores[a]! || a - b)))
}
