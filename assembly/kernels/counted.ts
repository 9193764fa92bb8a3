import { mulAdd, mulSub } from './madd'
import { along, tiny, times } from './row'
import { enoughLeft } from './weighted'

// Multiplicative steps for rows that have Gram matrices of their own (weighted.ts), by what those do to w alone,
// sum_j m_j b_j (b_j'w): of many components that is cheaper than the matrix. Where few entries are missing, and enough of
// each component is left, it is that of all entries less theirs.

/** From so many components on: below them the matrix takes less than two inner products for each entry. */
export const MANY: i32 = 24

/** w_q <- w_q p_q / ((G_i w)_q + l1 + l2 w_q), but not from .. to. W T[rows*kp], updated; P T[rows*kp]; B T[m*kp];
 *  G T[kp*kp] = B B' of all; work T[3*kp]. Adds to stats f64[2]: the sum of |projected gradient| before, and
 *  sum_i w_i' G_i w_i after it. */
export function multiplyRows<T>(
  rows: i32, m: i32, k: i32, kp: i32, base: i32, indptr: usize, indices: usize, weights: usize, b: usize, g: usize,
  w: usize, p: usize, l1: T, l2: T, from: i32, to: i32, stats: usize, work: usize,
): void {
  const bytes = <usize>kp * sizeof<T>(), gw = work, diagonal = work + bytes, squares = diagonal + bytes
  for (let q = 0; q < kp; q++) {
    store<T>(squares + <usize>q * sizeof<T>(), load<T>(g + <usize>(q * kp + q) * sizeof<T>()))
  }
  let violation: f64 = 0, quadratic: f64 = 0
  for (let i = 0; i < rows; i++) {
    const start = load<i32>(indptr + (<usize>i << 2)), count = load<i32>(indptr + (<usize>i << 2), 4) - start
    const list = indices + (<usize>start << 2), at = weights ? weights + <usize>start * sizeof<T>() : 0
    let taken = base != 0 && !weights && 2 * count <= m
    if (taken) {
      times<T>(k, kp, w, g, gw)
      memory.copy(diagonal, squares, bytes)
      counted<T>(m, kp, base, count, list, at, b, true, w, gw, diagonal)
      taken = enoughLeft<T>(kp, 1, diagonal, squares)
    }
    if (!taken) {
      memory.fill(gw, 0, bytes)
      counted<T>(m, kp, base, count, list, at, b, false, w, gw, 0)
    }
    for (let q = 0; q < k; q++) {
      if (q >= from && q < to) continue
      const o = <usize>q * sizeof<T>()
      const old = load<T>(w + o)
      const up: T = <T>(max<T>(<T>0, load<T>(gw + o)) + l1 + l2 * old)
      const num = load<T>(p + o), down: T = <T>(num - up)
      if (old > <T>0 || down > <T>0) violation += <f64>abs<T>(down)
      const next: T = up <= <T>0 ? <T>0 : <T>(old * (num / up))
      store<T>(w + o, next <= tiny<T>() ? <T>0 : next)
    }
    const own = counted<T>(m, kp, base, count, list, at, b, taken, w, 0, 0)
    if (taken) {
      times<T>(k, kp, w, g, gw)
      let all: f64 = 0
      for (let q: usize = 0; q < bytes; q += sizeof<T>()) all += <f64>load<T>(w + q) * <f64>load<T>(gw + q)
      quadratic += max<f64>(0, all - own)
    } else quadratic += own
    w += bytes
    p += bytes
  }
  store<f64>(stats, load<f64>(stats) + violation)
  store<f64>(stats, load<f64>(stats, 8) + quadratic, 8)
}

// Returns sum_j m_j (b_j'w)^2 over the entries that are taken away, or are there; unless gw is 0, m_j b_j (b_j'w) is added
// to it, or taken from it and b_j^2 from the diagonal.
function counted<T>(
  m: i32, kp: i32, base: i32, count: i32, indices: usize, weights: usize, b: usize, taken: bool, w: usize, gw: usize,
  diagonal: usize,
): f64 {
  const bytes = <usize>kp * sizeof<T>(), whole = base != 0 && !taken
  let quadratic: f64 = 0
  let p = 0
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
    const row = b + <usize>j * bytes
    const z = along<T>(w, row, bytes), weighed: T = <T>(weight * z)
    quadratic += <f64>weighed * <f64>z
    if (gw == 0) continue
    const s = v128.splat<T>(weighed)
    if (taken) {
      for (let q: usize = 0; q < bytes; q += 16) {
        const v = v128.load(row + q)
        v128.store(gw + q, mulSub<T>(v128.load(gw + q), s, v))
        v128.store(diagonal + q, mulSub<T>(v128.load(diagonal + q), v, v))
      }
    } else {
      for (let q: usize = 0; q < bytes; q += 16) {
        v128.store(gw + q, mulAdd<T>(v128.load(gw + q), s, v128.load(row + q)))
      }
    }
  }
  return quadratic
}
