import type { FloatArray } from '../core/matrix.js'

/** All that a model is made of. */
export interface SvdFit {
  /** V', k x m. */
  readonly components: FloatArray
  /** n x k. */
  readonly embedding: FloatArray
  readonly singularValues: Float64Array
  readonly explainedVariance: Float64Array
  readonly explainedVarianceRatio: Float64Array
  /** The means of the columns; of PCA. */
  readonly mean: Float64Array
  readonly noiseVariance: number
  readonly nIter: number
  readonly converged: boolean
}

/** Whether s is no more than rounding beside the first of all. */
export const isRounding = (s: number, all: Float64Array, side: number): boolean => !(s > side * 2 ** -52 * all[0]!)
