import { withEngineSteps } from '../../bindings/instance.js'
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import type { Dense } from '../core/matrix.js'
import { resolveOptions } from '../core/options.js'
import { dispose, poolOf } from '../core/pool.js'
import { checkRun, type Run } from '../core/run.js'
import { drain } from '../core/svd/triplets.js'
import { ImplicitModel } from './implicit-model.js'
import { implicitOptions, type ImplicitOptions } from './implicit-options.js'

/** What `steps` yields after an iteration. `loss` is half the weighted squares over all cells, `objective` that and the
 *  penalties. */
export interface ImplicitStep {
  readonly iter: number
  readonly loss: number
  readonly objective: number
  /** Entries of this iteration per second of it; each is used for its user and for its item. */
  readonly ratingsPerSecond: number
}
export type ImplicitRun = Omit<Run<ImplicitStep>, 'checkpoint' | 'resume'>

/** What `run` of a fit takes. */
export const IMPLICIT_RUN = ['signal', 'onProgress', 'maxMemory', 'threads'] as const

/** Alternating least squares of implicit feedback (Hu, Koren & Volinsky 2008): r_ui counts what user u did with item i.
 *  The factors minimise 1/2 sum c_ui (p_ui - w_u.h_i)^2 over all users and items + lambda/2 (sum_u n_u^p |w_u|^2 +
 *  sum_i n_i^p |h_i|^2): where r > 0 the preference p is 1, with the confidence c = 1 + alpha r or alpha r; r < 0 stands
 *  for a dislike, p = 0 with the confidence of |r|; everywhere else, zeros too, p = 0 and c = 1. X is n users x m items,
 *  dense or CSR. No iteration raises the objective. Results are the same bits in every host and for every number of
 *  threads. Throws TypeError and RangeError for options and data it cannot take. */
export class ImplicitALS {
  readonly options: ImplicitOptions

  constructor(options: Partial<ImplicitOptions> = {}) {
    this.options = resolveOptions<ImplicitOptions>('ImplicitALS', implicitOptions(), options)
  }

  /** Iterates the fit and returns the model. The fit waits for its consumer; stop it early with `return()`. Throws
   *  RangeError naming the first entry that is not finite, OutOfMemory, KernelTrap, WorkerLost, or the reason of
   *  `run.signal`. */
  async *steps(X: MatrixInput, run: ImplicitRun = {}): AsyncGenerator<ImplicitStep, ImplicitModel> {
    const { options } = this
    checkRun('ImplicitALS.fit', run, IMPLICIT_RUN)
    run.signal?.throwIfAborted()
    const input = await readMatrix('ImplicitALS.fit: X', X, run.signal)
    const { fitImplicit } = await import('./implicit-fit.js')
    const { pool, own } = await poolOf(run.threads)
    try {
      const found = yield* withEngineSteps(
        'ImplicitALS.fit',
        { maxBytes: run.maxMemory, shared: pool?.shared ?? false },
        engine => fitImplicit(engine, input, { options, run, pool }),
      )
      return new ImplicitModel(options, found)
    } finally {
      if (own) pool?.[dispose]()
    }
  }

  /** `steps` to its end. */
  async fit(X: MatrixInput, run: ImplicitRun = {}): Promise<ImplicitModel> {
    return drain(this.steps(X, run))
  }

  /** The factor of the users, n x k. */
  async fitTransform(X: MatrixInput, run: ImplicitRun = {}): Promise<Dense> {
    return (await this.fit(X, run)).embedding
  }
}
