import type { Pace } from '../pace.js'
import type { Triplets } from './triplets.js'

/** Which of the two signs of a pair of vectors is taken. */
export type SignConvention = 'u' | 'v' | 'data'

/** Turns each pair (u, v) so that u's largest entry in size is positive (`u`), v's is (`v`), or the pair points where the
 *  data do (`data`, Bro, Acar & Kolda 2008: rows of X along v and columns along u, with the others taken away, are s u_i
 *  and s v_j, so that the sign is that of sum_i sign(u_i) u_i^2 + sum_j sign(v_j) v_j^2). Of entries of one size the first
 *  counts; a vector of zeros keeps its sign. In place. */
export async function setSigns({ U, V }: Triplets, k: number, convention: SignConvention, pace: Pace) {
  const scores = new Float64Array(k)
  // Row after row, as they lie.
  const score = async (A: Float64Array, add: (before: number, a: number) => number): Promise<void> => {
    for (let p = 0; p < A.length; p += k) {
      if (p % (1024 * k) === 0) await pace.breathe()
      for (let q = 0; q < k; q++) scores[q] = add(scores[q]!, A[p + q]!)
    }
  }
  if (convention !== 'data') await score(convention === 'u' ? U : V, larger)
  else for (const A of [U, V]) await score(A, lean)
  for (const A of scores.some(s => s < 0) ? [U, V] : []) {
    for (let p = 0; p < A.length; p += k) {
      if (p % (1024 * k) === 0) await pace.breathe()
      for (let q = 0; q < k; q++) if (scores[q]! < 0) A[p + q] = -A[p + q]!
    }
  }
}

const larger = (top: number, a: number): number => (Math.abs(a) > Math.abs(top) ? a : top)

// sum_i sign(a_i) a_i^2.
const lean = (sum: number, a: number): number => sum + a * Math.abs(a)
