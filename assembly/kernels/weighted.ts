import { product } from './product'

// A row whose entries count differently. A row of weights is a list of `count` columns, rising: with `base` 0 the
// listed entries have the listed weights and the others none; with `base` 1 the others have weight one. Without
// weights (a pointer of 0) the listed ones are all there is with base 0, and are missing with base 1.

const PANEL: i32 = 32 // rows of the other factor gathered at a time

/** G <- sum_j m_j b_j b_j' of one row's weights m over m columns: the Gram matrix that its least squares sees. Few
 *  missing entries are taken from g0 = B B' of all; what is listed with weights, misses most, or would lose most of a
 *  component is summed itself, as differences would leave nothing but rounding.
 *  B T[m*kp] row-major; g0, G T[kp*kp]; work T[64*kp]. Writes G. Returns whether it is such a difference. */
export function weightedGram<T>(
  m: i32, kp: i32, base: i32, count: i32, indices: usize, weights: usize, b: usize, g0: usize, g: usize, work: usize,
): bool {
  const square = <usize>(kp * kp) * sizeof<T>()
  if (base != 0 && !weights && 2 * count <= m) {
    memory.copy(g, g0, square)
    addGram<T>(m, kp, false, <T>-1, count, indices, weights, b, g, work)
    if (enoughLeft<T>(kp, kp + 1, g, g0)) return true
  }
  memory.fill(g, 0, square)
  addGram<T>(m, kp, base != 0, base != 0 ? <T>0 : <T>1, count, indices, weights, b, g, work)
  return false
}

// What is listed weighs `listed` where it has no weight of its own, the rest of a `whole` row one.
function addGram<T>(
  m: i32, kp: i32, whole: bool, listed: T, count: i32, indices: usize, weights: usize, b: usize, g: usize, work: usize,
): void {
  const bytes = <usize>kp * sizeof<T>(), scaled = work + <usize>PANEL * bytes
  let p = 0, filled = 0
  const end = whole ? m : count
  for (let e = 0; e < end; e++) {
    let j = e
    let weight: T = <T>1
    if (!whole || (p < count && load<i32>(indices + (<usize>p << 2)) == j)) {
      j = load<i32>(indices + (<usize>p << 2))
      weight = weights ? load<T>(weights + <usize>p * sizeof<T>()) : listed
      p++
    }
    if (weight == <T>0) continue
    const o = <usize>filled * bytes
    copyScaled<T>(weight, b + <usize>j * bytes, work + o, scaled + o, bytes)
    if (++filled < PANEL) continue
    product<T>(kp, PANEL, kp, work, 1, kp, scaled, g)
    filled = 0
  }
  if (filled > 0) product<T>(kp, filled, kp, work, 1, kp, scaled, g)
}

// Whether of each of `n` sums, `step` numbers apart, an eighth is left: then the difference has lost three bits at most.
function enoughLeft<T>(n: i32, step: i32, left: usize, all: usize): bool {
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

// As `addGram`.
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
