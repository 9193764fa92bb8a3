/** Pearson's correlation; 0 where one of them is constant. */
export function correlation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const l = x.length
  const constant = (values: ArrayLike<number>): boolean => {
    for (let i = 1; i < l; i++) if (values[i] !== values[0]) return false
    return true
  }
  if (constant(x) || constant(y)) return 0
  let [sx, sy] = [0, 0]
  for (let i = 0; i < l; i++) {
    sx += x[i]!
    sy += y[i]!
  }
  const [mx, my] = [sx / l, sy / l]
  let [xx, yy, xy] = [0, 0, 0]
  for (let i = 0; i < l; i++) {
    const [a, b] = [x[i]! - mx, y[i]! - my]
    xx += a * a
    yy += b * b
    xy += a * b
  }
  return xx > 0 && yy > 0 ? Math.max(-1, Math.min(1, xy / Math.sqrt(xx) / Math.sqrt(yy))) : 0
}
