// Powers of two by their bits: multiplying by one is exact, and no host function is asked.

const bits = new DataView(new ArrayBuffer(8))

/** 2^n for -1022 <= n <= 1023. */
export function powerOfTwo(n: number): number {
  bits.setUint32(0, (n + 1023) << 20)
  bits.setUint32(4, 0)
  return bits.getFloat64(0)
}

/** e with 2^e <= x < 2^(e+1), for finite x > 0. */
export function exponentOf(x: number): number {
  if (x < 2 ** -1022) return exponentOf(x * 2 ** 54) - 54
  bits.setFloat64(0, x)
  return (bits.getUint32(0) >>> 20) - 1023
}
