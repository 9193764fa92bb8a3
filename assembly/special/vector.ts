/** exp and log of two doubles at once: the operations of exp.ts and log.ts in the same order, so the same bits lane by lane. Nothing is written.
 *  The scalar branches become clamps and selects; f32 arrays use two of these per four values (f64 inside, one rounding). */

/** e^x per lane, as exp(x). Clamped to where the result is inf or 0 anyway; NaN passes both pseudo-minima. */
// @ts-ignore: decorator
@inline
export function exp2x(x: v128): v128 {
  x = f64x2.pmax(f64x2.pmin(x, f64x2.splat(710.0)), f64x2.splat(-746.0))
  const round = f64x2.splat(6755399441055744.0)
  const t = f64x2.add(f64x2.mul(x, f64x2.splat(1.4426950408889634)), round)
  const k = i64x2.sub(t, round) // the integer, from the mantissa bits
  const n = f64x2.sub(t, round)
  const h = f64x2.sub(x, f64x2.mul(n, f64x2.splat(0.6931471803691238))), l = f64x2.mul(n, f64x2.splat(1.9082149292705877e-10))
  const r = f64x2.sub(h, l), e = f64x2.sub(f64x2.sub(h, r), l)
  const z = f64x2.mul(r, r), w = f64x2.mul(z, z)
  const a = f64x2.add(line(0.5, 0.1666666666666667, r), f64x2.mul(line(0.04166666666666667, 0.008333333333326127, r), z))
  const b = f64x2.add(line(0.0013888888888884615, 0.00019841269874850063, r), f64x2.mul(line(2.480158732324412e-5, 2.7557255362878947e-6, r), z))
  const c = f64x2.add(line(2.7557276103540697e-7, 2.5105232535683088e-8, r), f64x2.mul(f64x2.splat(2.091377824626925e-9), z))
  const p = f64x2.add(a, f64x2.mul(w, f64x2.add(b, f64x2.mul(w, c))))
  const y = f64x2.add(f64x2.splat(1.0), f64x2.add(r, f64x2.add(f64x2.mul(z, p), e)))
  const i = i64x2.shr_s(k, 1), bias = i64x2.splat(1023)
  const u = i64x2.shl(i64x2.add(i, bias), 52), v = i64x2.shl(i64x2.add(i64x2.sub(k, i), bias), 52)
  return f64x2.mul(f64x2.mul(y, u), v)
}

/** a + b r */
// @ts-ignore: decorator
@inline
function line(a: f64, b: f64, r: v128): v128 {
  return f64x2.add(f64x2.splat(a), f64x2.mul(f64x2.splat(b), r))
}

/** a + z q */
// @ts-ignore: decorator
@inline
function step(a: f64, z: v128, q: v128): v128 {
  return f64x2.add(f64x2.splat(a), f64x2.mul(z, q))
}

/** log x per lane, as log(x). */
// @ts-ignore: decorator
@inline
export function log2x(x: v128): v128 {
  const small = f64x2.lt(x, f64x2.splat(2.2250738585072014e-308)) // subnormal, 0 or negative
  const s0 = v128.bitselect(f64x2.mul(x, f64x2.splat(18014398509481984.0)), x, small)
  const half = i64x2.splat(0x3fe6a09e667f3bcd)
  const b = i64x2.sub(s0, half)
  const m = i64x2.add(v128.and(b, i64x2.splat(0x000fffffffffffff)), half)
  const magic = f64x2.splat(6755399441055744.0)
  const whole = i64x2.sub(i64x2.shr_s(b, 52), v128.and(small, i64x2.splat(54)))
  const k = f64x2.sub(i64x2.add(whole, magic), magic) // exact integer to double
  const f = f64x2.sub(m, f64x2.splat(1.0))
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2.0), f)), z = f64x2.mul(s, s), h = f64x2.mul(f64x2.mul(f64x2.splat(0.5), f), f)
  const R = f64x2.mul(z, step(0.6666666666666666, z, step(0.4000000000000088, z, step(0.2857142857080323, z, step(0.2222222239180047, z,
    step(0.18181795630884753, z, step(0.15386240205813478, z, step(0.13268759668560612, z, f64x2.splat(0.13086767009948175)))))))))
  const low = f64x2.add(f64x2.mul(s, f64x2.add(h, R)), f64x2.mul(k, f64x2.splat(1.9082149292705877e-10)))
  const y = f64x2.sub(f64x2.mul(k, f64x2.splat(0.6931471803691238)), f64x2.sub(f64x2.sub(h, low), f))
  // outside (0, inf): 0 to -inf, inf to inf, the rest to NaN
  const proper = v128.and(f64x2.gt(x, f64x2.splat(0.0)), f64x2.lt(x, f64x2.splat(Infinity)))
  if (i64x2.all_true(proper)) return y
  const zero = f64x2.eq(x, f64x2.splat(0.0)), infinite = f64x2.eq(x, f64x2.splat(Infinity))
  const other = v128.bitselect(f64x2.splat(-Infinity), v128.bitselect(x, f64x2.splat(NaN), infinite), zero)
  return v128.bitselect(y, other, proper)
}
