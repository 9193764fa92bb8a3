/** Reproducible numbers for tests, independent of the engine's own: a 32-bit Weyl sequence through a mixing function. */
export function generator(seed: number): { uniform(): number; below(n: number): number } {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
  const uniform = (): number => next() / 2 ** 32
  return { uniform, below: n => Math.floor(uniform() * n) }
}
