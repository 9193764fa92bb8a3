import { log, logPair } from './log'
import { lgammaByPairs } from './negative_roots'
import { sinOverPi } from './sinpi'
import { high, low, productError, sumError } from './twofold'

/** log |Gamma(x)| in f64, scalar; nothing is written.
 *
 *    |x| < 1/2        g(t) - log|t (1 + t)|, t = x          g(t) = lgamma(2 + t) = t (1 + t) B(t) on [-3/4, 1/2]:
 *    [1/2, 5/4)       g(t) - log x, t = x - 1               the roots 1 and 2 are factors
 *    [5/4, 5/2)       g(t), t = x - 2
 *    [5/2, 8)         g(t) + log((x - 1)(x - 2)...(2 + t))
 *    [8, inf]         Stirling: (x - 1/2)(log x - 1) + (log(2 pi) - 1)/2 + 1/(12 x) - ... (Abramowitz & Stegun 6.1.41)
 *    <= -1/2          -log|x sin(pi x)/pi| - lgamma(-x)       (6.1.17); poles to +inf
 *
 *  For x < -2 each unit interval has two roots: where the last line cancels to less than one of its terms, it is taken again in pairs.
 *  <= 3 ulp for x > -1/2, <= 4 ulp below, a relative error below 1e-14 beside the negative roots.
 *  B: Chebyshev interpolant, scripts/golden/special.py --coefficients. */

// @ts-ignore: decorator
@inline
function near2(t: f64): f64 {
  const a = 0.42278433509846713 + t * (-0.10031730167435392 + t * (0.03296500062115577 + t * (-0.012384192193371332 + t * 0.004998641164704315)))
  const b = -0.002108130833950139 + t * (0.000915376921935334 + t * (-0.00040570739780953103 + t * (0.00018255264633613739 + t * -8.309511777255454e-5)))
  const c = 3.816879394737832e-5 + t * (-1.7661813724673227e-5 + t * (8.222940553857338e-6 + t * (-3.846003703517468e-6 + t * 1.8046010702558507e-6)))
  const d = -8.606758518044643e-7 + t * (4.1237427699704776e-7 + t * (-1.6480947323964055e-7 + t * (8.546541999535868e-8 + t * -9.434376279252132e-8)))
  const e = 1.9399979643081414e-9 + t * (2.944937922818228e-8 + t * 3.688127752994969e-8)
  const z = t * t, v = z * z * t
  return t * (1.0 + t) * (a + v * (b + v * (c + v * (d + v * e))))
}

/** y + sign * log p, the logarithm as a pair. */
// @ts-ignore: decorator
@inline
function plusLog(y: f64, sign: f64, p: f64): f64 {
  const L = logPair(p), h = sign * high(L)
  const s = h + y
  return s + (sumError(h, y, s) + sign * low(L))
}

/** x > -1/2, x != 0. */
function positive(x: f64): f64 {
  if (x < 0.5) return plusLog(near2(x), -1.0, abs(x + x * x))
  if (x < 1.25) return x == 1.0 ? 0.0 : plusLog(near2(x - 1.0), -1.0, x)
  if (x < 8.0) {
    let p: f64 = 1.0
    while (x >= 2.5) {
      x -= 1.0 // exact
      p *= x
    }
    const y = near2(x - 2.0)
    return p == 1.0 ? y : plusLog(y, 1.0, p)
  }
  if (x == Infinity) return x
  const L = logPair(x), g = high(L) - 1.0, gl = ((high(L) - g) - 1.0) + low(L)
  if (x > 1e18) return x * (g + gl)
  const i = 1.0 / x, z = i * i
  const w = 0.4189385332046727 + i * (0.08333333333333333 + z * (-0.002777777777777778 + z * (0.0007936507936507937 + z * (-0.0005952380952380953
    + z * (0.0008417508417508417 + z * (-0.0019175269175269176 + z * (0.00641025641025641 + z * -0.029550653594771242)))))))
  const a = x - 0.5, y = a * g
  return y + (productError(a, g, y) + (a * gl + w))
}

export function lgamma(x: f64): f64 {
  if (x != x) return x
  if (x > -0.5) return x == 0.0 ? Infinity : positive(x)
  if (floor(x) == x) return Infinity
  const b = positive(-x), y = -log(-x * sinOverPi(abs(x - nearest(x)))) - b
  return abs(y) < max(0.75, abs(b)) ? lgammaByPairs(x) : y
}
