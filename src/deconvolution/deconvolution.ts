import { type MatrixInput, readMatrix } from '../core/blocks.js'
import type { Dense } from '../core/matrix.js'
import { resolveOptions } from '../core/options.js'
import { checkRun, type RunOnce } from '../core/run.js'
import { checkNames } from './genes.js'
import { DeconvolutionModel } from './model.js'
import { type DeconvolutionOptions, deconvolutionOptions } from './options.js'

/** What `run` of a fit takes. */
export const DECONVOLUTION_RUN = ['signal', 'onProgress', 'maxMemory', 'genes', 'types'] as const

export interface DeconvolutionRun extends RunOnce<unknown> {
  /** What the columns and rows of the signature are called: the model keeps it, and finds genes in mixtures by it. */
  readonly genes?: readonly string[]
  readonly types?: readonly string[]
}

/** Cell-type deconvolution: how much of each of k types is in a mixture, by a signature of what g genes are in each type alone.
 *  A fit looks the signature through; the model's `deconvolve` takes mixtures apart. Methods differ in how weights are
 *  found and are alike in what they give. Results are the same bits in every host. Throws TypeError and RangeError for
 *  options and data it cannot take. */
export class Deconvolution {
  readonly options: DeconvolutionOptions

  constructor(options: Partial<DeconvolutionOptions> = {}) {
    const resolved = resolveOptions<DeconvolutionOptions>('Deconvolution', deconvolutionOptions(), options)
    this.options = Object.freeze({ ...resolved, nu: Object.freeze([...resolved.nu]) })
  }

  /** Takes the signature X (k types x g genes; finite, of method kl >= 0). With fewer genes than types, or types that depend
   *  on each other, fractions are one of several answers: `condition` says so. Throws RangeError naming the first bad
   *  entry, or where `run` has not as many different names, OutOfMemory, KernelTrap, or the reason of `run.signal`. */
  async fit(X: MatrixInput, run: DeconvolutionRun = {}): Promise<DeconvolutionModel> {
    checkRun('Deconvolution.fit', run, DECONVOLUTION_RUN)
    run.signal?.throwIfAborted()
    const input = await readMatrix('Deconvolution.fit: X', X, run.signal)
    const [types, genes] = input.shape
    if (run.types !== undefined) checkNames('Deconvolution.fit: run.types', run.types, types, 'types')
    if (run.genes !== undefined) checkNames('Deconvolution.fit: run.genes', run.genes, genes, 'genes')
    const { learn } = await import('./deconvolve.js')
    const { signature, condition } = await learn('Deconvolution.fit', input, this.options, run)
    return new DeconvolutionModel(this.options, signature, condition, run)
  }

  /** Of the signature's own types: how well it tells them apart. */
  async fitTransform(X: MatrixInput, run: DeconvolutionRun = {}): Promise<Dense> {
    const model = await this.fit(X, run)
    const { genes: _genes, types: _types, ...rest } = run
    return model.transform(model.components, rest)
  }
}

/** Deconvolution as CIBERSORT has it (Newman et al. 2015): linear nu-support vector regression by the conventions of its R
 *  scripts. `mode: 'robust'` mends these: see the options of Deconvolution. */
export class Cibersort extends Deconvolution {
  constructor(options: Partial<Omit<DeconvolutionOptions, 'method'>> = {}) {
    super({ mode: 'cibersort', ...options, method: 'cibersort' })
  }
}

/** Deconvolution by least squares with weights >= 0. */
export class NNLS extends Deconvolution {
  constructor(options: Partial<Omit<DeconvolutionOptions, 'method'>> = {}) {
    super({ ...options, method: 'nnls' })
  }
}
