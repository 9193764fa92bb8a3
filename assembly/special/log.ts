import { pair, productError, sumError } from './twofold'

/** log, log1p in f64, and log as a double-double for pow and lgamma. Scalar; nothing is written.
 *
 *  x = 2^k m, m in [sqrt(1/2), sqrt(2)); f = m - 1 (exact), s = f / (2 + f); log m = 2 atanh(s) = f - f^2/2 + s (f^2/2 + R(s^2)) (the arrangement of fdlibm's e_log.c,
 *  Sun 1993, which keeps the rounding of s away from f). R and Q: Chebyshev interpolants, scripts/golden/special.py --coefficients. */

const LN2_HI: f64 = 0.6931471803691238 // 32 bits: k * LN2_HI is exact
const LN2_LO: f64 = 1.9082149292705877e-10
const LN2_42: f64 = 0.6931471805598903 // 42 bits: the same for the pair
const LN2_42_LO: f64 = 5.497923018708371e-14
const SQRT_HALF: i64 = 0x3fe6a09e667f3bcd
const MANTISSA: i64 = 0x000fffffffffffff

/** k ln 2 + log(1 + f) + c, for f in [sqrt(1/2) - 1, sqrt(2) - 1]; c a small correction. */
// @ts-ignore: decorator
@inline
function combine(k: f64, f: f64, c: f64): f64 {
  const s = f / (2.0 + f), z = s * s, h = 0.5 * f * f
  const R = z * (0.6666666666666666 + z * (0.4000000000000088 + z * (0.2857142857080323 + z * (0.2222222239180047
    + z * (0.18181795630884753 + z * (0.15386240205813478 + z * (0.13268759668560612 + z * 0.13086767009948175)))))))
  return k * LN2_HI - ((h - (s * (h + R) + (k * LN2_LO + c))) - f)
}

/** Natural logarithm: ±0 to -inf, x < 0 to NaN. <= 1 ulp, relative also near 1. */
export function log(x: f64): f64 {
  let k = 0
  if (!(x >= 2.2250738585072014e-308)) {
    if (x == 0.0) return -Infinity
    if (!(x > 0.0)) return NaN
    x *= 18014398509481984.0 // 2^54: out of the subnormals
    k = -54
  }
  if (x == Infinity) return x
  const b = reinterpret<i64>(x) - SQRT_HALF
  k += <i32>(b >> 52)
  return combine(<f64>k, reinterpret<f64>((b & MANTISSA) + SQRT_HALF) - 1.0, 0.0)
}

/** log(1 + x), relative also near 0; keeps -0; -1 to -inf, below to NaN. <= 2 ulp. */
export function log1p(x: f64): f64 {
  if (!(x > -1.0)) return x == -1.0 ? -Infinity : NaN
  if (x > -0.29 && x < 0.41) return abs(x) < 1e-17 ? x : combine(0.0, x, 0.0)
  if (x == Infinity) return x
  const u = 1.0 + x
  const b = reinterpret<i64>(u) - SQRT_HALF
  // log(u + e) = log u + e / u: e is what rounding 1 + x lost
  return combine(<f64>(<i32>(b >> 52)), reinterpret<f64>((b & MANTISSA) + SQRT_HALF) - 1.0, sumError(1.0, x, u) / u)
}

/** log x as f64x2(hi, lo), relative error about 2^-64 (near 1 too). Finite x > 0 only.
 *  log m = 2 s (1 + z/3 + z^2 Q(z)), z = s^2 <= .0295: s, z and z/3 are pairs, the rest is below 2^-12 and needs one double. */
export function logPair(x: f64): v128 {
  let k = 0
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984.0
    k = -54
  }
  const b = reinterpret<i64>(x) - SQRT_HALF
  k += <i32>(b >> 52)
  const m = reinterpret<f64>((b & MANTISSA) + SQRT_HALF)
  const f = m - 1.0, d = m + 1.0, dl = sumError(m, 1.0, d)
  const s = f / d, p = s * d
  const sl = (((f - p) - productError(s, d, p)) - s * dl) / d
  const z = s * s, zl = productError(s, s, z) + 2.0 * s * sl
  const t = z * 0.3333333333333333
  const tl = productError(z, 0.3333333333333333, t) + (z * 1.850371707708594e-17 + zl * 0.3333333333333333)
  const Q = 0.2 + z * (0.14285714285714285 + z * (0.11111111111111112 + z * (0.09090909090908916 + z * (0.07692307692355158
    + z * (0.06666666659161184 + z * (0.058823536801970604 + z * (0.05263111244875758 + z * (0.04763790841582731
    + z * (0.04300748684800386 + z * 0.046545741902278934)))))))))
  const v = tl + z * z * Q
  const u = t + v, ul = v - (u - t)
  const c = s * u, cl = productError(s, u, c) + (sl * u + s * ul)
  const a = <f64>k * LN2_42
  const m1 = 2.0 * s + 2.0 * c, e1 = 2.0 * c - (m1 - 2.0 * s)
  const h = a + m1, e2 = m1 - (h - a) // |a| > |m1| or a = 0
  const l = e2 + (e1 + (2.0 * (sl + cl) + <f64>k * LN2_42_LO))
  const hi = h + l
  return pair(hi, l - (hi - h))
}
