/** Reproducible uniforms in [0, 1). */
export function generator(seed) {
  let state = seed | 0
  return {
    uniform() {
      state = (state + 0x6d2b79f5) | 0
      let t = Math.imul(state ^ (state >>> 15), 1 | state)
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
    },
  }
}

/** `median (lower quartile to upper quartile)`. */
export function quantiles(values, digits = 4) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = q => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))].toPrecision(digits)
  return `median ${at(0.5)} (${at(0.25)} to ${at(0.75)})`
}
