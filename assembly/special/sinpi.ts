/** Pieces of sin(pi r) and cos(pi r) for the reflection formulas of the gamma family. Scalar; nothing is written.
 *  The caller reduces exactly: r = |x - nearest(x)| in [0, 1/2]. Coefficients: scripts/golden/special.py --coefficients. */

/** sin(pi q) / pi = q + q z S(z), z = q^2, 0 <= q <= 1/4. */
// @ts-ignore: decorator
@inline
function sine(q: f64): f64 {
  const z = q * q
  return q + q * z * (-1.6449340668482264 + z * (0.8117424252833535 + z * (-0.19075182412203828 + z * (0.026147847813245743
    + z * (-0.002346080833832126 + z * (0.0001484240587594755 + z * -6.920714981184486e-6))))))
}

/** cos(pi q), 0 <= q <= 1/4. */
// @ts-ignore: decorator
@inline
function cosine(q: f64): f64 {
  const z = q * q
  return 1.0 + z * (-4.934802200544679 + z * (4.0587121264167685 + z * (-1.3352627688545888 + z * (0.23533063035880689
    + z * (-0.025806891384587305 + z * (0.0019295741241061913 + z * (-0.0001046345989636836 + z * 4.268505646755225e-6)))))))
}

/** sin(pi r) / pi, 0 <= r <= 1/2. <= 2 ulp. */
export function sinOverPi(r: f64): f64 {
  return r <= 0.25 ? sine(r) : 0.3183098861837907 * cosine(0.5 - r)
}

/** pi cot(pi r), 0 < r <= 1/2. <= 4 ulp. */
export function piCot(r: f64): f64 {
  return r <= 0.25 ? cosine(r) / sine(r) : 9.869604401089358 * sine(0.5 - r) / cosine(0.5 - r)
}

/** (pi / sin(pi r))^2, 0 < r <= 1/2. <= 3 ulp. */
export function piCsc2(r: f64): f64 {
  if (r > 0.25) {
    const c = cosine(0.5 - r)
    return 9.869604401089358 / (c * c)
  }
  const q = 1.0 / sine(r)
  return q * q
}
