// Between a caller's k columns in any layout and the engine's rows of kp, k up to a multiple of four. alpha is f64, so
// that a zero stays zero for factors that f32 does not hold.

/** out T[rows*kp], row-major: out[i, q] <- alpha a[i rs + q cs] for q < k, 0 beyond. Writes out. */
export function pad<T>(rows: i32, k: i32, kp: i32, alpha: f64, a: usize, rs: i32, cs: i32, out: usize): void {
  const row = <usize>rs * sizeof<T>(), column = <usize>cs * sizeof<T>()
  for (let i = 0; i < rows; i++) {
    let p = a
    for (let q = 0; q < kp; q++) {
      store<T>(out, q < k ? <T>(alpha * <f64>load<T>(p)) : <T>0)
      p += column
      out += sizeof<T>()
    }
    a += row
  }
}

/** The way back: out[i rs + q cs] <- alpha a[i, q] for q < k of a T[rows*kp]. Writes out. */
export function unpad<T>(rows: i32, k: i32, kp: i32, alpha: f64, a: usize, out: usize, rs: i32, cs: i32): void {
  const row = <usize>rs * sizeof<T>(), column = <usize>cs * sizeof<T>()
  for (let i = 0; i < rows; i++) {
    let t = out
    for (let q = 0; q < k; q++) {
      store<T>(t, <T>(alpha * <f64>load<T>(a + <usize>q * sizeof<T>())))
      t += column
    }
    a += <usize>kp * sizeof<T>()
    out += row
  }
}

/** x <- |x|.  x T[n]. */
export function absolute<T>(x: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    store<T>(x, abs<T>(load<T>(x)))
    x += sizeof<T>()
  }
}
