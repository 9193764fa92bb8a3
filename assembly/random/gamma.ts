import { log } from '../special/log'
import { pow } from '../special/pow'
import { BOOST, GAMMA, half, open, philox } from './philox'
import { normalQuantile } from './normal'

/** One Gamma(shape, 1) draw at index i. Marsaglia & Tsang 2000: d = shape - 1/3, c = 1/sqrt(9 d), v = (1 + c z)^3; accept when log u < z^2/2 + d (1 - v + log v).
 *  Attempt j reads the block (i, j): half 0 the normal z, half 1 the uniform u; shape < 1 draws shape + 1 and multiplies by u'^(1/shape) (their section 6), u' from attempt BOOST. */
export function gammaAt(seedLo: u32, seedHi: u32, stream: u32, i: u32, shape: f64): f64 {
  const small = shape < 1.0
  const d = (small ? shape + 1.0 : shape) - 0.3333333333333333, c = 1.0 / sqrt(9.0 * d)
  let y: f64 = 0.0
  for (let j: u32 = 0; ; j++) { // a rejection has probability < .05
    const w = philox(i, j, stream, GAMMA, seedLo, seedHi)
    const z = normalQuantile(open(half(w, 0))), t = 1.0 + c * z
    if (t <= 0.0) continue
    const v = t * t * t
    if (log(open(half(w, 1))) < 0.5 * z * z + d * (1.0 - v + log(v))) {
      y = d * v
      break
    }
  }
  return small ? y * pow(open(half(philox(i, BOOST, stream, GAMMA, seedLo, seedHi), 0)), 1.0 / shape) : y
}

/** y[i] ~ Gamma(shape, scale 1), f64[n]. 0 < shape < inf, else NaN. Very small shapes underflow to 0 with the probability that Gamma(shape) is below 5e-324. */
export function gamma_f64(seedLo: u32, seedHi: u32, stream: u32, start: u32, shape: f64, y: usize, n: i32): void {
  const valid = shape > 0.0 && shape < Infinity
  for (let i = 0; i < n; i++, y += 8) store<f64>(y, valid ? gammaAt(seedLo, seedHi, stream, start + i, shape) : NaN)
}
