import { dot } from './vector'

/** The lower triangle of A <- L with A = L L' (Cholesky-Banachiewicz, rows by inner products in f64).
 *  A T[k*ld] row-major, its lower triangle read; the upper one is left alone.
 *  Returns 0, or j + 1 where the leading minor of order j + 1 is not positive: rows from j on are then unfinished. */
export function cholesky<T>(k: i32, a: usize, ld: i32): i32 {
  const step = <usize>ld * sizeof<T>()
  let row = a
  for (let i = 0; i < k; i++) {
    let other = a
    for (let j = 0; j <= i; j++) {
      const at = row + <usize>j * sizeof<T>()
      const rest = <f64>load<T>(at) - dot<T>(row, other, j)
      if (j < i) store<T>(at, <T>(rest / <f64>load<T>(other + <usize>j * sizeof<T>())))
      else {
        // Also refuses NaN, infinity and a root that rounds to zero in T.
        const root = <T>sqrt(rest)
        if (!(root > <T>0 && <f64>root < Infinity)) return i + 1
        store<T>(at, root)
      }
      other += step
    }
    row += step
  }
  return 0
}

/** Every row b of B <- the solution x of L L' x = b.  L T[k*ld] lower triangle as `cholesky` leaves it;
 *  B T[rows*ldb], k entries a row, updated. 2 rows k^2 flops. */
export function choleskySolve<T>(k: i32, l: usize, ld: i32, rows: i32, b: usize, ldb: i32): void {
  const size = sizeof<T>()
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < k; i++) {
      const at = b + <usize>i * size, row = l + <usize>i * <usize>ld * size
      store<T>(at, <T>((<f64>load<T>(at) - dot<T>(row, b, i)) / <f64>load<T>(row + <usize>i * size)))
    }
    // L' x = y by columns of L', which are rows of L: each x_i is final before it is taken from those above.
    for (let i = k - 1; i >= 0; i--) {
      const at = b + <usize>i * size, row = l + <usize>i * <usize>ld * size
      const x: T = <T>(load<T>(at) / load<T>(row + <usize>i * size))
      store<T>(at, x)
      for (let j = 0; j < i; j++) {
        const o = <usize>j * size
        store<T>(b + o, <T>(load<T>(b + o) - x * load<T>(row + o)))
      }
    }
    b += <usize>ldb * size
  }
}
