// Scalar twins of what is done to one row w of a factor, the other factor held: minimise
//   squared loss:       w'Gw / 2 - p'w + l1 |w|_1 + l2 |w|^2 / 2,
//   Kullback-Leibler:   sum_q s_q w_q - sum_j x_j log (b_j . w) + l1 |w|_1 + l2 |w|^2 / 2.
// Components from .. to are held: they stay as they are.

export interface Penalty {
  readonly l1: number
  readonly l2: number
  readonly held: readonly [from: number, to: number]
}

/** The squared loss as one row sees it. */
export interface Quadratic extends Penalty {
  readonly G: readonly (readonly number[])[]
  readonly p: readonly number[]
}

/** Kullback-Leibler as one row sees it; b_j are the rows of B. */
export interface Divergent extends Penalty {
  readonly x: readonly number[]
  readonly B: readonly (readonly number[])[]
  readonly s: readonly number[]
}

const inner = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, q) => sum + v * (b[q] ?? 0), 0)

/** The components that are not held. */
export const free = ({ held: [from, to] }: Penalty, k: number): number[] =>
  Array.from({ length: k }, (_, q) => q).filter(q => q < from || q >= to)

const penalty = ({ l1, l2 }: Penalty, w: readonly number[]): number =>
  w.reduce((sum, v) => sum + l1 * v + 0.5 * l2 * v * v, 0)

export const quadratic = (of: Quadratic, w: readonly number[]): number =>
  w.reduce((sum, v, q) => sum + v * (0.5 * inner(of.G[q] ?? [], w) - (of.p[q] ?? 0)), penalty(of, w))

export const divergent = (of: Divergent, w: readonly number[]): number =>
  of.x.reduce(
    (sum, x, j) => (x > 0 ? sum - x * Math.log(inner(of.B[j] ?? [], w)) : sum),
    penalty(of, w) + inner(of.s, w),
  )

export const quadraticSlope = ({ G, p, l1, l2 }: Quadratic, w: readonly number[], q: number): number =>
  inner(G[q] ?? [], w) - (p[q] ?? 0) + l1 + l2 * (w[q] ?? 0)

/** The first and the second derivative with respect to w_q. */
export function divergentSlopes({ x, B, s, l1, l2 }: Divergent, w: readonly number[], q: number): [number, number] {
  let [first, second] = [(s[q] ?? 0) + l1 + l2 * (w[q] ?? 0), l2]
  x.forEach((value, j) => {
    const b = B[j]?.[q] ?? 0
    if (value * b === 0) return
    const z = inner(B[j] ?? [], w)
    first -= (value * b) / z
    second += (value * b * b) / (z * z)
  })
  return [first, second]
}

/** How far each component is from the conditions of a minimum over w >= 0. */
export const violation = (w: readonly number[], of: Penalty, slope: (q: number) => number): number =>
  free(of, w.length).reduce((sum, q) => sum + ((w[q] ?? 0) > 0 || slope(q) < 0 ? Math.abs(slope(q)) : 0), 0)

/** Each component in turn to its minimum with the others held; a flat one to zero. The violation that is met. */
export function coordinateSweep(of: Quadratic, w: number[]): number {
  let met = 0
  for (const q of free(of, w.length)) {
    const [old, slope, curvature] = [w[q] ?? 0, quadraticSlope(of, w, q), (of.G[q]?.[q] ?? 0) + of.l2]
    if (old > 0 || slope < 0) met += Math.abs(slope)
    w[q] = curvature > 0 ? Math.max(0, old - slope / curvature) : 0
  }
  return met
}

/** The multiplicative step: w_q p_q / (G w + l1 + l2 w)_q. */
export const multiplyRow = (of: Quadratic, w: readonly number[]): number[] =>
  w.map((old, q) => {
    if (!free(of, w.length).includes(q)) return old
    const below = quadraticSlope(of, w, q) + (of.p[q] ?? 0)
    return below > 0 ? (old * (of.p[q] ?? 0)) / below : 0
  })

/** The minimum over the components of `support`, of any sign, the other free ones zero; one that nothing tells of is
 *  zero too. Gauss with the largest pivot. */
export function leastSquares(of: Quadratic, w: readonly number[], support = free(of, w.length)): number[] {
  const start = w.map((v, q) => (free(of, w.length).includes(q) ? 0 : v))
  const system = support.map(q => [
    ...support.map(r => (of.G[q]?.[r] ?? 0) + (q === r ? of.l2 : 0)),
    -quadraticSlope(of, start, q),
  ])
  const size = support.length
  for (let c = 0; c < size; c++) {
    const best = system
      .slice(c)
      .reduce((top, row, r) => (Math.abs(row[c]!) > Math.abs(system[top]![c]!) ? c + r : top), c)
    ;[system[c], system[best]] = [system[best]!, system[c]!]
    if (system[c]![c] === 0) continue
    for (let r = 0; r < size; r++) {
      if (r === c) continue
      const times = system[r]![c]! / system[c]![c]!
      for (let e = c; e <= size; e++) system[r]![e]! -= times * system[c]![e]!
    }
  }
  support.forEach((q, c) => (start[q] = system[c]![c] === 0 ? 0 : system[c]![size]! / system[c]![c]!))
  return start
}

/** The minimum over w >= 0: the best of the solutions on every support that is non-negative. For few components. */
export function nonNegative(of: Quadratic, w: readonly number[]): number[] {
  const open = free(of, w.length)
  let best = leastSquares(of, w, [])
  for (let chosen = 1; chosen < 1 << open.length; chosen++) {
    const found = leastSquares(
      of,
      w,
      open.filter((_, q) => (chosen >> q) & 1),
    )
    if (open.every(q => found[q]! >= 0) && quadratic(of, found) < quadratic(of, best)) best = found
  }
  return best
}

/** One multiplicative step of all components: the minimum of (s + l1) w + l2 w^2 / 2 - c log w for each, c = w sum x h /
 *  z. Where that is nothing, as it is. The violation that is met. */
export function divergentMultiply(of: Divergent, w: number[]): number {
  let met = 0
  const before = [...w]
  for (const q of free(of, w.length)) {
    const old = before[q] ?? 0
    const [slope] = divergentSlopes(of, before, q)
    if (old > 0 || slope < 0) met += Math.abs(slope)
    const linear = (of.s[q] ?? 0) + of.l1
    const c = old * (linear + of.l2 * old - slope)
    const next = of.l2 > 0 ? (Math.sqrt(linear ** 2 + 4 * of.l2 * c) - linear) / (2 * of.l2) : c / linear
    if (next < Infinity) w[q] = next
  }
  return met
}

/** Newton steps, a component at a time. A step of more than half the way to zero is taken where the slope at zero says
 *  that the minimum is there; else the secant through both slopes, or half the way, whichever is further. The violation
 *  that is met. */
export function newtonSweep(of: Divergent, w: number[]): number {
  let met = 0
  for (const q of free(of, w.length)) {
    const old = w[q] ?? 0
    const [slope, curvature] = divergentSlopes(of, w, q)
    if (old > 0 || slope < 0) met += Math.abs(slope)
    if (slope < 0) w[q] = old - slope / curvature
    else if (old > 0 && slope / curvature <= old / 2) w[q] = old - slope / curvature
    else if (old > 0) {
      w[q] = 0
      const [atZero] = divergentSlopes(of, w, q)
      if (atZero < 0) w[q] = old * (atZero > -Infinity ? Math.min(0.5, atZero / (atZero - slope)) : 0.5)
    }
  }
  return met
}
