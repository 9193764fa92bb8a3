import type { MatrixInput } from '../core/blocks.js'
import { dense, type Dense, type MatrixLike } from '../core/matrix.js'
import { matrixTensor, ModelFile, seriesTensor, writeModel } from '../core/model-file.js'
import type { OptionSpecs } from '../core/options.js'
import type { RunOnce } from '../core/run.js'
import { isRounding, type SvdFit } from './svd-found.js'
import { PCA_OPTIONS, type PcaOptions, SVD_OPTIONS, type SvdOptions } from './svd-options.js'

/** What both models are: plain data that owns its arrays. */
abstract class SvdModel<O extends SvdOptions | PcaOptions> {
  /** V', k x m: orthonormal rows. */
  readonly components: Dense
  /** U S of the training rows, n x k; of a whitened PCA divided by each column's standard deviation. */
  readonly embedding: Dense
  /** Falling, in the units of X. */
  readonly singularValues: Float64Array
  /** Variance of each column of U S: over n - 1 for PCA, over n for TruncatedSVD. */
  readonly explainedVariance: Float64Array
  /** Its share of the variance of all columns of X; 0 where there is none. */
  readonly explainedVarianceRatio: Float64Array
  readonly nIter: number
  readonly converged: boolean

  constructor(
    readonly options: O,
    fit: SvdFit,
  ) {
    const k = fit.singularValues.length
    this.components = dense(fit.components, [k, fit.components.length / k])
    this.embedding = dense(fit.embedding, [fit.embedding.length / k, k])
    this.singularValues = fit.singularValues
    this.explainedVariance = fit.explainedVariance
    this.explainedVarianceRatio = fit.explainedVarianceRatio
    this.nIter = fit.nIter
    this.converged = fit.converged
  }

  /** X V for new rows X (n' x m): n' x k. X takes the model's precision. PCA subtracts its mean first, and divides by the
   *  standard deviations where it whitens (0 for a component without any). */
  async transform(X: MatrixInput, run: RunOnce<unknown> = {}): Promise<Dense> {
    return (await use()).transform(this.projection, X, run)
  }

  /** Z V' for Z (n' x k): n' x m; the way back of `transform`. */
  async inverseTransform(Z: MatrixLike): Promise<Dense> {
    return (await use()).inverseTransform(this.projection, Z)
  }

  /** The model as safetensors bytes; `load` gives it back to the bit. */
  save(): Uint8Array {
    const { mean, noiseVariance } = this.projection
    const tensors = {
      V: matrixTensor(this.components),
      US: matrixTensor(this.embedding),
      S: seriesTensor(this.singularValues),
      variance: seriesTensor(this.explainedVariance),
      ratio: seriesTensor(this.explainedVarianceRatio),
      ...(mean && { mean: seriesTensor(mean) }),
    }
    const facts: Record<string, number | boolean> = { nIter: this.nIter, converged: this.converged }
    if (noiseVariance !== undefined) facts.noiseVariance = noiseVariance
    return writeModel(this.command, tensors, this.options, facts)
  }

  /** Its command's name. */
  protected abstract get command(): string
  protected abstract get projection(): SvdProjection
}

/** What of a model its methods take. */
export interface SvdProjection {
  /** As errors begin. */
  readonly name: string
  readonly components: Dense
  readonly singularValues: Float64Array
  readonly explainedVariance: Float64Array
  readonly mean?: Float64Array
  readonly noiseVariance?: number
  /** Divisors of the columns of the embedding, 0 for a column of zeros. */
  readonly deviations?: Float64Array
}

// What is done with a model is fetched when it is.
const use = () => import('./svd-transform.js')

/** A fitted TruncatedSVD. */
export class TruncatedSvdModel extends SvdModel<SvdOptions> {
  constructor(options: SvdOptions, fit: SvdFit) {
    super(options, fit)
    Object.freeze(this)
  }

  /** Minus the mean over rows of the squared distance from their reconstruction: higher is better. */
  async score(X: MatrixInput, run: RunOnce<unknown> = {}): Promise<number> {
    return (await use()).score(this.projection, X, run)
  }

  /** Throws FormatError for bytes that `save` did not write. */
  static load(bytes: Uint8Array): TruncatedSvdModel {
    const file = new ModelFile('TruncatedSvdModel.load', 'truncated-svd', bytes)
    const { options, fit } = readFit<SvdOptions>(file, SVD_OPTIONS, false)
    return new TruncatedSvdModel(options, fit)
  }

  protected get command(): string {
    return 'truncated-svd'
  }

  protected get projection(): SvdProjection {
    const { components, singularValues, explainedVariance } = this
    return { name: 'TruncatedSVD', components, singularValues, explainedVariance }
  }
}

/** A fitted PCA. */
export class PcaModel extends SvdModel<PcaOptions> {
  /** Of the columns of the training rows. */
  readonly mean: Float64Array
  /** Mean variance of the min(n, m) - k directions that are left out (Tipping & Bishop 1999); 0 where none is. */
  readonly noiseVariance: number

  constructor(options: PcaOptions, fit: SvdFit) {
    super(options, fit)
    this.mean = fit.mean
    this.noiseVariance = fit.noiseVariance
    Object.freeze(this)
  }

  /** Mean log-likelihood of the rows under probabilistic PCA (Tipping & Bishop 1999): higher is better. Throws RangeError
   *  for a model whose covariance has no inverse. */
  async score(X: MatrixInput, run: RunOnce<unknown> = {}): Promise<number> {
    return (await use()).logLikelihood(this.projection, X, run)
  }

  /** Throws FormatError for bytes that `save` did not write. */
  static load(bytes: Uint8Array): PcaModel {
    const { options, fit } = readFit<PcaOptions>(new ModelFile('PcaModel.load', 'pca', bytes), PCA_OPTIONS, true)
    return new PcaModel(options, fit)
  }

  protected get command(): string {
    return 'pca'
  }

  protected get projection(): SvdProjection {
    const { components, embedding, singularValues, explainedVariance, mean, noiseVariance, options } = this
    const side = Math.max(embedding.shape[0], components.shape[1])
    const root = Math.sqrt(Math.max(1, embedding.shape[0] - 1))
    const deviations = singularValues.map(s => (isRounding(s, singularValues, side) ? 0 : s / root))
    const common = { name: 'PCA', components, singularValues, explainedVariance, mean, noiseVariance }
    return options.whiten ? { ...common, deviations } : common
  }
}

function readFit<O extends SvdOptions<number | null>>(
  file: ModelFile,
  specs: OptionSpecs<O>,
  centred: boolean,
): { options: Readonly<O>; fit: SvdFit } {
  const options = file.options<O, Readonly<O>>(specs, resolved => resolved)
  const series = (name: string, length: number): Float64Array => {
    const values = file.series(name)
    file.need(values.length === length && values.every(Number.isFinite), `${length} finite numbers in ${name}`)
    return values
  }
  const singularValues = file.series('S')
  const k = singularValues.length
  file.need(k >= 1 && k === (options.nComponents ?? k), `as many values in S as components, got ${k}`)
  file.need(
    singularValues.every((s, i) => s >= 0 && s <= (singularValues[i - 1] ?? Number.MAX_VALUE)),
    'finite numbers >= 0 that fall in S',
  )
  const components = file.matrix('V', k, undefined)
  const columns = components.length / k
  const embedding = file.matrix('US', undefined, k)
  file.need(columns >= k && embedding.length / k >= k, `at least ${k} columns and rows`)
  const fit = {
    components,
    embedding,
    singularValues,
    explainedVariance: series('variance', k),
    explainedVarianceRatio: series('ratio', k),
    mean: centred ? series('mean', columns) : new Float64Array(0),
    noiseVariance: centred ? file.number('noiseVariance') : 0,
    nIter: file.count('nIter'),
    converged: file.flag('converged'),
  }
  file.end()
  return { options, fit }
}
