import { withEngineSteps } from '../../bindings/instance.js'
import type { MatrixInput } from '../core/blocks.js'
import type { Dense } from '../core/matrix.js'
import { resolveOptions } from '../core/options.js'
import { dispose, poolOf } from '../core/pool.js'
import { checkRun, FIT_RUN, type Run } from '../core/run.js'
import { JointModel } from './joint-model.js'
import { checkJoint, jointOptions, type JointOptions } from './joint-options.js'
import type { NmfStep } from './nmf-descent.js'

export type JointRun = Run<NmfStep>

/** What `run` of a fit takes. */
export const JOINT_RUN = FIT_RUN

/** Joint non-negative matrix factorization of several views X_v (n x m_v) of the same n samples (Zhang et al. 2012):
 *  X_v ~ W H_v with one W (n x k), all entries >= 0, minimising
 *  1/2 sum_v w_v |X_v - W H_v|^2 / |X_v|^2 + alphaW (l1Ratio |W|_1 + (1 - l1Ratio)/2 |W|^2) + the same for H
 *  + sum over networks of weight/2 tr(H L H'), where the penalties see H~_v = H_v sqrt(w_v) / |X_v|.
 *  By accelerated HALS, as it is NMF of the views so scaled beside each other. `residual` weights are the inverses of
 *  what the best k components of either sign leave of a view: its noise, so that a noisy view does not rule W; they sum to
 *  the number of views. With `missing` nan the sums go over the entries that are there: a sample that lacks a view has
 *  NaN in its row. With `signed` split a view with entries below 0 stands for itself as [max(X, 0), max(-X, 0)].
 *  Results are the same bits in every host, except with `fast`. Throws TypeError and RangeError for options and data it
 *  cannot take. */
export class JointNMF {
  readonly options: JointOptions

  constructor(options: Partial<JointOptions> = {}) {
    const resolved = resolveOptions<JointOptions>('JointNMF', jointOptions(), options)
    checkJoint('JointNMF', resolved)
    this.options = resolved
  }

  /** Iterates the fit of the views X and returns the model. The fit waits for its consumer; stop it early with `return()`.
   *  Throws RangeError naming the first bad entry as X[view][row, column], OutOfMemory, KernelTrap, or the reason of
   *  `run.signal`. */
  async *steps(X: readonly MatrixInput[], run: JointRun = {}): AsyncGenerator<NmfStep, JointModel> {
    const { options } = this
    checkRun('JointNMF.fit', run, JOINT_RUN)
    run.signal?.throwIfAborted()
    const { fitViews, readMatrices } = await import('./joint-fit.js')
    const views = await readMatrices('JointNMF.fit', X, { signal: run.signal })
    const { pool, own } = await poolOf(run.threads)
    const { fast } = options
    try {
      const found = yield* withEngineSteps(
        'JointNMF.fit',
        { maxBytes: run.maxMemory, fast, shared: !fast && (pool?.shared ?? false) },
        engine => fitViews(engine, views, { options, run, pool }),
      )
      return new JointModel(options, found)
    } finally {
      if (own) pool?.[dispose]()
    }
  }

  /** `steps` to its end. */
  async fit(X: readonly MatrixInput[], run: JointRun = {}): Promise<JointModel> {
    const steps = this.steps(X, run)
    for (;;) {
      const { done, value } = await steps.next()
      if (done) return value
    }
  }

  /** The training samples' representation W as an n x k matrix. */
  async fitTransform(X: readonly MatrixInput[], run: JointRun = {}): Promise<Dense> {
    return (await this.fit(X, run)).embedding
  }
}
