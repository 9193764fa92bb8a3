import { expPair } from './exp'
import { logPair } from './log'
import { high, low, productError } from './twofold'

/** x^p = e^(p log x), log x and the product as double-doubles (relative 2^-64, so 745 * 2^-64 after the product: under .1 ulp).
 *  Special values as in IEEE 754-2019, 9.2.1 (C's pow): pow(1, p) = pow(x, ±0) = 1 even for NaN, pow(-1, ±inf) = 1 (JavaScript's ** has NaN for base ±1 with infinite p)
 *  x < 0 with p not an integer to NaN. p = -1, 1, 2, 1/2 are exactly rounded. <= 1 ulp. Scalar; nothing is written. */
export function pow(x: f64, p: f64): f64 {
  if (p == 0.0 || x == 1.0) return 1.0
  if (x != x || p != p) return NaN
  const a = abs(x), ap = abs(p)
  const whole = floor(p) == p // also ±inf
  const odd = whole && ap < 9007199254740992.0 && floor(0.5 * p) != 0.5 * p
  const sign: f64 = odd ? copysign<f64>(1.0, x) : 1.0
  if (ap == Infinity && a == 1.0) return 1.0
  if (a == 0.0 || a == Infinity) return sign * ((a > 1.0) == (p > 0.0) ? Infinity : 0.0)
  if (x < 0.0 && !whole) return NaN
  if (p == 1.0) return x
  if (p == 2.0) return x * x
  if (p == 0.5) return sqrt(x)
  if (p == -1.0) return 1.0 / x
  if (ap < 2.710505431213761e-20) return 1.0 // 2^-65: |p log x| < 2^-55
  if (ap > 18446744073709551616.0) return a == 1.0 ? 1.0 : (a > 1.0) == (p > 0.0) ? Infinity : 0.0 // 2^64: |p log x| >= 2^11
  const L = logPair(a), h = high(L)
  const y = p * h
  return sign * expPair(y, productError(p, h, y) + p * low(L))
}
