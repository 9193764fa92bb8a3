import type { MatrixInput } from '../core/blocks.js'
import { dense, type Dense, type MatrixLike } from '../core/matrix.js'
import { matrixTensor, ModelFile, seriesTensor, writeModel } from '../core/model-file.js'
import type { RunOnce } from '../core/run.js'
import { completionOptions, type CompletionOptions } from './completion-options.js'
import type { NmfProgress } from './nmf-projection.js'

/** A value of the path. */
export interface CompletionPoint {
  readonly lambda: number
  readonly rank: number
  /** Root of the mean squared error over the entries that were fitted. */
  readonly error: number
  /** The same of those held out. */
  readonly holdOut: number
}

/** What a fit ends with. */
export interface CompletionFit {
  /** Z = W H + 1 mean', W = U sqrt(S) n x rank and H = sqrt(S) V' rank x m. */
  readonly W: Float64Array
  readonly H: Float64Array
  readonly singularValues: Float64Array
  readonly mean: Float64Array
  readonly lambda: number
  readonly ridge: number
  readonly excess: number
  readonly loss: number
  readonly path: readonly CompletionPoint[]
  readonly trace: ArrayLike<number>
  readonly nIter: number
  readonly converged: boolean
}

/** A fitted MatrixCompletion: plain data that owns its arrays. */
export class CompletionModel {
  readonly options: CompletionOptions
  /** H = sqrt(S) V', rank x m. */
  readonly components: Dense
  /** W = U sqrt(S) of the training rows, n x rank. */
  readonly embedding: Dense
  /** Of Z (without the means), falling. */
  readonly singularValues: Float64Array
  /** What was taken off each column; zeros without `centre`. */
  readonly mean: Float64Array
  /** What singular values were shrunk by. */
  readonly lambda: number
  /** The ridge that W of new rows is solved for with: lambda, or 0 after `debias`. */
  readonly ridge: number
  /** The largest singular value of the residual on the known entries by lambda: no more than 1 (but for tol) where Z,
   *  before it was debiased, is the minimum; more where `nComponents` held the rank. NaN for lambda 0. */
  readonly excess: number
  /** Half the squared error over the known entries. */
  readonly loss: number
  /** Of a lambda that was chosen, all that were tried. */
  readonly path: readonly CompletionPoint[]
  /** The objective after each iteration of the last fit. */
  readonly trace: Float64Array
  readonly nIter: number
  readonly converged: boolean

  constructor(options: CompletionOptions, fit: CompletionFit) {
    const rank = fit.singularValues.length
    this.options = options
    this.components = dense(fit.H, [rank, fit.mean.length])
    this.embedding = dense(fit.W, [fit.W.length / rank, rank])
    this.singularValues = fit.singularValues
    this.mean = fit.mean
    this.lambda = fit.lambda
    this.ridge = fit.ridge
    this.excess = fit.excess
    this.loss = fit.loss
    this.path = Object.freeze([...fit.path])
    this.trace = Float64Array.from(fit.trace)
    this.nIter = fit.nIter
    this.converged = fit.converged
    Object.freeze(this)
  }

  /** W for new rows X (n' x m) of which some entries are known: n' x rank, ridge regressions on what is known of each. A
   *  row of which nothing is known is 0. */
  async transform(X: MatrixInput, run: RunOnce<NmfProgress> = {}): Promise<Dense> {
    return (await use()).transform(this, X, run)
  }

  /** Z H and the means for Z (n' x rank): n' x m. */
  async inverseTransform(Z: MatrixLike): Promise<Dense> {
    return (await use()).inverseTransform(this, Z)
  }

  /** X (n' x m, new rows or those of the fit) with what is not known filled in, what is known as it came: n' x m. */
  async complete(X: MatrixInput, run: RunOnce<NmfProgress> = {}): Promise<Dense> {
    return (await use()).complete(this, X, run)
  }

  /** Minus half the mean squared error per row of X over its known entries from their best fit: higher is better. */
  async score(X: MatrixInput, run: RunOnce<NmfProgress> = {}): Promise<number> {
    return (await use()).score(this, X, run)
  }

  /** The model as safetensors bytes; `CompletionModel.load` gives it back to the bit. */
  save(): Uint8Array {
    const { components, embedding, singularValues, mean, path, trace, options } = this
    const { lambda, ridge, excess, loss, nIter, converged } = this
    const tensors = {
      H: matrixTensor(components),
      W: matrixTensor(embedding),
      S: seriesTensor(singularValues),
      mean: seriesTensor(mean),
      excess: seriesTensor(Float64Array.of(excess)),
      path: seriesTensor(Float64Array.from(path.flatMap(p => [p.lambda, p.rank, p.error, p.holdOut]))),
      trace: seriesTensor(trace),
    }
    return writeModel('matrix-completion', tensors, options, { lambda, ridge, loss, nIter, converged })
  }

  /** Throws FormatError for bytes that `save` did not write. */
  static load(bytes: Uint8Array): CompletionModel {
    const file = new ModelFile('CompletionModel.load', 'matrix-completion', bytes)
    const options = file.options<CompletionOptions, CompletionOptions>(completionOptions(), resolved => resolved)
    const [excess = NaN] = file.series('excess')
    const singularValues = file.series('S')
    const rank = singularValues.length
    const mean = file.series('mean')
    file.need(rank >= 1 && mean.length >= 1, 'at least one component and one column')
    const H = file.matrix('H', rank, mean.length)
    const W = file.matrix('W', undefined, rank)
    file.need(H instanceof Float64Array && W instanceof Float64Array, 'double precision')
    const values = file.series('path')
    file.need(values.length % 4 === 0, 'four numbers for each value of the path')
    const path = Array.from({ length: values.length / 4 }, (_, p) => {
      const [lambda = NaN, at = NaN, error = NaN, holdOut = NaN] = values.subarray(4 * p, 4 * p + 4)
      return Object.freeze({ lambda, rank: at, error, holdOut })
    })
    const fit = {
      W: W as Float64Array,
      H: H as Float64Array,
      singularValues,
      mean,
      path,
      excess,
      lambda: file.number('lambda'),
      ridge: file.number('ridge'),
      loss: file.number('loss'),
      trace: file.series('trace'),
      nIter: file.count('nIter'),
      converged: file.flag('converged'),
    }
    file.end()
    return new CompletionModel(options, fit)
  }
}

// What is done with a model is fetched when it is.
const use = () => import('./completion-transform.js')
