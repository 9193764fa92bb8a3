import { pow } from '../special/pow'
import { atMost, divergence, inner, leastModel, ratio } from './beta'
import { addScaled } from './product'

// Losses over the entries of X that count. X is a list of those, CSR with zeros among them; the entry that x holds is
// m x where it has a weight m, so that it serves as a numerator; without weights (a pointer of 0) all are one.

// Adds m x z^(b-2) h to num and m z^(b-1) h to den for one entry.
// @ts-ignore: decorator
@inline
function accumulate<T>(beta: f64, mx: T, m: T, z: T, h: usize, num: usize, den: usize, bytes: usize): void {
  const v: T = max<T>(z, leastModel<T>())
  const d: T = atMost<T>(beta == 0.0 ? <T>(<T>1 / v) : <T>pow(<f64>v, beta - 1.0))
  if (mx != <T>0) addScaled<T>(atMost<T>(<T>((mx * d) / v)), h, num, bytes)
  addScaled<T>(<T>(m * d), h, den, bytes)
}

/** `multiplicative` (beta.ts) over the listed entries alone, for any b but 1 and 2.
 *  W updated; numH, denH T[m*kp] are added to (no-ops where `numH` = 0); work T[2*kp]. */
export function listedMultiplicative<T>(
  rows: i32, k: i32, kp: i32, beta: f64, gamma: f64, l1: T, l2: T, from: i32, to: i32, indptr: usize, indices: usize,
  weights: usize, x: usize, w: usize, ht: usize, numH: usize, denH: usize, work: usize,
): void {
  const bytes = <usize>kp * sizeof<T>(), den = work + bytes, sides = numH ? 2 : 1
  for (let i = 0; i < rows; i++) {
    const start = load<i32>(indptr + (<usize>i << 2)), end = load<i32>(indptr + (<usize>i << 2), 4)
    memory.fill(work, 0, 2 * bytes)
    for (let side = 0; side < sides; side++) {
      for (let e = start; e < end; e++) {
        const o = <usize>e * sizeof<T>()
        const m: T = weights ? load<T>(weights + o) : <T>1
        if (m == <T>0) continue
        const at = <usize>load<i32>(indices + (<usize>e << 2)) * bytes, h = ht + at
        const z = inner<T>(w, h, bytes)
        if (side == 0) accumulate<T>(beta, load<T>(x + o), m, z, h, work, den, bytes)
        else accumulate<T>(beta, load<T>(x + o), m, z, w, numH + at, denH + at, bytes)
      }
      if (side == 0) ratio<T>(k, gamma, l1, l2, from, to, w, work, den)
    }
    w += bytes
  }
}

/** sum over the listed entries of m d_b(x | w h), in f64. X as above, W T[rows*kp], Ht T[m*kp]. */
export function listedLoss<T>(
  rows: i32, kp: i32, beta: f64, indptr: usize, indices: usize, weights: usize, x: usize, w: usize, ht: usize,
): f64 {
  const bytes = <usize>kp * sizeof<T>()
  let total: f64 = 0
  for (let i = 0; i < rows; i++) {
    const end = load<i32>(indptr + (<usize>i << 2), 4)
    let row: f64 = 0
    for (let e = load<i32>(indptr + (<usize>i << 2)); e < end; e++) {
      const o = <usize>e * sizeof<T>()
      const m: f64 = weights ? <f64>load<T>(weights + o) : 1
      if (m == 0) continue
      const z = <f64>inner<T>(w, ht + <usize>load<i32>(indices + (<usize>e << 2)) * bytes, bytes)
      const loss = divergence<T>(beta, <f64>load<T>(x + o) / m, z)
      row += m * (beta == 1.0 ? loss + z : loss)
    }
    total += row
    w += bytes
  }
  return total
}

/** sum over all m entries of each row of m_ij (x - w h)^2 / 2, in f64; entries that are not listed weigh one. The lists
 *  are those of weighted.ts with base 1. X, whose entries are m x, dense (xIndptr = 0, row stride ld) or CSR. */
export function weightedSquares<T>(
  rows: i32, m: i32, kp: i32, indptr: usize, indices: usize, weights: usize, xIndptr: usize, xIndices: usize, x: usize,
  ld: i32, w: usize, ht: usize,
): f64 {
  const bytes = <usize>kp * sizeof<T>()
  let total: f64 = 0
  for (let i = 0; i < rows; i++) {
    let p = load<i32>(indptr + (<usize>i << 2))
    const end = load<i32>(indptr + (<usize>i << 2), 4)
    let s = xIndptr ? load<i32>(xIndptr + (<usize>i << 2)) : i * ld
    const stop = xIndptr ? load<i32>(xIndptr + (<usize>i << 2), 4) : s + m
    let row: f64 = 0
    for (let j = 0; j < m; j++) {
      let value: f64 = 0
      if (!xIndptr || (s < stop && load<i32>(xIndices + (<usize>s << 2)) == j)) {
        value = <f64>load<T>(x + <usize>s * sizeof<T>())
        s++
      }
      let weight: f64 = 1
      if (p < end && load<i32>(indices + (<usize>p << 2)) == j) {
        weight = weights ? <f64>load<T>(weights + <usize>p * sizeof<T>()) : 0
        p++
      }
      if (weight == 0) continue
      const d = value / weight - <f64>inner<T>(w, ht + <usize>j * bytes, bytes)
      row += 0.5 * weight * d * d
    }
    total += row
    w += bytes
  }
  return total
}
