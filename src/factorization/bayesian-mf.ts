import { withEngineSteps } from '../../bindings/instance.js'
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import type { Dense } from '../core/matrix.js'
import { resolveOptions } from '../core/options.js'
import { dispose, poolOf } from '../core/pool.js'
import { checkRun, type Run } from '../core/run.js'
import { drain } from '../core/svd/triplets.js'
import { BayesianModel } from './bayesian-model.js'
import { ownClip } from './als-options.js'
import { bayesianOptions, type BayesianOptions } from './bayesian-options.js'

/** What `steps` yields after a sweep. `loss` is half the squares that its draw leaves of the ratings, `rmse` the root of
 *  their mean square, `noise` the precision that was drawn with it. */
export interface BayesianStep {
  readonly iter: number
  readonly loss: number
  readonly rmse: number
  readonly noise: number
  /** Ratings of this sweep per second of it; each is used for its user and for its item. */
  readonly ratingsPerSecond: number
}
export type BayesianRun = Omit<Run<BayesianStep>, 'checkpoint' | 'resume'>

/** What `run` of a fit takes. */
export const BAYESIAN_RUN = ['signal', 'onProgress', 'maxMemory', 'threads'] as const

/** Bayesian matrix factorization of ratings that are there (BPMF: Salakhutdinov & Mnih 2008) by Gibbs sampling:
 *  r_ui - mu - b_u - b_i is Gaussian about w_u.h_i, the rows of either factor are Gaussian with a mean and a precision of
 *  their own, Normal-Wishart a priori, and the precision of the noise is Gamma a priori. Biases are fitted first, as ALS
 *  does. The model keeps draws, which give a mean and an interval for every rating. X is n users x m items: what a CSR
 *  matrix stores or what is not NaN in a dense one. Results are the same bits in every host and for every number of
 *  threads. Throws TypeError and RangeError for options and data it cannot take. */
export class BayesianMF {
  readonly options: BayesianOptions

  constructor(options: Partial<BayesianOptions> = {}) {
    this.options = ownClip(resolveOptions<BayesianOptions>('BayesianMF', bayesianOptions(), options))
  }

  /** Iterates the sweeps and returns the model. The fit waits for its consumer; stop it early with `return()`. Throws
   *  RangeError naming the first rating that is not finite, OutOfMemory, KernelTrap, WorkerLost, or the reason of
   *  `run.signal`. */
  async *steps(X: MatrixInput, run: BayesianRun = {}): AsyncGenerator<BayesianStep, BayesianModel> {
    const { options } = this
    checkRun('BayesianMF.fit', run, BAYESIAN_RUN)
    run.signal?.throwIfAborted()
    const input = await readMatrix('BayesianMF.fit: X', X, run.signal)
    const { fitBayesian } = await import('./bayesian-fit.js')
    const { pool, own } = await poolOf(run.threads)
    try {
      const found = yield* withEngineSteps(
        'BayesianMF.fit',
        { maxBytes: run.maxMemory, shared: pool?.shared ?? false },
        engine => fitBayesian(engine, input, { options, run, pool }),
      )
      return new BayesianModel(options, found)
    } finally {
      if (own) pool?.[dispose]()
    }
  }

  /** `steps` to its end. */
  async fit(X: MatrixInput, run: BayesianRun = {}): Promise<BayesianModel> {
    return drain(this.steps(X, run))
  }

  /** The draws of the users' factor beside each other, n x (draws k). */
  async fitTransform(X: MatrixInput, run: BayesianRun = {}): Promise<Dense> {
    return (await this.fit(X, run)).embedding
  }
}
