import type { Loaded } from '../load.js'

/** X ~ U diag(S) V': U n x k and V m x k row-major with orthonormal columns, S falling. X V = U S to rounding. */
export interface Triplets {
  readonly U: Float64Array
  readonly S: Float64Array
  readonly V: Float64Array
}

/** What is computed: of X, or of X - 1 mu' where there is a `mean`. */
export interface Wanted {
  readonly k: number
  /** f64[m] in the arena; 0 for none. */
  readonly mean?: number
  /** The sum of the squares of what is decomposed; by default that of X. */
  readonly squares?: number
}

/** Told after every iteration, of the divided matrix. */
export interface TripletStep {
  readonly iter: number
  /** Half the squared distance of X from what is found of it. */
  readonly loss: number
  /** What convergence is measured by, see each algorithm. */
  readonly residual: number
}

export const lossOf = ({ squares }: Required<Pick<Wanted, 'squares'>>, found: number): number =>
  0.5 * Math.max(0, squares - found)

export const squaresOf = (X: Loaded, { squares = X.squares }: Wanted): { squares: number } => ({ squares })

/** Steps to their end. */
export async function drain<R>(steps: AsyncGenerator<unknown, R>): Promise<R> {
  for (;;) {
    const { done, value } = await steps.next()
    if (done) return value
  }
}
