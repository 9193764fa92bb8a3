// A block of six vectors' worth of rows, turned so that each lane is a row: component q of all rows is one line of
// 96 bytes. Whole blocks move by vector transposes, the last one entry by entry.

export const LINE: usize = 96

/** target[q] <- column q of `h` rows of source T[h*kp]; lanes beyond h are zero. Writes k (or kp) lines. */
export function toColumns<T>(h: i32, k: i32, kp: i32, source: usize, target: usize): void {
  const lanes = 16 / <i32>sizeof<T>(), height = 6 * lanes
  const ld = <usize>kp * sizeof<T>()
  if (h == height) {
    for (let r = 0; r < height; r += lanes) {
      const s = source + <usize>r * ld, t = target + <usize>r * sizeof<T>()
      for (let q = 0; q < k; q += lanes) turn<T>(s + <usize>q * sizeof<T>(), ld, t + <usize>q * LINE, LINE)
    }
    return
  }
  for (let r = 0; r < height; r++) {
    let s = source + <usize>r * ld, t = target + <usize>r * sizeof<T>()
    for (let q = 0; q < k; q++) {
      store<T>(t, r < h ? load<T>(s) : <T>0)
      s += sizeof<T>()
      t += LINE
    }
  }
}

/** The way back: the first k entries of `h` rows of target T[h*kp] <- lines of source; the padding is left alone. */
export function toRows<T>(h: i32, k: i32, kp: i32, target: usize, source: usize): void {
  const lanes = 16 / <i32>sizeof<T>(), height = 6 * lanes
  const ld = <usize>kp * sizeof<T>()
  const whole = h == height ? k - (k % lanes) : 0
  if (h == height) {
    for (let r = 0; r < height; r += lanes) {
      const s = source + <usize>r * sizeof<T>(), t = target + <usize>r * ld
      for (let q = 0; q < whole; q += lanes) turn<T>(s + <usize>q * LINE, LINE, t + <usize>q * sizeof<T>(), ld)
    }
  }
  for (let r = 0; r < h; r++) {
    let t = target + <usize>r * ld + <usize>whole * sizeof<T>(), s = source + <usize>r * sizeof<T>() + <usize>whole * LINE
    for (let q = whole; q < k; q++) {
      store<T>(t, load<T>(s))
      s += LINE
      t += sizeof<T>()
    }
  }
}

/** A square of lanes x lanes transposed: rows ls bytes apart at s to rows lt bytes apart at t. */
// @ts-ignore: decorator
@inline
export function turn<T>(s: usize, ls: usize, t: usize, lt: usize): void {
  const a = v128.load(s), b = v128.load(s + ls)
  if (sizeof<T>() == 8) {
    v128.store(t, v128.shuffle<f64>(a, b, 0, 2))
    v128.store(t + lt, v128.shuffle<f64>(a, b, 1, 3))
    return
  }
  const c = v128.load(s + 2 * ls), d = v128.load(s + 3 * ls)
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5), CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
  v128.store(t, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5))
  v128.store(t + lt, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7))
  v128.store(t + 2 * lt, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5))
  v128.store(t + 3 * lt, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7))
}
