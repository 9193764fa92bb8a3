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
 *  missing entries are taken from g0 = B B' of all; what is listed with weights, misses most, or would lose most of a
 *  component is summed itself, as differences would leave nothing but rounding.
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
  if (base != 0 && !weights && 2 * count <= m) {
    sumGram<T>(m, kp, false, count, indices, 0, b, g, work)
    for (let q: usize = 0; q < <usize>(kp * kp) * sizeof<T>(); q += 16) {
      v128.store(g + q, v128.sub<T>(v128.load(g0 + q), v128.load(g + q)))
    }
    if (enoughLeft<T>(kp, kp + 1, g, g0)) return true
  }
  sumGram<T>(m, kp, base != 0, count, indices, weights, b, g, work)
  return false
}

// The sum over what is listed, by its weights or one each; of a `whole` row over all, where the rest weighs one and what
// is listed without weights nothing.
function sumGram<T>(
  m: i32, kp: i32, whole: bool, count: i32, indices: usize, weights: usize, b: usize, g: usize, work: usize,
): void {
  const bytes = <usize>kp * sizeof<T>()
  const panel = work + (PANEL << 2), apart: usize = weights ? <usize>PANEL * bytes : 0
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
}

/** Whether of each of `n` sums, `step` numbers apart, an eighth is left: then the difference has lost three bits at
 *  most. */
export function enoughLeft<T>(n: i32, step: i32, left: usize, all: usize): bool {
  for (let q = 0; q < n; q++) {
    const o = <usize>(q * step) * sizeof<T>()
    if (load<T>(left + o) < <T>0.125 * load<T>(all + o)) return false
  }
  return true
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
 *  Kullback-Leibler. sums T[kp] of all rows of B T[m*kp], which are not negative; lists as above, indptr i32[rows+1].
 *  Writes out. */
export function weightedSums<T>(
  rows: i32, m: i32, kp: i32, base: i32, indptr: usize, indices: usize, weights: usize, b: usize, sums: usize,
  out: usize,
): void {
  const bytes = <usize>kp * sizeof<T>()
  for (let i = 0; i < rows; i++) {
    const start = load<i32>(indptr + (<usize>i << 2)), count = load<i32>(indptr + (<usize>i << 2), 4) - start
    const at = indices + (<usize>start << 2), w = weights ? weights + <usize>start * sizeof<T>() : 0
    let taken = base != 0 && !w && 2 * count <= m
    if (taken) {
      memory.copy(out, sums, bytes)
      addSums<T>(m, false, <T>-1, count, at, w, b, out, bytes)
      taken = enoughLeft<T>(kp, 1, out, sums)
    }
    if (!taken) {
      memory.fill(out, 0, bytes)
      addSums<T>(m, base != 0, base != 0 ? <T>0 : <T>1, count, at, w, b, out, bytes)
    }
    out += bytes
  }
}

// As `sumGram`; what is listed weighs `listed` where it has no weight of its own.
function addSums<T>(
  m: i32, whole: bool, listed: T, count: i32, indices: usize, weights: usize, b: usize, out: usize, bytes: usize,
): void {
  let p = 0
  const end = whole ? m : count
  for (let e = 0; e < end; e++) {
    let j = e
    let weight: T = <T>1
    if (!whole || (p < count && load<i32>(indices + (<usize>p << 2)) == j)) {
      j = load<i32>(indices + (<usize>p << 2))
      weight = weights ? load<T>(weights + <usize>p * sizeof<T>()) : listed
      p++
    }
    if (weight != <T>0) addTo<T>(weight, b + <usize>j * bytes, out, bytes)
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
