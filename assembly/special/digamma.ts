import { log } from './log'
import { digammaByPairs } from './negative_roots'
import { piCot, piCsc2 } from './sinpi'

/** digamma (psi) and trigamma (psi') in f64, scalar; nothing is written. Series: Abramowitz & Stegun 6.3.18 and 6.4.12; reflection 6.3.7 and 6.4.7. */

/** psi(1 + u), 0 <= u <= 1, with the root as a factor: (u - c) D(u - 1/2), c = 0.4616321449683623412626... in two parts (the first difference is exact near c).
 *  D: Chebyshev interpolant of degree 22, scripts/golden/special.py --coefficients. */
function core(u: f64): f64 {
  const t = u - 0.5
  const a = 0.9510558760318328 + t * (-0.4236274212814606 + t * (0.24054248424078697 + t * (-0.14840492305388092 + t * (0.09498872445289039 + t * -0.06192213327548831))))
  const b = 0.040760833940846085 + t * (-0.026975796659787055 + t * (0.017907248317313294 + t * (-0.011908220105959716 + t * (0.007927021796868154 + t * -0.005279937255532708))))
  const c = 0.003518106563802472 + t * (-0.0023454947397380833 + t * (0.0015633696313653504 + t * (-0.0010364584817312839 + t * (0.0006909255761282986 + t * -0.00048595039220036254))))
  const d = 0.00032395945401345196 + t * (-0.00014480643368061614 + t * (9.653646261410062e-5 + t * (-0.0001782188548855923 + t * 0.00011881232908510335)))
  const v = (t * t) * (t * t) * (t * t)
  return ((u - 0.46163214496836236) + 1.5522348162858677e-17) * (a + v * (b + v * (c + v * d)))
}

/** x > 0. */
function positive(x: f64): f64 {
  if (x < 1.0) return core(x) - 1.0 / x
  if (x < 8.0) {
    let s: f64 = 0.0
    while (x > 2.0) {
      x -= 1.0 // exact
      s += 1.0 / x
    }
    return core(x - 1.0) + s
  }
  const i = 1.0 / x, z = i * i
  return log(x) - (0.5 * i + z * (0.08333333333333333 + z * (-0.008333333333333333 + z * (0.003968253968253968 + z * (-0.004166666666666667
    + z * (0.007575757575757576 + z * (-0.021092796092796094 + z * (0.08333333333333333 + z * (-0.4432598039215686 + z * 3.0539543302701198)))))))))
}

/** d/dx log Gamma(x). Poles 0, -1, -2, ... and -inf to NaN. <= 4 ulp for x > 0, relative also at the root 1.4616...;
 *  for x < 0 each interval (-n - 1, -n) has a root: where the terms cancel they are taken again in pairs. */
export function digamma(x: f64): f64 {
  if (!(x <= 0.0)) return positive(x) // NaN too
  if (floor(x) == x) return NaN
  if (x > -0.5) {
    const y = core(1.0 + x) - 1.0 / (1.0 + x) - 1.0 / x
    return y < 1.0 ? digammaByPairs(x) : y
  }
  const r = x - nearest(x), a = positive(-x) - 1.0 / x
  const y = a - copysign<f64>(piCot(abs(r)), r)
  return abs(y) < max(1.0, 1.5 * abs(a)) ? digammaByPairs(x) : y
}

/** d^2/dx^2 log Gamma(x) > 0. Poles to +inf, -inf to NaN. <= 4 ulp. */
export function trigamma(x: f64): f64 {
  if (x <= 0.0) {
    if (floor(x) == x) return x == -Infinity ? NaN : Infinity
    if (x < -0.5) return piCsc2(abs(x - nearest(x))) - trigamma(1.0 - x)
  }
  let s: f64 = 0.0, y = x
  if (x < 8.0) {
    const n = <i32>ceil(8.0 - x)
    for (let k = n - 1; k >= 0; k--) { // small terms first
      const r = 1.0 / (x + <f64>k)
      s += r * r
    }
    y = x + <f64>n
  }
  const i = 1.0 / y, z = i * i
  const e = i + (0.5 * z + i * z * (0.16666666666666666 + z * (-0.03333333333333333 + z * (0.023809523809523808 + z * (-0.03333333333333333
    + z * (0.07575757575757576 + z * (-0.2531135531135531 + z * (1.1666666666666667 + z * (-7.092156862745098 + z * (54.971177944862156
    + z * (-529.1242424242424 + z * 6192.123188405797)))))))))))
  return e + s
}
