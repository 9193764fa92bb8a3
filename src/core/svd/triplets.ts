/** X ~ U diag(S) V': U n x k and V m x k row-major with orthonormal columns, S falling. */
export interface Triplets {
  readonly U: Float64Array
  readonly S: Float64Array
  readonly V: Float64Array
}

/** What is computed of X, or of X - 1 mu' where there is a `mean`, f64[m] in the arena. */
export interface Wanted {
  readonly k: number
  readonly mean?: number
}
