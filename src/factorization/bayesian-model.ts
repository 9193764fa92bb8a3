import type { MatrixInput } from '../core/blocks.js'
import { dense, type Dense, type FloatArray, type MatrixLike } from '../core/matrix.js'
import { matrixTensor, ModelFile, seriesTensor, writeModel } from '../core/model-file.js'
import type { RunOnce } from '../core/run.js'
import type { Errors, FoldedIn, Pairs } from './als-model.js'
import { bayesianOptions, type BayesianOptions } from './bayesian-options.js'

export interface PredictOptions {
  /** Of the intervals; .9 by default. */
  readonly level?: number
  /** Users that were folded in: pairs count these. */
  readonly users?: FoldedIn
}

/** Of every pair: the mean of the predictions, their standard deviation (of the mean rating over the draws and of the
 *  noise), and the interval that the rating lies in with the probability `level`. Means and intervals are clipped. */
export interface Predicted {
  readonly mean: Float64Array
  readonly deviation: Float64Array
  readonly low: Float64Array
  readonly high: Float64Array
}

/** How far predictions are from ratings, and the share of these that the intervals cover. */
export interface CoveredErrors extends Errors {
  readonly coverage: number
}

/** What a fit ends with: draws of both factors beside each other. */
export interface BayesianFit {
  readonly mean: number
  readonly userBiases: Float64Array
  readonly itemBiases: Float64Array
  readonly W: FloatArray
  readonly H: FloatArray
  readonly noises: Float64Array
  readonly means: Float64Array
  readonly precisions: Float64Array
  readonly range: readonly [number, number]
  readonly stored: number
  readonly loss: number
  readonly trace: ArrayLike<number>
}

/** A fitted BayesianMF: plain data that owns its arrays. With S draws of k components, the mean prediction is
 *  mean + userBiases[u] + itemBiases[i] + (embedding times components)[u, i] / S. */
export class BayesianModel {
  readonly options: BayesianOptions
  readonly mean: number
  readonly userBiases: Float64Array
  readonly itemBiases: Float64Array
  /** H of all draws below each other, S k x m. */
  readonly components: Dense
  /** W of all draws beside each other, n x S k. */
  readonly embedding: Dense
  /** Of each draw: the precision of the noise, the mean of the users' rows (k) and their precision (k x k). */
  readonly noises: Float64Array
  readonly userMeans: Float64Array
  readonly userPrecisions: Float64Array
  /** The least and the largest rating, and how many there were. */
  readonly range: readonly [number, number]
  readonly stored: number
  /** Half the squares that the last draw leaves of the ratings, and each of the sweeps. */
  readonly loss: number
  readonly trace: Float64Array

  constructor(options: BayesianOptions, fit: BayesianFit) {
    const wide = options.nComponents * fit.noises.length
    this.options = options
    this.mean = fit.mean
    this.userBiases = fit.userBiases
    this.itemBiases = fit.itemBiases
    this.components = dense(fit.H, [wide, fit.itemBiases.length])
    this.embedding = dense(fit.W, [fit.userBiases.length, wide])
    this.noises = fit.noises
    this.userMeans = fit.means
    this.userPrecisions = fit.precisions
    this.range = Object.freeze([...fit.range] as const)
    this.stored = fit.stored
    this.loss = fit.loss
    this.trace = Float64Array.from(fit.trace)
    Object.freeze(this)
  }

  /** The means of W of users by their ratings X (n' x m) under each draw of the items and the users' Gaussian, n' x S k. */
  async transform(X: MatrixInput, run: RunOnce<never> = {}): Promise<Dense> {
    return (await use()).transform(this, X, run)
  }

  /** Draws of W, one under each draw of the items, and the biases: what `predict` needs for intervals of users that were
   *  not in the fit. */
  async foldIn(X: MatrixInput, run: RunOnce<never> = {}): Promise<FoldedIn> {
    return (await use()).foldIn(this, X, run)
  }

  /** Means and intervals of pairs. Throws RangeError for a pair that is out of range. */
  async predict(pairs: Pairs, options: PredictOptions = {}): Promise<Predicted> {
    return (await use()).predict(this, pairs, options)
  }

  /** mean + b_i + Z H / S for Z (n' x S k), and the users' biases where they are given: mean ratings, n' x m, clipped. */
  async inverseTransform(Z: MatrixLike, biases?: ArrayLike<number>): Promise<Dense> {
    return (await use()).inverseTransform(this, Z, biases)
  }

  /** Errors of the mean predictions for the ratings that X (n x m) holds, and how many of these the intervals cover. */
  async errors(X: MatrixInput, options: Pick<PredictOptions, 'level'> = {}): Promise<CoveredErrors> {
    return (await use()).errors(this, X, options)
  }

  /** The model as safetensors bytes; `BayesianModel.load` gives it back to the bit. */
  save(): Uint8Array {
    const { options, components, embedding, range, mean, stored, loss } = this
    const series = {
      userBiases: this.userBiases,
      itemBiases: this.itemBiases,
      noises: this.noises,
      userMeans: this.userMeans,
      userPrecisions: this.userPrecisions,
      trace: this.trace,
    }
    const tensors = {
      H: matrixTensor(components),
      W: matrixTensor(embedding),
      ...Object.fromEntries(Object.entries(series).map(([name, values]) => [name, seriesTensor(values)])),
    }
    return writeModel('bayesian-mf', tensors, options, { mean, low: range[0], high: range[1], stored, loss })
  }

  /** Throws FormatError for bytes that `save` did not write. */
  static load(bytes: Uint8Array): BayesianModel {
    const file = new ModelFile('BayesianModel.load', 'bayesian-mf', bytes)
    const options = file.options<BayesianOptions, BayesianOptions>(bayesianOptions(), resolved => resolved)
    const { nComponents: k, nSamples } = options
    const wide = k * nSamples
    const H = file.matrix('H', wide, undefined)
    const W = file.matrix('W', undefined, wide)
    file.need(H.length > 0 && W.length > 0, 'at least one user and one item')
    const finite = (name: string, length: number): Float64Array => {
      const values = file.series(name)
      file.need(values.length === length && values.every(Number.isFinite), `${length} finite numbers in ${name}`)
      return values
    }
    const noises = finite('noises', nSamples)
    file.need(
      noises.every(noise => noise > 0),
      'noises above 0',
    )
    const range = [file.number('low'), file.number('high')] as const
    file.need(range[0] <= range[1] && range.every(Number.isFinite), 'low <= high, both finite')
    const mean = file.number('mean')
    file.need(Number.isFinite(mean), 'a finite mean')
    const stored = file.count('stored')
    file.need(stored > 0, 'at least one rating')
    const fit = {
      mean,
      userBiases: finite('userBiases', W.length / wide),
      itemBiases: finite('itemBiases', H.length / wide),
      W,
      H,
      noises,
      means: finite('userMeans', wide),
      precisions: finite('userPrecisions', wide * k),
      range,
      stored,
      loss: file.number('loss'),
      trace: file.series('trace'),
    }
    file.end()
    return new BayesianModel(options, fit)
  }
}

// What is done with a model is fetched when it is.
const use = () => import('./bayesian-use.js')
