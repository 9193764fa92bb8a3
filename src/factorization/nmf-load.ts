import type { Engine } from '../../bindings/instance.js'
import type { RowSource } from '../core/blocks.js'
import { type Loaded, type LoadOptions, loadMatrix as load } from '../core/load.js'
import { type Matrix, type MatrixLike, toMatrix } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import type { Run, RunOnce } from '../core/run.js'
import type { NmfStep } from './nmf-descent.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfFit } from './nmf-fit.js'
import { betaOf, type NmfSettings } from './nmf-options.js'
import type { NmfProgress } from './nmf-projection.js'
import { sliceWidth } from './nmf-terms.js'

/** How entries count: a matrix of weights of X's shape, finite and >= 0; the loss is sum_ij m_ij d(X_ij | (WH)_ij).
 *  What X holds where the weight is 0 does not matter. What a sparse one does not store weighs nothing. */
export interface Weighted {
  readonly weights?: MatrixLike
}
export type NmfRun = Run<NmfStep> & Weighted
export type NmfRunOnce = RunOnce<NmfProgress> & Weighted

type HeldOutLoss = (factors: NmfFactors, fit: Pick<NmfFit, 'W' | 'H'>, pace: Pace) => Promise<number>

/** X for a fit, and how to evaluate one on what was held out of it. */
export interface NmfData {
  readonly X: Loaded
  readonly heldOut: HeldOutLoss | undefined
}

export interface Loading {
  readonly options: NmfSettings
  readonly run: Weighted & { readonly signal?: AbortSignal }
  readonly pace: Pace
  readonly where?: string
  readonly precision?: LoadOptions['precision']
}

/** X of a fit in the arena, as its options ask for it. */
export async function loadFor(engine: Engine, input: Matrix | RowSource, loading: Loading): Promise<NmfData> {
  if (typeof input === 'function') return (await import('./nmf-load-source.js')).loadRows(engine, input, loading)
  return loadMatrix(engine, loading.where ?? 'NMF.fit', input, loading)
}

/** The same of a matrix. */
export async function loadMatrix(
  engine: Engine,
  where: string,
  input: Matrix,
  { options, run, pace, precision }: Loading,
): Promise<NmfData> {
  const beta = betaOf(options.betaLoss)
  const { missing, holdOut, seed } = options
  const weights = run.weights && toMatrix(`${where}: run.weights`, run.weights)
  const asked = weights !== undefined || missing !== 'none' || holdOut > 0
  const positive = beta <= 0
  const counting = {
    weights,
    missing,
    holdOut,
    seed,
    listed: beta !== 1 && beta !== 2,
    positive,
    signed: !options.clip,
  }
  const masked = asked ? await (await import('../core/mask.js')).mask(where, input, counting, pace) : undefined
  const lists = masked?.lists
  const newton = options.solver === 'newton'
  // Newton steps cost a division for each entry and component; where zeros are passed over, they cost none.
  const walked = newton && !lists ? await (await import('../core/thin.js')).thin(masked?.X ?? input, pace) : masked?.X
  let X = await load(engine, where, walked ?? input, pace, {
    ...(precision && { precision }),
    positive: positive && !lists,
    signed: !options.clip,
    sliceWidth: lists ? Infinity : sliceWidth(options),
  })
  if (lists) X = await (await import('../core/weights.js')).weigh(engine, X, lists, pace)
  if (newton) X = { ...X, turned: await (await import('../core/turn.js')).turn(engine, X, pace) }
  const out = masked?.heldOut
  return { X, heldOut: out && (await import('./nmf-held-out.js')).heldOutLoss(engine, out, X, beta) }
}
