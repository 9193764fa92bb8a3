/** Error-free steps for double-double arithmetic. WebAssembly has no fused multiply-add, so the error of a product comes from Dekker's splitting.
 *  Source: Dekker 1971 (mul12), Knuth TAOCP 2, 4.2.2 (two-sum). A pair is returned as f64x2(hi, lo). Nothing is written. */

/** Exact error of p = a * b: a * b - p. |a|, |b| < 2^970, and a * b not near the subnormals. */
// @ts-ignore: decorator
@inline
export function productError(a: f64, b: f64, p: f64): f64 {
  const ca = 134217729.0 * a, cb = 134217729.0 * b // 2^27 + 1
  const ah = ca - (ca - a), bh = cb - (cb - b)
  const al = a - ah, bl = b - bh
  return al * bl - (((p - ah * bh) - al * bh) - ah * bl)
}

/** Exact error of s = a + b: a + b - s, in any order of magnitudes. */
// @ts-ignore: decorator
@inline
export function sumError(a: f64, b: f64, s: f64): f64 {
  const t = s - a
  return (a - (s - t)) + (b - t)
}

// @ts-ignore: decorator
@inline
export function pair(hi: f64, lo: f64): v128 {
  return f64x2.replace_lane(f64x2.splat(hi), 1, lo)
}

// @ts-ignore: decorator
@inline
export function high(v: v128): f64 {
  return f64x2.extract_lane(v, 0)
}

// @ts-ignore: decorator
@inline
export function low(v: v128): f64 {
  return f64x2.extract_lane(v, 1)
}
