import { BITS, UNIFORM, half, philox, unit } from './philox'

/** Raw block for the published test vectors. y u32[4]. */
export function philox_block(c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32, y: usize): void {
  v128.store(y, philox(c0, c1, c2, c3, k0, k1))
}

/** y u32[n]: y[i] = word (start + i) mod 4 of block (start + i) / 4. */
export function random_bits(seedLo: u32, seedHi: u32, stream: u32, start: u32, y: usize, n: i32): void {
  let i = 0
  while (i < n) {
    const at = start + i, v = philox(at >> 2, 0, stream, BITS, seedLo, seedHi)
    if (!(at & 3) && i + 4 <= n) {
      v128.store(y, v)
      y += 16
      i += 4
    } else {
      const w = half(v, (at >> 1) & 1)
      store<u32>(y, <u32>(at & 1 ? w >> 32 : w))
      y += 4
      i++
    }
  }
}

/** y[i] in [0, 1), multiples of 2^-53; f32: the same draw truncated to 24 bits (so still < 1). */
// @ts-ignore: decorator
@inline
function uniform<T>(seedLo: u32, seedHi: u32, stream: u32, start: u32, y: usize, n: i32): void {
  let v = i32x4.splat(0)
  for (let i = 0; i < n; i++, y += sizeof<T>()) {
    const at = start + i
    if (!i || !(at & 1)) v = philox(at >> 1, 0, stream, UNIFORM, seedLo, seedHi)
    const w = half(v, at & 1)
    if (sizeof<T>() == 8) store<f64>(y, unit(w))
    else store<f32>(y, <f32>(<i32>(w >> 40)) * <f32>5.9604644775390625e-8)
  }
}

export function uniform_f64(seedLo: u32, seedHi: u32, stream: u32, start: u32, y: usize, n: i32): void {
  uniform<f64>(seedLo, seedHi, stream, start, y, n)
}

export function uniform_f32(seedLo: u32, seedHi: u32, stream: u32, start: u32, y: usize, n: i32): void {
  uniform<f32>(seedLo, seedHi, stream, start, y, n)
}
