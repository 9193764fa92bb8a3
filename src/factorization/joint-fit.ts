import type { Engine } from '../../bindings/engine.js'
import type { Matrix } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import type { Pool } from '../core/pool.js'
import type { JointFit } from './joint-model.js'
import { smoothingOf } from './joint-network.js'
import type { JointOptions } from './joint-options.js'
import { componentsOf, residualsOf } from './joint-parts.js'
import { allowedBy, nmfOptionsOf } from './joint-settings.js'
import type { JointRun } from './joint-nmf.js'
import { residualOf } from './joint-weights.js'
import type { NmfStep } from './nmf-descent.js'
import { fitRestarts } from './nmf-restarts.js'
import { beside, checkRows, type Facts, lookThrough, type Part, widthOf } from './views.js'

export { readMatrices } from './views.js'

const WHERE = 'JointNMF.fit'

interface Fit {
  readonly options: JointOptions
  readonly run: JointRun
  readonly pool: Pool | undefined
}

/** Scales the views, puts them beside each other and factorizes that. */
export async function* fitViews(
  engine: Engine,
  input: readonly (Matrix | undefined)[],
  { options, run, pool }: Fit,
): AsyncGenerator<NmfStep, JointFit> {
  const pace = new Pace(run.signal)
  const views = input.filter(view => view !== undefined)
  checkRows(WHERE, views)
  const facts: Facts[] = []
  for (const [v, view] of views.entries()) {
    const place = `${WHERE}: X[${v}]`
    const found = await lookThrough(place, view, allowedBy(options), pace)
    // A view of nothing says nothing, alone or beside others.
    if (!(found.norm > 0) && views.length > 1) throw new RangeError(`${place}: wanted an entry other than 0, got none`)
    facts.push(found)
  }
  const split = facts.map(({ negative }) => negative)
  const norms = facts.map(({ norm }) => norm || 1)
  const unit = views.map((X, v): Part => ({ X, split: split[v]!, factor: 1 / norms[v]! }))
  const weights = await weightsOf(engine, unit, options, pace)
  const parts = unit.map((part, v): Part => ({ ...part, factor: Math.sqrt(weights[v]!) / norms[v]! }))
  let from = 0
  const places = parts.map(part => {
    const placed = { from, columns: part.X.shape[1], split: part.split }
    from += widthOf(part)
    return placed
  })
  const smoothing = options.networks?.length ? await smoothingOf(WHERE, options.networks, places, pace) : undefined
  const X = await beside(parts, pace)
  const nmf = nmfOptionsOf({ ...options, missing: facts.some(({ gaps }) => gaps) ? 'nan' : 'none' })
  const model = yield* fitRestarts(engine, X, { options: nmf, run, pool, where: WHERE, smoothing })
  const components = componentsOf(model.components, parts)
  const residuals = await residualsOf(parts, model.embedding, components, pace)
  const fitted = parts.map((_, v) =>
    Object.freeze({ split: split[v]!, weight: weights[v]!, norm: norms[v]!, residual: residuals[v]! }),
  )
  return { ...model, components, W: model.embedding, views: fitted }
}

async function weightsOf(
  engine: Engine,
  parts: readonly Part[],
  { viewWeights, nComponents, seed }: JointOptions,
  pace: Pace,
): Promise<number[]> {
  if (viewWeights === 'equal') return parts.map(() => 1)
  if (viewWeights === 'residual') {
    const precisions: number[] = []
    for (const part of parts) precisions.push(1 / (await residualOf(engine, part, nComponents, seed, pace)))
    return scaled(precisions)
  }
  if (viewWeights.length !== parts.length)
    throw new RangeError(`${WHERE}: viewWeights: wanted ${parts.length} numbers, got ${viewWeights.length}`)
  return scaled(viewWeights)
}

// To sum to their number.
function scaled(weights: readonly number[]): number[] {
  const most = Math.max(...weights)
  const sum = weights.reduce((s, w) => s + w / most, 0)
  return weights.map(w => (w / most / sum) * weights.length)
}
