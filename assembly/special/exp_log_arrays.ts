import { exp } from './exp'
import { log } from './log'
import { exp2x, log2x } from './vector'

/** y[i] = e^x[i] and y[i] = log x[i], two lanes at a time. x, y: n contiguous values, naturally aligned; y may be x; n >= 0. Writes y only.
 *  Vector lanes and scalar tail give the same bits, so a value's result does not depend on its position or on n. f32: f64 inside, rounded once (<= 1 ulp). */

export function exp_f64(x: usize, y: usize, n: i32): void {
  const end = x + (<usize>n << 3)
  for (; x + 32 <= end; x += 32, y += 32) { // two independent chains hide the latency
    const a = exp2x(v128.load(x)), b = exp2x(v128.load(x, 16))
    v128.store(y, a)
    v128.store(y, b, 16)
  }
  for (; x < end; x += 8, y += 8) store<f64>(y, exp(load<f64>(x)))
}

export function exp_f32(x: usize, y: usize, n: i32): void {
  const end = x + (<usize>n << 2)
  for (; x + 16 <= end; x += 16, y += 16) {
    const v = v128.load(x)
    const a = f32x4.demote_f64x2_zero(exp2x(f64x2.promote_low_f32x4(v)))
    const b = f32x4.demote_f64x2_zero(exp2x(f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15))))
    v128.store(y, i64x2.shuffle(a, b, 0, 2))
  }
  for (; x < end; x += 4, y += 4) store<f32>(y, <f32>exp(<f64>load<f32>(x)))
}

export function log_f64(x: usize, y: usize, n: i32): void {
  const end = x + (<usize>n << 3)
  for (; x + 32 <= end; x += 32, y += 32) { // two independent chains hide the latency
    const a = log2x(v128.load(x)), b = log2x(v128.load(x, 16))
    v128.store(y, a)
    v128.store(y, b, 16)
  }
  for (; x < end; x += 8, y += 8) store<f64>(y, log(load<f64>(x)))
}

export function log_f32(x: usize, y: usize, n: i32): void {
  const end = x + (<usize>n << 2)
  for (; x + 16 <= end; x += 16, y += 16) {
    const v = v128.load(x)
    const a = f32x4.demote_f64x2_zero(log2x(f64x2.promote_low_f32x4(v)))
    const b = f32x4.demote_f64x2_zero(log2x(f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15))))
    v128.store(y, i64x2.shuffle(a, b, 0, 2))
  }
  for (; x < end; x += 4, y += 4) store<f32>(y, <f32>log(<f64>load<f32>(x)))
}
