import { withEngineSteps } from '../../bindings/instance.js'
import type { MatrixInput } from '../core/blocks.js'
import type { Dense } from '../core/matrix.js'
import { resolveOptions } from '../core/options.js'
import { dispose, poolOf } from '../core/pool.js'
import { checkRun, type Run } from '../core/run.js'
import { IntegrativeModel } from './integrative-model.js'
import { integrativeOptions, type IntegrativeOptions } from './integrative-options.js'

/** What `steps` yields after an iteration. `objective` is loss and penalty, `violation` the KKT residual relative to the
 *  first one. */
export interface IntegrativeStep {
  readonly restart: number
  readonly iter: number
  readonly loss: number
  readonly objective: number
  readonly violation: number
}
export type IntegrativeRun = Omit<Run<IntegrativeStep>, 'checkpoint' | 'resume'>

/** What `run` of a fit takes. */
export const INTEGRATIVE_RUN = ['signal', 'onProgress', 'maxMemory', 'threads'] as const

/** Integrative non-negative matrix factorization (Yang & Michailidis 2016; LIGER: Welch et al. 2019) of several data sets
 *  X_i (n_i x m) with the same m features: X_i ~ W_i (H + V_i), H shared and V_i of one data set alone (k x m), all
 *  entries >= 0, minimising 1/2 sum_i |X_i - W_i (H + V_i)|^2 + alphaV/2 sum_i |W_i V_i|^2. By HALS with inner sweeps over
 *  W, and over H and all V_i together; every iteration lowers the objective. Results are the same bits in every host.
 *  Throws TypeError and RangeError for options and data it cannot take. */
export class IntegrativeNMF {
  readonly options: IntegrativeOptions

  constructor(options: Partial<IntegrativeOptions> = {}) {
    this.options = resolveOptions<IntegrativeOptions>('IntegrativeNMF', integrativeOptions(), options)
  }

  /** Iterates the fit of the data sets X (entries finite and >= 0) and returns the model. The fit waits for its consumer;
   *  stop it early with `return()`. Throws RangeError naming the first bad entry as X[data set][row, column], OutOfMemory,
   *  KernelTrap, WorkerLost, or the reason of `run.signal`. */
  async *steps(X: readonly MatrixInput[], run: IntegrativeRun = {}): AsyncGenerator<IntegrativeStep, IntegrativeModel> {
    const { options } = this
    checkRun('IntegrativeNMF.fit', run, INTEGRATIVE_RUN)
    run.signal?.throwIfAborted()
    const { fitSets, readMatrices } = await import('./integrative-fit.js')
    const sets = await readMatrices('IntegrativeNMF.fit', X, { signal: run.signal })
    const { pool, own } = await poolOf(run.threads)
    try {
      const found = yield* withEngineSteps(
        'IntegrativeNMF.fit',
        { maxBytes: run.maxMemory, shared: pool?.shared ?? false },
        engine => fitSets(engine, sets, { options, run, pool }),
      )
      return new IntegrativeModel(options, found)
    } finally {
      if (own) pool?.[dispose]()
    }
  }

  /** `steps` to its end. */
  async fit(X: readonly MatrixInput[], run: IntegrativeRun = {}): Promise<IntegrativeModel> {
    const steps = this.steps(X, run)
    for (;;) {
      const { done, value } = await steps.next()
      if (done) return value
    }
  }

  /** W of all data sets below each other, n x k. */
  async fitTransform(X: readonly MatrixInput[], run: IntegrativeRun = {}): Promise<Dense> {
    return (await this.fit(X, run)).embedding
  }
}
