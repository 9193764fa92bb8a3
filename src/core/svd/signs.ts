import type { Pace } from '../pace.js'
import type { Triplets } from './triplets.js'

/** Which of the two signs of a pair of vectors is taken. */
export type SignConvention = 'u' | 'v' | 'data'

/** Turns each pair (u, v) so that u's largest entry in size is positive (`u`), v's is (`v`), or the pair points where the
 *  data do (`data`, Bro, Acar & Kolda 2008: rows of X along v and columns along u, with the others taken away, are s u_i
 *  and s v_j, so that the sign is that of sum_i sign(u_i) u_i^2 + sum_j sign(v_j) v_j^2). Of entries of one size the first
 *  counts; a vector of zeros keeps its sign. In place. */
export async function setSigns({ U, V }: Triplets, k: number, convention: SignConvention, pace: Pace) {
  for (let q = 0; q < k; q++) {
    await pace.breathe()
    const score =
      convention === 'u' ? largest(U, k, q) : convention === 'v' ? largest(V, k, q) : lean(U, k, q) + lean(V, k, q)
    if (!(score < 0)) continue
    for (const A of [U, V]) for (let p = q; p < A.length; p += k) A[p] = -A[p]!
  }
}

// The entry of largest size in column q.
function largest(A: Float64Array, k: number, q: number): number {
  let top = 0
  for (let p = q; p < A.length; p += k) if (Math.abs(A[p]!) > Math.abs(top)) top = A[p]!
  return top
}

// sum_i sign(a_i) a_i^2.
function lean(A: Float64Array, k: number, q: number): number {
  let sum = 0
  for (let p = q; p < A.length; p += k) sum += A[p]! * Math.abs(A[p]!)
  return sum
}
