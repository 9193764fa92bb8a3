import type { SafeTensor } from '../core/codecs/safetensors.js'
import { pairAt, pairsOf } from '../core/condensed.js'
import { fullMatrix } from '../core/consensus.js'
import { dense, type Dense } from '../core/matrix.js'
import { integersTensor, matrixTensor, ModelFile, seriesTensor, writeModel } from '../core/model-file.js'
import { chooseByHoldOut } from './metagenes-choice.js'
import {
  checkMetagenes,
  masksOf,
  metagenesOptions,
  type MetagenesOptions,
  ranksOf,
  settingsOf,
} from './metagenes-options.js'
import type { MetagenesRank } from './metagenes-rank.js'
import { NmfModel } from './nmf-model.js'

type Facts = Record<string, number | boolean>

/** The bytes of a model: what rank k has is named `k.` and its name. */
export function writeRanks(options: MetagenesOptions, ranks: readonly MetagenesRank[]): Uint8Array {
  const tensors: Record<string, SafeTensor> = {}
  const facts: Facts = {}
  for (const rank of ranks) {
    const at = (name: string): string => `${rank.nComponents}.${name}`
    const put = (some: Readonly<Record<string, SafeTensor>>): void => {
      for (const [name, tensor] of Object.entries(some)) tensors[at(name)] = tensor
    }
    const { model, merged, features, cophenetic, dispersion, silhouette, stability, kept } = rank
    put({
      H: matrixTensor(model.components),
      W: matrixTensor(model.embedding),
      trace: seriesTensor(model.trace),
      losses: seriesTensor(rank.losses),
      ...(rank.holdOuts.length > 0 && { holdOuts: seriesTensor(rank.holdOuts) }),
      consensus: seriesTensor(condensed(rank.consensus)),
      order: integersTensor(rank.order),
      clusters: integersTensor(rank.clusters),
      scores: seriesTensor(rank.scores),
      ...Object.fromEntries(features.map((list, q) => [`features.${q}`, integersTensor(list)])),
      ...(merged && { 'merged.H': matrixTensor(merged.components), 'merged.W': matrixTensor(merged.embedding) }),
    })
    const { loss, nIter, converged, fast } = model
    const known: Facts = {
      loss,
      nIter,
      converged,
      fast,
      cophenetic,
      dispersion,
      silhouette,
      kept,
      ...(merged && { stability, 'merged.loss': merged.loss }),
    }
    for (const [name, value] of Object.entries(known)) facts[at(name)] = value
  }
  return writeModel('metagenes', tensors, options, facts)
}

/** The way back. Throws FormatError for bytes that `writeRanks` did not write. */
export function readRanks(bytes: Uint8Array): { options: MetagenesOptions; ranks: MetagenesRank[] } {
  const file = new ModelFile('MetagenesModel.load', 'metagenes', bytes)
  const options = file.options<MetagenesOptions, MetagenesOptions>(metagenesOptions(), resolved => {
    checkMetagenes('MetagenesModel.load', resolved)
    return resolved
  })
  const sides: { n?: number; m?: number } = {} // what the first rank says, the others must
  const ranks = ranksOf(options).map(k => readRank(file, options, k, sides))
  file.end()
  file.need(
    options.choice === 'agreement' || chooseByHoldOut(ranks) !== undefined,
    'a rank with finite held-out losses',
  )
  return { options, ranks }
}

function readRank(
  file: ModelFile,
  options: MetagenesOptions,
  k: number,
  sides: { n?: number; m?: number },
): MetagenesRank {
  const at = (name: string): string => `${k}.${name}`
  const settings = { ...settingsOf(options, k), init: 'random' } as const
  const H = file.matrix(at('H'), k, sides.m, 0)
  const m = (sides.m = H.length / k)
  const W = file.matrix(at('W'), sides.n, k, 0)
  const n = (sides.n = W.length / k)
  file.need(n >= 1 && m >= 1, 'at least one row and one column')
  const list = <A extends Float64Array | Int32Array>(name: string, values: A, length: number): A => {
    file.need(values.length === length, `${length} numbers in ${at(name)}, got ${values.length}`)
    return values
  }
  const series = (name: string, length: number): Float64Array => list(name, file.series(at(name)), length)
  const fast = file.flag(at('fast'))
  const loss = file.number(at('loss'))
  const model = new NmfModel(settings, [n, m], {
    W,
    H,
    fast,
    loss,
    objective: NaN,
    trace: [...file.series(at('trace'))],
    nIter: file.count(at('nIter')),
    converged: file.flag(at('converged')),
  })
  const there = file.has(at('merged.H'))
  const merged = there
    ? new NmfModel(settings, [n, m], {
        fast,
        objective: NaN,
        trace: [],
        nIter: 0,
        converged: true,
        H: file.matrix(at('merged.H'), k, m, 0),
        W: file.matrix(at('merged.W'), n, k, 0),
        loss: file.number(at('merged.loss')),
      })
    : undefined
  const consensus = series('consensus', pairsOf(n))
  file.need(
    consensus.every(c => c >= 0 && c <= 1),
    `numbers from 0 to 1 in ${at('consensus')}`,
  )
  const masks = masksOf(options)
  const holdOuts = masks > 0 ? series('holdOuts', masks) : new Float64Array(0)
  const order = list('order', file.integers(at('order'), n), n)
  file.need(new Set(order).size === n, `every row once in ${at('order')}`)
  return Object.freeze({
    nComponents: k,
    loss,
    losses: series('losses', options.nInit),
    cophenetic: file.number(at('cophenetic')),
    dispersion: file.number(at('dispersion')),
    silhouette: file.number(at('silhouette')),
    stability: there ? file.number(at('stability')) : NaN,
    kept: file.number(at('kept')),
    holdOuts,
    holdOut: holdOuts.reduce((sum, loss) => sum + loss, 0) / masks,
    model,
    merged,
    consensus: dense(fullMatrix(consensus, n, 1), [n, n]),
    order,
    clusters: list('clusters', file.integers(at('clusters'), k), n),
    scores: series('scores', m),
    features: Array.from({ length: k }, (_, q) => file.integers(at(`features.${q}`), m)),
  })
}

function condensed({ data, shape: [n] }: Dense): Float64Array {
  const pairs = new Float64Array(pairsOf(n))
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) pairs[pairAt(n, i, j)] = data[i * n + j]!
  return pairs
}
