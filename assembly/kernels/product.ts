import { mulAdd } from './madd'

// Products with a narrow right side: C += A B where B and C have kp columns (a multiple of four).
// One kernel serves A and A': A is walked by its two strides and never copied. A tile's sum starts at zero and is added
// to C, so that long sums are sums of panels.

const PANEL: i32 = 12288 // bytes of B walked by one tile after another: they stay in the first-level cache

// @ts-ignore: decorator
@inline
function add1<T>(c: usize, x: v128): void {
  v128.store(c, v128.add<T>(v128.load(c), x))
}

// @ts-ignore: decorator
@inline
function add2<T>(c: usize, x: v128, y: v128): void {
  v128.store(c, v128.add<T>(v128.load(c), x))
  v128.store(c, v128.add<T>(v128.load(c, 16), y), 16)
}

// A 4 x 2-vector tile: eight accumulators, two vectors of B and one splat stay inside sixteen registers.
export function tile42<T>(depth: i32, a: usize, rs: usize, cs: usize, b: usize, c: usize, ld: usize): void {
  const q1 = c + ld, q2 = q1 + ld, q3 = q2 + ld
  let c00 = v128.splat<T>(<T>0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00
  let p1 = a + rs, p2 = p1 + rs, p3 = p2 + rs
  const end = b + <usize>depth * ld
  while (b != end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16)
    let s = v128.load_splat<T>(a)
    c00 = mulAdd<T>(c00, s, b0)
    c01 = mulAdd<T>(c01, s, b1)
    s = v128.load_splat<T>(p1)
    c10 = mulAdd<T>(c10, s, b0)
    c11 = mulAdd<T>(c11, s, b1)
    s = v128.load_splat<T>(p2)
    c20 = mulAdd<T>(c20, s, b0)
    c21 = mulAdd<T>(c21, s, b1)
    s = v128.load_splat<T>(p3)
    c30 = mulAdd<T>(c30, s, b0)
    c31 = mulAdd<T>(c31, s, b1)
    a += cs
    p1 += cs
    p2 += cs
    p3 += cs
    b += ld
  }
  add2<T>(c, c00, c01)
  add2<T>(q1, c10, c11)
  add2<T>(q2, c20, c21)
  add2<T>(q3, c30, c31)
}

// Four rows, one vector: what is left of a width that is an odd number of vectors.
export function tile41<T>(depth: i32, a: usize, rs: usize, cs: usize, b: usize, c: usize, ld: usize): void {
  const q1 = c + ld, q2 = q1 + ld, q3 = q2 + ld
  let c0 = v128.splat<T>(<T>0), c1 = c0, c2 = c0, c3 = c0
  let p1 = a + rs, p2 = p1 + rs, p3 = p2 + rs
  const end = b + <usize>depth * ld
  while (b != end) {
    const b0 = v128.load(b)
    c0 = mulAdd<T>(c0, v128.load_splat<T>(a), b0)
    c1 = mulAdd<T>(c1, v128.load_splat<T>(p1), b0)
    c2 = mulAdd<T>(c2, v128.load_splat<T>(p2), b0)
    c3 = mulAdd<T>(c3, v128.load_splat<T>(p3), b0)
    a += cs
    p1 += cs
    p2 += cs
    p3 += cs
    b += ld
  }
  add1<T>(c, c0)
  add1<T>(q1, c1)
  add1<T>(q2, c2)
  add1<T>(q3, c3)
}

// One row, one vector: the edges of the tiling. The sum over the depth has the same order as in the tile.
function tile11<T>(depth: i32, a: usize, cs: usize, b: usize, c: usize, ld: usize): void {
  let s = v128.splat<T>(<T>0)
  const end = b + <usize>depth * ld
  while (b != end) {
    s = mulAdd<T>(s, v128.load_splat<T>(a), v128.load(b))
    a += cs
    b += ld
  }
  add1<T>(c, s)
}

/** C <- C + A B.  A T: element (i, l) at a + i*rs + l*cs (elements); B T[depth*kp], C T[m*kp] row-major, kp % 4 = 0.
 *  Writes C. 2 m depth kp flops. Passing A's strides swapped multiplies by A'. */
export function product<T>(m: i32, depth: i32, kp: i32, a: usize, rs: i32, cs: i32, b: usize, c: usize): void {
  const size = sizeof<T>()
  const rsb = <usize>rs * size, csb = <usize>cs * size, ld = <usize>kp * size
  const step = max(32, PANEL / <i32>ld)
  for (let l = 0; l < depth; l += step) {
    const d = min(step, depth - l)
    const bl = b + <usize>l * ld
    for (let i = 0; i < m; i += 4) {
      const ai = a + <usize>i * rsb + <usize>l * csb, ci = c + <usize>i * ld
      let j: usize = 0
      if (i + 4 <= m) {
        for (; j + 32 <= ld; j += 32) tile42<T>(d, ai, rsb, csb, bl + j, ci + j, ld)
        for (; j < ld; j += 16) tile41<T>(d, ai, rsb, csb, bl + j, ci + j, ld)
      }
      if (j == ld) continue
      const rows = min(4, m - i)
      for (let r = 0; r < rows; r++) {
        for (let q = j; q < ld; q += 16) tile11<T>(d, ai + <usize>r * rsb, csb, bl + q, ci + <usize>r * ld + q, ld)
      }
    }
  }
}

/** y <- y + s x over `bytes` bytes, a multiple of 16. */
// @ts-ignore: decorator
@inline
export function addScaled<T>(s: T, x: usize, y: usize, bytes: usize): void {
  const v = v128.splat<T>(s)
  for (let q: usize = 0; q < bytes; q += 16) {
    v128.store(y + q, mulAdd<T>(v128.load(y + q), v, v128.load(x + q)))
  }
}
