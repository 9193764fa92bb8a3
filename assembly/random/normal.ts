import { log } from '../special/log'
import { NORMAL, half, open, philox } from './philox'

/** Inverse of the standard normal distribution function, 0 < p < 1. Wichura 1988, Algorithm AS 241 (PPND16), relative error about 1e-16. With our log the bits are the same everywhere. */
export function normalQuantile(p: f64): f64 {
  const q = p - 0.5
  if (abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    const a = 3.3871328727963665 + r * (133.14166789178438 + r * (1971.5909503065513 + r * (13731.69376550946
      + r * (45921.95393154987 + r * (67265.7709270087 + r * (33430.57558358813 + r * 2509.0809287301227))))))
    const b = 1.0 + r * (42.31333070160091 + r * (687.1870074920579 + r * (5394.196021424751
      + r * (21213.794301586597 + r * (39307.89580009271 + r * (28729.085735721943 + r * 5226.495278852854))))))
    return q * a / b
  }
  let r = sqrt(-log(q < 0.0 ? p : 1.0 - p))
  let x: f64
  if (r <= 5.0) {
    r -= 1.6
    const a = 1.4234371107496835 + r * (4.630337846156546 + r * (5.769497221460691 + r * (3.6478483247632045
      + r * (1.2704582524523684 + r * (0.2417807251774506 + r * (0.022723844989269184 + r * 0.0007745450142783414))))))
    const b = 1.0 + r * (2.053191626637759 + r * (1.6763848301838038 + r * (0.6897673349851
      + r * (0.14810397642748008 + r * (0.015198666563616457 + r * (0.0005475938084995345 + r * 1.0507500716444169e-9))))))
    x = a / b
  } else {
    r -= 5.0
    const a = 6.657904643501103 + r * (5.463784911164114 + r * (1.7848265399172913 + r * (0.29656057182850487
      + r * (0.026532189526576124 + r * (0.0012426609473880784 + r * (2.7115555687434876e-5 + r * 2.0103343992922881e-7))))))
    const b = 1.0 + r * (0.599832206555888 + r * (0.1369298809227358 + r * (0.014875361290850615
      + r * (0.0007868691311456133 + r * (1.8463183175100548e-5 + r * (1.421511758316446e-7 + r * 2.0442631033899397e-15))))))
    x = a / b
  }
  return q < 0.0 ? -x : x
}

/** y[i] ~ N(0, 1): the quantile of an odd multiple of 2^-53 in (0, 1), so |y| <= 8.21. f32: the f64 draw, rounded. */
// @ts-ignore: decorator
@inline
function normal<T>(seedLo: u32, seedHi: u32, stream: u32, start: u32, y: usize, n: i32): void {
  let v = i32x4.splat(0)
  for (let i = 0; i < n; i++, y += sizeof<T>()) {
    const at = start + i
    if (!i || !(at & 1)) v = philox(at >> 1, 0, stream, NORMAL, seedLo, seedHi)
    store<T>(y, <T>normalQuantile(open(half(v, at & 1))))
  }
}

export function normal_f64(seedLo: u32, seedHi: u32, stream: u32, start: u32, y: usize, n: i32): void {
  normal<f64>(seedLo, seedHi, stream, start, y, n)
}

export function normal_f32(seedLo: u32, seedHi: u32, stream: u32, start: u32, y: usize, n: i32): void {
  normal<f32>(seedLo, seedHi, stream, start, y, n)
}
