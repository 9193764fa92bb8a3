/** exp, expm1, tanh in f64, scalar. Nothing is written.
 *
 *  x = k ln 2 + r, |r| <= ln(2)/2; e^x = 2^k (1 + r + r^2 P(r)), P the Chebyshev interpolant of (e^r - 1 - r)/r^2, degree 10, error 2^-55 relative to P.
 *  r is carried as r + c (Cody & Waite 1980: 32 bits of ln 2, so k * LN2_HI is exact). Coefficients: scripts/golden/special.py --coefficients.
 *  Same bits everywhere: only + - * / and integer operations. */

const LN2_HI: f64 = 0.6931471803691238 // 32 bits
const LN2_LO: f64 = 1.9082149292705877e-10
const INV_LN2: f64 = 1.4426950408889634
const ROUND: f64 = 6755399441055744.0 // 1.5 * 2^52: adding it rounds to an integer held in the low mantissa bits

/** (e^r - 1 - r) / r^2 for |r| <= .3466. */
// @ts-ignore: decorator
@inline
function tail(r: f64): f64 {
  const z = r * r, w = z * z
  const a = (0.5 + 0.1666666666666667 * r) + (0.04166666666666667 + 0.008333333333326127 * r) * z
  const b = (0.0013888888888884615 + 0.00019841269874850063 * r) + (2.480158732324412e-5 + 2.7557255362878947e-6 * r) * z
  const c = (2.7557276103540697e-7 + 2.5105232535683088e-8 * r) + 2.091377824626925e-9 * z
  return a + w * (b + w * c)
}

/** 2^k. -1022 <= k <= 1023. */
// @ts-ignore: decorator
@inline
function power2(k: i32): f64 {
  return reinterpret<f64>(<i64>(k + 1023) << 52)
}

/** e^(x + lo) for |lo| <= 2^-40: overflow to inf, gradual underflow with one rounding, NaN to NaN. `lo` serves pow. */
export function expPair(x: f64, lo: f64): f64 {
  if (!(x <= 709.8)) return x > 709.8 ? Infinity : x
  if (x < -745.2) return 0.0
  const t = x * INV_LN2 + ROUND
  const k = <i32>reinterpret<i64>(t)
  const n = t - ROUND
  const h = x - n * LN2_HI, l = n * LN2_LO - lo
  const r = h - l, c = (h - r) - l
  const y = 1.0 + (r + (r * r * tail(r) + c))
  const a = k >> 1 // two exact-until-the-last scalings reach 2^1024 and the subnormals
  return y * power2(a) * power2(k - a)
}

/** e^x. <= 1 ulp. */
export function exp(x: f64): f64 {
  return expPair(x, 0.0)
}

/** e^x - 1, without cancellation near 0; keeps -0. <= 2 ulp. */
export function expm1(x: f64): f64 {
  if (abs(x) <= 0.34) return abs(x) < 5e-17 ? x : x + x * x * tail(x)
  if (!(x < 40.0)) return expPair(x, 0.0) // the 1 is below half an ulp; NaN passes
  if (x < -40.0) return -1.0
  const t = x * INV_LN2 + ROUND
  const k = <i32>reinterpret<i64>(t)
  const n = t - ROUND
  const h = x - n * LN2_HI, l = n * LN2_LO
  const r = h - l, c = (h - r) - l
  const s = power2(k)
  return s * (r + (r * r * tail(r) + c)) + (s - 1.0)
}

/** (e^2x - 1) / (e^2x + 1); keeps -0. <= 3 ulp. */
export function tanh(x: f64): f64 {
  const a = abs(x)
  if (!(a < 22.0)) return a != a ? x : copysign<f64>(1.0, x)
  if (a < 1e-9) return x
  let y: f64
  if (a >= 0.6) y = 1.0 - 2.0 / (expm1(2.0 * a) + 2.0)
  else {
    const t = expm1(-2.0 * a)
    y = -t / (t + 2.0)
  }
  return copysign<f64>(y, x)
}
