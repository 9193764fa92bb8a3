import type { Engine } from '../../bindings/instance.js'
import { loadNonNegative, precisionOf } from '../core/load.js'
import type { Matrix } from '../core/matrix.js'
import { show } from '../core/options.js'
import type { Pace } from '../core/pace.js'
import { exponentOf } from '../core/scale.js'
import { NmfFactors } from './nmf-factors.js'
import type { NmfSums } from './nmf-fit.js'
import { NmfModel } from './nmf-model.js'
import { betaOf, type NmfOptions } from './nmf-options.js'
import { NmfProgram } from './nmf-program.js'
import { type NmfProgress, NmfProjection } from './nmf-projection.js'
import { sliceWidth } from './nmf-terms.js'

export interface OnlineRun {
  /** What is gone on from: a model. */
  readonly model: NmfModel | undefined
  readonly forgetFactor: number
  readonly pace: Pace
  readonly onProgress: ((progress: NmfProgress) => void) | undefined
}

/** Throws where the batch cannot go on from the model. */
export function checkModel(options: NmfOptions, model: NmfModel | undefined, batch: Matrix): void {
  if (model === undefined) return
  if (!(model instanceof NmfModel)) throw new TypeError(`NMF.partialFit: model: wanted an NmfModel, got ${show(model)}`)
  const [k, m] = model.components.shape
  if (m !== batch.shape[1])
    throw new RangeError(`NMF.partialFit: X: wanted ${m} columns as in the model, got ${batch.shape[1]}`)
  if (k !== options.nComponents)
    throw new RangeError(`NMF.partialFit: model: wanted ${options.nComponents} components, got ${k}`)
  const [wanted, got] = [betaOf(options.betaLoss), betaOf(model.options.betaLoss)]
  if (model.sums && wanted !== got)
    throw new RangeError(`NMF.partialFit: model: wanted one of betaLoss ${wanted}, got one of ${got}`)
}

/** One batch: W solved for the H at hand, its sums added to forgetFactor times the earlier ones, one update of H by
 *  them (Lefevre, Bach & Fevotte 2011, for beta-divergences; Mairal et al. 2010 for least squares). */
export async function takeBatch(
  engine: Engine,
  options: NmfOptions,
  batch: Matrix,
  { model, forgetFactor, pace, onProgress }: OnlineRun,
): Promise<NmfModel> {
  const positive = betaOf(options.betaLoss) <= 0
  const precision = model ? precisionOf(model.components) : precisionOf(batch)
  const X = await loadNonNegative(engine, 'NMF.partialFit', batch, pace, {
    precision,
    positive,
    sliceWidth: sliceWidth(options),
  })
  const factors = new NmfFactors(engine, X, options.nComponents)
  if (model) await factors.setComponents(model.components.data, pace)
  else await factors.randomStart(options.seed, 0, pace)
  const projection = new NmfProjection(factors, options)
  await projection.solve(pace, onProgress)
  const program = new NmfProgram(factors, options, projection.terms)
  const { terms } = program
  const { call, kp, size, ht } = factors
  let { num, den } = program
  if (terms.squared) {
    await program.cross(pace)
    await addPast(program, { num, den }, model?.sums, forgetFactor, pace)
    await program.run(program.columns, pace)
  } else {
    // The sums are taken in the course of one more update of W.
    await program.prepare(pace)
    await program.run(program.rows, pace)
    num = engine.arena.alloc(X.columns * kp * size)
    call.gatherPower(X.columns * kp, 1 / terms.gamma, ht, program.num, num)
    if (terms.beta === 1) {
      // The same for all columns of one batch, but not for those of several.
      den = engine.arena.alloc(X.columns * kp * size)
      call.fillRows(X.columns, kp, program.den, den)
    }
    await addPast(program, { num, den }, model?.sums, forgetFactor, pace)
    call.powerRatio(X.columns * kp, terms.gamma, terms.H.l1, terms.H.l2, ht, num, den)
    await program.prepare(pace)
  }
  const loss = terms.lossOf(await program.evaluate(pace))
  const objective = loss + terms.lossOf(await program.loss.penalties(pace))
  const trace = [...Array.from(model?.trace ?? []), objective]
  const sums = await takeSums(program, { num, den }, pace)
  const nIter = (model?.nIter ?? 0) + 1
  const fast = engine.fast || (model?.fast ?? false)
  const fit = { ...(await factors.factors(pace)), loss, objective, converged: false, nIter, fast, trace, sums }
  return new NmfModel(options, batch.shape, fit)
}

async function addPast(
  program: NmfProgram,
  { num, den }: Sums,
  past: NmfSums | undefined,
  forgetFactor: number,
  pace: Pace,
): Promise<void> {
  if (past === undefined) return
  const { factors } = program
  const { call, kp, k, size, engine, X } = factors
  const now = exponentsOf(program)
  const { pow } = engine.kernels
  for (const [values, target, rows, shift] of [
    [past.num, num, X.columns, past.numExponent - now.num],
    [past.den, den, past.den.length / k, past.denExponent - now.den],
  ] as const) {
    if (shift > (X.precision === 'f32' ? 100 : 900)) {
      throw new RangeError(
        `NMF.partialFit: X: wanted entries that the earlier batches do not drown, got sums 2^${shift} smaller than theirs`,
      )
    }
    const factor = forgetFactor * pow(2, shift)
    const mark = engine.arena.mark()
    const padded = engine.arena.alloc(rows * kp * size)
    await factors.put(values, padded, rows, k, 1, factor, pace)
    call.axpy(1, padded, target, rows * kp)
    engine.arena.release(mark)
  }
}

/** Where they lie. */
interface Sums {
  readonly num: number
  readonly den: number
}

async function takeSums(program: NmfProgram, { num, den }: Sums, pace: Pace): Promise<NmfSums> {
  const { factors, terms } = program
  const { k, X } = factors
  const { num: numExponent, den: denExponent } = exponentsOf(program)
  return {
    num: await factors.take(num, X.columns, k, 1, 1, pace),
    den: await factors.take(den, terms.squared ? k : X.columns, k, 1, 1, pace),
    numExponent,
    denExponent,
  }
}

// The sums of X itself are those of the divided matrix and factors times two to these.
function exponentsOf({ factors, terms }: NmfProgram): { num: number; den: number } {
  const { X } = factors
  const [root, w, h] = [X.root, factors.scaleW, factors.scaleH].map(exponentOf) as [number, number, number]
  if (terms.squared) return { num: 2 * root + w, den: 2 * w }
  const den = (2 * terms.beta - 2) * root + w
  return { num: den + h / terms.gamma, den }
}
