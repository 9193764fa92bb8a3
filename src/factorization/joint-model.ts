import type { MatrixInput } from '../core/blocks.js'
import type { Dense, MatrixLike } from '../core/matrix.js'
import { dense } from '../core/matrix.js'
import { matrixTensor, ModelFile, seriesTensor, writeModel } from '../core/model-file.js'
import type { RunOnce } from '../core/run.js'
import { checkJoint, jointOptions, type JointOptions } from './joint-options.js'
import type { NmfProgress } from './nmf-projection.js'

/** The options of the fit; not its networks, which are data. */
export type JointModelOptions = Omit<JointOptions, 'networks'>

/** What a fit found of a view. */
export interface JointView {
  /** It has entries below 0 and stands as its positive and its negative parts. */
  readonly split: boolean
  /** Its weight; all sum to the number of views. */
  readonly weight: number
  /** Its Frobenius norm. */
  readonly norm: number
  /** |X_v - W H_v|^2 / |X_v|^2 at the end: what W and H_v leave of it. */
  readonly residual: number
}

/** What a fit ends with. */
export interface JointFit {
  readonly views: readonly JointView[]
  readonly W: Dense
  readonly components: readonly Dense[]
  readonly loss: number
  readonly trace: ArrayLike<number>
  readonly nIter: number
  readonly converged: boolean
  readonly fast: boolean
}

/** A fitted JointNMF: plain data that owns its arrays. */
export class JointModel {
  readonly options: JointModelOptions
  readonly views: readonly JointView[]
  /** H_v of each view, k x m_v; of a split one k x 2 m_v, those of its positive parts and then of its negative ones. */
  readonly components: readonly Dense[]
  /** W of the training samples, n x k. */
  readonly embedding: Dense
  /** 1/2 sum_v w_v |X_v - W H_v|^2 / |X_v|^2 at the end. */
  readonly loss: number
  /** The objective (loss plus penalties) after each iteration, the kept restart's. */
  readonly trace: Float64Array
  readonly nIter: number
  readonly converged: boolean
  /** Whether the relaxed engine had a part in it. */
  readonly fast: boolean

  constructor(given: JointOptions | JointModelOptions, fit: JointFit) {
    const { networks: _, ...options } = given as JointOptions
    this.options = Object.freeze(options)
    this.views = Object.freeze([...fit.views])
    this.components = Object.freeze([...fit.components])
    this.embedding = fit.W
    this.loss = fit.loss
    this.trace = Float64Array.from(fit.trace)
    this.nIter = fit.nIter
    this.converged = fit.converged
    this.fast = fit.fast
    Object.freeze(this)
  }

  /** W for new samples, with all H_v held: n' x k, each for itself. `X` has the views of the fit in their order; null
   *  stands for one that these samples lack, which their W then does without. With `signed` split an entry below 0 of a
   *  view that had none in the fit counts as 0. */
  async transform(X: readonly (MatrixInput | null | undefined)[], run: RunOnce<NmfProgress> = {}): Promise<Dense> {
    return (await use()).transform(this, X, run)
  }

  /** Z H_v of each view for Z (n' x k): n' x m_v, of a split view its positive part less its negative one. */
  async inverseTransform(Z: MatrixLike): Promise<Dense[]> {
    return (await use()).inverseTransform(this, Z)
  }

  /** Minus the mean loss per sample of views X from their best reconstruction: higher is better. Views may be null. */
  async score(X: readonly (MatrixInput | null | undefined)[], run: RunOnce<NmfProgress> = {}): Promise<number> {
    return (await use()).score(this, X, run)
  }

  /** The model as safetensors bytes; `JointModel.load` gives it back to the bit. */
  save(): Uint8Array {
    const { components, embedding, views, trace, nIter, converged, fast, loss } = this
    const column = (of: (view: JointView) => number) => seriesTensor(Float64Array.from(views, of))
    const tensors = {
      W: matrixTensor(embedding),
      ...Object.fromEntries(components.map((H, v) => [`H.${v}`, matrixTensor(H)])),
      'views.split': column(({ split }) => Number(split)),
      'views.weight': column(({ weight }) => weight),
      'views.norm': column(({ norm }) => norm),
      'views.residual': column(({ residual }) => residual),
      trace: seriesTensor(trace),
    }
    return writeModel('joint-nmf', tensors, this.options, { nIter, converged, fast, loss })
  }

  /** Throws FormatError for bytes that `save` did not write. */
  static load(bytes: Uint8Array): JointModel {
    const file = new ModelFile('JointModel.load', 'joint-nmf', bytes)
    const options = file.options<JointOptions, JointOptions>(jointOptions(), resolved => {
      checkJoint('JointModel.load', resolved)
      return resolved
    })
    const { nComponents: k } = options
    const W = file.matrix('W', undefined, k, 0)
    const weights = file.series('views.weight')
    const column = (name: string): Float64Array => {
      const found = file.series(name)
      file.need(found.length === weights.length, `${weights.length} numbers in ${name}, got ${found.length}`)
      return found
    }
    const [split, norms, residuals] = [column('views.split'), column('views.norm'), column('views.residual')]
    file.need(weights.length >= 1 && [...weights, ...norms].every(v => v > 0 && v < Infinity), 'weights and norms > 0')
    file.need(
      split.every(v => v === 0 || v === 1),
      '0 or 1 in views.split',
    )
    const components = [...weights.keys()].map(v => {
      const H = file.matrix(`H.${v}`, k, undefined, 0)
      const m = H.length / k
      file.need(m >= 1 && (split[v] === 0 || m % 2 === 0), `columns in H.${v} as its view has them`)
      return dense(H, [k, m])
    })
    const views = [...weights.keys()].map(v =>
      Object.freeze({ split: split[v] === 1, weight: weights[v]!, norm: norms[v]!, residual: residuals[v]! }),
    )
    const fit = {
      views,
      W: dense(W, [W.length / k, k]),
      components,
      loss: file.number('loss'),
      trace: file.series('trace'),
      nIter: file.count('nIter'),
      converged: file.flag('converged'),
      fast: file.flag('fast'),
    }
    file.end()
    return new JointModel(options, fit)
  }
}

// What is done with a model is fetched when it is.
const use = () => import('./joint-transform.js')
