import { exp } from '../special/exp'
import { lgamma } from '../special/lgamma'
import { log } from '../special/log'
import { POISSON, half, open, philox, unit } from './philox'

/** Sequential inversion, lambda < 10: the least k with u < P(0) + ... + P(k). The bound on k stops where the sum has rounded to less than u (probability < 1e-15). */
// @ts-ignore: decorator
@inline
function inversion(u: f64, lambda: f64, p: f64): f64 {
  let k: f64 = 0.0
  while (u >= p && k < 200.0) {
    u -= p
    k += 1.0
    p *= lambda / k
  }
  return k
}

/** y[i] ~ Poisson(lambda), as f64[n]. 0 <= lambda <= 1e15, else NaN.
 *  lambda < 10: inversion of one uniform. Otherwise PTRS, transformed rejection with squeeze (Hörmann 1993, "The transformed rejection method for generating Poisson random variables")
 *  attempt j reads the block (i, j): half 0 is U, half 1 is V. */
export function poisson_f64(seedLo: u32, seedHi: u32, stream: u32, start: u32, lambda: f64, y: usize, n: i32): void {
  if (!(lambda >= 0.0 && lambda <= 1e15)) {
    for (let i = 0; i < n; i++, y += 8) store<f64>(y, NaN)
    return
  }
  if (lambda < 10.0) {
    const p = exp(-lambda)
    for (let i = 0; i < n; i++, y += 8) store<f64>(y, inversion(unit(half(philox(start + i, 0, stream, POISSON, seedLo, seedHi), 0)), lambda, p))
    return
  }
  const b = 0.931 + 2.53 * sqrt(lambda), a = -0.059 + 0.02483 * b
  const q = log(1.1239 + 1.1328 / (b - 3.4)), vr = 0.9277 - 3.6224 / (b - 2.0), L = log(lambda)
  for (let i = 0; i < n; i++, y += 8) {
    for (let j: u32 = 0; ; j++) {
      const w = philox(start + i, j, stream, POISSON, seedLo, seedHi)
      const u = open(half(w, 0)) - 0.5, v = open(half(w, 1)), s = 0.5 - abs(u)
      const k = floor((2.0 * a / s + b) * u + lambda + 0.43)
      if (s >= 0.07 && v <= vr) {
        store<f64>(y, k)
        break
      }
      if (k < 0.0 || (s < 0.013 && v > s)) continue
      if (log(v) + q - log(a / (s * s) + b) <= k * L - lambda - lgamma(k + 1.0)) {
        store<f64>(y, k)
        break
      }
    }
  }
}
