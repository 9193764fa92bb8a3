import { across } from './row'
import { dot } from './vector'

// Kullback-Leibler by Newton steps for one coordinate at a time (Hsieh & Dhillon 2011), none of which raises the
// objective. As a function of one w_q,
//   f' = S_q - sum_j x_j h_jq / z_j + l1 + l2 w_q,   f'' = sum_j x_j h_jq^2 / z_j^2 + l2,   z = H w,
// f' is concave but for the linear penalty: a Newton step that lets w_q grow stops short of the minimum. One that takes
// no more than half of w_q ends where f' is at least minus what it was, so f is no higher. For a longer one f' at zero
// is looked at: zero is the minimum where it is not negative, else the secant through it stops short again.
// A multiplicative step (Lee & Seung 2001) takes all coordinates of a row at once, to the minimum of
//   sum_q (S_q + l1) w_q + l2 w_q^2 / 2 - c_q log w_q,   c_q = w_q sum_j x_j h_jq / z_j,
// which touches f at the w at hand and is nowhere below it.

const CHUNK: i32 = 1024 // terms summed in T before they are added in f64

// @ts-ignore: decorator
@inline
function least<T>(): T {
  return sizeof<T>() == 4 ? <T>1e-30 : <T>1e-300
}

// z <- z + d before; then sum x t and sum x t^2, t = h / z, into out f64[2].
function slopes<T>(n: i32, x: usize, z: usize, d: T, before: usize, h: usize, out: usize): void {
  const lanes = 16 / <i32>sizeof<T>(), by = v128.splat<T>(d), floor = v128.splat<T>(least<T>())
  let first: f64 = 0, second: f64 = 0
  let i = 0
  while (i + lanes <= n) {
    const end = min(n - lanes, i + CHUNK - lanes)
    let a = v128.splat<T>(<T>0), b = a
    for (; i <= end; i += lanes) {
      const o = <usize>i * sizeof<T>()
      let v = v128.load(z + o)
      if (before) {
        v = v128.add<T>(v, v128.mul<T>(by, v128.load(before + o)))
        v128.store(z + o, v)
      }
      const t = v128.div<T>(v128.load(h + o), v128.max<T>(v, floor))
      const s = v128.mul<T>(v128.load(x + o), t)
      a = v128.add<T>(a, s)
      b = v128.add<T>(b, v128.mul<T>(s, t))
    }
    first += across<T>(a)
    second += across<T>(b)
  }
  for (; i < n; i++) {
    const o = <usize>i * sizeof<T>()
    let v = load<T>(z + o)
    if (before) {
      v = <T>(v + d * load<T>(before + o))
      store<T>(z + o, v)
    }
    const t: T = <T>(load<T>(h + o) / max<T>(v, least<T>()))
    const s: T = <T>(load<T>(x + o) * t)
    first += <f64>s
    second += <f64>(s * t)
  }
  store<f64>(out, first)
  store<f64>(out, second, 8)
}

// sum_j x_j h_j / (z_j - w h_j): the slope's data part at w_q = 0; infinite where nothing else holds an entry up.
function slopeAtZero<T>(n: i32, x: usize, z: usize, w: T, h: usize): f64 {
  let total: f64 = 0
  for (let i = 0; i < n; i++) {
    const o = <usize>i * sizeof<T>()
    const s: T = <T>(load<T>(x + o) * load<T>(h + o))
    if (s == <T>0) continue
    const v = load<T>(z + o), rest: T = <T>(v - w * load<T>(h + o))
    // What rounding leaves of v is nothing.
    if (!(rest > v * (sizeof<T>() == 4 ? <T>1e-6 : <T>1e-15))) return Infinity
    total += <f64>s / <f64>rest
  }
  return total
}

// x / z in place of z.
function ratios<T>(n: i32, x: usize, z: usize): void {
  const lanes = 16 / <i32>sizeof<T>(), floor = v128.splat<T>(least<T>())
  let i = 0
  for (; i + lanes <= n; i += lanes) {
    const o = <usize>i * sizeof<T>()
    v128.store(z + o, v128.div<T>(v128.load(x + o), v128.max<T>(v128.load(z + o), floor)))
  }
  for (; i < n; i++) {
    const o = <usize>i * sizeof<T>()
    store<T>(z + o, <T>(load<T>(x + o) / max<T>(load<T>(z + o), least<T>())))
  }
}

/** `sweeps` passes over the coordinates of each of `rows` rows of W, with H held; fewer where one moves no coordinate of
 *  the row by more than `tolerance` of its largest. None is one multiplicative step instead.
 *  X dense T[rows*lx] where indptr is 0: then lines T[k*ld] is H, row-major, m entries a row; else CSR, B T[m*kp] the
 *  transposed H, of which a row's entries are gathered. Zero entries count in S alone. S T[kp], or T[rows*kp] where
 *  `own`. Components from .. to are held. W T[rows*kp], updated. stats f64[1] gets the sum of |projected gradient| met
 *  by the first pass added. work: `newtonWork` bytes for the longest row. */
export function newton<T>(
  rows: i32, m: i32, k: i32, kp: i32, indptr: usize, indices: usize, x: usize, lx: i32, b: usize, lines: usize, ld: i32,
  s: usize, own: i32, w: usize, l1: T, l2: T, from: i32, to: i32, sweeps: i32,
  tolerance: f64, stats: usize, work: usize,
): void {
  const bytes = <usize>kp * sizeof<T>()
  let violation: f64 = 0
  for (let i = 0; i < rows; i++) {
    let n = m, xi = x + <usize>i * <usize>lx * sizeof<T>(), h = lines, step = <usize>ld * sizeof<T>()
    let z = work + 16
    if (indptr) {
      const start = load<i32>(indptr + (<usize>i << 2))
      n = load<i32>(indptr + (<usize>i << 2), 4) - start
      xi = x + <usize>start * sizeof<T>()
      step = (<usize>n * sizeof<T>() + 15) & ~15
      h = z + step
      gather<T>(n, k, bytes, indices + (<usize>start << 2), b, h, step)
    }
    if (sweeps == 0) {
      predict<T>(n, k, w, h, step, z)
      violation += multiply<T>(n, k, xi, z, h, step, s, w, l1, l2, from, to)
    }
    for (let t = 0; t < sweeps; t++) {
      // Anew for each pass: what is left of a z that has fallen far is rounding.
      predict<T>(n, k, w, h, step, z)
      const met = pass<T>(n, k, xi, z, h, step, s, w, l1, l2, from, to, work)
      if (t == 0) violation += met
      if (load<f64>(work) <= tolerance * load<f64>(work, 8)) break
    }
    w += bytes
    if (own) s += bytes
  }
  store<f64>(stats, load<f64>(stats) + violation)
}

/** Bytes of `work` of `newton` for rows of at most n entries. */
export function newtonWork(n: i32, k: i32): i32 {
  return 16 + (8 * n + 16) * (k + 1)
}

// The rows of B that a sparse row has entries for, turned: line q holds component q of each.
function gather<T>(n: i32, k: i32, bytes: usize, indices: usize, b: usize, h: usize, step: usize): void {
  for (let e = 0; e < n; e++) {
    const from = b + <usize>load<i32>(indices + (<usize>e << 2)) * bytes
    let to = h + <usize>e * sizeof<T>()
    for (let q = 0; q < k; q++) {
      store<T>(to, load<T>(from + <usize>q * sizeof<T>()))
      to += step
    }
  }
}

function predict<T>(n: i32, k: i32, w: usize, h: usize, step: usize, z: usize): void {
  const lanes = 16 / <i32>sizeof<T>()
  memory.fill(z, 0, <usize>n * sizeof<T>())
  for (let q = 0; q < k; q++) {
    const v = load<T>(w + <usize>q * sizeof<T>())
    if (v == <T>0) continue
    const by = v128.splat<T>(v), line = h + <usize>q * step
    let i = 0
    for (; i + lanes <= n; i += lanes) {
      const o = <usize>i * sizeof<T>()
      v128.store(z + o, v128.add<T>(v128.load(z + o), v128.mul<T>(by, v128.load(line + o))))
    }
    for (; i < n; i++) {
      const o = <usize>i * sizeof<T>()
      store<T>(z + o, <T>(load<T>(z + o) + v * load<T>(line + o)))
    }
  }
}

// A multiplicative step of a row. Where nothing holds a coordinate down, or its sums go beyond the range, it stays.
function multiply<T>(
  n: i32, k: i32, x: usize, z: usize, h: usize, step: usize, s: usize, w: usize, l1: T, l2: T, from: i32, to: i32,
): f64 {
  let violation: f64 = 0
  ratios<T>(n, x, z)
  for (let q = 0; q < k; q++) {
    if (q >= from && q < to) continue
    const at = <usize>q * sizeof<T>()
    const old = <f64>load<T>(w + at), up = dot<T>(z, h + <usize>q * step, n)
    const linear = <f64>load<T>(s + at) + <f64>l1
    const down = up - linear - <f64>l2 * old
    if (old > 0 || down > 0) violation += abs<f64>(down)
    const c = old * up
    const next = (2 * c) / (linear + sqrt<f64>(linear * linear + 4 * <f64>l2 * c))
    if (next < <f64>(sizeof<T>() == 4 ? <T>1e30 : <T>1e300)) {
      store<T>(w + at, next > <f64>least<T>() ? <T>next : <T>0)
    }
  }
  return violation
}

// One pass over the coordinates of a row; leaves the largest step and the largest coordinate at out, f64[2].
function pass<T>(
  n: i32, k: i32, x: usize, z: usize, h: usize, step: usize, s: usize, w: usize, l1: T, l2: T, from: i32, to: i32,
  out: usize,
): f64 {
  let violation: f64 = 0, moved: f64 = 0, high: f64 = 0
  let d: T = <T>0
  let before: usize = 0
  for (let q = 0; q < k; q++) {
    if (q >= from && q < to) continue
    const at = <usize>q * sizeof<T>(), line = h + <usize>q * step
    slopes<T>(n, x, z, d, before, line, out)
    before = 0
    const old = load<T>(w + at)
    const linear = <f64>load<T>(s + at) + <f64>l1
    const down = load<f64>(out) - linear - <f64>l2 * <f64>old
    const curvature = load<f64>(out, 8) + <f64>l2
    if (old > <T>0 || down > 0) violation += abs<f64>(down)
    let next = <f64>old
    if (down > 0) {
      const grown = next + down / curvature
      if (grown < <f64>(sizeof<T>() == 4 ? <T>1e30 : <T>1e300)) next = grown
    } else if (old > <T>0) {
      const fall = -down / curvature
      if (fall <= 0.5 * next) next -= fall
      else {
        const there = slopeAtZero<T>(n, x, z, old, line) - linear
        next = there <= 0 ? 0 : min<f64>(0.5, there < Infinity ? there / (there - down) : 0.5) * next
      }
    }
    const kept: T = next > <f64>least<T>() ? <T>next : <T>0
    high = max<f64>(high, <f64>kept)
    moved = max<f64>(moved, abs<f64>(<f64>(kept - old)))
    if (kept == old) continue
    store<T>(w + at, kept)
    d = <T>(kept - old)
    before = line
  }
  store<f64>(out, moved)
  store<f64>(out, high, 8)
  return violation
}
