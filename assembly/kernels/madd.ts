// The multiply-add of the inner loops. The release build rounds the product and then the sum, so its bits are the same
// in every host; a build with relaxed SIMD leaves it to the host to round once, in one instruction.

/** c + a b, a vector of T. */
// @ts-ignore: decorator
@inline
export function mulAdd<T>(c: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c)
  return v128.add<T>(c, v128.mul<T>(a, b))
}

/** c - a b, a vector of T. */
// @ts-ignore: decorator
@inline
export function mulSub<T>(c: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_nmadd<T>(a, b, c)
  return v128.sub<T>(c, v128.mul<T>(a, b))
}
