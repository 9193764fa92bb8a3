import type { MatrixInput } from '../core/blocks.js'
import { dense, type Dense, type MatrixLike } from '../core/matrix.js'
import { matrixTensor, ModelFile, writeModel } from '../core/model-file.js'
import type { RunOnce } from '../core/run.js'
import type { Deconvolved, DeconvolveRun, DeconvolveStep } from './deconvolved.js'
import { type DeconvolutionOptions, deconvolutionOptions } from './options.js'

/** A signature that mixtures are taken apart by: plain data that owns its arrays. */
export class DeconvolutionModel {
  readonly name = 'Deconvolution'
  readonly options: DeconvolutionOptions
  /** The signature, k types x g genes. */
  readonly components: Dense
  /** The ratio of its largest singular value to its smallest: how far errors may grow, and types be mistaken for each other.
   *  Infinity where types depend on each other, or there are fewer genes than types. */
  readonly condition: number

  constructor(options: DeconvolutionOptions, components: Dense, condition: number) {
    this.options = Object.freeze({ ...options })
    this.components = components
    this.condition = condition
    Object.freeze(this)
  }

  /** Takes the mixtures X (n x g, columns in the order of the signature's genes) apart, each for itself, except that
   *  `quantileNormalize` gives all of a call one distribution and mode cibersort draws one null from all. `run` takes signal,
   *  onProgress, maxMemory and threads, with the same bits whatever these are. Throws RangeError naming the first bad entry,
   *  OutOfMemory, KernelTrap, WorkerLost, or the reason of `run.signal`. */
  async deconvolve(X: MatrixInput, run: DeconvolveRun = {}): Promise<Deconvolved> {
    return (await use()).deconvolve(this, X, run)
  }

  /** The fractions alone, without null draws and intervals. */
  async transform(X: MatrixInput, run: RunOnce<DeconvolveStep> = {}): Promise<Dense> {
    return (await use()).transform(this, X, run)
  }

  /** What fractions Z (n x k) make of the signature: Z S, n x g. */
  async inverseTransform(Z: MatrixLike): Promise<Dense> {
    return (await use()).inverseTransform(this, Z)
  }

  /** The mean correlation of mixtures X with their fits. */
  async score(X: MatrixInput, run: RunOnce<DeconvolveStep> = {}): Promise<number> {
    return (await use()).score(this, X, run)
  }

  /** The model as safetensors bytes; `DeconvolutionModel.load` gives it back to the bit. */
  save(): Uint8Array {
    const { components, options, condition } = this
    return writeModel('deconvolve', { signature: matrixTensor(components) }, options, {
      condition,
      genes: components.shape[1],
    })
  }

  /** Throws FormatError for bytes that `save` did not write. */
  static load(bytes: Uint8Array): DeconvolutionModel {
    const file = new ModelFile('DeconvolutionModel.load', 'deconvolve', bytes)
    const options = file.options<DeconvolutionOptions, DeconvolutionOptions>(deconvolutionOptions(), given => given)
    const columns = file.count('genes')
    const signature = file.matrix('signature', undefined, columns, options.method === 'kl' ? 0 : -Infinity)
    const k = signature.length / columns
    file.need(signature instanceof Float64Array && k >= 1, 'a signature in f64 with at least one type')
    const condition = file.number('condition')
    file.end()
    return new DeconvolutionModel(options, dense(signature, [k, columns]), condition)
  }
}

// What is done with a model is fetched when it is.
const use = () => import('./deconvolve.js')
