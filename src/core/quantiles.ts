/** The median of at least one number; of an even count the mean of the middle two. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort()
  const half = sorted.length >> 1
  const upper = sorted[half] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2
}

/** 1.4826 times the median of |x - median|: of normal numbers the standard deviation. */
export function medianDeviation(values: ArrayLike<number>): number {
  const middle = median(values)
  return 1.4826 * median(Float64Array.from(values, v => Math.abs(v - middle)))
}
