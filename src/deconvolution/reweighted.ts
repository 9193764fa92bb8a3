// What least squares with x >= 0 becomes where rows do not count alike.
import { nonNegative } from './active-set.js'
import { Triangle } from './householder.js'
import type { Pace } from '../core/pace.js'
import { median } from '../core/quantiles.js'

const ROUNDS = 100
const SETTLED = 1e-10 // of the largest component: what a round still moves
const HUBER = 2 // deviations
const FLOOR = 0.05 // of the mean: below it a row's noise is taken not to fall any more

/** sum_j x_j A_j for the columns of A, each of `length` entries. */
export function mixed(A: Float64Array, length: number, x: ArrayLike<number>): Float64Array {
  const sum = new Float64Array(length)
  for (let j = 0; j < x.length; j++) {
    const times = x[j]!
    if (times !== 0) for (let i = 0; i < length; i++) sum[i]! += times * A[j * length + i]!
  }
  return sum
}

function weighted(A: Float64Array, length: number, k: number, y: ArrayLike<number>, roots: Float64Array): Float64Array {
  const scaled = new Float64Array(k * length)
  for (let j = 0; j < k; j++) for (let i = 0; i < length; i++) scaled[j * length + i] = A[j * length + i]! * roots[i]!
  const triangle = new Triangle(scaled, length, k)
  return nonNegative(triangle, triangle.project(roots.map((root, i) => root * y[i]!)))
}

/** x >= 0 by least squares that is reweighted until it settles: a row's variance is taken to be proportional to what is
 *  expected of it (but at least a twentieth of the mean of y), and residuals beyond two deviations (1.4826 times the median
 *  of their sizes) count as Huber has it. */
export async function robust(
  A: Float64Array,
  length: number,
  k: number,
  y: ArrayLike<number>,
  start: Float64Array,
  pace: Pace,
): Promise<Float64Array> {
  let x = start
  let mean = 0
  for (let i = 0; i < length; i++) mean += Math.abs(y[i]!) / length
  if (!(mean > 0)) return x
  for (let round = 0; round < ROUNDS; round++) {
    await pace.breathe()
    const expected = mixed(A, length, x)
    const roots = expected.map(mu => 1 / Math.sqrt(Math.max(mu, 0) + FLOOR * mean))
    const sizes = expected.map((mu, i) => Math.abs(y[i]! - mu) * roots[i]!)
    const bound = HUBER * 1.4826 * median(sizes)
    if (bound > 0) for (let i = 0; i < length; i++) if (sizes[i]! > bound) roots[i]! *= Math.sqrt(bound / sizes[i]!)
    const next = weighted(A, length, k, y, roots)
    const moved = next.reduce((most, v, j) => Math.max(most, Math.abs(v - x[j]!)), 0)
    x = next
    if (moved <= SETTLED * Math.max(...x)) break
  }
  return x
}

/** x >= 0 that minimises sum_i mu_i - y_i log mu_i, mu = sum_j x_j A_j, for A and y >= 0: Newton steps, each the minimum of the
 *  quadratic model over x >= 0, taken as far as the loss falls along it. Rows where all of A is 0 say nothing. */
export async function kullbackLeibler(
  A: Float64Array,
  length: number,
  k: number,
  y: ArrayLike<number>,
  pace: Pace,
): Promise<Float64Array> {
  const sums = Float64Array.from({ length: k }, (_, j) => {
    let sum = 0
    for (let i = 0; i < length; i++) sum += A[j * length + i]!
    return sum
  })
  const all = sums.reduce((sum, v) => sum + v, 0)
  let total = 0
  for (let i = 0; i < length; i++) total += y[i]!
  const x = new Float64Array(k)
  if (!(all > 0 && total > 0)) return x
  for (let j = 0; j < k; j++) if (sums[j]! > 0) x[j] = total / sums[j]! / k
  let mu = mixed(A, length, x)
  for (let round = 0; round < 10 * ROUNDS; round++) {
    await pace.breathe()
    const [ratio, curvature] = [new Float64Array(length), new Float64Array(length)]
    for (let i = 0; i < length; i++) {
      if (!(y[i]! > 0 && mu[i]! > 0)) continue
      ratio[i] = y[i]! / mu[i]!
      curvature[i] = Math.sqrt(y[i]!) / mu[i]!
    }
    const slopes = Float64Array.from({ length: k }, (_, j) => {
      let sum = sums[j]!
      for (let i = 0; i < length; i++) sum -= A[j * length + i]! * ratio[i]!
      return sum
    })
    const to = stepFrom(A, length, k, x, slopes, curvature)
    const way = to.map((v, j) => v - x[j]!)
    const along = mixed(A, length, way)
    const rise = way.reduce((sum, v, j) => sum + v * sums[j]!, 0)
    const slopeAt = (t: number): number => {
      let sum = rise
      for (let i = 0; i < length; i++) {
        if (!(y[i]! > 0) || along[i] === 0) continue
        const at = mu[i]! + t * along[i]!
        if (!(at > 0)) return Infinity
        sum -= (y[i]! * along[i]!) / at
      }
      return sum
    }
    const first = slopeAt(0)
    if (!(first < 0)) break
    // The loss is convex along the way: where it does not rise yet, it is lower than at the start.
    let step = 1
    if (slopeAt(1) > 0) {
      let [low, high] = [0, 1]
      for (let halving = 0; halving < 60 && (low === 0 || high - low > 0.1 * low); halving++) {
        const middle = (low + high) / 2
        if (slopeAt(middle) > 0) high = middle
        else low = middle
      }
      step = low
    }
    if (step === 0) break
    let [moved, most] = [0, 0]
    for (let j = 0; j < k; j++) {
      const next = step === 1 ? to[j]! : x[j]! + step * way[j]!
      moved = Math.max(moved, Math.abs(next - x[j]!) * sums[j]!)
      x[j] = next
      most = Math.max(most, next * sums[j]!)
    }
    mu = mixed(A, length, x)
    if (moved <= 1e-14 * most) break
  }
  return x
}

// Minimises slopes . (z - x) + |curvature A (z - x)|^2 / 2 over z >= 0: by R'R of curvature A least squares again, its
// right-hand side R x - g with R'g = slopes.
function stepFrom(
  A: Float64Array,
  length: number,
  k: number,
  x: Float64Array,
  slopes: Float64Array,
  curvature: Float64Array,
): Float64Array {
  // A little more curvature, so that R'g = slopes has a solution where rows that curve are few.
  const [scaled, rows] = [new Float64Array(k * (length + k)), length + k]
  for (let j = 0; j < k; j++) {
    let squares = 0
    for (let i = 0; i < length; i++) {
      const v = A[j * length + i]! * curvature[i]!
      scaled[j * rows + i] = v
      squares += v * v
    }
    scaled[j * rows + length + j] = squares > 0 ? 1e-8 * Math.sqrt(squares) : 1
  }
  const triangle = new Triangle(scaled, rows, k)
  const { R } = triangle
  const g = new Float64Array(k)
  for (let j = 0; j < k; j++) {
    let rest = slopes[j]!
    for (let i = 0; i < j; i++) rest -= R[j * k + i]! * g[i]!
    g[j] = rest / R[j * k + j]!
  }
  const right = g.map(v => -v)
  for (let j = 0; j < k; j++) for (let i = 0; i <= j; i++) right[i]! += R[j * k + i]! * x[j]!
  return nonNegative(triangle, right)
}
