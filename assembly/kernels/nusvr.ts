// Linear nu-support vector regression (Schoelkopf et al. 2000) of many rows and few columns, by an interior point method
// (Mehrotra 1992): the kernel matrix X X' is never made, and an iteration solves p + 2 equations.
//
//   minimise over w, b, eps   |w|^2 / 2 + C (nu l eps + sum_i max(0, |y_i - x_i'w - b| - eps))
//
// Each row has two multipliers a in [0, C], of the residual's upper and its lower bound. With s - xi = eps -+ residual,
// a s and (C - a) xi go to zero together. The dual's equations hold from the start, so what is left of the sum of those
// products is the duality gap. C - a is kept beside a, as a multiplier at its bound has no digits left for it.

const STEP: f64 = 0.995 // of the way to the nearest bound
const MOST: i32 = 60 // iterations; 12 to 18 are usual

/** Bytes of `work` for l rows and p columns. */
export function nuSvrWork(l: i32, p: i32): i32 {
  const lp = (l + 1) & ~1, np = (p + 4) & ~3
  return 8 * (np * lp + 24 * lp + np * np + (np + 4) * (np + 4) + 8 * np + 32)
}

// sums[r] = A_r . v and A_r . u for 4 rows of A, lp entries each, from `a` on; u may be v.
function along(lp: i32, a: usize, v: usize, u: usize, out: usize, second: usize): void {
  const step = <usize>lp << 3
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0
  const end = v + step
  while (v != end) {
    const x = v128.load(v), y = v128.load(u)
    let c = v128.load(a)
    s0 = f64x2.add(s0, f64x2.mul(c, x))
    t0 = f64x2.add(t0, f64x2.mul(c, y))
    c = v128.load(a + step)
    s1 = f64x2.add(s1, f64x2.mul(c, x))
    t1 = f64x2.add(t1, f64x2.mul(c, y))
    c = v128.load(a + 2 * step)
    s2 = f64x2.add(s2, f64x2.mul(c, x))
    t2 = f64x2.add(t2, f64x2.mul(c, y))
    c = v128.load(a + 3 * step)
    s3 = f64x2.add(s3, f64x2.mul(c, x))
    t3 = f64x2.add(t3, f64x2.mul(c, y))
    a += 16
    v += 16
    u += 16
  }
  store<f64>(out, both(s0))
  store<f64>(out, both(s1), 8)
  store<f64>(out, both(s2), 16)
  store<f64>(out, both(s3), 24)
  store<f64>(second, both(t0))
  store<f64>(second, both(t1), 8)
  store<f64>(second, both(t2), 16)
  store<f64>(second, both(t3), 24)
}

// @ts-ignore: decorator
@inline
function both(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
}

// @ts-ignore: decorator
@inline
function at(p: usize, i: i32): f64 {
  return load<f64>(p + (<usize>i << 3))
}

// @ts-ignore: decorator
@inline
function put(p: usize, i: i32, v: f64): void {
  store<f64>(p + (<usize>i << 3), v)
}

// out[i] = base[i] - sum_r z_r A_r,i, or + without a base.
function residuals(lp: i32, np: i32, a: usize, z: usize, base: usize, out: usize): void {
  const step = <usize>lp << 3
  for (let i: usize = 0; i < step; i += 16) v128.store(out + i, base ? v128.load(base + i) : f64x2.splat(0))
  for (let r = 0; r < np; r += 4) {
    const sign: f64 = base ? -1 : 1
    const z0 = f64x2.splat(sign * at(z, r)), z1 = f64x2.splat(sign * at(z, r + 1))
    const z2 = f64x2.splat(sign * at(z, r + 2)), z3 = f64x2.splat(sign * at(z, r + 3))
    for (let i: usize = 0; i < step; i += 16) {
      const c = a + i
      const low = f64x2.add(f64x2.mul(z0, v128.load(c)), f64x2.mul(z1, v128.load(c + step)))
      const high = f64x2.add(f64x2.mul(z2, v128.load(c + 2 * step)), f64x2.mul(z3, v128.load(c + 3 * step)))
      v128.store(out + i, f64x2.add(v128.load(out + i), f64x2.add(low, high)))
    }
    a += 4 * step
  }
}

// G[np*np], lower triangle by tiles of 4 x 2: A diag(t) A'. `scaled` f64[np*lp].
function gram(lp: i32, np: i32, a: usize, t: usize, scaled: usize, g: usize): void {
  const step = <usize>lp << 3
  for (let i: usize = 0; i < step; i += 16) {
    const w = v128.load(t + i)
    let from = a + i, to = scaled + i
    for (let r = 0; r < np; r++) {
      v128.store(to, f64x2.mul(w, v128.load(from)))
      from += step
      to += step
    }
  }
  for (let r = 0; r < np; r += 4) {
    for (let c = 0; c < r + 4; c += 2) {
      const out = g + (<usize>(c * np + r) << 3)
      along(lp, a + <usize>r * step, scaled + <usize>c * step, scaled + <usize>(c + 1) * step, out, out + (<usize>np << 3))
    }
  }
}

// The lower triangle of M <- L with M = L L'. A pivot that rounding has eaten is set so high that nothing moves along it.
function factor(k: i32, m: usize, ld: i32): void {
  for (let i = 0; i < k; i++) {
    const row = m + (<usize>(i * ld) << 3)
    for (let j = 0; j <= i; j++) {
      const other = m + (<usize>(j * ld) << 3)
      const whole = at(row, j)
      let rest = whole
      for (let t = 0; t < j; t++) rest -= at(row, t) * at(other, t)
      if (j < i) put(row, j, rest / at(other, j))
      else put(row, i, rest > 1e-15 * whole ? sqrt(rest) : 1e100)
    }
  }
}

function solve(k: i32, m: usize, ld: i32, x: usize): void {
  for (let i = 0; i < k; i++) {
    const row = m + (<usize>(i * ld) << 3)
    let s = at(x, i)
    for (let j = 0; j < i; j++) s -= at(row, j) * at(x, j)
    put(x, i, s / at(row, i))
  }
  for (let i = k - 1; i >= 0; i--) {
    let s = at(x, i)
    for (let j = i + 1; j < k; j++) s -= at(m + (<usize>(j * ld) << 3), i) * at(x, j)
    put(x, i, s / at(m + (<usize>(i * ld) << 3), i))
  }
}

/** Solves for y f64[lp], zero beyond l. A f64[np*lp] has a row for each of the p columns of X, a row of ones, and zeros:
 *  lp is l made even, np is p + 1 made a multiple of four; entries beyond l are zero. Writes out f64[p+5]: w, b, eps, the
 *  duality gap and the largest violation of the dual's equations (both as parts of the objective, or of 1), iterations.
 *  Stops where the gap is `tolerance` of the objective. */
export function nuSvr(l: i32, p: i32, a: usize, y: usize, nu: f64, C: f64, tolerance: f64, out: usize, work: usize): void {
  const lp = (l + 1) & ~1, np = (p + 4) & ~3, line = <usize>lp << 3, k = p + 2, ld = np + 4
  const scaled = work, alphas = scaled + <usize>np * line, slacks = alphas + 2 * line, others = slacks + 2 * line
  const thetas = others + 2 * line, hs = thetas + 2 * line, das = hs + 2 * line, dss = das + 2 * line
  const dxs = dss + 2 * line, rests = dxs + 2 * line, r = rests + 2 * line, u = r + line, t = u + line, e = t + line, v = e + line
  const g = v + 2 * line, m = g + (<usize>(np * np) << 3), z = m + (<usize>(ld * ld) << 3), d = z + (<usize>ld << 3)
  const ae = d + (<usize>ld << 3), av = ae + (<usize>np << 3)
  memory.fill(z, 0, <usize>ld << 4)
  memory.fill(t, 0, 4 * line)
  memory.copy(r, y, line)
  const total = C * nu * <f64>l, first = 0.5 * C * nu
  let eps: f64 = 0
  for (let i = 0; i < l; i++) eps += abs(at(y, i))
  eps /= <f64>l
  const delta = 0.5 * eps + 1e-300
  for (let h = 0; h < 2; h++) {
    const o = <usize>h * line
    for (let i = 0; i < l; i++) {
      const q = eps + (h ? at(r, i) : -at(r, i))
      put(alphas + o, i, first)
      put(rests + o, i, C - first)
      put(slacks + o, i, max<f64>(q, 0) + delta)
      put(others + o, i, max<f64>(-q, 0) + delta)
    }
  }
  let iter = 0
  for (; iter < MOST; iter++) {
    // The matrix's diagonal of weights, and the step straight to the optimum.
    let gap: f64 = 0, outside: f64 = 0, mass: f64 = 0, balance: f64 = 0, held: f64 = 0, right: f64 = 0
    for (let i = 0; i < l; i++) {
      const x0 = at(alphas, i), s0 = at(slacks, i), o0 = at(others, i), c0 = at(rests, i)
      const x1 = at(alphas + line, i), s1 = at(slacks + line, i), o1 = at(others + line, i)
      const c1 = at(rests + line, i)
      const t0 = (x0 * c0) / (s0 * c0 + o0 * x0), t1 = (x1 * c1) / (s1 * c1 + o1 * x1)
      const h0 = at(r, i) - eps, h1 = -at(r, i) - eps
      gap += x0 * s0 + c0 * o0 + (x1 * s1 + c1 * o1)
      outside += o0 + o1
      put(thetas, i, t0)
      put(thetas + line, i, t1)
      put(t, i, t0 + t1)
      put(e, i, t0 - t1)
      put(v, i, t0 * h0 - t1 * h1 + (x0 - x1))
      mass += t0 + t1
      balance += t0 - t1
      right += t0 * h0 + t1 * h1
      held += x0 + x1
    }
    let norm: f64 = 0
    for (let q = 0; q < p; q++) norm += at(z, q) * at(z, q)
    const objective = 0.5 * norm + total * eps + C * outside
    if (gap <= tolerance * abs(objective) || !(gap > 1e-290)) break
    gram(lp, np, a, t, scaled, g)
    for (let q = 0; q < np; q += 4) along(lp, a + <usize>q * line, e, v, ae + (<usize>q << 3), av + (<usize>q << 3))
    for (let q = 0; q <= p; q++) {
      for (let c = 0; c <= q; c++) put(m + (<usize>(q * ld) << 3), c, at(g + (<usize>(c * np) << 3), q))
      put(m + (<usize>((p + 1) * ld) << 3), q, at(ae, q))
      if (q < p) put(m + (<usize>(q * ld) << 3), q, at(m + (<usize>(q * ld) << 3), q) + 1)
      put(d, q, at(av, q) - (q < p ? at(z, q) : 0))
    }
    put(m + (<usize>((p + 1) * ld) << 3), p + 1, mass)
    put(d, p + 1, right + held - total)
    factor(k, m, ld)
    solve(k, m, ld, d)
    let dEps = at(d, p + 1)
    clear(d, p + 1, np)
    residuals(lp, np, a, d, 0, u)
    // How far it may go, and what it would leave of the gap.
    let most: f64 = 1, second: f64 = 0
    for (let h = 0; h < 2; h++) {
      const o = <usize>h * line, sign: f64 = h ? -1 : 1
      for (let i = 0; i < l; i++) {
        const x = at(alphas + o, i), s = at(slacks + o, i), other = at(others + o, i)
        const da = at(thetas + o, i) * (sign * (at(r, i) - at(u, i)) - eps - dEps)
        const low = da / x, high = da / at(rests + o, i)
        const ds = -s * (1 + low), dx = -other * (1 - high)
        most = max<f64>(most, max<f64>(max<f64>(-low, high), max<f64>(1 + low, 1 - high)))
        second += da * (ds - dx)
        put(das + o, i, da)
        put(dss + o, i, ds)
        put(dxs + o, i, dx)
      }
    }
    const reach = 1 / most, left = max<f64>(0, 1 - reach + (reach * reach * second) / gap)
    const target = (left * left * left * gap) / <f64>(4 * l)
    // The same again with what that step leaves out, towards products that are all `target`.
    right = 0
    for (let i = 0; i < l; i++) {
      const x0 = at(alphas, i), x1 = at(alphas + line, i), res = at(r, i)
      const t0 = at(thetas, i), t1 = at(thetas + line, i)
      const p0 = target - at(das, i) * at(dss, i), q0 = target + at(das, i) * at(dxs, i)
      const p1 = target - at(das + line, i) * at(dss + line, i), q1 = target + at(das + line, i) * at(dxs + line, i)
      const h0 = res - eps + p0 / x0 - q0 / at(rests, i), h1 = -res - eps + p1 / x1 - q1 / at(rests + line, i)
      put(hs, i, h0)
      put(hs + line, i, h1)
      put(dss, i, p0)
      put(dss + line, i, p1)
      put(dxs, i, q0)
      put(dxs + line, i, q1)
      put(v, i, t0 * h0 - t1 * h1 + (x0 - x1))
      right += t0 * h0 + t1 * h1
    }
    for (let q = 0; q < np; q += 4) along(lp, a + <usize>q * line, v, v, av + (<usize>q << 3), av + (<usize>q << 3))
    for (let q = 0; q <= p; q++) put(d, q, at(av, q) - (q < p ? at(z, q) : 0))
    put(d, p + 1, right + held - total)
    solve(k, m, ld, d)
    dEps = at(d, p + 1)
    clear(d, p + 1, np)
    residuals(lp, np, a, d, 0, u)
    most = STEP
    for (let h = 0; h < 2; h++) {
      const o = <usize>h * line, sign: f64 = h ? -1 : 1
      for (let i = 0; i < l; i++) {
        const x = at(alphas + o, i), s = at(slacks + o, i), other = at(others + o, i)
        const da = at(thetas + o, i) * (at(hs + o, i) - dEps - sign * at(u, i))
        const low = da / x, high = da / at(rests + o, i)
        const ds = at(dss + o, i) / x - s * (1 + low), dx = at(dxs + o, i) / at(rests + o, i) - other * (1 - high)
        most = max<f64>(most, max<f64>(max<f64>(-low, high), max<f64>(-ds / s, -dx / other)))
        put(das + o, i, da)
        put(dss + o, i, ds)
        put(dxs + o, i, dx)
      }
    }
    const step = STEP / most
    if (!(step > 1e-9)) break // rounding has the word: what there is, is as good as it gets
    for (let h = 0; h < 2; h++) {
      const o = <usize>h * line
      for (let i = 0; i < l; i++) {
        put(alphas + o, i, at(alphas + o, i) + step * at(das + o, i))
        put(rests + o, i, at(rests + o, i) - step * at(das + o, i))
        put(slacks + o, i, at(slacks + o, i) + step * at(dss + o, i))
        put(others + o, i, at(others + o, i) + step * at(dxs + o, i))
      }
    }
    for (let q = 0; q <= p; q++) put(z, q, at(z, q) + step * at(d, q))
    eps += step * dEps
    residuals(lp, np, a, z, y, r)
  }
  finish(l, p, lp, np, a, y, nu, C, eps, z, r, alphas, v, av)
  for (let q = 0; q <= p; q++) put(out, q, at(z, q))
  put(out, p + 1, eps)
  put(out, p + 2, at(av, 0))
  put(out, p + 3, at(av, 1))
  put(out, p + 4, <f64>iter)
}

// Beyond the unknowns that A has rows for.
function clear(d: usize, from: i32, to: i32): void {
  for (let q = from; q < to; q++) put(d, q, 0)
}

// From the solution alone: the objectives of both problems, and how far the multipliers are from the dual's equations.
function finish(
  l: i32, p: i32, lp: i32, np: i32, a: usize, y: usize, nu: f64, C: f64, eps: f64, z: usize, r: usize, alphas: usize,
  v: usize, av: usize,
): void {
  const line = <usize>lp << 3, total = C * nu * <f64>l
  residuals(lp, np, a, z, y, r)
  let outside: f64 = 0, linear: f64 = 0, held: f64 = 0
  for (let i = 0; i < l; i++) {
    const difference = at(alphas, i) - at(alphas + line, i)
    outside += max<f64>(0, abs(at(r, i)) - eps)
    linear += at(y, i) * difference
    held += at(alphas, i) + at(alphas + line, i)
    put(v, i, difference)
  }
  for (let q = 0; q < np; q += 4) along(lp, a + <usize>q * line, v, v, av + (<usize>q << 3), av + (<usize>q << 3))
  let norm: f64 = 0, dual: f64 = 0, worst = abs(at(av, p)) / (1 + total)
  for (let q = 0; q < p; q++) {
    norm += at(z, q) * at(z, q)
    dual += at(av, q) * at(av, q)
    worst = max<f64>(worst, abs(at(av, q) - at(z, q)))
  }
  const primal = 0.5 * norm + total * eps + C * outside
  put(av, 0, (primal - (linear - 0.5 * dual)) / max<f64>(abs(primal), 1e-300))
  put(av, 1, max<f64>(worst, abs(held - total) / (1 + total)))
}
