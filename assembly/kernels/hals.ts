import { LINE, toColumns, toRows } from './block'
import { mulAdd, mulSub } from './madd'
import { across } from './row'

/** Hierarchical alternating least squares for one factor, rows independent given the other factor.
 *  For q = 0..k-1, in this order, with the current row w (Cichocki & Phan 2009, eq. 33):
 *    w_q <- max(0, w_q + (p_q - sum_r w_r G_rq - l1 - l2 w_q) / (G_qq + l2)),  P = X H', G = H H'.
 *  Components from .. to are held. Rows are worked in blocks of six vectors, transposed into `work`, so each lane is a row and nothing is summed
 *  across lanes. Inner sweeps repeat while a block still moves (Gillis & Glineur 2012): stop when the squared step
 *  falls to tolerance^2 of the first sweep's.
 *  W T[rows*kp], updated. P T[rows*kp], G T[kp*kp] symmetric, work 192*kp + 8 bytes.
 *  Returns the sum of |projected gradient| met by the first sweep (scikit-learn's violation, a KKT residual). */
export function hals<T>(
  rows: i32, k: i32, kp: i32, w: usize, p: usize, g: usize, l1: T, l2: T, from: i32, to: i32, sweeps: i32,
  tolerance: f64, work: usize,
): f64 {
  const height = <i32>(LINE / sizeof<T>())
  const pb = work + <usize>kp * LINE, stats = pb + <usize>kp * LINE
  const ld = <usize>kp * sizeof<T>()
  let violation: f64 = 0
  for (let i = 0; i < rows; i += height) {
    const h = min(height, rows - i)
    toColumns<T>(h, k, kp, w + <usize>i * ld, work)
    toColumns<T>(h, k, kp, p + <usize>i * ld, pb)
    const first = sweep<T>(k, kp, g, l1, l2, from, to, work, pb, stats)
    violation += load<f64>(stats)
    for (let t = 1; t < sweeps; t++) {
      if (sweep<T>(k, kp, g, l1, l2, from, to, work, pb, 0) <= tolerance * tolerance * first) break
    }
    toRows<T>(h, k, kp, w + <usize>i * ld, work)
  }
  return violation
}

/** One pass over the k components of a block. Returns the squared length of the step; leaves the sum of the absolute
 *  projected gradients at `stats` unless that is 0. */
export function sweep<T>(
  k: i32, kp: i32, g: usize, l1: T, l2: T, from: i32, to: i32, wb: usize, pb: usize, stats: usize,
): f64 {
  const zero = v128.splat<T>(<T>0), penalty = v128.splat<T>(l1)
  const end = wb + <usize>k * LINE
  let moved = zero, violation = zero
  for (let q = 0; q < k; q++) {
    if (q >= from && q < to) continue
    let gp = g + <usize>(q * kp) * sizeof<T>()
    const curvature: T = <T>(load<T>(gp + <usize>q * sizeof<T>()) + l2)
    const wq = wb + <usize>q * LINE, pq = pb + <usize>q * LINE
    if (!(curvature > (sizeof<T>() == 4 ? <T>1e-30 : <T>1e-290))) {
      // Nothing but the penalty depends on w_q: with one its best is zero. Without, the program re-seeds the component.
      for (let o: usize = 0; l1 > <T>0 && o < LINE; o += 16) {
        const w = v128.load(wq + o)
        violation = v128.add<T>(violation, v128.and(penalty, v128.gt<T>(w, zero)))
        moved = v128.add<T>(moved, v128.mul<T>(w, w))
        v128.store(wq + o, zero)
      }
      continue
    }
    let a0 = v128.sub<T>(v128.load(pq), penalty), a1 = v128.sub<T>(v128.load(pq, 16), penalty)
    let a2 = v128.sub<T>(v128.load(pq, 32), penalty), a3 = v128.sub<T>(v128.load(pq, 48), penalty)
    let a4 = v128.sub<T>(v128.load(pq, 64), penalty), a5 = v128.sub<T>(v128.load(pq, 80), penalty)
    for (let w = wb; w != end; w += LINE) {
      const s = v128.load_splat<T>(gp)
      a0 = mulSub<T>(a0, s, v128.load(w))
      a1 = mulSub<T>(a1, s, v128.load(w, 16))
      a2 = mulSub<T>(a2, s, v128.load(w, 32))
      a3 = mulSub<T>(a3, s, v128.load(w, 48))
      a4 = mulSub<T>(a4, s, v128.load(w, 64))
      a5 = mulSub<T>(a5, s, v128.load(w, 80))
      gp += sizeof<T>()
    }
    if (l2 != <T>0) {
      const ridge = v128.splat<T>(l2)
      a0 = mulSub<T>(a0, ridge, v128.load(wq))
      a1 = mulSub<T>(a1, ridge, v128.load(wq, 16))
      a2 = mulSub<T>(a2, ridge, v128.load(wq, 32))
      a3 = mulSub<T>(a3, ridge, v128.load(wq, 48))
      a4 = mulSub<T>(a4, ridge, v128.load(wq, 64))
      a5 = mulSub<T>(a5, ridge, v128.load(wq, 80))
    }
    if (stats) {
      violation = v128.add<T>(violation, v128.add<T>(projected<T>(wq, a0, zero), projected<T>(wq + 16, a1, zero)))
      violation = v128.add<T>(violation, v128.add<T>(projected<T>(wq + 32, a2, zero), projected<T>(wq + 48, a3, zero)))
      violation = v128.add<T>(violation, v128.add<T>(projected<T>(wq + 64, a4, zero), projected<T>(wq + 80, a5, zero)))
    }
    const inverse = v128.splat<T>(<T>(<T>1 / curvature))
    moved = v128.add<T>(moved, v128.add<T>(step<T>(wq, a0, inverse, zero), step<T>(wq + 16, a1, inverse, zero)))
    moved = v128.add<T>(moved, v128.add<T>(step<T>(wq + 32, a2, inverse, zero), step<T>(wq + 48, a3, inverse, zero)))
    moved = v128.add<T>(moved, v128.add<T>(step<T>(wq + 64, a4, inverse, zero), step<T>(wq + 80, a5, inverse, zero)))
  }
  if (stats) store<f64>(stats, across<T>(violation))
  return across<T>(moved)
}

// |minus gradient| where the bound does not hold it: w > 0, or it points into the feasible side.
// @ts-ignore: decorator
@inline
function projected<T>(at: usize, a: v128, zero: v128): v128 {
  return v128.and(v128.abs<T>(a), v128.or(v128.gt<T>(v128.load(at), zero), v128.gt<T>(a, zero)))
}

// w <- max(0, w + a inverse), and the square of the step. Below `tiny` a value is zero: denormal arithmetic is many
// times slower and WebAssembly cannot flush it.
// @ts-ignore: decorator
@inline
function step<T>(at: usize, a: v128, inverse: v128, zero: v128): v128 {
  const tiny = v128.splat<T>(sizeof<T>() == 4 ? <T>1e-30 : <T>1e-300)
  const w = v128.load(at)
  const next = mulAdd<T>(w, a, inverse)
  const kept = v128.bitselect(next, zero, v128.gt<T>(next, tiny))
  v128.store(at, kept)
  const d = v128.sub<T>(kept, w)
  return v128.mul<T>(d, d)
}
