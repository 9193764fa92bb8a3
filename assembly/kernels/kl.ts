import { V1, V2, V3, V4, V5, V6 } from './widths'
import { mulAdd } from './madd'
import { addScaled } from './product'

// The sums of the Kullback-Leibler step over the entries x_j > 0 of a row: with z_j = w . h_j and r_j = x_j / z_j,
// `gather` adds r_j h_j for the row's own update and `scatter` adds r_j w to row j for the other side's. Entries of
// zero add nothing, so sparse rows cost their stored entries only. Compiled for widths of one to six vectors, whose
// rows stay in registers; wider ones go through memory.

// @ts-ignore: decorator
@inline
function least<T>(): v128 {
  return v128.splat<T>(sizeof<T>() == 4 ? <T>1e-30 : <T>1e-300) // a model value below is zero to the fit: no overflow
}

// The sum of the lanes, in every lane.
// @ts-ignore: decorator
@inline
function across<T>(s: v128): v128 {
  if (sizeof<T>() == 8) return v128.add<T>(s, v128.shuffle<f64>(s, s, 1, 0))
  const t = v128.add<T>(s, v128.shuffle<f32>(s, s, 2, 3, 0, 1))
  return v128.add<T>(t, v128.shuffle<f32>(t, t, 1, 0, 3, 2))
}

// @ts-ignore: decorator
@inline
function ratioOf<T>(x: T, s: v128): v128 {
  return v128.div<T>(v128.splat<T>(x), v128.max<T>(across<T>(s), least<T>()))
}

// w . h, the lanes apart.
// @ts-ignore: decorator
@inline
function along<T, N>(h: usize, w0: v128, w1: v128, w2: v128, w3: v128, w4: v128, w5: v128): v128 {
  let s = v128.mul<T>(w0, v128.load(h))
  if (offsetof<N>() > 16) s = mulAdd<T>(s, w1, v128.load(h, 16))
  if (offsetof<N>() > 32) s = mulAdd<T>(s, w2, v128.load(h, 32))
  if (offsetof<N>() > 48) s = mulAdd<T>(s, w3, v128.load(h, 48))
  if (offsetof<N>() > 64) s = mulAdd<T>(s, w4, v128.load(h, 64))
  if (offsetof<N>() > 80) s = mulAdd<T>(s, w5, v128.load(h, 80))
  return s
}

function gather<T, N>(count: i32, indices: usize, x: usize, w: usize, ht: usize, ld: usize, num: usize): void {
  const w0 = v128.load(w)
  let w1 = w0, w2 = w0, w3 = w0, w4 = w0, w5 = w0
  let c0 = v128.load(num), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0
  if (offsetof<N>() > 16) { w1 = v128.load(w, 16); c1 = v128.load(num, 16) }
  if (offsetof<N>() > 32) { w2 = v128.load(w, 32); c2 = v128.load(num, 32) }
  if (offsetof<N>() > 48) { w3 = v128.load(w, 48); c3 = v128.load(num, 48) }
  if (offsetof<N>() > 64) { w4 = v128.load(w, 64); c4 = v128.load(num, 64) }
  if (offsetof<N>() > 80) { w5 = v128.load(w, 80); c5 = v128.load(num, 80) }
  for (let e = 0; e < count; e++) {
    const value = load<T>(x + <usize>e * sizeof<T>())
    if (value == <T>0) continue
    const h = ht + <usize>(indices ? load<i32>(indices + (<usize>e << 2)) : e) * ld
    const r = ratioOf<T>(value, along<T, N>(h, w0, w1, w2, w3, w4, w5))
    c0 = mulAdd<T>(c0, r, v128.load(h))
    if (offsetof<N>() > 16) c1 = mulAdd<T>(c1, r, v128.load(h, 16))
    if (offsetof<N>() > 32) c2 = mulAdd<T>(c2, r, v128.load(h, 32))
    if (offsetof<N>() > 48) c3 = mulAdd<T>(c3, r, v128.load(h, 48))
    if (offsetof<N>() > 64) c4 = mulAdd<T>(c4, r, v128.load(h, 64))
    if (offsetof<N>() > 80) c5 = mulAdd<T>(c5, r, v128.load(h, 80))
  }
  v128.store(num, c0)
  if (offsetof<N>() > 16) v128.store(num, c1, 16)
  if (offsetof<N>() > 32) v128.store(num, c2, 32)
  if (offsetof<N>() > 48) v128.store(num, c3, 48)
  if (offsetof<N>() > 64) v128.store(num, c4, 64)
  if (offsetof<N>() > 80) v128.store(num, c5, 80)
}

function scatter<T, N>(count: i32, indices: usize, x: usize, w: usize, ht: usize, ld: usize, num: usize): void {
  const w0 = v128.load(w)
  let w1 = w0, w2 = w0, w3 = w0, w4 = w0, w5 = w0
  if (offsetof<N>() > 16) w1 = v128.load(w, 16)
  if (offsetof<N>() > 32) w2 = v128.load(w, 32)
  if (offsetof<N>() > 48) w3 = v128.load(w, 48)
  if (offsetof<N>() > 64) w4 = v128.load(w, 64)
  if (offsetof<N>() > 80) w5 = v128.load(w, 80)
  for (let e = 0; e < count; e++) {
    const value = load<T>(x + <usize>e * sizeof<T>())
    if (value == <T>0) continue
    const o = <usize>(indices ? load<i32>(indices + (<usize>e << 2)) : e) * ld
    const h = ht + o, c = num + o
    const r = ratioOf<T>(value, along<T, N>(h, w0, w1, w2, w3, w4, w5))
    v128.store(c, mulAdd<T>(v128.load(c), r, w0))
    if (offsetof<N>() > 16) v128.store(c, mulAdd<T>(v128.load(c, 16), r, w1), 16)
    if (offsetof<N>() > 32) v128.store(c, mulAdd<T>(v128.load(c, 32), r, w2), 32)
    if (offsetof<N>() > 48) v128.store(c, mulAdd<T>(v128.load(c, 48), r, w3), 48)
    if (offsetof<N>() > 64) v128.store(c, mulAdd<T>(v128.load(c, 64), r, w4), 64)
    if (offsetof<N>() > 80) v128.store(c, mulAdd<T>(v128.load(c, 80), r, w5), 80)
  }
}

// Any width, through memory. `own`: gather, else scatter.
function wide<T>(own: bool, count: i32, indices: usize, x: usize, w: usize, ht: usize, ld: usize, num: usize): void {
  for (let e = 0; e < count; e++) {
    const value = load<T>(x + <usize>e * sizeof<T>())
    if (value == <T>0) continue
    const o = <usize>(indices ? load<i32>(indices + (<usize>e << 2)) : e) * ld
    let s = v128.mul<T>(v128.load(w), v128.load(ht + o))
    for (let q: usize = 16; q < ld; q += 16) s = mulAdd<T>(s, v128.load(w + q), v128.load(ht + o + q))
    const r = v128.extract_lane<T>(ratioOf<T>(value, s), 0)
    if (own) addScaled<T>(r, ht + o, num, ld)
    else addScaled<T>(r, w, num + o, ld)
  }
}

// @ts-ignore: decorator
@inline
function rowsOf<T>(
  own: bool, rows: i32, m: i32, kp: i32, indptr: usize, indices: usize, x: usize, lx: i32, w: usize, ht: usize, num: usize,
): void {
  const ld = <usize>kp * sizeof<T>()
  for (let i = 0; i < rows; i++) {
    const start = indptr ? load<i32>(indptr + (<usize>i << 2)) : 0
    const count = indptr ? load<i32>(indptr + (<usize>i << 2), 4) - start : m
    const at = indptr ? indices + (<usize>start << 2) : 0
    const xi = indptr ? x + <usize>start * sizeof<T>() : x + <usize>i * <usize>lx * sizeof<T>()
    const c = own ? num + <usize>i * ld : num
    if (ld == 16) own ? gather<T, V1>(count, at, xi, w, ht, ld, c) : scatter<T, V1>(count, at, xi, w, ht, ld, c)
    else if (ld == 32) own ? gather<T, V2>(count, at, xi, w, ht, ld, c) : scatter<T, V2>(count, at, xi, w, ht, ld, c)
    else if (ld == 48) own ? gather<T, V3>(count, at, xi, w, ht, ld, c) : scatter<T, V3>(count, at, xi, w, ht, ld, c)
    else if (ld == 64) own ? gather<T, V4>(count, at, xi, w, ht, ld, c) : scatter<T, V4>(count, at, xi, w, ht, ld, c)
    else if (ld == 80) own ? gather<T, V5>(count, at, xi, w, ht, ld, c) : scatter<T, V5>(count, at, xi, w, ht, ld, c)
    else if (ld == 96) own ? gather<T, V6>(count, at, xi, w, ht, ld, c) : scatter<T, V6>(count, at, xi, w, ht, ld, c)
    else wide<T>(own, count, at, xi, w, ht, ld, c)
    w += ld
  }
}

/** P_i <- P_i + sum_j x_ij / (w_i . h_j) h_j for `rows` rows.  X dense T[rows*lx], m entries a row, or CSR where `indptr`
 *  is not 0; W T[rows*kp], Ht T[m*kp], P T[rows*kp]. Writes P. 4 nnz kp flops. */
export function klGather<T>(
  rows: i32, m: i32, kp: i32, indptr: usize, indices: usize, x: usize, lx: i32, w: usize, ht: usize, p: usize,
): void {
  rowsOf<T>(true, rows, m, kp, indptr, indices, x, lx, w, ht, p)
}

/** Q_j <- Q_j + sum_i x_ij / (w_i . h_j) w_i: the same for the columns, Q T[m*kp]. Writes Q. */
export function klScatter<T>(
  rows: i32, m: i32, kp: i32, indptr: usize, indices: usize, x: usize, lx: i32, w: usize, ht: usize, q: usize,
): void {
  rowsOf<T>(false, rows, m, kp, indptr, indices, x, lx, w, ht, q)
}
