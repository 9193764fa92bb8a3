// What a fit must know of its data before it starts. A T[rows*ld], `columns` entries of each row looked at.

/** The position row * columns + column of the first entry that is not finite and >= 0, or -1; then out f64[3] <-
 *  smallest, largest and smallest positive one (infinity, 0, infinity where there is none). */
export function scan<T>(rows: i32, columns: i32, ld: i32, a: usize, out: usize): i32 {
  let low: f64 = Infinity, high: f64 = 0, positive: f64 = Infinity
  for (let i = 0; i < rows; i++) {
    let p = a + <usize>i * <usize>ld * sizeof<T>()
    for (let j = 0; j < columns; j++) {
      const v = <f64>load<T>(p)
      if (!(v >= 0 && v < Infinity)) return i * columns + j
      low = min<f64>(low, v)
      high = max<f64>(high, v)
      if (v > 0) positive = min<f64>(positive, v)
      p += sizeof<T>()
    }
  }
  store<f64>(out, low)
  store<f64>(out, high, 8)
  store<f64>(out, positive, 16)
  return -1
}

/** How many entries are not finite and >= 0. */
export function countBad<T>(rows: i32, columns: i32, ld: i32, a: usize): i32 {
  let count = 0
  for (let i = 0; i < rows; i++) {
    let p = a + <usize>i * <usize>ld * sizeof<T>()
    for (let j = 0; j < columns; j++) {
      const v = <f64>load<T>(p)
      if (!(v >= 0 && v < Infinity)) count++
      p += sizeof<T>()
    }
  }
  return count
}
