import { listedGram } from './gram'

// A row whose entries count differently. A row of weights is a list of `count` columns, rising: with `base` 0 the
// listed entries have the listed weights and the others none; with `base` 1 the others have weight one. Without
// weights (a pointer of 0) the listed ones are all there is with base 0, and are missing with base 1.

const PANEL: i32 = 64 // rows of B taken at a time: they stay in the first-level cache

/** Bytes of `work` of the Gram matrices below: addresses of rows, and rows as they are and weighed. */
// @ts-ignore: decorator
@inline
export function gramWork(kp: i32): i32 {
  return PANEL * (4 + 16 * kp)
}

/** G <- sum_j m_j b_j b_j' of one row's weights m over m columns: the Gram matrix that its least squares sees. Few
 *  missing entries are taken from g0 = B B' of all; what is listed with weights, or misses most, is summed itself, as
 *  differences would leave nothing but rounding.
 *  B T[m*kp] row-major; g0, G T[kp*kp]; `gramWork` bytes. Writes G. Returns whether it is such a difference. */
export function weightedGram<T>(
  m: i32, kp: i32, base: i32, count: i32, indices: usize, weights: usize, b: usize, g0: usize, g: usize, work: usize,
): bool {
  const taken = upperGram<T>(m, kp, base, count, indices, weights, b, g0, g, work)
  for (let q = 1; q < kp; q++) {
    const row = g + <usize>(q * kp) * sizeof<T>()
    for (let r = 0; r < q; r++) {
      store<T>(row + <usize>r * sizeof<T>(), load<T>(g + <usize>(r * kp + q) * sizeof<T>()))
    }
  }
  return taken
}

/** The same in the upper triangle alone; what lies below it is of no meaning. */
export function upperGram<T>(
  m: i32, kp: i32, base: i32, count: i32, indices: usize, weights: usize, b: usize, g0: usize, g: usize, work: usize,
): bool {
  const bytes = <usize>kp * sizeof<T>()
  const panel = work + (PANEL << 2), apart: usize = weights ? <usize>PANEL * bytes : 0
  const taken = base != 0 && !weights && 2 * count <= m
  const whole = base != 0 && !taken
  memory.fill(g, 0, <usize>kp * bytes)
  let p = 0, filled = 0
  const end = whole ? m : count
  for (let e = 0; e < end; e++) {
    let j = e
    let weight: T = <T>1
    if (whole) {
      if (p < count && load<i32>(indices + (<usize>p << 2)) == j) {
        weight = weights ? load<T>(weights + <usize>p * sizeof<T>()) : <T>0
        p++
      }
    } else {
      j = load<i32>(indices + (<usize>e << 2))
      if (weights) weight = load<T>(weights + <usize>e * sizeof<T>())
    }
    if (weight == <T>0) continue
    const from = b + <usize>j * bytes, row = weights ? panel + <usize>filled * bytes : from
    if (weights) copyScaled<T>(weight, from, row, row + apart, bytes)
    store<u32>(work + (<usize>filled << 2), <u32>row)
    if (++filled < PANEL) continue
    listedGram<T>(PANEL, kp, work, apart, g)
    filled = 0
  }
  if (filled > 0) listedGram<T>(filled, kp, work, apart, g)
  if (taken) {
    for (let q: usize = 0; q < <usize>kp * bytes; q += 16) {
      v128.store(g + q, v128.sub<T>(v128.load(g0 + q), v128.load(g + q)))
    }
  }
  return taken
}

// @ts-ignore: decorator
@inline
function copyScaled<T>(weight: T, from: usize, to: usize, scaled: usize, bytes: usize): void {
  const s = v128.splat<T>(weight)
  for (let q: usize = 0; q < bytes; q += 16) {
    const v = v128.load(from + q)
    v128.store(to + q, v)
    v128.store(scaled + q, v128.mul<T>(s, v))
  }
}

/** Every row i of out T[rows*kp] <- sum_j m_ij b_j: what `weightedGram` is for the squared loss this is for
 *  Kullback-Leibler. sums T[kp] of all rows of B T[m*kp]; lists as above, indptr i32[rows+1]. Writes out. */
export function weightedSums<T>(
  rows: i32, m: i32, kp: i32, base: i32, indptr: usize, indices: usize, weights: usize, b: usize, sums: usize,
  out: usize,
): void {
  const bytes = <usize>kp * sizeof<T>()
  for (let i = 0; i < rows; i++) {
    const start = load<i32>(indptr + (<usize>i << 2)), count = load<i32>(indptr + (<usize>i << 2), 4) - start
    const at = indices + (<usize>start << 2), w = weights ? weights + <usize>start * sizeof<T>() : 0
    const taken = base != 0 && !w && 2 * count <= m
    if (taken) memory.copy(out, sums, bytes)
    else memory.fill(out, 0, bytes)
    if (base != 0 && !taken) {
      let p = 0
      for (let j = 0; j < m; j++) {
        let weight: T = <T>1
        if (p < count && load<i32>(at + (<usize>p << 2)) == j) {
          weight = w ? load<T>(w + <usize>p * sizeof<T>()) : <T>0
          p++
        }
        if (weight != <T>0) addTo<T>(weight, b + <usize>j * bytes, out, bytes)
      }
    } else {
      for (let p = 0; p < count; p++) {
        const weight: T = taken ? <T>-1 : w ? load<T>(w + <usize>p * sizeof<T>()) : <T>1
        if (weight != <T>0) addTo<T>(weight, b + <usize>load<i32>(at + (<usize>p << 2)) * bytes, out, bytes)
      }
    }
    // What is left of a sum whose parts were taken away again may be below zero, by rounding.
    for (let q: usize = 0; taken && q < bytes; q += 16) {
      v128.store(out + q, v128.max<T>(v128.load(out + q), v128.splat<T>(<T>0)))
    }
    out += bytes
  }
}

// @ts-ignore: decorator
@inline
function addTo<T>(s: T, x: usize, y: usize, bytes: usize): void {
  const v = v128.splat<T>(s)
  for (let q: usize = 0; q < bytes; q += 16) {
    v128.store(y + q, v128.add<T>(v128.load(y + q), v128.mul<T>(v, v128.load(x + q))))
  }
}
