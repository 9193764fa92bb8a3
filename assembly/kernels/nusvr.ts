// Linear nu-support vector regression (Schoelkopf et al. 2000) of many rows and few columns, by an interior point method
// (Mehrotra 1992): the kernel matrix X X' is never made, and an iteration solves p + 2 equations.
//
//   minimise over w, b, eps   |w|^2 / 2 + C (nu l eps + sum_i max(0, |y_i - x_i'w - b| - eps))
//
// Each row has two multipliers a in [0, C], of the residual's upper and its lower bound. With s - xi = eps -+ residual,
// a s and (C - a) xi go to zero together. The dual's equations hold from the start, so what is left of the sum of those
// products is the duality gap. C - a is kept beside a, as a multiplier at its bound has no digits left for it.

const STEP: f64 = 0.995 // of the way to the nearest bound
const MOST: i32 = 60 // iterations; 15 to 22 are usual

/** Bytes of `work` for l rows and p columns. */
export function nuSvrWork(l: i32, p: i32): i32 {
  const lp = (l + 1) & ~1, np = (p + 4) & ~3
  return 8 * (np * lp + 28 * lp + np * np + (np + 4) * (np + 4) + 8 * np + 32)
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

// @ts-ignore: decorator
@inline
function plus(a: v128, b: v128): v128 {
  return f64x2.add(a, b)
}

// @ts-ignore: decorator
@inline
function minus(a: v128, b: v128): v128 {
  return f64x2.sub(a, b)
}

// @ts-ignore: decorator
@inline
function times(a: v128, b: v128): v128 {
  return f64x2.mul(a, b)
}

/** Solves for y f64[lp], zero beyond l. A f64[np*lp] has a row for each of the p columns of X, a row of ones, and zeros:
 *  lp is l made even, np is p + 1 made a multiple of four; entries beyond l are zero. Writes out f64[p+5]: w, b, eps, the
 *  duality gap and the largest violation of the dual's equations (both as parts of the objective, or of 1), iterations.
 *  Stops where the gap is `tolerance` of the objective. */
export function nuSvr(l: i32, p: i32, a: usize, y: usize, nu: f64, C: f64, tolerance: f64, out: usize, work: usize): void {
  const lp = (l + 1) & ~1, np = (p + 4) & ~3, line = <usize>lp << 3, k = p + 2, ld = np + 4, both2 = line << 1
  // Of each row twice, for its upper and its lower bound: a, C - a, s, xi; 1 / a and 1 / (C - a); what a bound weighs.
  const scaled = work, alphas = scaled + <usize>np * line, rests = alphas + both2, slacks = rests + both2
  const others = slacks + both2, inverses = others + both2, restInverses = inverses + both2
  const thetas = restInverses + both2, hs = thetas + both2, das = hs + both2, dss = das + both2, dxs = dss + both2
  const r = dxs + both2, u = r + line, t = u + line, e = t + line, v = e + line
  const g = v + line, m = g + (<usize>(np * np) << 3), z = m + (<usize>(ld * ld) << 3), d = z + (<usize>ld << 3)
  const ae = d + (<usize>ld << 3), av = ae + (<usize>np << 3)
  memory.fill(z, 0, <usize>ld << 4)
  memory.copy(r, y, line)
  const total = C * nu * <f64>l, first = 0.5 * C * nu
  let eps: f64 = 0
  for (let i = 0; i < l; i++) eps += abs(at(y, i))
  eps /= <f64>l
  const delta = 2 * eps + 1e-300
  for (let h = 0; h < 2; h++) {
    const o = <usize>h * line
    for (let i = 0; i < lp; i++) {
      const q = eps + (h ? at(r, i) : -at(r, i))
      put(alphas + o, i, first)
      put(rests + o, i, C - first)
      put(slacks + o, i, max<f64>(q, 0) + delta)
      put(others + o, i, max<f64>(-q, 0) + delta)
    }
  }
  const zero = f64x2.splat(0), one = f64x2.splat(1)
  // The entry beyond an odd l counts for nothing: it weighs 0, so it never moves.
  const whole = i64x2.splat(-1), last = l & 1 ? i64x2.replace_lane(whole, 1, 0) : whole
  let iter = 0
  for (; iter < MOST; iter++) {
    // What each bound weighs, and the right-hand side for a step straight to the optimum.
    let gaps = zero, outsides = zero, masses = zero, rights = zero, helds = zero
    const width = f64x2.splat(eps)
    for (let i: usize = 0; i < line; i += 16) {
      const keep = i + 16 < line ? whole : last
      const x0 = v128.load(alphas + i), c0 = v128.load(rests + i), s0 = v128.load(slacks + i)
      const o0 = v128.load(others + i), x1 = v128.load(alphas + line + i), c1 = v128.load(rests + line + i)
      const s1 = v128.load(slacks + line + i), o1 = v128.load(others + line + i), res = v128.load(r + i)
      const ix0 = f64x2.div(one, x0), ic0 = f64x2.div(one, c0), ix1 = f64x2.div(one, x1), ic1 = f64x2.div(one, c1)
      const t0 = v128.and(keep, f64x2.div(one, plus(times(s0, ix0), times(o0, ic0))))
      const t1 = v128.and(keep, f64x2.div(one, plus(times(s1, ix1), times(o1, ic1))))
      v128.store(inverses + i, ix0)
      v128.store(inverses + line + i, ix1)
      v128.store(restInverses + i, ic0)
      v128.store(restInverses + line + i, ic1)
      v128.store(thetas + i, t0)
      v128.store(thetas + line + i, t1)
      const th0 = times(t0, minus(res, width)), th1 = times(t1, plus(res, width)) // of minus the second
      const upper = plus(times(x0, s0), times(c0, o0)), lower = plus(times(x1, s1), times(c1, o1))
      gaps = plus(gaps, v128.and(keep, plus(upper, lower)))
      outsides = plus(outsides, v128.and(keep, plus(o0, o1)))
      helds = plus(helds, v128.and(keep, plus(x0, x1)))
      masses = plus(masses, plus(t0, t1))
      rights = plus(rights, minus(th0, th1))
      v128.store(t + i, plus(t0, t1))
      v128.store(e + i, minus(t0, t1))
      v128.store(v + i, v128.and(keep, plus(plus(th0, th1), minus(x0, x1))))
    }
    const gap = both(gaps), held = both(helds)
    let norm: f64 = 0
    for (let q = 0; q < p; q++) norm += at(z, q) * at(z, q)
    const objective = 0.5 * norm + total * eps + C * both(outsides)
    if (gap <= tolerance * abs(objective) || !(gap > 1e-290)) break
    gram(lp, np, a, t, scaled, g)
    for (let q = 0; q < np; q += 4) along(lp, a + <usize>q * line, e, v, ae + (<usize>q << 3), av + (<usize>q << 3))
    for (let q = 0; q <= p; q++) {
      for (let c = 0; c <= q; c++) put(m + (<usize>(q * ld) << 3), c, at(g + (<usize>(c * np) << 3), q))
      put(m + (<usize>((p + 1) * ld) << 3), q, at(ae, q))
      if (q < p) put(m + (<usize>(q * ld) << 3), q, at(m + (<usize>(q * ld) << 3), q) + 1)
      put(d, q, at(av, q) - (q < p ? at(z, q) : 0))
    }
    put(m + (<usize>((p + 1) * ld) << 3), p + 1, both(masses))
    put(d, p + 1, both(rights) + held - total)
    factor(k, m, ld)
    solve(k, m, ld, d)
    const shift = f64x2.splat(eps + at(d, p + 1))
    clear(d, p + 1, np)
    residuals(lp, np, a, d, 0, u)
    // How far that may go, and what it would leave of the gap.
    let mosts = one, seconds = zero
    for (let h = 0; h < 2; h++) {
      const o = <usize>h * line, sign = f64x2.splat(h ? -1 : 1)
      for (let i: usize = 0; i < line; i += 16) {
        const s = v128.load(slacks + o + i), other = v128.load(others + o + i)
        const way = times(sign, minus(v128.load(r + i), v128.load(u + i)))
        const da = times(v128.load(thetas + o + i), minus(way, shift))
        const low = times(da, v128.load(inverses + o + i)), high = times(da, v128.load(restInverses + o + i))
        const up = plus(one, low), down = minus(one, high)
        const ds = f64x2.neg(times(s, up)), dx = f64x2.neg(times(other, down))
        // Of a, C - a, s and xi: the part that one step would take off.
        mosts = f64x2.pmax(f64x2.pmax(f64x2.pmax(mosts, f64x2.neg(low)), high), f64x2.pmax(up, down))
        seconds = plus(seconds, times(da, minus(ds, dx)))
        v128.store(dss + o + i, times(da, ds))
        v128.store(dxs + o + i, times(da, dx))
      }
    }
    const reach = 1 / largest(mosts), left = max<f64>(0, 1 - reach + (reach * reach * both(seconds)) / gap)
    const target = f64x2.splat((left * left * left * gap) / <f64>(4 * l))
    // The same again with what that step leaves out, towards products that are all `target`.
    rights = zero
    for (let i: usize = 0; i < line; i += 16) {
      const keep = i + 16 < line ? whole : last
      const x0 = v128.load(alphas + i), x1 = v128.load(alphas + line + i), res = v128.load(r + i)
      const p0 = times(minus(target, v128.load(dss + i)), v128.load(inverses + i))
      const q0 = times(plus(target, v128.load(dxs + i)), v128.load(restInverses + i))
      const p1 = times(minus(target, v128.load(dss + line + i)), v128.load(inverses + line + i))
      const q1 = times(plus(target, v128.load(dxs + line + i)), v128.load(restInverses + line + i))
      const h0 = plus(minus(res, width), minus(p0, q0)), h1 = minus(minus(p1, q1), plus(res, width))
      v128.store(hs + i, h0)
      v128.store(hs + line + i, h1)
      v128.store(dss + i, p0)
      v128.store(dss + line + i, p1)
      v128.store(dxs + i, q0)
      v128.store(dxs + line + i, q1)
      const th0 = times(v128.load(thetas + i), h0), th1 = times(v128.load(thetas + line + i), h1)
      v128.store(v + i, v128.and(keep, plus(minus(th0, th1), minus(x0, x1))))
      rights = plus(rights, plus(th0, th1))
    }
    for (let q = 0; q < np; q += 4) along(lp, a + <usize>q * line, v, v, av + (<usize>q << 3), av + (<usize>q << 3))
    for (let q = 0; q <= p; q++) put(d, q, at(av, q) - (q < p ? at(z, q) : 0))
    put(d, p + 1, both(rights) + held - total)
    solve(k, m, ld, d)
    const dEps = at(d, p + 1), wider = f64x2.splat(dEps)
    clear(d, p + 1, np)
    residuals(lp, np, a, d, 0, u)
    mosts = f64x2.splat(STEP)
    let sound = zero
    for (let h = 0; h < 2; h++) {
      const o = <usize>h * line, sign = f64x2.splat(h ? -1 : 1)
      for (let i: usize = 0; i < line; i += 16) {
        const s = v128.load(slacks + o + i), other = v128.load(others + o + i)
        const way = plus(wider, times(sign, v128.load(u + i)))
        const da = times(v128.load(thetas + o + i), minus(v128.load(hs + o + i), way))
        const low = times(da, v128.load(inverses + o + i)), high = times(da, v128.load(restInverses + o + i))
        const ds = minus(v128.load(dss + o + i), times(s, plus(one, low)))
        const dx = minus(v128.load(dxs + o + i), times(other, minus(one, high)))
        const sLow = f64x2.neg(f64x2.div(ds, s)), oLow = f64x2.neg(f64x2.div(dx, other))
        if (i + 16 < line || !(l & 1)) {
          mosts = f64x2.pmax(f64x2.pmax(mosts, f64x2.neg(low)), f64x2.pmax(high, f64x2.pmax(sLow, oLow)))
        } else {
          const all = f64x2.pmax(f64x2.pmax(f64x2.neg(low), high), f64x2.pmax(sLow, oLow))
          mosts = f64x2.pmax(mosts, v128.and(last, all))
        }
        sound = plus(sound, plus(da, plus(ds, dx)))
        v128.store(das + o + i, da)
        v128.store(dss + o + i, ds)
        v128.store(dxs + o + i, dx)
      }
    }
    // Where rounding has the word, what there is, is as good as it gets. pmax passes over NaN, a sum does not.
    const step = STEP / largest(mosts), finite = both(sound)
    if (!(step > 1e-9) || finite - finite != 0) break
    const by = f64x2.splat(step)
    for (let i: usize = 0; i < both2; i += 16) {
      const moved = times(by, v128.load(das + i))
      v128.store(alphas + i, plus(v128.load(alphas + i), moved))
      v128.store(rests + i, minus(v128.load(rests + i), moved))
      v128.store(slacks + i, plus(v128.load(slacks + i), times(by, v128.load(dss + i))))
      v128.store(others + i, plus(v128.load(others + i), times(by, v128.load(dxs + i))))
    }
    if (l & 1) calm(slacks, others, line, delta)
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

// @ts-ignore: decorator
@inline
function largest(v: v128): f64 {
  return max<f64>(f64x2.extract_lane(v, 0), f64x2.extract_lane(v, 1))
}

// The entry beyond an odd l stays where it was.
function calm(slacks: usize, others: usize, line: usize, delta: f64): void {
  for (let o = line - 8; o < 2 * line; o += line) {
    store<f64>(slacks + o, delta)
    store<f64>(others + o, delta)
  }
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
