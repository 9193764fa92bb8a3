// Symmetric matrices by their upper halves, row after row: what is done to one of them for every row of a factor. Rows
// are T[kp], kp a multiple of four, zero from k on, on 16-byte boundaries: vectors begin at or before the diagonal.

import { tile41, tile42 } from './product'

/** The upper half of G <- G + A'B for A, B T[depth*kp] whose product is symmetric, in tiles of four rows. G T[kp*kp];
 *  what is below the diagonal is of no use afterwards. */
export function addUpper<T>(kp: i32, depth: i32, a: usize, b: usize, g: usize): void {
  const size = sizeof<T>(), ld = <usize>kp * size
  for (let i: usize = 0; i < ld; i += 4 * size) {
    let j = i & ~31
    for (; j + 32 <= ld; j += 32) tile42<T>(depth, a + i, size, ld, b + j, g + j, ld)
    for (; j < ld; j += 16) tile41<T>(depth, a + i, size, ld, b + j, g + j, ld)
    g += 4 * ld
  }
}

/** The upper half of A <- R, A = R'R, by rows; R has zeros before the diagonal in the diagonal's vector. A T[kp*kp].
 *  Returns whether all pivots were positive; else rows from the first that was not are unfinished. */
export function factorUpper<T>(k: i32, kp: i32, a: usize): bool {
  const ld = <usize>kp * sizeof<T>()
  let row = a
  for (let i = 0; i < k; i++) {
    const o = <usize>i * sizeof<T>()
    const pivot = load<T>(row + o)
    // Also refuses NaN, and a root that rounds to zero.
    if (!(pivot > <T>0 && <f64>pivot < Infinity)) return false
    const root = <T>sqrt(pivot)
    const inverse = v128.splat<T>(<T>(<T>1 / root))
    for (let q = o & ~15; q < o; q += sizeof<T>()) store<T>(row + q, <T>0)
    for (let q = o & ~15; q < ld; q += 16) v128.store(row + q, v128.mul<T>(v128.load(row + q), inverse))
    store<T>(row + o, root)
    let next = row
    for (let j = i + 1; j < k; j++) {
      next += ld
      const p = <usize>j * sizeof<T>()
      const s = v128.splat<T>(load<T>(row + p))
      for (let q = p & ~15; q < ld; q += 16) {
        v128.store(next + q, v128.sub<T>(v128.load(next + q), v128.mul<T>(s, v128.load(row + q))))
      }
    }
    row += ld
  }
  return true
}

/** b <- (R')^-1 b with R as `factorUpper` leaves it. b T[kp]. */
export function solveLower<T>(k: i32, kp: i32, r: usize, b: usize): void {
  const ld = <usize>kp * sizeof<T>()
  for (let i = 0; i < k; i++) {
    const o = <usize>i * sizeof<T>()
    const x: T = <T>(load<T>(b + o) / load<T>(r + o))
    const s = v128.splat<T>(x)
    for (let q = o & ~15; q < ld; q += 16) {
      v128.store(b + q, v128.sub<T>(v128.load(b + q), v128.mul<T>(s, v128.load(r + q))))
    }
    store<T>(b + o, x)
    r += ld
  }
}

/** b <- R^-1 b. */
export function solveUpper<T>(k: i32, kp: i32, r: usize, b: usize): void {
  const ld = <usize>kp * sizeof<T>()
  for (let i = k - 1; i >= 0; i--) {
    const o = <usize>i * sizeof<T>(), row = r + <usize>i * ld, start = o & ~15
    const y = load<T>(b + o)
    store<T>(b + o, <T>0)
    store<T>(b + o, <T>((y - along<T>(row + start, b + start, ld - start)) / load<T>(row + o)))
  }
}

/** out <- A x for A by its upper half. A T[kp*kp]; x, out T[kp]. */
export function timesUpper<T>(k: i32, kp: i32, a: usize, x: usize, out: usize): void {
  const ld = <usize>kp * sizeof<T>()
  memory.fill(out, 0, ld)
  for (let i = 0; i < k; i++) {
    const o = <usize>i * sizeof<T>()
    const own = load<T>(x + o)
    let s: T = <T>(load<T>(out + o) + load<T>(a + o) * own)
    for (let q = o + sizeof<T>(); q < ld; q += sizeof<T>()) {
      const v = load<T>(a + q)
      s = <T>(s + v * load<T>(x + q))
      store<T>(out + q, <T>(load<T>(out + q) + v * own))
    }
    store<T>(out + o, s)
    a += ld
  }
}

/** The inner product of two rows of `bytes` bytes, a multiple of 16. */
// @ts-ignore: decorator
@inline
export function along<T>(x: usize, y: usize, bytes: usize): T {
  let s = v128.mul<T>(v128.load(x), v128.load(y))
  for (let q: usize = 16; q < bytes; q += 16) s = v128.add<T>(s, v128.mul<T>(v128.load(x + q), v128.load(y + q)))
  if (sizeof<T>() == 8) return <T>(f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1))
  return <T>(f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1) + (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3)))
}
