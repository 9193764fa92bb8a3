// What a fit must know of its data before it starts. A T[rows*ld], `columns` entries of each row looked at. `least` is 0
// where entries must be >= 0, the smallest finite f64 where any finite one will do.

/** The position row * columns + column of the first entry that is not finite and >= least, or -1; then out f64[3] <-
 *  smallest entry, largest size |x| and smallest size but zero (infinity, 0, infinity where there is none). */
export function scan<T>(rows: i32, columns: i32, ld: i32, least: f64, a: usize, out: usize): i32 {
  let low: f64 = Infinity, high: f64 = 0, nearest: f64 = Infinity
  for (let i = 0; i < rows; i++) {
    let p = a + <usize>i * <usize>ld * sizeof<T>()
    for (let j = 0; j < columns; j++) {
      const v = <f64>load<T>(p)
      if (!(v >= least && v < Infinity)) return i * columns + j
      const size = abs<f64>(v)
      low = min<f64>(low, v)
      high = max<f64>(high, size)
      if (size > 0) nearest = min<f64>(nearest, size)
      p += sizeof<T>()
    }
  }
  store<f64>(out, low)
  store<f64>(out, high, 8)
  store<f64>(out, nearest, 16)
  return -1
}

/** How many entries are not finite and >= least. */
export function countBad<T>(rows: i32, columns: i32, ld: i32, least: f64, a: usize): i32 {
  let count = 0
  for (let i = 0; i < rows; i++) {
    let p = a + <usize>i * <usize>ld * sizeof<T>()
    for (let j = 0; j < columns; j++) {
      const v = <f64>load<T>(p)
      if (!(v >= least && v < Infinity)) count++
      p += sizeof<T>()
    }
  }
  return count
}
