import { mulAdd } from './madd'
import { dot } from './vector'

/** y <- y + alpha A x.  A T[m x n], element (i, j) at a + i rs + j cs (elements); x T[n], y T[m], contiguous.
 *  Where rows are contiguous (cs = 1) each is an inner product in f64; else columns are added in order, in T.
 *  Writes y, which overlaps neither. 2 m n flops. */
export function gemv<T>(m: i32, n: i32, alpha: T, a: usize, rs: i32, cs: i32, x: usize, y: usize): void {
  const row = <usize>rs * sizeof<T>(), column = <usize>cs * sizeof<T>()
  if (cs == 1) {
    for (let i = 0; i < m; i++) {
      store<T>(y, <T>(<f64>load<T>(y) + <f64>alpha * dot<T>(a, x, n)))
      a += row
      y += sizeof<T>()
    }
    return
  }
  let j = 0
  if (rs == 1) {
    for (; j + 4 <= n; j += 4) {
      four<T>(m, alpha, a, column, x, y)
      a += 4 * column
      x += 4 * sizeof<T>()
    }
  }
  for (; j < n; j++) {
    const s: T = <T>(alpha * load<T>(x))
    let p = a, q = y
    for (let i = 0; i < m; i++) {
      store<T>(q, <T>(load<T>(q) + s * load<T>(p)))
      p += row
      q += sizeof<T>()
    }
    a += column
    x += sizeof<T>()
  }
}

// Four contiguous columns at once: y is read and written a quarter as often.
function four<T>(m: i32, alpha: T, a: usize, column: usize, x: usize, y: usize): void {
  const size = sizeof<T>(), lanes = 16 / <i32>size
  const x0: T = <T>(alpha * load<T>(x)), x1: T = <T>(alpha * load<T>(x + size))
  const x2: T = <T>(alpha * load<T>(x + 2 * size)), x3: T = <T>(alpha * load<T>(x + 3 * size))
  const s0 = v128.splat<T>(x0), s1 = v128.splat<T>(x1), s2 = v128.splat<T>(x2), s3 = v128.splat<T>(x3)
  let a1 = a + column, a2 = a1 + column, a3 = a2 + column, i = 0
  for (; i + lanes <= m; i += lanes) {
    const low = mulAdd<T>(v128.mul<T>(s0, v128.load(a)), s1, v128.load(a1))
    const high = mulAdd<T>(v128.mul<T>(s2, v128.load(a2)), s3, v128.load(a3))
    v128.store(y, v128.add<T>(v128.load(y), v128.add<T>(low, high)))
    a += 16
    a1 += 16
    a2 += 16
    a3 += 16
    y += 16
  }
  for (; i < m; i++) {
    const low: T = <T>(x0 * load<T>(a) + x1 * load<T>(a1)), high: T = <T>(x2 * load<T>(a2) + x3 * load<T>(a3))
    store<T>(y, <T>(load<T>(y) + (low + high)))
    a += size
    a1 += size
    a2 += size
    a3 += size
    y += size
  }
}
