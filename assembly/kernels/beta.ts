import { log } from '../special/log'
import { pow } from '../special/pow'
import { mulAdd } from './madd'
import { addScaled } from './product'

// The beta-divergence of X from Z = W H and its multiplicative updates (Fevotte & Idier 2011), a row at a time:
//   d_b(x | z) = (x^b + (b-1) z^b - b x z^(b-1)) / (b (b-1));  b = 2: (x-z)^2/2;  b = 1: x log(x/z) - x + z;
//   b = 0: x/z - log(x/z) - 1.
// Ht T[m*kp] is H transposed. A row of X is either m values (indices = 0) or count values at `indices`, the rest zero.

// The least z that is told from zero: a value of that size means nothing to the fit.
// @ts-ignore: decorator
@inline
export function leastModel<T>(): T {
  return sizeof<T>() == 4 ? <T>1e-30 : <T>1e-300
}

// Powers of a z near zero are cut off here: sums of them, times a factor of zero, stay numbers.
// @ts-ignore: decorator
@inline
export function atMost<T>(v: T): T {
  return min<T>(v, sizeof<T>() == 4 ? <T>1e25 : <T>1e250)
}

export function inner<T>(w: usize, h: usize, bytes: usize): T {
  let s = v128.mul<T>(v128.load(w), v128.load(h))
  for (let q: usize = 16; q < bytes; q += 16) s = mulAdd<T>(s, v128.load(w + q), v128.load(h + q))
  if (sizeof<T>() == 8) return <T>(f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1))
  return <T>(f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1) + (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3)))
}

// Adds x z^(b-2) h to num and z^(b-1) h to den for one entry.
// @ts-ignore: decorator
@inline
function accumulate<T>(beta: f64, x: T, z: T, h: usize, num: usize, den: usize, bytes: usize): void {
  const v: T = max<T>(z, leastModel<T>())
  let d: T
  if (beta == 0.0) d = <T>(<T>1 / v)
  else if (beta == 2.0) d = z
  else d = <T>pow(<f64>v, beta - 1.0)
  d = atMost<T>(d)
  if (x != <T>0) addScaled<T>(beta == 2.0 ? x : atMost<T>(<T>((x * d) / v)), h, num, bytes)
  addScaled<T>(d, h, den, bytes)
}

// Walks one row: for every entry z = w.h_j, then adds to (num_j or num) and (den_j or den).
// `toH` = 0: gathers for the row's own w from h_j. 1: scatters w into row j of num and den. The `left` entries at `out`
// are passed over.
function walk<T>(
  m: i32, bytes: usize, beta: f64, count: i32, indices: usize, x: usize, w: usize, ht: usize, num: usize,
  den: usize, toH: bool, left: i32, out: usize,
): void {
  let p = 0, o = 0
  for (let j = 0; j < m; j++) {
    let value: T = <T>0
    if (!indices) value = load<T>(x + <usize>j * sizeof<T>())
    else if (p < count && load<i32>(indices + (<usize>p << 2)) == j) {
      value = load<T>(x + <usize>p * sizeof<T>())
      p++
    }
    if (o < left && load<i32>(out + (<usize>o << 2)) == j) {
      o++
      continue
    }
    const h = ht + <usize>j * bytes
    const z = inner<T>(w, h, bytes)
    if (toH) accumulate<T>(beta, value, z, w, num + <usize>j * bytes, den + <usize>j * bytes, bytes)
    else accumulate<T>(beta, value, z, h, num, den, bytes)
  }
}

/** One multiplicative step on `rows` rows of W for any b but 1 (see kl.ts), then the sums that a step on H needs from
 *  the new rows:  w <- w * (num / (den + l1 + l2 w))^gamma;  numH_j += x_j z_j^(b-2) w, denH_j += z_j^(b-1) w.
 *  Components from .. to are held. `indptr` = 0 for dense X (row stride `ld`), else CSR. Entries that are listed in
 *  outIndptr, outIndices do not count; `outIndptr` = 0 where all do.
 *  W updated; numH, denH T[m*kp] are added to (no-ops where `numH` = 0); work T[2*kp]. */
export function multiplicative<T>(
  rows: i32, m: i32, k: i32, kp: i32, beta: f64, gamma: f64, l1: T, l2: T, from: i32, to: i32, indptr: usize,
  indices: usize, x: usize, ld: i32, outIndptr: usize, outIndices: usize, w: usize, ht: usize, numH: usize, denH: usize,
  work: usize,
): void {
  const bytes = <usize>kp * sizeof<T>()
  const den = work + bytes
  for (let i = 0; i < rows; i++) {
    const start = indptr ? load<i32>(indptr + (<usize>i << 2)) : i * ld
    const count = indptr ? load<i32>(indptr + (<usize>i << 2), 4) - start : m
    const at = indptr ? indices + (<usize>start << 2) : 0
    const xi = x + <usize>start * sizeof<T>()
    const begin = outIndptr ? load<i32>(outIndptr + (<usize>i << 2)) : 0
    const left = outIndptr ? load<i32>(outIndptr + (<usize>i << 2), 4) - begin : 0
    const out = outIndices + (<usize>begin << 2)
    memory.fill(work, 0, 2 * bytes)
    walk<T>(m, bytes, beta, count, at, xi, w, ht, work, den, false, left, out)
    ratio<T>(k, gamma, l1, l2, from, to, w, work, den)
    if (numH) walk<T>(m, bytes, beta, count, at, xi, w, ht, numH, denH, true, left, out)
    w += bytes
  }
}

/** w_q <- w_q (num_q / (den_q + l1 + l2 w_q))^gamma for q < k but from .. to; a denominator of zero leaves zero. */
export function ratio<T>(k: i32, gamma: f64, l1: T, l2: T, from: i32, to: i32, w: usize, num: usize, den: usize): void {
  for (let q = 0; q < k; q++) {
    if (q >= from && q < to) continue
    const o = <usize>q * sizeof<T>()
    const old = load<T>(w + o)
    const d: T = <T>(load<T>(den + o) + l1 + l2 * old)
    let next: T = <T>0
    if (!(d <= <T>0)) {
      const r = load<T>(num + o) / d
      next = gamma == 1.0 ? <T>(old * r) : <T>(<f64>old * pow(<f64>r, gamma))
    }
    // What is so small is zero; NaN, of sums that overflowed, stays to be seen.
    store<T>(w + o, next <= leastModel<T>() ? <T>0 : next)
  }
}

/** `ratio` for every row of W and num T[rows*kp]; den T[rows*kp] where `own`, else T[kp], the same for all. Writes W. */
export function ratioRows<T>(
  rows: i32, k: i32, kp: i32, gamma: f64, l1: T, l2: T, from: i32, to: i32, w: usize, num: usize, den: usize, own: i32,
): void {
  const bytes = <usize>kp * sizeof<T>()
  for (let i = 0; i < rows; i++) {
    ratio<T>(k, gamma, l1, l2, from, to, w, num, den)
    w += bytes
    num += bytes
    if (own) den += bytes
  }
}

/** sum over `rows` rows of d_b(x | w h), in f64. Entries listed in outIndptr, outIndices are left out, for any b but 1.
 *  For b = 1 without the sum of z over the row (the caller adds columnSums(W) . rowSums(H)), so sparse rows cost their
 *  non-zeros only. w h counts as at least `leastModel`. */
export function betaLoss<T>(
  rows: i32, m: i32, kp: i32, beta: f64, indptr: usize, indices: usize, x: usize, ld: i32, outIndptr: usize,
  outIndices: usize, w: usize, ht: usize,
): f64 {
  const bytes = <usize>kp * sizeof<T>()
  let total: f64 = 0
  for (let i = 0; i < rows; i++) {
    const start = indptr ? load<i32>(indptr + (<usize>i << 2)) : i * ld
    const count = indptr ? load<i32>(indptr + (<usize>i << 2), 4) - start : m
    let at = indptr ? indices + (<usize>start << 2) : 0
    let xi = x + <usize>start * sizeof<T>()
    let row: f64 = 0
    const length = indptr && beta == 1.0 ? count : m
    let p = 0, o = outIndptr ? load<i32>(outIndptr + (<usize>i << 2)) : 0
    const end = outIndptr ? load<i32>(outIndptr + (<usize>i << 2), 4) : 0
    for (let e = 0; e < length; e++) {
      let j = e
      let value: f64 = 0
      if (!indptr) value = <f64>load<T>(xi + <usize>e * sizeof<T>())
      else if (beta == 1.0 || (p < count && load<i32>(at + (<usize>p << 2)) == j)) {
        j = load<i32>(at + (<usize>p << 2))
        value = <f64>load<T>(xi + <usize>p * sizeof<T>())
        p++
      }
      if (o < end && load<i32>(outIndices + (<usize>o << 2)) == j) {
        o++
        continue
      }
      row += divergence<T>(beta, value, <f64>inner<T>(w, ht + <usize>j * bytes, bytes))
    }
    total += row
    w += bytes
  }
  return total
}

export function divergence<T>(beta: f64, x: f64, value: f64): f64 {
  const z = max<f64>(value, <f64>leastModel<T>())
  if (beta == 2.0) return 0.5 * (x - value) * (x - value)
  if (beta == 1.0) return x > 0 ? x * log(x / z) - x : 0
  if (beta == 0.0) return x / z - log(x / z) - 1
  const power = pow(z, beta - 1)
  return ((x > 0 ? pow(x, beta) : 0) + (beta - 1) * power * z - beta * x * power) / (beta * (beta - 1))
}
