import type { MatrixInput } from '../core/blocks.js'
import { csr, type Csr, dense, type Dense, type FloatArray, type MatrixLike } from '../core/matrix.js'
import { integersTensor, matrixTensor, ModelFile, seriesTensor, writeModel } from '../core/model-file.js'
import type { RunOnce } from '../core/run.js'
import type { Pairs } from './als-model.js'
import { implicitOptions, type ImplicitOptions } from './implicit-options.js'

/** Items (or users) with a score each, the best first; among equals the first. */
export interface Ranked {
  readonly items: Int32Array
  readonly scores: Float64Array
}

export interface RecommendOptions {
  /** How many at most; 10 by default. */
  readonly n?: number
  /** Without the items that the user has an entry for; true by default. */
  readonly filterSeen?: boolean
}

/** What a score is made of: `scores` of the entries of the user add up to it. */
export interface Explained extends Ranked {
  readonly score: number
}

/** What a fit ends with. */
export interface ImplicitFit {
  readonly W: FloatArray
  readonly H: FloatArray
  /** What was fitted, without its zeros. */
  readonly seen: Csr
  readonly loss: number
  readonly trace: ArrayLike<number>
  readonly nIter: number
  readonly converged: boolean
}

/** A fitted ImplicitALS: plain data that owns its factors; `seen` may share arrays with what was fitted. */
export class ImplicitModel {
  readonly options: ImplicitOptions
  /** H, k x m: the items. */
  readonly components: Dense
  /** W, n x k: the users. */
  readonly embedding: Dense
  /** The entries of the fit, n x m: whom what is not recommended, and why what is. */
  readonly seen: Csr
  /** Half the weighted squares over all users and items, without the penalties. */
  readonly loss: number
  /** The objective after each iteration. */
  readonly trace: Float64Array
  readonly nIter: number
  readonly converged: boolean

  constructor(options: ImplicitOptions, fit: ImplicitFit) {
    const [n, m] = fit.seen.shape
    this.options = options
    this.components = dense(fit.H, [options.nComponents, m])
    this.embedding = dense(fit.W, [n, options.nComponents])
    this.seen = fit.seen
    this.loss = fit.loss
    this.trace = Float64Array.from(fit.trace)
    this.nIter = fit.nIter
    this.converged = fit.converged
    Object.freeze(this)
  }

  /** W of users by their entries X (n' x m), the items held: solved for to the end. One without entries gets zeros. */
  async transform(X: MatrixInput, run: RunOnce<never> = {}): Promise<Dense> {
    return (await use()).transform(this, X, run)
  }

  /** Rows of H' of items by their entries X (n x m', a row for every user of the fit), the users held. */
  async transformItems(X: MatrixInput, run: RunOnce<never> = {}): Promise<Dense> {
    return (await use()).transformItems(this, X, run)
  }

  /** Preferences w_u.h_i of pairs of the fit. */
  async predict(pairs: Pairs): Promise<Float64Array> {
    return (await use()).predict(this, pairs)
  }

  /** Z H: the preferences of rows of a factor for all items. */
  async inverseTransform(Z: MatrixLike): Promise<Dense> {
    return (await use()).inverseTransform(this, Z)
  }

  /** The items with the largest preferences for users of the fit, by their numbers, or for others by their entries (n' x m). */
  async recommend(users: ArrayLike<number> | MatrixInput, options: RecommendOptions = {}): Promise<Ranked[]> {
    return (await use()).recommend(this, users, options)
  }

  /** The items whose rows of the factor have the largest cosines with those of the items given, themselves left out. */
  async similarItems(items: ArrayLike<number>, options: Pick<RecommendOptions, 'n'> = {}): Promise<Ranked[]> {
    return (await use()).similarItems(this, items, options)
  }

  /** Why user u of the fit is thought to want item i: the preference that solving for the user gives, and the items of
   *  the user with their parts of it, the largest first. */
  async explain(user: number, item: number, options: Pick<RecommendOptions, 'n'> = {}): Promise<Explained> {
    return (await use()).explain(this, user, item, options)
  }

  /** The model as safetensors bytes, with the entries it was fitted to; `ImplicitModel.load` gives it back to the bit. */
  save(): Uint8Array {
    const { options, components, embedding, seen, trace, loss, nIter, converged } = this
    const tensors = {
      H: matrixTensor(components),
      W: matrixTensor(embedding),
      'seen.data': matrixTensor({ data: seen.data, shape: [1, seen.data.length] }),
      'seen.indptr': integersTensor(seen.indptr),
      'seen.indices': integersTensor(seen.indices),
      trace: seriesTensor(trace),
    }
    return writeModel('implicit-als', tensors, options, { loss, nIter, converged })
  }

  /** Throws FormatError for bytes that `save` did not write. */
  static load(bytes: Uint8Array): ImplicitModel {
    const file = new ModelFile('ImplicitModel.load', 'implicit-als', bytes)
    const options = file.options<ImplicitOptions, ImplicitOptions>(implicitOptions(), resolved => resolved)
    const { nComponents: k } = options
    const H = file.matrix('H', k, undefined)
    const W = file.matrix('W', undefined, k)
    const shape = [W.length / k, H.length / k] as const
    file.need(shape[0] > 0 && shape[1] > 0, 'at least one user and one item')
    const data = file.matrix('seen.data', 1, undefined)
    const indptr = file.integers('seen.indptr', data.length + 1)
    const indices = file.integers('seen.indices', shape[1])
    const seen = file.made('entries of the users', () => csr({ indptr, indices, data, shape }))
    const fit = {
      H,
      W,
      seen,
      loss: file.number('loss'),
      trace: file.series('trace'),
      nIter: file.count('nIter'),
      converged: file.flag('converged'),
    }
    file.end()
    return new ImplicitModel(options, fit)
  }
}

// What is done with a model is fetched when it is.
const use = () => import('./implicit-use.js')
