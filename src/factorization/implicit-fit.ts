import type { Engine } from '../../bindings/engine.js'
import { csr, type Matrix } from '../core/matrix.js'
import { Pace, stopwatch } from '../core/pace.js'
import { dispose, type Pool, type PoolRun } from '../core/pool.js'
import type { ImplicitFit } from './implicit-model.js'
import type { ImplicitRun, ImplicitStep } from './implicit-als.js'
import { confidencesOf } from './implicit-confidence.js'
import type { ImplicitOptions } from './implicit-options.js'
import { entriesOf } from './ratings.js'
import { drawFactor, takeFactor } from './ratings-factors.js'
import { loadRatings } from './ratings-load.js'
import { RatingsProgram, type RatingsSpec } from './ratings-program.js'

const WHERE = 'ImplicitALS.fit'
const START = 0.1 // of the root of a factor's size that a preference of one needs: small, so that the data decide

interface Fit {
  readonly options: ImplicitOptions
  readonly run: ImplicitRun
  readonly pool: Pool | undefined
}

/** Items and users in turn, each with the Gram matrix of the other; users last, as `transform` finds them. */
export async function* fitImplicit(
  engine: Engine,
  X: Matrix,
  { options, run, pool }: Fit,
): AsyncGenerator<ImplicitStep, ImplicitFit> {
  const { nComponents: k, lambda, lambdaPower: power, solver, cgSteps, maxIter, tol, seed } = options
  const pace = new Pace(run.signal)
  const seen = await entriesOf(X, false, pace)
  const counted = csr({ ...seen, data: confidencesOf(WHERE, options, seen.data) })
  const ratings = await loadRatings(engine, WHERE, counted, { divide: false, both: true }, pace)
  const spec: RatingsSpec = {
    ratings,
    k,
    kind: 'implicit',
    lambda,
    power,
    seed,
    steps: solver === 'cg' ? cgSteps : 0,
  }
  const { made: program, layout } = engine.arena.record(() => new RatingsProgram(engine, spec))
  const trace: number[] = []
  let [iter, loss, converged] = [0, 0, false]
  let threads: PoolRun | undefined
  try {
    threads = pool?.executor(engine, { program, name: 'ratings', spec, layout })
    if (threads) program.executor = threads
    for (const which of [0, 1] as const) await drawFactor(program, which, which, START / Math.sqrt(k), pace)
    await program.sum(0, pace)
    let before = Infinity
    while (iter < maxIter && !converged) {
      const seconds = stopwatch()
      for (const which of [1, 0] as const) {
        const square = program.kp * program.kp * program.size
        engine.arena.copy(program.grams[1 - which]!, program.g0[which], square)
        await program.solve(which, pace)
      }
      iter++
      const { left, penalty } = program
      const objective = left[0] + penalty[0] + penalty[1]
      loss = left[0]
      trace.push(objective)
      converged = iter > 1 && before - objective <= tol * before
      before = objective
      const step = { iter, loss, objective, ratingsPerSecond: ratings.stored / seconds() }
      run.onProgress?.(step)
      yield step
    }
  } finally {
    threads?.[dispose]()
  }
  const W = await takeFactor(program, 0, 1, pace)
  const H = await takeFactor(program, 1, 1, pace)
  return { W, H, seen, loss, trace, nIter: iter, converged }
}
