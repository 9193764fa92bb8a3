import { withEngineSteps } from '../../bindings/instance.js'
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import type { Dense } from '../core/matrix.js'
import { resolveOptions } from '../core/options.js'
import { dispose, poolOf } from '../core/pool.js'
import { checkRun, type Run } from '../core/run.js'
import { CompletionModel } from './completion-model.js'
import { completionOptions, type CompletionOptions } from './completion-options.js'

/** What `steps` yields after an iteration. `loss` is half the squared error over the known entries (those of the path
 *  without the ones held out), `objective` that and the penalty. */
export interface CompletionStep {
  readonly iter: number
  readonly loss: number
  readonly objective: number
  readonly lambda: number
  readonly rank: number
}
export type CompletionRun = Omit<Run<CompletionStep>, 'checkpoint' | 'resume'>

/** What `run` of a fit takes. */
export const COMPLETION_RUN = ['signal', 'onProgress', 'maxMemory', 'threads'] as const

/** Matrix completion: Z of low rank from some entries of X (n x m, of either sign), minimising
 *  1/2 sum over known (i, j) of (X_ij - Z_ij)^2 + lambda |Z|_*, the nuclear norm (Mazumder, Hastie & Tibshirani 2010). In
 *  factors that is 1/2 sum (X - WH)^2 + lambda/2 (|W|^2 + |H|^2), solved by alternating ridge regressions of rows and
 *  columns on what is known of them (Hastie et al. 2015). The rank grows: where the residual on the known entries has
 *  singular values above lambda its vectors are added, and where it has none, Z is the minimum whatever the rank. Z is
 *  never made as a whole. Results are the same bits in every host. Throws TypeError and RangeError for options and data it
 *  cannot take. */
export class MatrixCompletion {
  readonly options: CompletionOptions

  constructor(options: Partial<CompletionOptions> = {}) {
    this.options = resolveOptions<CompletionOptions>('MatrixCompletion', completionOptions(), options)
  }

  /** Iterates the fit of X and returns the model. Stop it early with `return()`. Throws RangeError naming the first bad
   *  entry, OutOfMemory, KernelTrap, WorkerLost, or the reason of `run.signal`. */
  async *steps(X: MatrixInput, run: CompletionRun = {}): AsyncGenerator<CompletionStep, CompletionModel> {
    const { options } = this
    checkRun('MatrixCompletion.fit', run, COMPLETION_RUN)
    run.signal?.throwIfAborted()
    const input = await readMatrix('MatrixCompletion.fit: X', X, run.signal)
    const { fitCompletion } = await import('./completion-fit.js')
    const { pool, own } = await poolOf(run.threads)
    try {
      const found = yield* withEngineSteps(
        'MatrixCompletion.fit',
        { maxBytes: run.maxMemory, shared: pool?.shared ?? false },
        engine => fitCompletion(engine, input, { options, run, pool }),
      )
      return new CompletionModel(options, found)
    } finally {
      if (own) pool?.[dispose]()
    }
  }

  /** `steps` to its end. */
  async fit(X: MatrixInput, run: CompletionRun = {}): Promise<CompletionModel> {
    const steps = this.steps(X, run)
    for (;;) {
      const { done, value } = await steps.next()
      if (done) return value
    }
  }

  /** W of the training rows, n x rank. */
  async fitTransform(X: MatrixInput, run: CompletionRun = {}): Promise<Dense> {
    return (await this.fit(X, run)).embedding
  }
}
