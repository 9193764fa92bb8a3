import type { MatrixInput } from '../core/blocks.js'
import type { Dense, MatrixLike } from '../core/matrix.js'
import { type MetagenesChoice, type MetagenesChoices, choicesOf } from './metagenes-choice.js'
import { readRanks, writeRanks } from './metagenes-file.js'
import type { MetagenesOptions } from './metagenes-options.js'
import type { MetagenesRank } from './metagenes-rank.js'
import type { NmfRunOnce } from './nmf-load.js'

/** What restarts over a range of ranks say: plain data that owns its arrays. */
export class MetagenesModel {
  readonly options: MetagenesOptions
  /** From the lowest rank to the highest. */
  readonly ranks: readonly MetagenesRank[]
  /** What either way of choosing comes to: a rank and the rule in words. */
  readonly choices: MetagenesChoices
  /** The one of them that `choice` asks for. */
  readonly chosen: MetagenesChoice
  /** That rank's. */
  readonly rank: MetagenesRank
  /** H of its best restart, k x m, and W of the training rows, n x k. */
  readonly components: Dense
  readonly embedding: Dense
  /** Of that restart, as NmfModel has them. */
  readonly loss: number
  readonly nIter: number
  readonly converged: boolean

  constructor(options: MetagenesOptions, ranks: readonly MetagenesRank[]) {
    this.options = options
    this.ranks = Object.freeze([...ranks])
    this.choices = choicesOf(ranks)
    this.chosen = this.choices[options.choice]!
    this.rank = ranks.find(({ nComponents }) => nComponents === this.chosen.nComponents)!
    const { components, embedding, loss, nIter, converged } = this.rank.model
    this.components = components
    this.embedding = embedding
    this.loss = loss
    this.nIter = nIter
    this.converged = converged
    Object.freeze(this)
  }

  /** W for new rows X (n' x m) with H of the chosen rank held: n' x k, each row for itself. */
  async transform(X: MatrixInput, run: NmfRunOnce = {}): Promise<Dense> {
    return (await use()).transform(this.rank.model, X, run, 'Metagenes')
  }

  /** Z H for Z (n' x k): n' x m. */
  async inverseTransform(Z: MatrixLike): Promise<Dense> {
    return (await use()).inverseTransform(this.rank.model, Z, 'Metagenes')
  }

  /** Minus the mean divergence per row of X from its best reconstruction at the chosen rank: higher is better. */
  async score(X: MatrixInput, run: NmfRunOnce = {}): Promise<number> {
    return (await use()).score(this.rank.model, X, run, 'Metagenes')
  }

  /** The model as safetensors bytes; `MetagenesModel.load` gives it back to the bit. */
  save(): Uint8Array {
    return writeRanks(this.options, this.ranks)
  }

  /** Throws FormatError for bytes that `save` did not write. */
  static load(bytes: Uint8Array): MetagenesModel {
    const { options, ranks } = readRanks(bytes)
    return new MetagenesModel(options, ranks)
  }
}

// What is done with a model is fetched when it is.
const use = () => import('./nmf-transform.js')
