/** Counter-based random numbers: element i is a pure function of (seed, stream, i), so order, length and threads never change a draw. No state, no scratch.
 *
 *  Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"): key = seed, counter = (index, attempt, stream, kind).
 *  `kind` keeps the distributions apart: uniform and normal under one (seed, stream) share no bits. uniform and normal use one block per two elements
 *  gamma, Poisson and permutation one block per element and attempt. `start` is the index of y[0]; start + n <= 2^32. y: n values, naturally aligned. Each writes y only. */

export const BITS: u32 = 0
export const UNIFORM: u32 = 1
export const NORMAL: u32 = 2
export const GAMMA: u32 = 3
export const POISSON: u32 = 4
export const PERMUTATION: u32 = 5
export const BOOST: u32 = 0xffffffff // the attempt number of gamma's second uniform for shape < 1

/** One block: counter (a, b, c, d), key (k, l); the four words as i32x4. */
export function philox(a: u32, b: u32, c: u32, d: u32, k: u32, l: u32): v128 {
  for (let r = 0; r < 10; r++) {
    const p = <u64>a * 0xd2511f53, q = <u64>c * 0xcd9e8d57
    a = <u32>(q >> 32) ^ b ^ k
    b = <u32>q
    c = <u32>(p >> 32) ^ d ^ l
    d = <u32>p
    k += 0x9e3779b9
    l += 0xbb67ae85
  }
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(a), 1, b), 2, c), 3, d)
}

/** Half h (0, 1) of a block as 64 bits: word 2h is the low part. */
// @ts-ignore: decorator
@inline
export function half(v: v128, h: u32): u64 {
  return h ? i64x2.extract_lane(v, 1) : i64x2.extract_lane(v, 0)
}

/** [0, 1) with 53 bits. */
// @ts-ignore: decorator
@inline
export function unit(w: u64): f64 {
  return <f64>(<i64>(w >> 11)) * 1.1102230246251565e-16
}

/** (0, 1), symmetric about 1/2: odd multiples of 2^-53. */
// @ts-ignore: decorator
@inline
export function open(w: u64): f64 {
  return <f64>(<i64>((w >> 11) | 1)) * 1.1102230246251565e-16
}
