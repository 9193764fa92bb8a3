import type { MatrixInput } from '../core/blocks.js'
import { dense, type Dense, type FloatArray, type MatrixLike } from '../core/matrix.js'
import { matrixTensor, ModelFile, seriesTensor, writeModel } from '../core/model-file.js'
import type { RunOnce } from '../core/run.js'
import { alsOptions, type AlsOptions } from './als-options.js'

/** Places of a matrix of ratings: user users[p] and item items[p]. */
export interface Pairs {
  readonly users: ArrayLike<number>
  readonly items: ArrayLike<number>
}

/** Users or items that were not in the fit: their rows of the factor (n' x k) and their biases. */
export interface FoldedIn {
  readonly factors: Dense
  readonly biases: Float64Array
}

/** What predictions are made for, where it is not the users or the items of the fit. */
export interface Others {
  readonly users?: FoldedIn
  readonly items?: FoldedIn
}

/** How far predictions are from ratings. */
export interface Errors {
  readonly rmse: number
  readonly mae: number
  readonly count: number
}

/** What a fit ends with. */
export interface AlsFit {
  readonly mean: number
  readonly userBiases: Float64Array
  readonly itemBiases: Float64Array
  readonly W: FloatArray
  readonly H: FloatArray
  readonly range: readonly [number, number]
  readonly stored: number
  readonly loss: number
  readonly trace: ArrayLike<number>
  readonly nIter: number
  readonly converged: boolean
}

/** A fitted ALS: plain data that owns its arrays. A rating is mean + userBiases[u] + itemBiases[i] + w_u.h_i. */
export class AlsModel {
  readonly options: AlsOptions
  readonly mean: number
  readonly userBiases: Float64Array
  readonly itemBiases: Float64Array
  /** H, k x m: the items. */
  readonly components: Dense
  /** W, n x k: the users. */
  readonly embedding: Dense
  /** The least and the largest rating, and how many there were. */
  readonly range: readonly [number, number]
  readonly stored: number
  /** Half the squares of what is left of the ratings, without the penalties. */
  readonly loss: number
  /** The objective after each iteration. */
  readonly trace: Float64Array
  readonly nIter: number
  readonly converged: boolean

  constructor(options: AlsOptions, fit: AlsFit) {
    const { nComponents: k } = options
    this.options = options
    this.mean = fit.mean
    this.userBiases = fit.userBiases
    this.itemBiases = fit.itemBiases
    this.components = dense(fit.H, [k, fit.itemBiases.length])
    this.embedding = dense(fit.W, [fit.userBiases.length, k])
    this.range = Object.freeze([...fit.range] as const)
    this.stored = fit.stored
    this.loss = fit.loss
    this.trace = Float64Array.from(fit.trace)
    this.nIter = fit.nIter
    this.converged = fit.converged
    Object.freeze(this)
  }

  /** The root of the mean square of what is left of the ratings. */
  get rmse(): number {
    return Math.sqrt((2 * this.loss) / this.stored)
  }

  /** W of users by their ratings X (n' x m), the items held: those of the fit get the rows of `embedding`. One without
   *  ratings gets zeros. */
  async transform(X: MatrixInput, run: RunOnce<never> = {}): Promise<Dense> {
    return (await (await use()).foldIn(this, X, run, 'transform')).factors
  }

  /** W and biases of users by their ratings X (n' x m). */
  async foldIn(X: MatrixInput, run: RunOnce<never> = {}): Promise<FoldedIn> {
    return (await use()).foldIn(this, X, run)
  }

  /** Rows of H' and biases of items by their ratings X (n x m', a row for every user of the fit), the users held. */
  async foldInItems(X: MatrixInput, run: RunOnce<never> = {}): Promise<FoldedIn> {
    return (await use()).foldInItems(this, X, run)
  }

  /** Ratings of pairs, clipped as the options say. With `others`, pairs count rows of these. Throws RangeError for a pair
   *  that is out of range. */
  async predict(pairs: Pairs, others: Others = {}): Promise<Float64Array> {
    return (await use()).predict(this, pairs, others)
  }

  /** mean + b_i + Z H for Z (n' x k), and the users' biases where they are given: all ratings, n' x m, clipped. */
  async inverseTransform(Z: MatrixLike, biases?: ArrayLike<number>): Promise<Dense> {
    return (await use()).inverseTransform(this, Z, biases)
  }

  /** Errors of the predictions for the ratings that X (n x m) holds. */
  async errors(X: MatrixInput): Promise<Errors> {
    return (await use()).errors(this, X)
  }

  /** The model as safetensors bytes; `AlsModel.load` gives it back to the bit. */
  save(): Uint8Array {
    const { options, components, embedding, userBiases, itemBiases, trace, range, mean, stored } = this
    const tensors = {
      H: matrixTensor(components),
      W: matrixTensor(embedding),
      userBiases: seriesTensor(userBiases),
      itemBiases: seriesTensor(itemBiases),
      trace: seriesTensor(trace),
    }
    const { loss, nIter, converged } = this
    const facts = { mean, low: range[0], high: range[1], stored, loss, nIter, converged }
    return writeModel('als', tensors, options, facts)
  }

  /** Throws FormatError for bytes that `save` did not write. */
  static load(bytes: Uint8Array): AlsModel {
    const file = new ModelFile('AlsModel.load', 'als', bytes)
    const options = file.options<AlsOptions, AlsOptions>(alsOptions(), resolved => resolved)
    const { nComponents: k } = options
    const H = file.matrix('H', k, undefined)
    const W = file.matrix('W', undefined, k)
    const [userBiases, itemBiases] = [file.series('userBiases'), file.series('itemBiases')]
    const sound = (b: Float64Array, factor: FloatArray): boolean =>
      b.length === factor.length / k && b.every(Number.isFinite)
    file.need(sound(userBiases, W) && sound(itemBiases, H), 'a finite bias for every user and item')
    file.need(H.length > 0 && W.length > 0, 'at least one user and one item')
    const range = [file.number('low'), file.number('high')] as const
    file.need(range[0] <= range[1] && range.every(Number.isFinite), 'low <= high, both finite')
    const mean = file.number('mean')
    file.need(Number.isFinite(mean), 'a finite mean')
    const stored = file.count('stored')
    file.need(stored > 0, 'at least one rating')
    const fit = {
      mean,
      userBiases,
      itemBiases,
      W,
      H,
      range,
      stored,
      loss: file.number('loss'),
      trace: file.series('trace'),
      nIter: file.count('nIter'),
      converged: file.flag('converged'),
    }
    file.end()
    return new AlsModel(options, fit)
  }
}

// What is done with a model is fetched when it is.
const use = () => import('./als-use.js')
