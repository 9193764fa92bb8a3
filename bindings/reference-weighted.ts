// Scalar twins of sums over entries that do not count alike. Weights m_ij are written out, row by row.
import { divergence, dot } from './reference.js'

type Rows = readonly (readonly number[])[]

/** sum_j m_j b_j b_j'. */
export const weightedGram = (weights: readonly number[], B: Rows, k: number): number[][] =>
  Array.from({ length: k }, (_, q) =>
    Array.from({ length: k }, (__, r) =>
      weights.reduce((sum, m, j) => sum + m * (B[j]?.[q] ?? 0) * (B[j]?.[r] ?? 0), 0),
    ),
  )

/** sum_j m_j b_j. */
export const weightedSum = (weights: readonly number[], B: Rows, k: number): number[] =>
  Array.from({ length: k }, (_, q) => weights.reduce((sum, m, j) => sum + m * (B[j]?.[q] ?? 0), 0))

/** sum_ij m_ij d_beta(x_ij | w_i . h_j) over the entries that count. */
export function weightedLoss(M: Rows, X: Rows, W: Rows, Ht: Rows, beta: number): number {
  let total = 0
  M.forEach((row, i) =>
    row.forEach((m, j) => {
      const w = W[i] ?? []
      if (m > 0) total += m * divergence(beta, X[i]?.[j] ?? 0, dot(w, Ht[j] ?? [], w.length))
    }),
  )
  return total
}

export interface Multiplied {
  readonly beta: number
  readonly gamma: number
  readonly l1: number
  readonly l2: number
  /** Components from .. to stay as they are. */
  readonly held: readonly [from: number, to: number]
}

/** One multiplicative step on W, then the numerators and denominators that it leaves for each row of H transposed. */
export function weightedMultiplicative(M: Rows, X: Rows, W: Rows, Ht: Rows, of: Multiplied) {
  const { beta, gamma, l1, l2, held } = of
  const step = (w: readonly number[], i: number): number[] => {
    const next = [...w]
    w.forEach((old, q) => {
      if (q >= held[0] && q < held[1]) return
      let [num, den] = [0, l1 + l2 * old]
      Ht.forEach((h, j) => {
        const m = M[i]?.[j] ?? 0
        if (m === 0) return
        const z = dot(w, h, w.length)
        num += m * (X[i]?.[j] ?? 0) * z ** (beta - 2) * (h[q] ?? 0)
        den += m * z ** (beta - 1) * (h[q] ?? 0)
      })
      next[q] = old * (num / den) ** gamma
    })
    return next
  }
  const after = W.map(step)
  const sums = (value: (x: number, z: number) => number): number[][] =>
    Ht.map((h, j) =>
      h.map((_, q) =>
        after.reduce((sum, w, i) => {
          const m = M[i]?.[j] ?? 0
          return m === 0 ? sum : sum + m * value(X[i]?.[j] ?? 0, dot(w, h, w.length)) * (w[q] ?? 0)
        }, 0),
      ),
    )
  return { W: after, num: sums((x, z) => x * z ** (beta - 2)), den: sums((_, z) => z ** (beta - 1)) }
}
