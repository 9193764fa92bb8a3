import type { MatrixInput } from '../core/blocks.js'
import type { Dense } from '../core/matrix.js'
import { resolveOptions } from '../core/options.js'
import { drain } from '../core/svd/triplets.js'
import type { SvdStep } from './svd-fit.js'
import { PcaModel } from './svd-model.js'
import { PCA_OPTIONS, type PcaOptions } from './svd-options.js'
import { runSvd, type SvdRun } from './svd-run.js'

/** Principal component analysis: the k directions of largest variance, X - 1 mu' ~ U S V' with mu the means of the
 *  columns. Sparse X is never filled: (X - 1 mu')B = XB - 1(mu'B). Entries of X are finite, of either sign. Results are
 *  the same bits in every host and for every number of threads. Throws TypeError and RangeError for options and data it
 *  cannot take. */
export class PCA {
  readonly options: PcaOptions

  constructor(options: Partial<PcaOptions> = {}) {
    this.options = resolveOptions<PcaOptions>('PCA', PCA_OPTIONS, options)
  }

  /** Iterates the fit and returns the model. The fit waits for its consumer; stop it early with `return()`. Throws
   *  RangeError naming the first entry that is not finite and for nComponents above the shorter side, OutOfMemory,
   *  KernelTrap, or the reason of `run.signal`. */
  async *steps(X: MatrixInput, run: SvdRun = {}): AsyncGenerator<SvdStep, PcaModel> {
    const { options } = this
    const fit = yield* runSvd('PCA.fit', X, run, options, true)
    return new PcaModel(options, fit)
  }

  /** `steps` to its end. */
  async fit(X: MatrixInput, run: SvdRun = {}): Promise<PcaModel> {
    return drain(this.steps(X, run))
  }

  /** The training rows' representation as an n x k matrix. */
  async fitTransform(X: MatrixInput, run: SvdRun = {}): Promise<Dense> {
    return (await this.fit(X, run)).embedding
  }
}
