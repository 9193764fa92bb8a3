// Scalar twins of rows of a factor that are fitted to the entries listed for them.

type Rows = readonly (readonly number[])[]

/** One row: the entries v_j with the rows y_j of the other factor. `confident`: the confidence |v_j| of the preference 1,
 *  or 0 where v_j < 0, beside the confidence 1 of the preference 0 everywhere, whose Gram matrix is in G0. */
export interface Rated {
  readonly confident: boolean
  readonly v: readonly number[]
  readonly y: Rows
  readonly G0: Rows
  readonly b0: readonly number[]
  readonly ridge: number
}

const inner = (a: readonly number[], b: readonly number[]): number => a.reduce((s, x, q) => s + x * (b[q] ?? 0), 0)

/** The normal equations A w = b. */
export function equations({ confident, v, y, G0, b0, ridge }: Rated): { A: number[][]; b: number[] } {
  const A = G0.map((row, q) => row.map((g, r) => g + (q === r ? ridge : 0)))
  const b = [...b0]
  v.forEach((value, j) => {
    const [weight, target] = confident ? [Math.abs(value) - 1, Math.max(0, value)] : [1, value]
    y[j]!.forEach((p, q) => {
      b[q]! += target * p
      y[j]!.forEach((o, r) => (A[q]![r]! += weight * p * o))
    })
  })
  return { A, b }
}

/** R with A = R'R, upper. */
export function factor(A: Rows): number[][] {
  const R = A.map(row => row.map(() => 0))
  A.forEach((_, i) => {
    for (let j = i; j < A.length; j++) {
      let s = A[i]![j]!
      for (let q = 0; q < i; q++) s -= R[q]![i]! * R[q]![j]!
      R[i]![j] = i === j ? Math.sqrt(s) : s / R[i]![i]!
    }
  })
  return R
}

/** A^-1 b + R^-1 noise. */
export function solved(of: Rated, noise: readonly number[]): number[] {
  const { A, b } = equations(of)
  const R = factor(A)
  const y: number[] = []
  b.forEach((value, i) => {
    let s = value
    for (let q = 0; q < i; q++) s -= R[q]![i]! * y[q]!
    y.push(s / R[i]![i]!)
  })
  const x = y.map((value, i) => value + (noise[i] ?? 0))
  for (let i = x.length - 1; i >= 0; i--) {
    for (let q = i + 1; q < x.length; q++) x[i]! -= R[i]![q]! * x[q]!
    x[i]! /= R[i]![i]!
  }
  return x
}

/** What the entries leave of a row: half the weighted squares, and where confident those of everywhere. */
export function leftOf({ confident, v, y, G0 }: Rated, w: readonly number[]): number {
  let left = confident ? w.reduce((s, p, q) => s + p * inner(G0[q]!, w), 0) : 0
  v.forEach((value, j) => {
    const s = inner(y[j]!, w)
    if (confident) left += Math.abs(value) * (Number(value > 0) - s) ** 2 - s * s
    else left += (value - s) ** 2
  })
  return left / 2
}
