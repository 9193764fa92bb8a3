import type { MatrixInput } from '../core/blocks.js'
import type { Dense } from '../core/matrix.js'
import { resolveOptions } from '../core/options.js'
import { drain } from '../core/svd/triplets.js'
import type { SvdStep } from './svd-fit.js'
import { TruncatedSvdModel } from './svd-model.js'
import { SVD_OPTIONS, type SvdOptions } from './svd-options.js'
import { runSvd, type SvdRun } from './svd-run.js'

/** Truncated singular value decomposition: X (n x m) ~ U S V', the k largest singular values and their vectors, the best
 *  approximation of rank k in the Frobenius norm. Entries of X are finite, of either sign; X is dense or CSR. Results are
 *  the same bits in every host and for every number of threads. Throws TypeError and RangeError for options and data it
 *  cannot take. */
export class TruncatedSVD {
  readonly options: SvdOptions

  constructor(options: Partial<SvdOptions> = {}) {
    this.options = resolveOptions<SvdOptions>('TruncatedSVD', SVD_OPTIONS, options)
  }

  /** Iterates the fit and returns the model. The fit waits for its consumer; stop it early with `return()`. Throws
   *  RangeError naming the first entry that is not finite and for nComponents above the shorter side, OutOfMemory,
   *  KernelTrap, or the reason of `run.signal`. */
  async *steps(X: MatrixInput, run: SvdRun = {}): AsyncGenerator<SvdStep, TruncatedSvdModel> {
    const { options } = this
    const fit = yield* runSvd('TruncatedSVD.fit', X, run, options, false)
    return new TruncatedSvdModel(options, fit)
  }

  /** `steps` to its end. */
  async fit(X: MatrixInput, run: SvdRun = {}): Promise<TruncatedSvdModel> {
    return drain(this.steps(X, run))
  }

  /** The training rows' representation U S as an n x k matrix. */
  async fitTransform(X: MatrixInput, run: SvdRun = {}): Promise<Dense> {
    return (await this.fit(X, run)).embedding
  }
}
