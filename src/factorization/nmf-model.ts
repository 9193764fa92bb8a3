import type { MatrixInput } from '../core/blocks.js'
import type { SafeTensor } from '../core/codecs/safetensors.js'
import { dense, type Dense, type FloatArray, type MatrixLike } from '../core/matrix.js'
import { matrixTensor, ModelFile, seriesTensor, writeModel } from '../core/model-file.js'
import type { NmfFit, NmfSums } from './nmf-fit.js'
import type { NmfRunOnce } from './nmf-load.js'
import {
  betaOf,
  checkTogether,
  isNamed,
  type NamedInit,
  NMF_OPTIONS,
  type NmfOptions,
  type NmfSettings,
  settingsOf,
} from './nmf-options.js'

export type NmfModelOptions = NmfSettings & { readonly init: NamedInit | 'custom' }

/** A fitted NMF: plain data that owns its arrays. */
export class NmfModel {
  /** H, k x m. */
  readonly components: Dense
  /** W of the training rows, n x k. */
  readonly embedding: Dense
  readonly nIter: number
  readonly converged: boolean
  /** Whether the relaxed engine had a part in it: `fast` was asked for and the host has relaxed SIMD. */
  readonly fast: boolean
  /** Divergence of X from WH at the end, without penalties. */
  readonly loss: number
  /** The objective (loss plus penalties) wherever it was evaluated, in order, the kept restart's. */
  readonly trace: Float64Array
  /** Mean divergence over the entries that `holdOut` held out; undefined where none were. */
  readonly holdOutLoss: number | undefined
  /** What `partialFit` goes on from; undefined for a model of `fit`. */
  readonly sums: NmfSums | undefined

  /** The options of the fit; of a start of the caller's, that it was one. */
  readonly options: NmfModelOptions

  constructor(given: NmfOptions | NmfModelOptions, shape: readonly [number, number], fit: NmfFit) {
    const init = typeof given.init === 'string' ? given.init : ('custom' as const)
    const options = Object.freeze({ ...settingsOf(given), init })
    this.options = options
    this.components = dense(fit.H, [options.nComponents, shape[1]])
    this.embedding = dense(fit.W, [shape[0], options.nComponents])
    this.nIter = fit.nIter
    this.converged = fit.converged
    this.fast = fit.fast
    this.loss = fit.loss
    this.trace = Float64Array.from(fit.trace)
    this.sums = fit.sums
    this.holdOutLoss = fit.holdOutLoss
    Object.freeze(this)
  }

  /** W for new rows X (n' x m) with H held: n' x k, each row for itself. X takes the model's precision. */
  async transform(X: MatrixInput, run: NmfRunOnce = {}): Promise<Dense> {
    return (await use()).transform(this, X, run)
  }

  /** Z H for Z (n' x k): n' x m. */
  async inverseTransform(Z: MatrixLike): Promise<Dense> {
    return (await use()).inverseTransform(this, Z)
  }

  /** Minus the mean divergence per row of X from its best reconstruction: higher is better. */
  async score(X: MatrixInput, run: NmfRunOnce = {}): Promise<number> {
    return (await use()).score(this, X, run)
  }

  /** The model as safetensors bytes; `NmfModel.load` gives it back to the bit. */
  save(): Uint8Array {
    const { sums } = this
    const k = this.options.nComponents
    const rowsOfK = (data: FloatArray): SafeTensor => matrixTensor({ data, shape: [data.length / k, k] })
    const { init, ...options } = this.options
    const tensors = {
      H: matrixTensor(this.components),
      W: matrixTensor(this.embedding),
      trace: seriesTensor(this.trace),
      ...(sums && { 'sums.num': rowsOfK(sums.num), 'sums.den': rowsOfK(sums.den) }),
    }
    return writeModel('nmf', tensors, options, {
      init,
      nIter: this.nIter,
      converged: this.converged,
      fast: this.fast,
      loss: this.loss,
      ...(this.holdOutLoss !== undefined && { holdOutLoss: this.holdOutLoss }),
      ...(sums && { numExponent: sums.numExponent, denExponent: sums.denExponent }),
    })
  }

  /** Throws FormatError for bytes that `save` did not write. */
  static load(bytes: Uint8Array): NmfModel {
    return readModel(new ModelFile('NmfModel.load', 'nmf', bytes))
  }
}

// What is done with a model is fetched when it is.
const use = () => import('./nmf-transform.js')

function readModel(file: ModelFile): NmfModel {
  const options = file.options<NmfOptions, NmfModelOptions>(NMF_OPTIONS, (resolved, text) => {
    const settings = settingsOf(resolved)
    checkTogether('NmfModel.load', settings)
    const init = text('init')
    if (!isNamed(init) && init !== 'custom') throw new RangeError(`init: wanted the name of one or custom, got ${init}`)
    return { ...settings, init }
  })
  const k = options.nComponents
  const least = options.clip ? 0 : -Infinity
  const H = file.matrix('H', k, undefined, least)
  const m = H.length / k
  file.need(m >= 1, 'at least one column')
  const W = file.matrix('W', undefined, k, least)
  const sums = (file.has('sums.num') || file.has('sums.den')) && {
    num: file.matrix('sums.num', m, k, 0),
    den: file.matrix('sums.den', betaOf(options.betaLoss) === 2 ? k : m, k, 0),
    numExponent: file.number('numExponent'),
    denExponent: file.number('denExponent'),
  }
  const fit = {
    W,
    H,
    trace: [...file.series('trace')],
    nIter: file.count('nIter'),
    converged: file.flag('converged'),
    fast: file.flag('fast'),
    loss: file.number('loss'),
    objective: NaN,
    ...(sums && { sums }),
    ...(options.holdOut > 0 && { holdOutLoss: file.number('holdOutLoss') }),
  }
  file.end()
  return new NmfModel(options, [W.length / k, m], fit)
}
