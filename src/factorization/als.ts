import { withEngineSteps } from '../../bindings/instance.js'
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import type { Dense } from '../core/matrix.js'
import { resolveOptions } from '../core/options.js'
import { dispose, poolOf } from '../core/pool.js'
import { checkRun, type Run } from '../core/run.js'
import { drain } from '../core/svd/triplets.js'
import { AlsModel } from './als-model.js'
import { alsOptions, type AlsOptions, ownClip } from './als-options.js'

/** What `steps` yields after an iteration. `loss` is half the squares that are left, `objective` that and the penalties,
 *  `rmse` the root of the mean square, all of the ratings of the fit. */
export interface AlsStep {
  readonly iter: number
  readonly loss: number
  readonly objective: number
  readonly rmse: number
  /** Ratings of this iteration per second of it; each is used for its user and for its item. */
  readonly ratingsPerSecond: number
}
export type AlsRun = Omit<Run<AlsStep>, 'checkpoint' | 'resume'>

/** What `run` of a fit takes. */
export const ALS_RUN = ['signal', 'onProgress', 'maxMemory', 'threads'] as const

/** Alternating least squares of ratings r_ui that are there: r_ui ~ mu + b_u + b_i + w_u.h_i. Biases are fitted first,
 *  regularised; the factors minimise 1/2 sum (r_ui - mu - b_u - b_i - w_u.h_i)^2 + lambda/2 (sum_u n_u^p |w_u|^2 +
 *  sum_i n_i^p |h_i|^2), n the number of ratings (Zhou et al. 2008 with p = 1), exactly in turn, so no iteration raises
 *  it. X is n users x m items: what a CSR matrix stores (an explicit zero is a rating) or what is not NaN in a dense one.
 *  Results are the same bits in every host and for every number of threads. Throws TypeError and RangeError for options
 *  and data it cannot take. */
export class ALS {
  readonly options: AlsOptions

  constructor(options: Partial<AlsOptions> = {}) {
    this.options = ownClip(resolveOptions<AlsOptions>('ALS', alsOptions(), options))
  }

  /** Iterates the fit and returns the model. The fit waits for its consumer; stop it early with `return()`. Throws
   *  RangeError naming the first rating that is not finite, OutOfMemory, KernelTrap, WorkerLost, or the reason of
   *  `run.signal`. */
  async *steps(X: MatrixInput, run: AlsRun = {}): AsyncGenerator<AlsStep, AlsModel> {
    const { options } = this
    checkRun('ALS.fit', run, ALS_RUN)
    run.signal?.throwIfAborted()
    const input = await readMatrix('ALS.fit: X', X, run.signal)
    const { fitAls } = await import('./als-fit.js')
    const { pool, own } = await poolOf(run.threads)
    try {
      const found = yield* withEngineSteps(
        'ALS.fit',
        { maxBytes: run.maxMemory, shared: pool?.shared ?? false },
        engine => fitAls(engine, input, { options, run, pool }),
      )
      return new AlsModel(options, found)
    } finally {
      if (own) pool?.[dispose]()
    }
  }

  /** `steps` to its end. */
  async fit(X: MatrixInput, run: AlsRun = {}): Promise<AlsModel> {
    return drain(this.steps(X, run))
  }

  /** The factor of the users, n x k. */
  async fitTransform(X: MatrixInput, run: AlsRun = {}): Promise<Dense> {
    return (await this.fit(X, run)).embedding
  }
}
