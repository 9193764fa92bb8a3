import type { MatrixInput } from '../core/blocks.js'
import { dense, type Dense, type FloatArray, type MatrixLike } from '../core/matrix.js'
import { matrixTensor, ModelFile, seriesTensor, writeModel } from '../core/model-file.js'
import type { RunOnce } from '../core/run.js'
import { integrativeOptions, type IntegrativeOptions } from './integrative-options.js'
import type { NmfProgress } from './nmf-projection.js'

/** What a fit found of a data set. */
export interface IntegrativeSet {
  /** Its rows of the embedding: from .. to. */
  readonly from: number
  readonly to: number
  /** |X_i - W_i (H + V_i)|^2 / |X_i|^2: what the model leaves of it. */
  readonly residual: number
  /** |W_i V_i|^2 / |W_i (H + V_i)|^2: how much of what is found is its own. */
  readonly specific: number
}

/** What a fit ends with. */
export interface IntegrativeFit {
  readonly sets: readonly IntegrativeSet[]
  readonly W: FloatArray
  readonly H: FloatArray
  readonly V: readonly FloatArray[]
  readonly loss: number
  readonly trace: ArrayLike<number>
  readonly nIter: number
  readonly converged: boolean
}

/** A fitted IntegrativeNMF: plain data that owns its arrays. */
export class IntegrativeModel {
  readonly options: IntegrativeOptions
  readonly sets: readonly IntegrativeSet[]
  /** H, k x m: what the data sets share. */
  readonly components: Dense
  /** V_i of each, k x m: what is its own. */
  readonly specific: readonly Dense[]
  /** W of all data sets below each other, n x k. */
  readonly embedding: Dense
  /** 1/2 sum_i |X_i - W_i (H + V_i)|^2 at the end, without the penalty. */
  readonly loss: number
  /** The objective after each iteration, the kept restart's. */
  readonly trace: Float64Array
  readonly nIter: number
  readonly converged: boolean

  constructor(options: IntegrativeOptions, fit: IntegrativeFit) {
    const k = options.nComponents
    const m = fit.H.length / k
    this.options = options
    this.sets = Object.freeze([...fit.sets])
    this.components = dense(fit.H, [k, m])
    this.specific = Object.freeze(fit.V.map(V => dense(V, [k, m])))
    this.embedding = dense(fit.W, [fit.W.length / k, k])
    this.loss = fit.loss
    this.trace = Float64Array.from(fit.trace)
    this.nIter = fit.nIter
    this.converged = fit.converged
    Object.freeze(this)
  }

  /** W for new samples, below each other: those of X[i] with H + V_i and its penalty held, null for a data set that has
   *  none. Further matrices are of data sets that the fit has not seen: these are solved for with H alone. */
  async transform(X: readonly (MatrixInput | null | undefined)[], run: RunOnce<NmfProgress> = {}): Promise<Dense> {
    return (await use()).transform(this, X, run)
  }

  /** Z (H + V_i) of each data set for Z (n' x k): what the samples would be in it, n' x m. */
  async inverseTransform(Z: MatrixLike): Promise<Dense[]> {
    return (await use()).inverseTransform(this, Z)
  }

  /** Minus the mean objective per sample of X, as `transform` takes it: higher is better. */
  async score(X: readonly (MatrixInput | null | undefined)[], run: RunOnce<NmfProgress> = {}): Promise<number> {
    return (await use()).score(this, X, run)
  }

  /** The model as safetensors bytes; `IntegrativeModel.load` gives it back to the bit. */
  save(): Uint8Array {
    const { components, specific, embedding, sets, trace, nIter, converged, loss, options } = this
    const column = (of: (set: IntegrativeSet) => number) => seriesTensor(Float64Array.from(sets, of))
    const tensors = {
      H: matrixTensor(components),
      W: matrixTensor(embedding),
      ...Object.fromEntries(specific.map((V, i) => [`V.${i}`, matrixTensor(V)])),
      'sets.to': column(({ to }) => to),
      'sets.residual': column(({ residual }) => residual),
      'sets.specific': column(({ specific: share }) => share),
      trace: seriesTensor(trace),
    }
    return writeModel('integrative-nmf', tensors, options, { nIter, converged, loss })
  }

  /** Throws FormatError for bytes that `save` did not write. */
  static load(bytes: Uint8Array): IntegrativeModel {
    const file = new ModelFile('IntegrativeModel.load', 'integrative-nmf', bytes)
    const options = file.options<IntegrativeOptions, IntegrativeOptions>(integrativeOptions(), resolved => resolved)
    const { nComponents: k } = options
    const H = file.matrix('H', k, undefined, 0)
    const m = H.length / k
    file.need(m >= 1, 'at least one column')
    const W = file.matrix('W', undefined, k, 0)
    const ends = file.series('sets.to')
    const column = (name: string): Float64Array => {
      const found = file.series(name)
      file.need(found.length === ends.length, `${ends.length} numbers in ${name}, got ${found.length}`)
      return found
    }
    const [residual, specific] = [column('sets.residual'), column('sets.specific')]
    const rising = ends.every((to, i) => Number.isInteger(to) && to > (ends[i - 1] ?? 0))
    file.need(rising && ends.at(-1) === W.length / k, 'rows of W that belong to data sets')
    const V = [...ends.keys()].map(i => file.matrix(`V.${i}`, k, m, 0))
    const sets = [...ends].map((to, i) =>
      Object.freeze({ from: ends[i - 1] ?? 0, to, residual: residual[i]!, specific: specific[i]! }),
    )
    const fit = {
      sets,
      W,
      H,
      V,
      loss: file.number('loss'),
      trace: file.series('trace'),
      nIter: file.count('nIter'),
      converged: file.flag('converged'),
    }
    file.end()
    return new IntegrativeModel(options, fit)
  }
}

// What is done with a model is fetched when it is.
const use = () => import('./integrative-transform.js')
