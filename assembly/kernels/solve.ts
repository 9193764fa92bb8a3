import { MANY, multiplyRows } from './counted'
import { lanesWork, sweepRows } from './lanes'
import { leastSquares, nnls, nnlsWork } from './nnls'
import { along, tiny, times } from './row'
import { gramWork, weightedGram } from './weighted'

// The squared loss's update of one row of a factor after another, where rows have Gram matrices of their own (weights),
// components that are held, or a method that is not by sweeps over blocks of rows (see hals.ts for that).

export const HALS: i32 = 0
export const MULTIPLY: i32 = 1
export const PIVOT: i32 = 2
export const CLIPPED: i32 = 3
export const FREE: i32 = 4

/** Bytes of `work` of `solveRows`. */
export function solveWork(kp: i32): i32 {
  return max(8 * kp * kp + 8 * kp + max(gramWork(kp), nnlsWork(kp)), lanesWork(kp))
}

/** Updates `rows` rows of W by `method`: 0 HALS sweeps, 1 a multiplicative step, 2 non-negative least squares, 3 least
 *  squares with negative entries set to zero, 4 without; any other only evaluates. Row i has the Gram matrix G_i of its
 *  weights (`weightedGram`; indptr i32[rows+1], or 0: G for all) and the numerators p_i = sum_j m_ij x_ij b_j; the
 *  penalty is l1 |w|_1 + l2 |w|^2 / 2. Components from .. to are held.
 *  W T[rows*kp], updated; P T[rows*kp]; B T[m*kp]; G T[kp*kp] = B B' of all. Adds to stats f64[2]: the sum of |projected
 *  gradient| before the update (sweeps: as they meet it) and sum_i w_i' G_i w_i after it. */
export function solveRows<T>(
  method: i32, rows: i32, m: i32, k: i32, kp: i32, base: i32, indptr: usize, indices: usize, weights: usize, b: usize,
  g: usize, w: usize, p: usize, l1: T, l2: T, from: i32, to: i32, sweeps: i32, tolerance: f64, stats: usize,
  work: usize,
): void {
  if (method == HALS && indptr) {
    sweepRows<T>(
      rows, m, k, kp, base, indptr, indices, weights, b, g, w, p, l1, l2, from, to, sweeps, tolerance, stats, work,
    )
    return
  }
  if (method == MULTIPLY && indptr && k >= MANY) {
    multiplyRows<T>(rows, m, k, kp, base, indptr, indices, weights, b, g, w, p, l1, l2, from, to, stats, work)
    return
  }
  const bytes = <usize>kp * sizeof<T>(), gw = work + <usize>kp * bytes, rest = gw + bytes
  let own = g
  let violation: f64 = 0, quadratic: f64 = 0
  for (let i = 0; i < rows; i++) {
    if (indptr) {
      const start = load<i32>(indptr + (<usize>i << 2)), count = load<i32>(indptr + (<usize>i << 2), 4) - start
      const at = weights ? weights + <usize>start * sizeof<T>() : 0
      own = work
      weightedGram<T>(m, kp, base, count, indices + (<usize>start << 2), at, b, g, own, rest)
    }
    violation += update<T>(method, k, kp, w, p, own, l1, l2, from, to, sweeps, tolerance, gw, rest)
    times<T>(k, kp, w, own, gw)
    for (let q: usize = 0; q < <usize>k * sizeof<T>(); q += sizeof<T>()) {
      quadratic += <f64>load<T>(w + q) * <f64>load<T>(gw + q)
    }
    w += bytes
    p += bytes
  }
  store<f64>(stats, load<f64>(stats) + violation)
  store<f64>(stats, load<f64>(stats, 8) + quadratic, 8)
}

function update<T>(
  method: i32, k: i32, kp: i32, w: usize, p: usize, g: usize, l1: T, l2: T, from: i32, to: i32, sweeps: i32,
  tolerance: f64, gw: usize, work: usize,
): f64 {
  if (method == HALS) return sweepRow<T>(k, kp, w, p, g, l1, l2, from, to, sweeps, tolerance)
  let violation: f64 = 0
  times<T>(k, kp, w, g, gw)
  for (let q = 0; q < k; q++) {
    if (q >= from && q < to) continue
    const at = <usize>q * sizeof<T>()
    const old = load<T>(w + at), up: T = <T>(load<T>(gw + at) + l1 + l2 * old)
    const down: T = <T>(load<T>(p + at) - up)
    if (old > <T>0 || down > <T>0 || method == FREE) violation += <f64>abs<T>(down)
    if (method == MULTIPLY) {
      const next: T = up <= <T>0 ? <T>0 : <T>(old * (load<T>(p + at) / up))
      store<T>(w + at, next <= tiny<T>() ? <T>0 : next)
    }
  }
  if (method == PIVOT) {
    if (!nnls<T>(k, kp, w, p, g, <f64>l1, <f64>l2, from, to, work)) {
      sweepRow<T>(k, kp, w, p, g, l1, l2, from, to, 20, 0)
    }
  } else if (method == CLIPPED || method == FREE) {
    leastSquares<T>(k, kp, w, p, g, <f64>l1, <f64>l2, from, to, method == CLIPPED, work)
  }
  return violation
}

// `hals` for one row: w_q <- max(0, w_q + (p_q - (G w)_q - l1 - l2 w_q) / (G_qq + l2)).
function sweepRow<T>(
  k: i32, kp: i32, w: usize, p: usize, g: usize, l1: T, l2: T, from: i32, to: i32, sweeps: i32, tolerance: f64,
): f64 {
  const bytes = <usize>kp * sizeof<T>()
  let violation: f64 = 0, first: f64 = 0
  for (let t = 0; t < sweeps; t++) {
    let moved: f64 = 0
    for (let q = 0; q < k; q++) {
      if (q >= from && q < to) continue
      const at = <usize>q * sizeof<T>(), row = g + <usize>q * bytes
      const old = load<T>(w + at)
      const down: T = <T>(load<T>(p + at) - along<T>(w, row, bytes) - l1 - l2 * old)
      if (t == 0 && (old > <T>0 || down > <T>0)) violation += <f64>abs<T>(down)
      const curvature: T = <T>(load<T>(row + at) + l2)
      const flat = !(curvature > (sizeof<T>() == 4 ? <T>1e-30 : <T>1e-290))
      const next: T = flat ? <T>0 : <T>(old + down * <T>(<T>1 / curvature))
      const kept: T = next > tiny<T>() ? next : <T>0
      store<T>(w + at, kept)
      moved += <f64>(kept - old) * <f64>(kept - old)
    }
    if (t == 0) first = moved
    else if (moved <= tolerance * tolerance * first) break
  }
  return violation
}
