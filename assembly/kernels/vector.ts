// Vector kernels, generic over f32 and f64. Pointers in, nothing allocated; sums are in f64 and in a fixed order.

/** y <- y + alpha x.  x, y T[n]. Writes y. */
export function axpy<T>(alpha: T, x: usize, y: usize, n: i32): void {
  const a = v128.splat<T>(alpha)
  const lanes = 16 / <i32>sizeof<T>()
  let i = 0
  for (; i + lanes <= n; i += lanes) {
    v128.store(y, v128.add<T>(v128.load(y), v128.mul<T>(a, v128.load(x))))
    x += 16
    y += 16
  }
  for (; i < n; i++) {
    store<T>(y, <T>(load<T>(y) + alpha * load<T>(x)))
    x += sizeof<T>()
    y += sizeof<T>()
  }
}

const BLOCK: i32 = 1024 // entries summed in line; blocks are added pairwise, so the error grows with log n, not n

/** sum_i x_i y_i, products and sums in f64: in blocks of 1024 (even and odd entries apart), blocks by pairs.
 *  x, y T[n]. */
export function dot<T>(x: usize, y: usize, n: i32): f64 {
  if (n > BLOCK) {
    const half = halfOf(n), skip = <usize>half * sizeof<T>()
    return dot<T>(x, y, half) + dot<T>(x + skip, y + skip, n - half)
  }
  let s = f64x2.splat(0)
  let i = 0
  for (; i + 2 <= n; i += 2) {
    s = f64x2.add(s, f64x2.mul(load2<T>(x), load2<T>(y)))
    x += 2 * sizeof<T>()
    y += 2 * sizeof<T>()
  }
  let r = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)
  if (i < n) r += <f64>load<T>(x) * <f64>load<T>(y)
  return r
}

/** sum_i x_i in f64, in the order of `dot`. x T[n]. */
export function sum<T>(x: usize, n: i32): f64 {
  if (n > BLOCK) {
    const half = halfOf(n)
    return sum<T>(x, half) + sum<T>(x + <usize>half * sizeof<T>(), n - half)
  }
  let s = f64x2.splat(0)
  let i = 0
  for (; i + 2 <= n; i += 2) {
    s = f64x2.add(s, load2<T>(x))
    x += 2 * sizeof<T>()
  }
  let r = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)
  if (i < n) r += <f64>load<T>(x)
  return r
}

// Half of n in whole blocks, at least one.
// @ts-ignore: decorator
@inline
function halfOf(n: i32): i32 {
  return max(BLOCK, ((n >> 1) / BLOCK) * BLOCK)
}

/** x <- alpha x.  x T[n]. */
export function scale<T>(alpha: T, x: usize, n: i32): void {
  const lanes = 16 / <i32>sizeof<T>(), a = v128.splat<T>(alpha)
  let i = 0
  for (; i + lanes <= n; i += lanes) {
    v128.store(x, v128.mul<T>(v128.load(x), a))
    x += 16
  }
  for (; i < n; i++) {
    store<T>(x, <T>(load<T>(x) * alpha))
    x += sizeof<T>()
  }
}

/** out[j] <- out[j] + sum_i A[i, j] for A T[rows*ld], j < columns; out f64[columns]. */
export function columnSums<T>(rows: i32, columns: i32, a: usize, ld: i32, out: usize): void {
  for (let i = 0; i < rows; i++) {
    let p = a + <usize>i * <usize>ld * sizeof<T>()
    for (let j = 0; j < columns; j++) {
      const q = out + (<usize>j << 3)
      store<f64>(q, load<f64>(q) + <f64>load<T>(p))
      p += sizeof<T>()
    }
  }
}

/** Two neighbours as f64x2. */
// @ts-ignore: decorator
@inline
export function load2<T>(p: usize): v128 {
  if (sizeof<T>() == 4) return f64x2.promote_low_f32x4(v128.load64_zero(p))
  return v128.load(p)
}

/** Every row of out T[rows*kp] <- row T[kp]. */
export function fillRows<T>(rows: i32, kp: i32, row: usize, out: usize): void {
  const bytes = <usize>kp * sizeof<T>()
  for (let i = 0; i < rows; i++) {
    memory.copy(out, row, bytes)
    out += bytes
  }
}
