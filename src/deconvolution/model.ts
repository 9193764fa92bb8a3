import type { MatrixInput } from '../core/blocks.js'
import { dense, type Dense, type MatrixLike } from '../core/matrix.js'
import { matrixTensor, ModelFile, writeModel } from '../core/model-file.js'
import type { Deconvolved, DeconvolveRun } from './deconvolved.js'
import { checkNames, locateGenes } from './genes.js'
import { type DeconvolutionOptions, deconvolutionOptions } from './options.js'

/** What the signature's columns and rows are called, where that is known. */
export interface SignatureNames {
  readonly genes?: readonly string[] | undefined
  readonly types?: readonly string[] | undefined
}

/** A signature that mixtures are taken apart by: plain data that owns its arrays. */
export class DeconvolutionModel {
  readonly name = 'Deconvolution'
  readonly options: DeconvolutionOptions
  /** The signature, k types x g genes. */
  readonly components: Dense
  /** The ratio of its largest singular value to its smallest: how far errors may grow, and types be mistaken for each other.
   *  Infinity where types depend on each other, or there are fewer genes than types. */
  readonly condition: number
  /** What the signature's columns and rows are called, where the fit was told. */
  readonly genes: readonly string[] | undefined
  readonly types: readonly string[] | undefined

  constructor(options: DeconvolutionOptions, components: Dense, condition: number, names: SignatureNames = {}) {
    this.options = Object.freeze({ ...options })
    this.components = components
    this.condition = condition
    this.genes = names.genes && Object.freeze([...names.genes])
    this.types = names.types && Object.freeze([...names.types])
    Object.freeze(this)
  }

  /** Takes the mixtures X (n x g, columns in the order of the signature's genes, or as `run.genes` says) apart, each for itself, except that
   *  `quantileNormalize` gives all of a call one distribution and mode cibersort draws one null from all. `run` takes signal,
   *  onProgress, maxMemory and threads, with the same bits whatever these are. Throws RangeError naming the first bad entry,
   *  OutOfMemory, KernelTrap, WorkerLost, or the reason of `run.signal`. */
  async deconvolve(X: MatrixInput, run: DeconvolveRun = {}): Promise<Deconvolved> {
    return (await use()).deconvolve(this, X, run)
  }

  /** Where the signature's genes stand among the names of a table's columns: what `run.genes` takes. Throws RangeError where
   *  the fit was told no names, for names that stand there twice, and naming genes that do not stand there. */
  locate(names: readonly string[]): Int32Array {
    const { genes } = this
    if (!genes) throw new RangeError(`${this.name}.locate: wanted a model of a fit that was told run.genes, got none`)
    return locateGenes(`${this.name}.locate: names`, genes, names)
  }

  /** The fractions alone, without null draws and intervals. */
  async transform(X: MatrixInput, run: DeconvolveRun = {}): Promise<Dense> {
    return (await use()).transform(this, X, run)
  }

  /** What fractions Z (n x k) make of the signature: Z S, n x g. */
  async inverseTransform(Z: MatrixLike): Promise<Dense> {
    return (await use()).inverseTransform(this, Z)
  }

  /** The mean correlation of mixtures X with their fits. */
  async score(X: MatrixInput, run: DeconvolveRun = {}): Promise<number> {
    return (await use()).score(this, X, run)
  }

  /** The model as safetensors bytes; `DeconvolutionModel.load` gives it back to the bit. */
  save(): Uint8Array {
    const { components, options, condition, genes, types } = this
    return writeModel('deconvolve', { signature: matrixTensor(components) }, options, {
      condition,
      genes: components.shape[1],
      ...(genes && { geneNames: JSON.stringify(genes) }),
      ...(types && { typeNames: JSON.stringify(types) }),
    })
  }

  /** Throws FormatError for bytes that `save` did not write. */
  static load(bytes: Uint8Array): DeconvolutionModel {
    const file = new ModelFile('DeconvolutionModel.load', 'deconvolve', bytes)
    let names = { genes: '', types: '' }
    const options = file.options<DeconvolutionOptions, DeconvolutionOptions>(deconvolutionOptions(), (given, text) => {
      names = { genes: text('geneNames'), types: text('typeNames') }
      return given
    })
    const columns = file.count('genes')
    const signature = file.matrix('signature', undefined, columns, options.method === 'kl' ? 0 : -Infinity)
    const k = signature.length / columns
    file.need(signature instanceof Float64Array && k >= 1, 'a signature in f64 with at least one type')
    const condition = file.number('condition')
    file.end()
    const read = (what: 'genes' | 'types', count: number): string[] | undefined =>
      names[what] === ''
        ? undefined
        : file.made(`names of ${count} ${what}`, () => {
            const list: unknown = JSON.parse(names[what])
            checkNames(what, list, count, what)
            return list
          })
    const known = { genes: read('genes', columns), types: read('types', k) }
    return new DeconvolutionModel(options, dense(signature, [k, columns]), condition, known)
  }
}

// What is done with a model is fetched when it is.
const use = () => import('./deconvolve.js')
