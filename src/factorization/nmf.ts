import { withEngine, withEngineSteps } from '../../bindings/instance.js'
import { type MatrixInput, readMatrix, type RowSource } from '../core/blocks.js'
import { homeOf } from '../core/home.js'
import type { Matrix } from '../core/matrix.js'
import { resolveOptions, show } from '../core/options.js'
import { Pace } from '../core/pace.js'
import { dispose, poolOf } from '../core/pool.js'
import { checkRun, FIT_RUN, ONCE_RUN, type RunOnce } from '../core/run.js'
import type { NmfStep } from './nmf-descent.js'
import type { NmfRun } from './nmf-load.js'
import type { NmfModel } from './nmf-model.js'
import { checkOnline, checkTogether, NMF_OPTIONS, type NmfOptions } from './nmf-options.js'
import type { NmfProgress } from './nmf-projection.js'

/** What `run` of a fit takes. */
export const NMF_RUN = [...FIT_RUN, 'weights'] as const

export type NmfInput = Partial<Omit<NmfOptions, 'betaLoss'>> & {
  readonly betaLoss?: number | 'frobenius' | 'kullback-leibler' | 'itakura-saito'
}

/** Non-negative matrix factorization: X (n x m) ~ W (n x k) H (k x m), all entries >= 0, minimising
 *  sum_ij d_beta(X_ij | (WH)_ij) + l1 |W|_1 + l2/2 |W|^2 + the same for H.
 *  `hals`: accelerated hierarchical least squares (Cichocki & Phan 2009; Gillis & Glineur 2012), beta = 2.
 *  `mu`: multiplicative updates with the exponent that makes each one monotone (Fevotte & Idier 2011), every beta.
 *  Results are the same bits in every host, except with `fast`. Throws TypeError and RangeError for options and data it
 *  cannot take. */
export class NMF {
  readonly options: NmfOptions

  constructor(options: NmfInput = {}) {
    const resolved = resolveOptions<NmfOptions>('NMF', NMF_OPTIONS, options)
    checkTogether('NMF', resolved)
    if (resolved.init !== 'random' && resolved.nInit !== 1) {
      throw new RangeError(`NMF: nInit: wanted 1 where init is not random, got ${resolved.nInit}`)
    }
    this.options = resolved
  }

  /** Iterates the fit and returns the model: fits X (n x m, entries finite and >= 0; > 0 for beta <= 0), which a source
   *  is read for at every pass, to the bits of the matrix that its blocks are. `converged` of the model is false where
   *  maxIter came first. The fit waits for its consumer; stop it early with `return()`. Throws
   *  RangeError naming the first bad entry, OutOfMemory, KernelTrap, or the reason of `run.signal`. */
  async *steps(X: MatrixInput | RowSource, run: NmfRun = {}): AsyncGenerator<NmfStep, NmfModel> {
    const { options } = this
    checkRun('NMF.fit', run, NMF_RUN)
    run.signal?.throwIfAborted()
    const source = typeof X === 'function'
    const input = source ? X : await readMatrix('NMF.fit: X', X, run.signal)
    // A page that shows what it may fit has no use for the rest yet.
    const { fitRestarts } = await import('./nmf-restarts.js')
    const { pool, own } = await poolOf(source ? 1 : run.threads)
    const { fast } = options
    try {
      return yield* withEngineSteps(
        'NMF.fit',
        { maxBytes: run.maxMemory, fast, shared: !fast && (pool?.shared ?? false), home: homeOf(input) },
        engine => fitRestarts(engine, input, { options, run, pool }),
      )
    } finally {
      if (own) pool?.[dispose]()
    }
  }

  /** `steps` to its end. */
  async fit(X: MatrixInput | RowSource, run: NmfRun = {}): Promise<NmfModel> {
    const steps = this.steps(X, run)
    for (;;) {
      const { done, value } = await steps.next()
      if (done) return value
    }
  }

  /** The training rows' representation W as an n x k matrix. */
  async fitTransform(X: MatrixInput | RowSource, run: NmfRun = {}): Promise<Matrix> {
    return (await this.fit(X, run)).embedding
  }

  /** Takes one batch of rows: a new model from the batch alone, or from `model` and the batch. The batch's W is solved
   *  for the H at hand, then H is updated once by the sums over all batches so far, an earlier batch weighing
   *  forgetFactor for each one after it (0 to 1; scikit-learn's forget_factor). The model's `embedding` is the batch's
   *  W, its `trace` the objective of each batch after its update. Batches have the same columns; few rows will do. */
  async partialFit(
    X: MatrixInput,
    model?: NmfModel,
    run: RunOnce<NmfProgress> & { readonly forgetFactor?: number } = {},
  ): Promise<NmfModel> {
    const { options } = this
    checkRun('NMF.partialFit', run, [...ONCE_RUN, 'forgetFactor'])
    const { forgetFactor = 0.7, signal, maxMemory, onProgress } = run
    if (!(forgetFactor >= 0 && forgetFactor <= 1))
      throw new RangeError(`NMF.partialFit: run.forgetFactor: wanted 0 to 1, got ${show(forgetFactor)}`)
    checkOnline(options)
    signal?.throwIfAborted()
    const batch = await readMatrix('NMF.partialFit: X', X, signal)
    const { checkModel, takeBatch } = await import('./nmf-online.js')
    checkModel(options, model, batch)
    return withEngine('NMF.partialFit', { maxBytes: maxMemory, fast: options.fast }, engine =>
      takeBatch(engine, options, batch, { model, forgetFactor, pace: new Pace(signal), onProgress }),
    )
  }
}
