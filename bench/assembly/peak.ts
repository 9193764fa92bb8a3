// Multiply-adds on registers alone: what this host's code generator and this core reach with no memory in the way.
// Twelve chains hide the latency of a multiply and an add; with the two constants they fill fourteen registers.
function chains<T>(turns: i32): T {
  const a = v128.splat<T>(<T>0.999),
    b = v128.splat<T>(<T>0.001)
  let c0 = b,
    c1 = a,
    c2 = b,
    c3 = a,
    c4 = b,
    c5 = a,
    c6 = b,
    c7 = a,
    c8 = b,
    c9 = a,
    ca = b,
    cb = a
  for (let i = 0; i < turns; i++) {
    c0 = v128.add<T>(v128.mul<T>(c0, a), b)
    c1 = v128.add<T>(v128.mul<T>(c1, a), b)
    c2 = v128.add<T>(v128.mul<T>(c2, a), b)
    c3 = v128.add<T>(v128.mul<T>(c3, a), b)
    c4 = v128.add<T>(v128.mul<T>(c4, a), b)
    c5 = v128.add<T>(v128.mul<T>(c5, a), b)
    c6 = v128.add<T>(v128.mul<T>(c6, a), b)
    c7 = v128.add<T>(v128.mul<T>(c7, a), b)
    c8 = v128.add<T>(v128.mul<T>(c8, a), b)
    c9 = v128.add<T>(v128.mul<T>(c9, a), b)
    ca = v128.add<T>(v128.mul<T>(ca, a), b)
    cb = v128.add<T>(v128.mul<T>(cb, a), b)
  }
  const left = v128.add<T>(v128.add<T>(v128.add<T>(c0, c1), v128.add<T>(c2, c3)), v128.add<T>(c4, c5))
  const right = v128.add<T>(v128.add<T>(v128.add<T>(c6, c7), v128.add<T>(c8, c9)), v128.add<T>(ca, cb))
  return v128.extract_lane<T>(v128.add<T>(left, right), 0)
}

/** 24 * lanes * turns flops. The sum is returned so that nothing is optimised away. */
export function peak_f32(turns: i32): f32 {
  return chains<f32>(turns)
}

export function peak_f64(turns: i32): f64 {
  return chains<f64>(turns)
}
