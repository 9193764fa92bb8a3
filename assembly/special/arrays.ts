import { digamma, trigamma } from './digamma'
import { expm1, tanh } from './exp'
import { lgamma } from './lgamma'
import { log1p } from './log'
import { pow } from './pow'

/** y[i] = f(x[i]), one loop per function and width. x, y: n contiguous values, naturally aligned; y may be x; n >= 0. Writes y only.
 *  The f32 versions compute in f64 and round once (<= 1 ulp). A value's bits do not depend on its position or on n. */

export function log1p_f64(x: usize, y: usize, n: i32): void {
  for (const end = x + (<usize>n << 3); x < end; x += 8, y += 8) store<f64>(y, log1p(load<f64>(x)))
}
export function log1p_f32(x: usize, y: usize, n: i32): void {
  for (const end = x + (<usize>n << 2); x < end; x += 4, y += 4) store<f32>(y, <f32>log1p(<f64>load<f32>(x)))
}
export function expm1_f64(x: usize, y: usize, n: i32): void {
  for (const end = x + (<usize>n << 3); x < end; x += 8, y += 8) store<f64>(y, expm1(load<f64>(x)))
}
export function expm1_f32(x: usize, y: usize, n: i32): void {
  for (const end = x + (<usize>n << 2); x < end; x += 4, y += 4) store<f32>(y, <f32>expm1(<f64>load<f32>(x)))
}
export function tanh_f64(x: usize, y: usize, n: i32): void {
  for (const end = x + (<usize>n << 3); x < end; x += 8, y += 8) store<f64>(y, tanh(load<f64>(x)))
}
export function tanh_f32(x: usize, y: usize, n: i32): void {
  for (const end = x + (<usize>n << 2); x < end; x += 4, y += 4) store<f32>(y, <f32>tanh(<f64>load<f32>(x)))
}
export function lgamma_f64(x: usize, y: usize, n: i32): void {
  for (const end = x + (<usize>n << 3); x < end; x += 8, y += 8) store<f64>(y, lgamma(load<f64>(x)))
}
export function lgamma_f32(x: usize, y: usize, n: i32): void {
  for (const end = x + (<usize>n << 2); x < end; x += 4, y += 4) store<f32>(y, <f32>lgamma(<f64>load<f32>(x)))
}
export function digamma_f64(x: usize, y: usize, n: i32): void {
  for (const end = x + (<usize>n << 3); x < end; x += 8, y += 8) store<f64>(y, digamma(load<f64>(x)))
}
export function digamma_f32(x: usize, y: usize, n: i32): void {
  for (const end = x + (<usize>n << 2); x < end; x += 4, y += 4) store<f32>(y, <f32>digamma(<f64>load<f32>(x)))
}
export function trigamma_f64(x: usize, y: usize, n: i32): void {
  for (const end = x + (<usize>n << 3); x < end; x += 8, y += 8) store<f64>(y, trigamma(load<f64>(x)))
}
export function trigamma_f32(x: usize, y: usize, n: i32): void {
  for (const end = x + (<usize>n << 2); x < end; x += 4, y += 4) store<f32>(y, <f32>trigamma(<f64>load<f32>(x)))
}

/** y[i] = x[i]^p; p is f64 for both widths. */
export function pow_f64(x: usize, p: f64, y: usize, n: i32): void {
  for (const end = x + (<usize>n << 3); x < end; x += 8, y += 8) store<f64>(y, pow(load<f64>(x), p))
}

/** y[i] = x[i]^p; p is f64 for both widths. */
export function pow_f32(x: usize, p: f64, y: usize, n: i32): void {
  for (const end = x + (<usize>n << 2); x < end; x += 4, y += 4) store<f32>(y, <f32>pow(<f64>load<f32>(x), p))
}
