/** What a fit must know of its data before it starts: returns the index of the first entry that is not finite and
 *  >= 0, or -1; then out f64[2] <- smallest, largest (infinity, 0 for n = 0). x T[n]. */
export function scan<T>(x: usize, n: i32, out: usize): i32 {
  let low: f64 = Infinity, high: f64 = 0
  for (let i = 0; i < n; i++) {
    const v = <f64>load<T>(x)
    if (!(v >= 0 && v < Infinity)) return i
    low = min<f64>(low, v)
    high = max<f64>(high, v)
    x += sizeof<T>()
  }
  store<f64>(out, low)
  store<f64>(out, high, 8)
  return -1
}

/** How many entries are not finite and >= 0. x T[n]. */
export function countBad<T>(x: usize, n: i32): i32 {
  let count = 0
  for (let i = 0; i < n; i++) {
    const v = <f64>load<T>(x)
    if (!(v >= 0 && v < Infinity)) count++
    x += sizeof<T>()
  }
  return count
}
