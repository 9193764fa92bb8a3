import { pow } from '../special/pow'
import { addScaled } from './product'
import { addUpper, along, factorUpper, solveLower, solveUpper, timesUpper } from './upper'

// Rows of a factor W, each the minimum of its own least squares over the entries that its row of the data lists:
//   explicit (confident 0): (1/2) sum_j (v_j - w.y_j)^2,
//   implicit (confident 1): (1/2) sum_j c_j (p_j - w.y_j)^2 over all j, where listed ones have the confidence c_j = |v_j|
//     and the preference p_j = 1 (0 where v_j < 0), all others c = 1 and p = 0: with G0 = Y'Y the sum over the listed
//     ones has weights c_j - 1,
// and (1/2) w'G0 w - b0.w + (1/2) lambda n^power |w|^2, n the entries listed. G0 T[kp*kp] (both halves) and b0 T[kp] may
// be pointers of 0. A row without entries, b0 and noise is zero.

const PANEL: i32 = 8192 // bytes of the other factor's rows gathered at a time

// @ts-ignore: decorator
@inline
function panelRows<T>(kp: i32): i32 {
  return max(8, min(64, PANEL / (kp * <i32>sizeof<T>())))
}

/** Bytes of `work` of `ratingRows` and `ratingSteps`. */
export function ratingWork(kp: i32): i32 {
  return 2 * 8 * kp * kp + 2 * 64 * 8 * kp + 5 * 8 * kp
}

/** Sets `rows` rows of W by Cholesky factors of their normal equations; where these have no full rank, by conjugate
 *  gradients from the row as it was. With `noise` T[rows*kp], R^-1 noise is added to the minimum (R'R the matrix of the
 *  normal equations): a draw where the noise is normal. indptr i32[rows+1], indices i32 and values T of the entries,
 *  Y T[m*kp]. W T[rows*kp]. With `evaluate`, adds to stats f64[2] what is left (the sums above; G0 counts where
 *  confident) and the penalties with lambda; else these alone. */
export function ratingRows<T>(
  rows: i32, k: i32, kp: i32, confident: bool, indptr: usize, indices: usize, values: usize, y: usize, g0: usize,
  b0: usize, lambda: f64, power: f64, noise: usize, w: usize, evaluate: bool, stats: usize, work: usize,
): void {
  const bytes = <usize>kp * sizeof<T>(), square = <usize>kp * bytes
  const a = work, r = a + square, b = r + square, rest = b + bytes
  for (let i = 0; i < rows; i++) {
    const start = load<i32>(indptr + (<usize>i << 2)), count = load<i32>(indptr + (<usize>i << 2), 4) - start
    const list = indices + (<usize>start << 2), at = values + <usize>start * sizeof<T>()
    const ridge = ridgeOf(lambda, power, count)
    if (count == 0 && !b0 && !noise) memory.fill(w, 0, bytes)
    else {
      if (g0) memory.copy(a, g0, square)
      else memory.fill(a, 0, square)
      if (b0) memory.copy(b, b0, bytes)
      else memory.fill(b, 0, bytes)
      gather<T>(kp, confident, count, list, at, y, a, b, rest)
      for (let q = 0; q < k; q++) {
        const d = a + <usize>q * (bytes + sizeof<T>())
        store<T>(d, <T>(load<T>(d) + <T>ridge))
      }
      memory.copy(r, a, square)
      if (factorUpper<T>(k, kp, r)) {
        memory.copy(rest, b, bytes)
        solveLower<T>(k, kp, r, rest)
        if (noise) addScaled<T>(<T>1, noise, rest, bytes)
        solveUpper<T>(k, kp, r, rest)
        // A matrix that is singular but for rounding may have a factor.
        const bad = !noise && doubtful<T>(k, kp, a, r) && worse<T>(k, kp, a, b, rest, w, rest + bytes)
        if (bad) descend<T>(k, kp, a, b, w, rest)
        else memory.copy(w, rest, bytes)
      } else descend<T>(k, kp, a, b, w, rest)
    }
    tell<T>(kp, confident, count, list, at, y, g0, ridge, w, evaluate, stats)
    if (noise) noise += bytes
    w += bytes
  }
}

/** The same by at most `steps` steps of conjugate gradients from the rows as they are, with A v = G0 v + sum_j (c_j - 1)
 *  (y_j.v) y_j + lambda n^power v: no matrix is made. Ends a row where the square of its residual is below `tolerance`
 *  times that of its right side. For confident ones. */
export function ratingSteps<T>(
  rows: i32, k: i32, kp: i32, indptr: usize, indices: usize, values: usize, y: usize, g0: usize, lambda: f64,
  power: f64, steps: i32, tolerance: f64, w: usize, evaluate: bool, stats: usize, work: usize,
): void {
  const bytes = <usize>kp * sizeof<T>()
  const r = work, p = r + bytes, ap = p + bytes, b = ap + bytes
  for (let i = 0; i < rows; i++) {
    const start = load<i32>(indptr + (<usize>i << 2)), count = load<i32>(indptr + (<usize>i << 2), 4) - start
    const list = indices + (<usize>start << 2), at = values + <usize>start * sizeof<T>()
    const ridge = ridgeOf(lambda, power, count)
    if (count == 0) memory.fill(w, 0, bytes)
    else {
      // r = b - A w in one walk over the list.
      apply<T>(kp, 0, list, at, y, g0, ridge, w, ap)
      memory.fill(r, 0, bytes)
      memory.fill(b, 0, bytes)
      for (let e = 0; e < count; e++) {
        const row = y + <usize>load<i32>(list + (<usize>e << 2)) * bytes
        const c = load<T>(at + <usize>e * sizeof<T>())
        const target: T = max<T>(c, <T>0)
        addScaled<T>(<T>(target - (abs<T>(c) - <T>1) * along<T>(row, w, bytes)), row, r, bytes)
        if (target > <T>0) addScaled<T>(target, row, b, bytes)
      }
      addScaled<T>(<T>-1, ap, r, bytes)
      const enough = tolerance * <f64>along<T>(b, b, bytes)
      memory.copy(p, r, bytes)
      let old = <f64>along<T>(r, r, bytes)
      for (let t = 0; t < steps && old > enough; t++) {
        apply<T>(kp, count, list, at, y, g0, ridge, p, ap)
        const curvature = <f64>along<T>(p, ap, bytes)
        if (!(curvature > 0)) break
        const step = old / curvature
        addScaled<T>(<T>step, p, w, bytes)
        addScaled<T>(<T>-step, ap, r, bytes)
        const next = <f64>along<T>(r, r, bytes)
        turn<T>(<T>(next / old), p, r, bytes)
        old = next
      }
    }
    tell<T>(kp, true, count, list, at, y, g0, ridge, w, evaluate, stats)
    w += bytes
  }
}

// @ts-ignore: decorator
@inline
function ridgeOf(lambda: f64, power: f64, count: i32): f64 {
  if (power == 0) return lambda
  return power == 1 ? lambda * <f64>count : lambda * pow(<f64>count, power)
}

// The upper half of A <- A + sum_j g_j y_j y_j', b <- b + sum_j t_j y_j.
function gather<T>(
  kp: i32, confident: bool, count: i32, list: usize, values: usize, y: usize, a: usize, b: usize, work: usize,
): void {
  const bytes = <usize>kp * sizeof<T>()
  const panel = panelRows<T>(kp)
  const scaled = confident ? work + <usize>panel * bytes : work
  for (let first = 0; first < count; first += panel) {
    const end = min(count, first + panel)
    let to: usize = 0
    for (let e = first; e < end; e++) {
      const row = y + <usize>load<i32>(list + (<usize>e << 2)) * bytes
      const v = load<T>(values + <usize>e * sizeof<T>())
      const t = v128.splat<T>(confident ? max<T>(v, <T>0) : v), g = v128.splat<T>(<T>(abs<T>(v) - <T>1))
      for (let q: usize = 0; q < bytes; q += 16) {
        const part = v128.load(row + q)
        v128.store(work + to + q, part)
        if (confident) v128.store(scaled + to + q, v128.mul<T>(g, part))
        v128.store(b + q, v128.add<T>(v128.load(b + q), v128.mul<T>(t, part)))
      }
      to += bytes
    }
    addUpper<T>(kp, end - first, work, scaled, a)
  }
}

// out <- A v, A by its parts; of the first `count` entries.
function apply<T>(
  kp: i32, count: i32, list: usize, values: usize, y: usize, g0: usize, ridge: f64, v: usize, out: usize,
): void {
  const bytes = <usize>kp * sizeof<T>()
  const s = v128.splat<T>(<T>ridge)
  for (let q: usize = 0; q < bytes; q += 16) v128.store(out + q, v128.mul<T>(s, v128.load(v + q)))
  for (let q: usize = 0; q < bytes; q += sizeof<T>()) addScaled<T>(load<T>(v + q), g0 + q * <usize>kp, out, bytes)
  for (let e = 0; e < count; e++) {
    const row = y + <usize>load<i32>(list + (<usize>e << 2)) * bytes
    const c: T = abs<T>(load<T>(values + <usize>e * sizeof<T>()))
    addScaled<T>(<T>((c - <T>1) * along<T>(row, v, bytes)), row, out, bytes)
  }
}

// p <- r + s p.
// @ts-ignore: decorator
@inline
function turn<T>(s: T, p: usize, r: usize, bytes: usize): void {
  const v = v128.splat<T>(s)
  for (let q: usize = 0; q < bytes; q += 16) {
    v128.store(p + q, v128.add<T>(v128.load(r + q), v128.mul<T>(v, v128.load(p + q))))
  }
}

// Whether elimination left next to nothing of a diagonal entry.
function doubtful<T>(k: i32, kp: i32, a: usize, r: usize): bool {
  const step = <usize>(kp + 1) * sizeof<T>()
  for (let q = 0; q < k; q++) {
    const root = load<T>(r)
    if (root * root < (sizeof<T>() == 4 ? <T>1e-4 : <T>1e-10) * load<T>(a)) return true
    a += step
    r += step
  }
  return false
}

// Whether w'Aw / 2 - b.w is higher at x than at w, by more than rounding; out T[kp].
function worse<T>(k: i32, kp: i32, a: usize, b: usize, x: usize, w: usize, out: usize): bool {
  const at = value<T>(k, kp, a, b, x, out), before = value<T>(k, kp, a, b, w, out)
  return !(at <= before + (sizeof<T>() == 4 ? 1e-5 : 1e-13) * abs<f64>(before))
}

function value<T>(k: i32, kp: i32, a: usize, b: usize, x: usize, out: usize): f64 {
  timesUpper<T>(k, kp, a, x, out)
  let total: f64 = 0
  for (let q: usize = 0; q < <usize>k * sizeof<T>(); q += sizeof<T>()) {
    total += <f64>load<T>(x + q) * (0.5 * <f64>load<T>(out + q) - <f64>load<T>(b + q))
  }
  return total
}

// Conjugate gradients from w on A w = b, which lower w'Aw / 2 - b.w whatever the rank of A. work T[3*kp].
function descend<T>(k: i32, kp: i32, a: usize, b: usize, w: usize, work: usize): void {
  const bytes = <usize>kp * sizeof<T>()
  const r = work, p = r + bytes, ap = p + bytes
  timesUpper<T>(k, kp, a, w, ap)
  memory.copy(r, b, bytes)
  addScaled<T>(<T>-1, ap, r, bytes)
  memory.copy(p, r, bytes)
  let old = <f64>along<T>(r, r, bytes)
  const enough = (sizeof<T>() == 4 ? 1e-12 : 1e-28) * <f64>along<T>(b, b, bytes)
  for (let t = 0; t < 2 * k && old > enough; t++) {
    timesUpper<T>(k, kp, a, p, ap)
    const curvature = <f64>along<T>(p, ap, bytes)
    if (!(curvature > 0)) return
    const step = old / curvature
    addScaled<T>(<T>step, p, w, bytes)
    addScaled<T>(<T>-step, ap, r, bytes)
    const next = <f64>along<T>(r, r, bytes)
    turn<T>(<T>(next / old), p, r, bytes)
    old = next
  }
}

// Adds what a row leaves and its penalty to stats.
function tell<T>(
  kp: i32, confident: bool, count: i32, list: usize, values: usize, y: usize, g0: usize, ridge: f64, w: usize,
  evaluate: bool, stats: usize,
): void {
  const bytes = <usize>kp * sizeof<T>()
  store<f64>(stats, load<f64>(stats, 8) + 0.5 * ridge * <f64>along<T>(w, w, bytes), 8)
  if (!evaluate) return
  let left: f64 = 0
  for (let e = 0; e < count; e++) {
    const s = <f64>along<T>(y + <usize>load<i32>(list + (<usize>e << 2)) * bytes, w, bytes)
    const v = <f64>load<T>(values + <usize>e * sizeof<T>())
    if (confident) left += abs<f64>(v) * (v > 0 ? 1 - s : s) * (v > 0 ? 1 - s : s) - s * s
    else left += (v - s) * (v - s)
  }
  if (confident) {
    for (let q: usize = 0; q < bytes; q += sizeof<T>()) {
      left += <f64>load<T>(w + q) * <f64>along<T>(g0 + q * <usize>kp, w, bytes)
    }
  }
  store<f64>(stats, load<f64>(stats) + 0.5 * left)
}

/** b[i] <- sum of (v - mu - other_j) over the entries of row i, divided by their number and `damping`; 0 for none.
 *  b, other f64. */
export function ratingBiases<T>(
  rows: i32, indptr: usize, indices: usize, values: usize, mu: f64, damping: f64, other: usize, b: usize,
): void {
  for (let i = 0; i < rows; i++) {
    const start = load<i32>(indptr), end = load<i32>(indptr, 4)
    let s: f64 = 0
    for (let e = start; e < end; e++) {
      s += <f64>load<T>(values + <usize>e * sizeof<T>()) - mu - load<f64>(other + (<usize>load<i32>(indices + (<usize>e << 2)) << 3))
    }
    const n = <f64>(end - start) + damping
    store<f64>(b, n > 0 ? s / n : 0)
    indptr += 4
    b += 8
  }
}

/** v <- v - mu - b_i - other_j for every entry. Writes values. */
export function ratingResiduals<T>(
  rows: i32, indptr: usize, indices: usize, values: usize, mu: f64, other: usize, b: usize,
): void {
  for (let i = 0; i < rows; i++) {
    const end = load<i32>(indptr, 4), own = mu + load<f64>(b)
    for (let e = load<i32>(indptr); e < end; e++) {
      const at = values + <usize>e * sizeof<T>()
      store<T>(at, <T>(<f64>load<T>(at) - own - load<f64>(other + (<usize>load<i32>(indices + (<usize>e << 2)) << 3))))
    }
    indptr += 4
    b += 8
  }
}
