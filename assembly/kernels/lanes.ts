import { turn } from './block'
import { mulSub } from './madd'
import { across } from './row'
import { gramWork, upperGram } from './weighted'

// Sweeps over rows that have Gram matrices of their own: as many rows at once as a vector has lanes, each lane a row
// with its own matrix, so that nothing is summed across lanes. They stop together, as the blocks of hals.ts do.
//
// work: the rows' Gram matrices T[lanes][kp*kp], as they are made; the same with lanes inside, T[kp*kp][lanes]; and w, p,
// what is left of p and the inverse curvatures, T[kp][lanes] each.

/** Bytes of `work` of `sweepRows`. */
export function lanesWork(kp: i32): i32 {
  return 32 * kp * kp + 64 * kp + gramWork(kp)
}

/** `sweep` rows of W as `hals` does, row i by its own Gram matrix G_i (`upperGram`). For q = 0..k-1, but not from .. to:
 *    w_q <- max(0, w_q + (p_q - (G w)_q - l1 - l2 w_q) / (G_qq + l2)).
 *  p - G w is held and follows each step. W T[rows*kp], updated; P T[rows*kp]; G T[kp*kp] = B B' of all. Adds to stats
 *  f64[2]: the sum of |projected gradient| met by the first sweep, and sum_i w_i' G_i w_i after the last. */
export function sweepRows<T>(
  rows: i32, m: i32, k: i32, kp: i32, base: i32, indptr: usize, indices: usize, weights: usize, b: usize, g: usize,
  w: usize, p: usize, l1: T, l2: T, from: i32, to: i32, sweeps: i32, tolerance: f64, stats: usize, work: usize,
): void {
  const lanes = 16 / <i32>sizeof<T>()
  const bytes = <usize>kp * sizeof<T>(), square = <usize>kp * bytes, column = <usize>kp << 4
  const grams = work, own = grams + <usize>lanes * square
  const wl = own + <usize>lanes * square, pl = wl + column, left = pl + column, inverse = left + column
  const rest = inverse + column
  let violation: f64 = 0, quadratic: f64 = 0
  for (let i = 0; i < rows; i += lanes) {
    const height = min(lanes, rows - i)
    for (let r = 0; r < lanes; r++) {
      const gr = grams + <usize>r * square
      if (r >= height) {
        memory.fill(gr, 0, square)
        continue
      }
      const start = load<i32>(indptr + (<usize>(i + r) << 2))
      const count = load<i32>(indptr + (<usize>(i + r) << 2), 4) - start
      const at = weights ? weights + <usize>start * sizeof<T>() : 0
      upperGram<T>(m, kp, base, count, indices + (<usize>start << 2), at, b, g, gr, rest)
    }
    turnGrams<T>(kp, grams, square, own)
    toLanes<T>(height, kp, w, wl)
    toLanes<T>(height, kp, p, pl)
    memory.copy(left, pl, column)
    for (let q: usize = 0; q < <usize>k << 4; q += 16) {
      const s = v128.load(wl + q)
      if (v128.any_true(s)) take<T>(kp, s, own + q * <usize>kp, left)
    }
    invert<T>(k, kp, own, l2, inverse)
    let met = sweep<T>(k, kp, own, l1, l2, from, to, sweeps, tolerance, wl, left, inverse)
    for (let r = 0; r < height; r++) {
      violation += <f64>(sizeof<T>() == 8 ? <T>f64x2.extract_lane(met, 0) : <T>f32x4.extract_lane(met, 0))
      met = sizeof<T>() == 8 ? v128.shuffle<f64>(met, met, 1, 0) : v128.shuffle<f32>(met, met, 1, 2, 3, 0)
      for (let q = 0; q < k; q++) {
        const at = (<usize>q << 4) + <usize>r * sizeof<T>(), value = load<T>(wl + at)
        quadratic += <f64>value * (<f64>load<T>(pl + at) - <f64>load<T>(left + at))
        store<T>(w + <usize>(r * kp + q) * sizeof<T>(), value)
      }
    }
    w += <usize>lanes * bytes
    p += <usize>lanes * bytes
  }
  store<f64>(stats, load<f64>(stats) + violation)
  store<f64>(stats, load<f64>(stats, 8) + quadratic, 8)
}

// Upper triangles of the rows' matrices to whole ones with the lanes inside.
function turnGrams<T>(kp: i32, grams: usize, square: usize, own: usize): void {
  const lanes = 16 / <i32>sizeof<T>()
  for (let q = 0; q < kp; q++) {
    const row = <usize>(q * kp)
    for (let r = q & -lanes; r < kp; r += lanes) {
      turn<T>(grams + (row + r) * sizeof<T>(), square, own + ((row + r) << 4), 16)
    }
    for (let r = q + 1; r < kp; r++) {
      v128.store(own + (<usize>(r * kp + q) << 4), v128.load(own + ((row + r) << 4)))
    }
  }
}

// The first `height` rows of source T[height*kp]; the other lanes are zero.
function toLanes<T>(height: i32, kp: i32, source: usize, target: usize): void {
  const lanes = 16 / <i32>sizeof<T>(), bytes = <usize>kp * sizeof<T>()
  if (height == lanes) {
    for (let q = 0; q < kp; q += lanes) turn<T>(source + <usize>q * sizeof<T>(), bytes, target + (<usize>q << 4), 16)
    return
  }
  memory.fill(target, 0, <usize>kp << 4)
  for (let r = 0; r < height; r++) {
    for (let q = 0; q < kp; q++) {
      const value = load<T>(source + <usize>(r * kp + q) * sizeof<T>())
      store<T>(target + (<usize>q << 4) + <usize>r * sizeof<T>(), value)
    }
  }
}

// 1 / (G_qq + l2); NaN where nothing but a penalty depends on w_q, which makes its next value none: zero.
function invert<T>(k: i32, kp: i32, own: usize, l2: T, inverse: usize): void {
  const one = v128.splat<T>(<T>1), ridge = v128.splat<T>(l2), none = v128.splat<T>(<T>NaN)
  const least = v128.splat<T>(sizeof<T>() == 4 ? <T>1e-30 : <T>1e-290)
  for (let q = 0; q < k; q++) {
    const curvature = v128.add<T>(v128.load(own + (<usize>(q * kp + q) << 4)), ridge)
    const value = v128.bitselect(v128.div<T>(one, curvature), none, v128.gt<T>(curvature, least))
    v128.store(inverse + (<usize>q << 4), value)
  }
}

// left <- left - s g over kp vectors.
// @ts-ignore: decorator
@inline
function take<T>(kp: i32, s: v128, g: usize, left: usize): void {
  const end = left + (<usize>kp << 4)
  while (left != end) {
    v128.store(left, mulSub<T>(v128.load(left), s, v128.load(g)))
    v128.store(left, mulSub<T>(v128.load(left, 16), s, v128.load(g, 16)), 16)
    v128.store(left, mulSub<T>(v128.load(left, 32), s, v128.load(g, 32)), 32)
    v128.store(left, mulSub<T>(v128.load(left, 48), s, v128.load(g, 48)), 48)
    left += 64
    g += 64
  }
}

// Returns the lanes' sums of |projected gradient| of the first sweep.
function sweep<T>(
  k: i32, kp: i32, own: usize, l1: T, l2: T, from: i32, to: i32, sweeps: i32, tolerance: f64, wl: usize, left: usize,
  inverse: usize,
): v128 {
  const zero = v128.splat<T>(<T>0), penalty = v128.splat<T>(l1), ridge = v128.splat<T>(l2)
  const tiny = v128.splat<T>(sizeof<T>() == 4 ? <T>1e-30 : <T>1e-300)
  let violation = zero
  let first: f64 = 0
  for (let t = 0; t < sweeps; t++) {
    let moved = zero
    for (let q = 0; q < k; q++) {
      if (q >= from && q < to) continue
      const at = <usize>q << 4
      const old = v128.load(wl + at)
      const down = mulSub<T>(v128.sub<T>(v128.load(left + at), penalty), ridge, old)
      if (t == 0) {
        const free = v128.or(v128.gt<T>(old, zero), v128.gt<T>(down, zero))
        violation = v128.add<T>(violation, v128.and(v128.abs<T>(down), free))
      }
      const next = v128.add<T>(old, v128.mul<T>(down, v128.load(inverse + at)))
      const kept = v128.and(next, v128.gt<T>(next, tiny))
      const step = v128.sub<T>(kept, old)
      if (!v128.any_true(step)) continue
      v128.store(wl + at, kept)
      moved = v128.add<T>(moved, v128.mul<T>(step, step))
      take<T>(kp, step, own + at * <usize>kp, left)
    }
    const square = across<T>(moved)
    if (t == 0) first = square
    else if (square <= tolerance * tolerance * first) break
  }
  return violation
}
