import { dot } from './vector'

/** max_i |x_i|, NaN if one is NaN; 0 for n = 0.  x T[n]. */
export function maxAbs<T>(x: usize, n: i32): f64 {
  let top: f64 = 0
  for (let i = 0; i < n; i++) {
    const v = abs<f64>(<f64>load<T>(x))
    if (!(v <= top)) {
      if (v != v) return v
      top = v
    }
    x += sizeof<T>()
  }
  return top
}

/** sum_i |x_i| in f64, two running sums as in `sum`'s blocks.  x T[n]. */
export function norm1<T>(x: usize, n: i32): f64 {
  let even: f64 = 0, odd: f64 = 0, i = 0
  for (; i + 2 <= n; i += 2) {
    even += abs<f64>(<f64>load<T>(x))
    odd += abs<f64>(<f64>load<T>(x + sizeof<T>()))
    x += 2 * sizeof<T>()
  }
  return even + odd + (i < n ? abs<f64>(<f64>load<T>(x)) : 0)
}

/** sqrt(sum_i x_i^2) in f64. Squares that overflow or vanish are summed again on the scale of the largest entry.
 *  x T[n]. */
export function norm2<T>(x: usize, n: i32): f64 {
  const squares = dot<T>(x, x, n)
  if (squares > 1e-280 && squares < Infinity) return sqrt(squares)
  const top = maxAbs<T>(x, n)
  if (!(top > 0 && top < Infinity)) return top
  // A power of two scales exactly, and its inverse does not overflow: 2^-e for top in [2^e, 2^(e+1)), e >= -1022.
  const exponent = max<i64>(1, (reinterpret<u64>(top) >> 52) & 0x7ff)
  const down = reinterpret<f64>(<u64>max<i64>(1, 2046 - exponent) << 52)
  let total: f64 = 0
  for (let i = 0; i < n; i++) {
    const v = <f64>load<T>(x) * down
    total += v * v
    x += sizeof<T>()
  }
  return sqrt(total) / down
}
