import type { FloatArray } from '../core/matrix.js'

/** Sums over the batches seen so far, each weighed down by the later ones, that fix H: X'W (m x k) and W'W (k x k) for
 *  the squared loss, else the numerator and denominator of its multiplicative step (m x k each). */
export interface NmfSums {
  readonly num: FloatArray
  readonly den: FloatArray
  /** The sums are num times 2^numExponent and den times 2^denExponent: of large data they have no room in f32. */
  readonly numExponent: number
  readonly denExponent: number
}

/** What a fit ends with. */
export interface NmfFit {
  readonly loss: number
  readonly objective: number
  readonly converged: boolean
  readonly nIter: number
  /** The relaxed engine had a part in it. */
  readonly fast: boolean
  readonly trace: readonly number[]
  readonly W: FloatArray
  readonly H: FloatArray
  /** Of a model that `partialFit` made. */
  readonly sums?: NmfSums
  /** Mean divergence over the entries that were held out. */
  readonly holdOutLoss?: number
}
