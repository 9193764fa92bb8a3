import { high, low, pair, productError, sumError } from './twofold'

/** digamma and log |Gamma| for x < 0 beside their roots, where reflection subtracts two numbers that agree to the last place.
 *  Both are taken in sums hi + lo of two doubles (Hida, Li & Bailey 2000; an operation's relative error is a few 2^-104), so what is left
 *  has a relative error below 1e-14 at every double. A few microseconds. Nothing is written.
 *    psi(x) = psi(y) - pi cot(pi x), log |Gamma(x)| = log(pi / |sin(pi x)|) - log Gamma(y), y = 1 - x (Abramowitz & Stegun 6.3.7, 6.1.17);
 *  y is raised by the recurrence to 20, where the asymptotic series (6.3.18, 6.1.41) has fifteen terms above 2^-104. */

const SQRT_HALF: i64 = 0x3fe6a09e667f3bcd

// @ts-ignore: decorator
@inline
function from(x: f64): v128 {
  return pair(x, 0.0)
}

// |h| >= |l|, or h = 0.
// @ts-ignore: decorator
@inline
function renormal(h: f64, l: f64): v128 {
  const s = h + l
  return pair(s, l - (s - h))
}

function add(a: v128, b: v128): v128 {
  const s = high(a) + high(b), t = low(a) + low(b)
  const e = sumError(high(a), high(b), s) + t, h = s + e
  return renormal(h, e - (h - s) + sumError(low(a), low(b), t))
}

function subtract(a: v128, b: v128): v128 {
  return add(a, f64x2.neg(b))
}

function multiply(a: v128, b: v128): v128 {
  const p = high(a) * high(b)
  return renormal(p, productError(high(a), high(b), p) + (high(a) * low(b) + low(a) * high(b)))
}

function divide(a: v128, b: v128): v128 {
  const q = high(a) / high(b), p = q * high(b)
  const r = (high(a) - p) - productError(q, high(b), p) + (low(a) - q * low(b))
  return renormal(q, r / high(b))
}

/** log x for normal x > 0: k ln 2 + 2 atanh((m - 1)/(m + 1)), m in [sqrt(1/2), sqrt(2)). */
function logarithm(x: v128): v128 {
  const k = <i32>((reinterpret<i64>(high(x)) - SQRT_HALF) >> 52)
  // 2^-k in two factors: k = 1023 has no normal inverse
  const half = k >> 1, scale = f64x2.splat(power(-half)), rest = f64x2.splat(power(half - k))
  const m = f64x2.mul(f64x2.mul(x, scale), rest)
  const s = divide(add(m, from(-1.0)), add(m, from(1.0))), z = multiply(s, s)
  let p = from(0.0)
  for (let j = 43; j > 0; j -= 2) p = add(multiply(p, z), divide(from(1.0), from(<f64>j))) // z <= .0295: z^22/45 < 2^-116
  const l = multiply(s, p)
  return add(multiply(pair(0.6931471805599453, 2.3190468138462996e-17), from(<f64>k)), add(l, l))
}

function power(k: i32): f64 {
  return reinterpret<f64>(<i64>(1023 + k) << 52)
}

/** sin(pi r), 0 <= r <= 1/2. */
function sinPi(r: f64): v128 {
  return r <= 0.25 ? sine(r) : cosine(0.5 - r)
}

/** cos(pi r), 0 <= r <= 1/2. */
function cosPi(r: f64): v128 {
  return r <= 0.25 ? cosine(r) : sine(0.5 - r)
}

// @ts-ignore: decorator
@inline
function angle(q: f64): v128 {
  return multiply(pair(3.141592653589793, 1.2246467991473532e-16), from(q))
}

function sine(q: f64): v128 {
  const t = angle(q)
  return multiply(t, taylor(multiply(t, t), 29))
}

function cosine(q: f64): v128 {
  const t = angle(q)
  return taylor(multiply(t, t), 28)
}

// 1 - z/(3*2) (1 - z/(5*4) (1 - ...)) up to c = last for odd `last`, 1 - z/(2*1) (1 - z/(4*3) ...) for even; z <= (pi/4)^2.
function taylor(z: v128, last: i32): v128 {
  let p = from(1.0)
  for (let c = last; c > 1; c -= 2) p = subtract(from(1.0), multiply(p, divide(z, from(<f64>(c * (c - 1))))))
  return p
}

// s z + num / (den 2k) or s z + num / (den 2k (2k - 1)): num / den is the Bernoulli number B_2k.
function term(s: v128, z: v128, num: f64, den: f64, k: i32, derivative: bool): v128 {
  return add(multiply(s, z), divide(from(num), from(den * <f64>(derivative ? 2 * k : 2 * k * (2 * k - 1)))))
}

/** sum over k = 1..15 of B_2k / (2k) z^(k-1) (of psi), or of B_2k / (2k (2k - 1)) z^(k-1) (of log Gamma). */
function tail(z: v128, d: bool): v128 {
  let s = term(from(0.0), z, 8615841276005.0, 14322.0, 15, d)
  s = term(s, z, -23749461029.0, 870.0, 14, d)
  s = term(s, z, 8553103.0, 6.0, 13, d)
  s = term(s, z, -236364091.0, 2730.0, 12, d)
  s = term(s, z, 854513.0, 138.0, 11, d)
  s = term(s, z, -174611.0, 330.0, 10, d)
  s = term(s, z, 43867.0, 798.0, 9, d)
  s = term(s, z, -3617.0, 510.0, 8, d)
  s = term(s, z, 7.0, 6.0, 7, d)
  s = term(s, z, -691.0, 2730.0, 6, d)
  s = term(s, z, 5.0, 66.0, 5, d)
  s = term(s, z, -1.0, 30.0, 4, d)
  s = term(s, z, 1.0, 42.0, 3, d)
  s = term(s, z, -1.0, 30.0, 2, d)
  return term(s, z, 1.0, 6.0, 1, d)
}

/** psi(x), x < 0 and no integer. */
export function digammaByPairs(x: f64): f64 {
  const r = x - nearest(x), one = from(1.0)
  let y = add(one, from(-x)), s = from(0.0)
  while (high(y) < 20.0) {
    s = add(s, divide(one, y))
    y = add(y, one)
  }
  const i = divide(one, y), z = multiply(i, i)
  const psi = subtract(subtract(logarithm(y), add(multiply(from(0.5), i), multiply(z, tail(z, true)))), s)
  const cot = multiply(pair(3.141592653589793, 1.2246467991473532e-16), divide(cosPi(abs(r)), sinPi(abs(r))))
  const d = r < 0.0 ? add(psi, cot) : subtract(psi, cot)
  return high(d) + low(d)
}

/** log |Gamma(x)|, x < 0 and no integer. */
export function lgammaByPairs(x: f64): f64 {
  const one = from(1.0)
  let y = add(one, from(-x)), p = pair(3.141592653589793, 1.2246467991473532e-16)
  while (high(y) < 20.0) {
    p = multiply(p, y)
    y = add(y, one)
  }
  const i = divide(one, y), z = multiply(i, i)
  const stirling = add(multiply(subtract(y, from(0.5)), logarithm(y)), multiply(i, tail(z, false)))
  const rest = subtract(pair(0.9189385332046728, -3.878294158067242e-17), y) // log(2 pi) / 2 - y
  const d = subtract(logarithm(divide(p, sinPi(abs(x - nearest(x))))), add(stirling, rest))
  return high(d) + low(d)
}
