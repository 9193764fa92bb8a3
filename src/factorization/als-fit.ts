import type { Engine } from '../../bindings/engine.js'
import { typed } from '../../bindings/typed.js'
import type { Matrix } from '../core/matrix.js'
import { Pace, stopwatch } from '../core/pace.js'
import { dispose, type Pool, type PoolRun } from '../core/pool.js'
import type { AlsRun, AlsStep } from './als.js'
import type { AlsFit } from './als-model.js'
import type { AlsOptions } from './als-options.js'
import { entriesOf } from './ratings.js'
import { fitBiases, takeBiases } from './ratings-bias.js'
import { drawFactor, takeFactor } from './ratings-factors.js'
import { loadRatings } from './ratings-load.js'
import { RatingsProgram, type RatingsSpec } from './ratings-program.js'
import { rangeOf, startScale } from './ratings-range.js'

const WHERE = 'ALS.fit'

interface Fit {
  readonly options: AlsOptions
  readonly run: AlsRun
  readonly pool: Pool | undefined
}

/** Biases, then items and users in turn: users last, so that their factor is what `transform` finds. */
export async function* fitAls(engine: Engine, X: Matrix, fit: Fit): AsyncGenerator<AlsStep, AlsFit> {
  const { options, run, pool } = fit
  const { nComponents: k, lambda, lambdaPower: power, maxIter, tol, seed } = options
  const pace = new Pace(run.signal)
  const entries = await entriesOf(X, true, pace)
  const ratings = await loadRatings(engine, WHERE, entries, { divide: true, both: true }, pace)
  const { stored, unit, sides, precision } = ratings
  if (stored === 0) throw new RangeError(`${WHERE}: X: wanted at least one rating, got none`)
  const call = typed(engine.kernels, precision)
  const range = await rangeOf(entries.data, pace)
  const biases = await fitBiases(engine, ratings, options, pace)
  await takeBiases(engine, ratings, biases, pace)
  const squares = call.dot(sides[0].values, sides[0].values, stored)
  const spec: RatingsSpec = { ratings, k, kind: 'explicit', lambda: lambda / unit, power, steps: 0, seed }
  const { made: program, layout } = engine.arena.record(() => new RatingsProgram(engine, spec))
  const root = Math.sqrt(unit)
  const trace: number[] = []
  let [iter, loss, converged] = [0, NaN, false]
  let threads: PoolRun | undefined
  try {
    threads = pool?.executor(engine, { program, name: 'ratings', spec, layout })
    if (threads) program.executor = threads
    await drawFactor(program, 0, 0, startScale(squares / stored, k), pace)
    let before = Infinity
    while (iter < maxIter && !converged) {
      const seconds = stopwatch()
      await program.solve(1, pace)
      await program.solve(0, pace)
      iter++
      const { left, penalty } = program
      const objective = left[0] + penalty[0] + penalty[1]
      loss = left[0] * unit * unit
      trace.push(objective * unit * unit)
      converged = iter > 1 && before - objective <= tol * before
      before = objective
      const ratingsPerSecond = stored / seconds()
      const step = { iter, loss, objective: trace.at(-1)!, rmse: Math.sqrt((2 * loss) / stored), ratingsPerSecond }
      run.onProgress?.(step)
      yield step
    }
  } finally {
    threads?.[dispose]()
  }
  const { arena } = engine
  const taken = (which: 0 | 1): Float64Array => arena.f64(biases.at[which], sides[which].rows).map(b => b * unit)
  return {
    mean: biases.mean * unit,
    userBiases: taken(0),
    itemBiases: taken(1),
    W: await takeFactor(program, 0, root, pace),
    H: await takeFactor(program, 1, root, pace),
    range,
    stored,
    loss,
    trace,
    nIter: iter,
    converged,
  }
}
