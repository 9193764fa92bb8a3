// One-sided Jacobi rotations (Hestenes 1958), in f64 alone: the matrices are small.

const SMALLEST: f64 = 1e-280 // squared lengths below it are those of vectors that count as zero

/** Rotates vector i of G against every later one, so that each pair becomes orthogonal: all (i, j), i < j < p, with
 *  |g_i . g_j| > tol |g_i| |g_j|, by the smaller of the two angles (Rutishauser 1966). The same rotations of W.
 *  G f64[p*n], vectors of n numbers one after another; W f64[p*q] likewise. Returns the number of rotations. Writes G
 *  and W. 4 n flops a pair, 6 (n + q) a rotation. */
export function jacobi(i: i32, p: i32, n: i32, g: usize, q: i32, w: usize, tol: f64): i32 {
  const x = g + (<usize>i * <usize>n << 3), wx = w + (<usize>i * <usize>q << 3)
  let a = squares(x, n), count = 0
  let y = x, wy = wx
  for (let j = i + 1; j < p; j++) {
    y += <usize>n << 3
    wy += <usize>q << 3
    const pair = products(x, y, n)
    const b = f64x2.extract_lane(pair, 0), c = f64x2.extract_lane(pair, 1)
    if (!(a > SMALLEST && b > SMALLEST) || abs(c) <= tol * sqrt(a) * sqrt(b)) continue
    const z = (b - a) / (2 * c)
    // Far from 1 the square would overflow, and is all there is.
    const t = abs(z) > 1e150 ? 0.5 / z : (z < 0 ? -1.0 : 1.0) / (abs(z) + sqrt(1 + z * z))
    const cosine = 1 / sqrt(1 + t * t), sine = cosine * t
    rotate(n, x, y, cosine, sine)
    rotate(q, wx, wy, cosine, sine)
    // A shorter x is a difference in which digits are lost.
    a = t * c > 0 ? squares(x, n) : a - t * c
    count++
  }
  return count
}

// (x, y) <- (c x - s y, s x + c y).
function rotate(n: i32, x: usize, y: usize, c: f64, s: f64): void {
  const cs = f64x2.splat(c), ss = f64x2.splat(s)
  let i = 0
  for (; i + 2 <= n; i += 2) {
    const u = v128.load(x), v = v128.load(y)
    v128.store(x, f64x2.sub(f64x2.mul(cs, u), f64x2.mul(ss, v)))
    v128.store(y, f64x2.add(f64x2.mul(ss, u), f64x2.mul(cs, v)))
    x += 16
    y += 16
  }
  if (i < n) {
    const u = load<f64>(x), v = load<f64>(y)
    store<f64>(x, c * u - s * v)
    store<f64>(y, s * u + c * v)
  }
}

// x . x, in the order of `products`.
function squares(x: usize, n: i32): f64 {
  return f64x2.extract_lane(products(x, x, n), 0)
}

// (y . y, x . y).
function products(x: usize, y: usize, n: i32): v128 {
  let s0 = f64x2.splat(0), s1 = s0, t0 = s0, t1 = s0
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const v0 = v128.load(y), v1 = v128.load(y, 16)
    s0 = f64x2.add(s0, f64x2.mul(v0, v0))
    s1 = f64x2.add(s1, f64x2.mul(v1, v1))
    t0 = f64x2.add(t0, f64x2.mul(v0, v128.load(x)))
    t1 = f64x2.add(t1, f64x2.mul(v1, v128.load(x, 16)))
    x += 32
    y += 32
  }
  s0 = f64x2.add(s0, s1)
  t0 = f64x2.add(t0, t1)
  let s = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1)
  let t = f64x2.extract_lane(t0, 0) + f64x2.extract_lane(t0, 1)
  for (; i < n; i++) {
    const u = load<f64>(x), v = load<f64>(y)
    s += v * v
    t += u * v
    x += 8
    y += 8
  }
  return f64x2.replace_lane(f64x2.splat(s), 1, t)
}
