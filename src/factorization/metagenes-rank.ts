import type { Engine } from '../../bindings/engine.js'
import { consensusOf, copheneticCorrelation, dispersion, fullMatrix } from '../core/consensus.js'
import { averageLinkage, copheneticDistances, cutTree } from '../core/linkage.js'
import type { Loaded } from '../core/load.js'
import { dense, type Dense, type FloatArray } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import { silhouette } from '../core/silhouette.js'
import { balanced, featureScores, selectFeatures } from './metagenes-features.js'
import { merge, type MergeOptions } from './metagenes-merge.js'
import type { RankRuns } from './metagenes-runs.js'
import { NmfFactors } from './nmf-factors.js'
import type { NmfFit } from './nmf-fit.js'
import { NmfModel, type NmfModelOptions } from './nmf-model.js'
import type { NmfSettings } from './nmf-options.js'
import { NmfProjection } from './nmf-projection.js'
import { termsOf } from './nmf-terms.js'

/** What the restarts of one rank say. */
export interface MetagenesRank {
  readonly nComponents: number
  /** The best restart's loss, and the one that each restart ended with (NaN where it came to none). */
  readonly loss: number
  readonly losses: Float64Array
  /** Pearson's correlation of 1 - consensus with the distances of its tree; 1 where restarts never disagree. */
  readonly cophenetic: number
  /** Mean of 4 (C - 1/2)^2 over the consensus matrix: 1 where restarts never disagree. */
  readonly dispersion: number
  /** Mean silhouette of `clusters` by 1 - consensus. */
  readonly silhouette: number
  /** Mean silhouette of the clusters that the metagenes of all restarts fall into; NaN without `merged`. */
  readonly stability: number
  /** The share of all restarts' metagenes that were dense enough to be merged. */
  readonly kept: number
  /** Mean divergence over the entries that a mask holds out, of the best of the restarts without them; for each mask,
   *  and the mean of all masks (NaN where there are none). */
  readonly holdOuts: Float64Array
  readonly holdOut: number
  /** The best restart: what `new NMF({ nComponents, nInit, ... })` gives, to the bit. */
  readonly model: NmfModel
  /** The metagenes of all restarts merged and W solved for them; undefined where too few of them agree. */
  readonly merged: NmfModel | undefined
  /** n x n, f64: the share of the restarts that have two rows in one cluster, a row's cluster being the metagene with
   *  its largest loading, the columns of W having length 1. */
  readonly consensus: Dense
  /** The rows in the order of the leaves of the consensus' tree, and its k clusters: a number for each row. */
  readonly order: Int32Array
  readonly clusters: Int32Array
  /** Kim & Park's score of each column of X by `model` (NaN where H has a column of zeros), and for each metagene the
   *  columns that are its features, the highest scores first. Column q of W and row q of H have the same sum there. */
  readonly scores: Float64Array
  readonly features: readonly Int32Array[]
}

/** How well a rank predicts. */
export type Tested = Pick<MetagenesRank, 'holdOuts' | 'holdOut'>

/** What was found of a rank. */
interface Found {
  readonly runs: RankRuns
  readonly tested: Tested
}

/** Throws RangeError where no restart reached a finite objective. */
export async function summarise(
  engine: Engine,
  X: Loaded,
  { runs, tested }: Found,
  options: MergeOptions,
  pace: Pace,
): Promise<MetagenesRank> {
  const { losses, labels, spectra, best } = runs
  const settings = { ...runs.settings, init: 'random' } as const
  const k = settings.nComponents
  if (!best.fit) throw new RangeError(`Metagenes.fit: no restart of rank ${k} reached a finite objective`)
  const { rows: n, columns: m } = X
  const mark = engine.arena.mark()
  const { lossOf } = termsOf(settings, new NmfFactors(engine, X, k))
  engine.arena.release(mark)
  const consensus = await consensusOf(labels, n, pace)
  const distances = consensus.map(together => 1 - together)
  const tree = await averageLinkage(distances, n, pace)
  const clusters = cutTree(tree, k)
  const { H: spectrum, stability, kept } = await merge(engine, spectra, k, options, pace)
  const H = await balanced(best.fit.W, best.fit.H, k, pace)
  const scores = await featureScores(engine, H, k, pace)
  const model = new NmfModel(settings, [n, m], { ...best.fit, loss: lossOf(best.fit.loss) })
  return Object.freeze({
    nComponents: k,
    loss: model.loss,
    losses: losses.map(lossOf),
    cophenetic: copheneticCorrelation(distances, await copheneticDistances(tree, pace)),
    dispersion: dispersion(consensus, n),
    silhouette: await silhouette(distances, clusters, k, pace),
    stability,
    kept,
    ...tested,
    model,
    merged: spectrum && new NmfModel(settings, [n, m], await refit(engine, X, spectrum, settings, pace)),
    consensus: dense(fullMatrix(consensus, n, 1), [n, n]),
    order: tree.order,
    clusters,
    scores,
    features: selectFeatures(H, k, scores),
  })
}

/** W for H, by the solver's own way of transforming rows. */
async function refit(engine: Engine, X: Loaded, H: FloatArray, settings: NmfModelOptions, pace: Pace): Promise<NmfFit> {
  const mark = engine.arena.mark()
  const factors = new NmfFactors(engine, X, settings.nComponents)
  await factors.setComponents(H, pace)
  const projection = new NmfProjection(factors, settings)
  await projection.solve(pace)
  const loss = projection.terms.lossOf(await projection.evaluate(pace))
  const W = await factors.rowsOfW(pace)
  engine.arena.release(mark)
  return { loss, objective: loss, converged: true, nIter: 0, fast: engine.fast, trace: [], W, H }
}

/** Bytes that `summarise` takes for a while, beside what is known before: W and H of a refit. */
export function roomForRefit(engine: Engine, X: Loaded, settings: NmfSettings): number {
  const { arena } = engine
  const mark = arena.mark()
  void new NmfProjection(new NmfFactors(engine, X, settings.nComponents), settings)
  const bytes = arena.mark() - mark
  arena.release(mark)
  return bytes + NmfFactors.spare(X, settings.nComponents)
}
