import type { Dense } from '../core/matrix.js'
import type { RunOnce } from '../core/run.js'
import type { Threads } from '../core/pool.js'

/** How far a call is: fits come in pieces of a sample, or of some null draws or bootstraps of one. */
export interface DeconvolveStep {
  readonly done: number
  readonly of: number
}

export interface DeconvolveRun extends RunOnce<DeconvolveStep> {
  readonly threads?: Threads
  /** Which columns of X are the signature's genes, in its order (see `matchGenes` and the model's `locate`); without, all
   *  are. What is done to mixtures before a fit (`quantileNormalize`, the antilogarithm of mode cibersort) is done with
   *  all columns. */
  readonly genes?: ArrayLike<number>
}

/** What is found of n mixtures over k types, by whatever method. There is no NaN in it: where nothing of the signature is
 *  found (a mixture or a signature that is constant, no weight above 0) a mixture's fractions and its correlation are 0 and
 *  its unknown share is 1. */
export interface Deconvolved {
  /** n x k, >= 0: rows of sum 1, with `at-most-one` of at most 1. */
  readonly fractions: Dense
  /** 1 less the sum of the fractions. */
  readonly unknown: Float64Array
  /** Pearson's, of the mixture and what the weights make of the signature. */
  readonly correlation: Float64Array
  /** Root mean square of the mixture less its fit, in standard deviations of the mixture. The fit is what the weights make
   *  of the signature before they are divided by their sum; of method cibersort the best rising line through what the
   *  fractions make, or in mode cibersort those numbers themselves, each side standardised. */
  readonly rmse: Float64Array
  /** Of the correlation against the null draws. Mode robust: (1 + null >= correlation) / (1 + draws), each sample with
   *  draws of its own, its genes in random order. Mode cibersort: 1 less the place of the nearest draw. */
  readonly pValue: Float64Array | undefined
  /** Bootstrap intervals of the fractions, n x k each. */
  readonly low: Dense | undefined
  readonly high: Dense | undefined
  /** Of method cibersort: the nu that was kept, 0 where none was, and the larger of duality gap and violation of the dual's
   *  equations that the fits ended with. */
  readonly nu: Float64Array | undefined
  readonly gap: Float64Array | undefined
}
