// The scalar twin of the kernel nuSvr, written the long way: the same interior point method on arrays, every product and sum
// in turn, and its equations by Gauss.

export interface SvrProblem {
  /** Rows. */
  readonly X: readonly (readonly number[])[]
  readonly y: readonly number[]
  readonly nu: number
  readonly C: number
}

export interface SvrSolution {
  readonly w: number[]
  readonly b: number
  readonly eps: number
}

const positive = (v: number): number => Math.max(0, v)

/** |w|^2 / 2 + C (nu l eps + sum_i max(0, |y_i - x_i'w - b| - eps)). */
export const svrObjective = ({ X, y, nu, C }: SvrProblem, { w, b, eps }: SvrSolution): number =>
  w.reduce((sum, v) => sum + (v * v) / 2, 0) +
  C * nu * y.length * eps +
  X.reduce((sum, x, i) => sum + C * positive(Math.abs(y[i]! - b - x.reduce((s, v, j) => s + v * w[j]!, 0)) - eps), 0)

function gauss(M: number[][], d: readonly number[]): number[] {
  const rows = M.map((row, i) => [...row, d[i]!])
  const n = rows.length
  for (let c = 0; c < n; c++) {
    const best = rows.slice(c).reduce((top, row, r) => (Math.abs(row[c]!) > Math.abs(rows[top]![c]!) ? c + r : top), c)
    ;[rows[c], rows[best]] = [rows[best]!, rows[c]!]
    for (let r = 0; r < n; r++) {
      const times = r === c ? 0 : rows[r]![c]! / rows[c]![c]!
      for (let e = c; times !== 0 && e <= n; e++) rows[r]![e]! -= times * rows[c]![e]!
    }
  }
  return rows.map((row, c) => row[n]! / row[c]!)
}

/** The minimum, by `iterations` steps of Mehrotra's method at most. */
export function nuSvr(problem: SvrProblem, tolerance: number, iterations = 60): SvrSolution {
  const { X, y, nu, C } = problem
  const [l, p] = [y.length, X[0]!.length]
  const n = p + 2
  // A bound for each row and side: q = eps -+ (y - X w - b) = c + g . z.
  const bounds = [1, -1].flatMap(side =>
    X.map((x, i) => ({ g: [...x.map(v => side * v), side, 1], c: -side * y[i]!, a: (C * nu) / 2, s: 0, o: 0 })),
  )
  const z = Array.from({ length: n }, () => 0)
  z[n - 1] = y.reduce((sum, v) => sum + Math.abs(v), 0) / l
  const q = ({ g, c }: { g: number[]; c: number }): number => g.reduce((sum, v, j) => sum + v * z[j]!, c)
  for (const bound of bounds) {
    bound.s = positive(q(bound)) + 2 * z[n - 1]!
    bound.o = positive(-q(bound)) + 2 * z[n - 1]!
  }
  for (let t = 0; t < iterations; t++) {
    const gap = bounds.reduce((sum, { a, s, o }) => sum + a * s + (C - a) * o, 0)
    const objective = svrObjective(problem, { w: z.slice(0, p), b: z[p]!, eps: z[n - 1]! })
    if (gap <= tolerance * Math.abs(objective)) break
    const thetas = bounds.map(({ a, s, o }) => 1 / (s / a + o / (C - a)))
    const M = z.map((_, i) =>
      z.map((_u, j) => bounds.reduce((sum, { g }, k) => sum + thetas[k]! * g[i]! * g[j]!, i === j && i < p ? 1 : 0)),
    )
    const moves = (h: readonly number[]) => {
      // Of what multiplies z in the dual's equations: w = sum of multipliers, their sums 0 and C nu l.
      const d = z.map(
        (v, j) =>
          bounds.reduce((sum, { g, a }, k) => sum + g[j]! * (thetas[k]! * h[k]! + a), 0) -
          (j < p ? v : j === p ? 0 : C * nu * l),
      )
      const dz = gauss(M, d)
      return { dz, da: bounds.map(({ g }, k) => thetas[k]! * (h[k]! - g.reduce((sum, v, j) => sum + v * dz[j]!, 0))) }
    }
    const first = moves(bounds.map(bound => -q(bound)))
    const ds = bounds.map(({ a, s }, k) => -s - (s * first.da[k]!) / a)
    const dx = bounds.map(({ a, o }, k) => -o + (o * first.da[k]!) / (C - a))
    const longest = (da: readonly number[], dS: readonly number[], dX: readonly number[]): number =>
      1 /
      Math.max(
        1e-9,
        ...bounds.map(({ a, s, o }, k) => Math.max(-da[k]! / a, da[k]! / (C - a), -dS[k]! / s, -dX[k]! / o)),
      )
    const reach = Math.min(1, longest(first.da, ds, dx))
    const left = bounds.reduce((sum, { a, s, o }, k) => {
      const next = a + reach * first.da[k]!
      return sum + next * (s + reach * ds[k]!) + (C - next) * (o + reach * dx[k]!)
    }, 0)
    const target = ((positive(left) / gap) ** 3 * gap) / (4 * l)
    const p0 = bounds.map((_, k) => target - first.da[k]! * ds[k]!)
    const q0 = bounds.map((_, k) => target + first.da[k]! * dx[k]!)
    const { dz, da } = moves(bounds.map((bound, k) => p0[k]! / bound.a - q0[k]! / (C - bound.a) - q(bound)))
    const dS = bounds.map(({ a, s }, k) => p0[k]! / a - s - (s * da[k]!) / a)
    const dX = bounds.map(({ a, o }, k) => q0[k]! / (C - a) - o + (o * da[k]!) / (C - a))
    const step = Math.min(1, 0.995 * longest(da, dS, dX))
    for (const [k, bound] of bounds.entries()) {
      bound.a += step * da[k]!
      bound.s += step * dS[k]!
      bound.o += step * dX[k]!
    }
    for (let j = 0; j < n; j++) z[j]! += step * dz[j]!
  }
  return { w: z.slice(0, p), b: z[p]!, eps: z[n - 1]! }
}
