import { mulAdd } from './madd'

// What the updates of single rows share.

/** Entries at most this are zero: denormal arithmetic is many times slower. */
// @ts-ignore: decorator
@inline
export function tiny<T>(): T {
  return sizeof<T>() == 4 ? <T>1e-30 : <T>1e-300
}

/** The inner product of two rows of `bytes` bytes. */
export function along<T>(w: usize, g: usize, bytes: usize): T {
  let s = v128.mul<T>(v128.load(w), v128.load(g))
  for (let q: usize = 16; q < bytes; q += 16) s = v128.add<T>(s, v128.mul<T>(v128.load(w + q), v128.load(g + q)))
  if (sizeof<T>() == 8) return <T>(f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1))
  return <T>(f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1) + (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3)))
}

/** gw <- G w, G T[kp*kp] symmetric. */
export function times<T>(k: i32, kp: i32, w: usize, g: usize, gw: usize): void {
  const bytes = <usize>kp * sizeof<T>(), end = w + <usize>k * sizeof<T>()
  for (let q: usize = 0; q < bytes; q += 32) {
    let a = v128.splat<T>(<T>0), b = a, row = g + q
    const both = q + 32 <= bytes
    for (let at = w; at != end; at += sizeof<T>()) {
      const s = v128.load_splat<T>(at)
      a = mulAdd<T>(a, s, v128.load(row))
      if (both) b = mulAdd<T>(b, s, v128.load(row, 16))
      row += bytes
    }
    v128.store(gw + q, a)
    if (both) v128.store(gw + q, b, 16)
  }
}

/** The sum of the lanes. */
// @ts-ignore: decorator
@inline
export function across<T>(v: v128): f64 {
  if (sizeof<T>() == 8) return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
  return (
    <f64>f32x4.extract_lane(v, 0) + <f64>f32x4.extract_lane(v, 1) +
    (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))
  )
}
