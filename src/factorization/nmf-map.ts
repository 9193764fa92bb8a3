import type { Engine } from '../../bindings/engine.js'
import type { Loaded } from '../core/load.js'
import { Pace } from '../core/pace.js'
import type { Pool, PoolRun, Program } from '../core/pool.js'
import type { Job, Phase, Region } from '../core/program.js'
import type { Run } from '../core/run.js'
import { told } from '../core/told.js'
import { Best, fitOf } from './nmf-best.js'
import { freshState, type NmfState } from './nmf-state.js'
import { NmfDescent, type NmfStep } from './nmf-descent.js'
import { type Held, NmfFactors } from './nmf-factors.js'
import type { NmfSettings } from './nmf-options.js'
import { NmfProgram } from './nmf-program.js'
import { allRegions, sideRegion } from './nmf-rows.js'

export const SLICE_MS = 4 // between two turns of the event loop, as other threads may wait for their next restart

/** What another thread makes its restarts from: X and the options, and the first restart. */
export interface RestartsSpec {
  readonly X: Loaded
  readonly held: Held
  readonly options: NmfSettings
  readonly from: number
}

/** Restarts from `from` on as the tasks of a job, each lane with factors and a program of its own. */
export class NmfRestarts implements Program<NmfProgram> {
  readonly phases: readonly Phase<NmfProgram>[] = []
  readonly jobs: readonly Job<NmfProgram>[]
  readonly heap: number
  readonly spare: number
  /** Is given each restart as it ends. */
  ended: (state: NmfState, factors: NmfFactors) => Promise<void> = async () => {}

  constructor(
    private readonly engine: Engine,
    private readonly spec: RestartsSpec,
  ) {
    const { X, options, from } = spec
    this.heap = NmfFactors.heap(X, options.nComponents)
    this.spare = NmfFactors.spare(X, options.nComponents) + this.heap
    this.jobs = [
      {
        name: 'restarts',
        tasks: options.nInit - from,
        work: (task, program, pace) => restart(program, options, from + task, pace),
        result: (_, { factors }, state) => this.ended(state as NmfState, factors),
        data: () => allRegions({ engine: this.engine, X, held: spec.held, k: options.nComponents }),
        part: ({ factors }) => factorRegions(factors),
      },
    ]
  }

  lane(): NmfProgram {
    return new NmfProgram(this.factors(), this.spec.options)
  }

  private factors(): NmfFactors {
    const { X, options, held } = this.spec
    const factors = new NmfFactors(this.engine, X, options.nComponents)
    factors.held = held
    return factors
  }
}

/** One restart from its start to its end, which is in the program's factors. */
export async function* restart(
  program: NmfProgram,
  options: NmfSettings,
  index: number,
  pace: Pace,
): AsyncGenerator<NmfStep, NmfState> {
  const state = freshState(index, undefined)
  const descent = new NmfDescent(program, options)
  await descent.begin({ fresh: true, restart: index }, pace)
  yield* descent.follow(state, pace)
  return state
}

/** Where W and H' lie. */
export const factorRegions = (factors: NmfFactors): Region[] => [
  sideRegion(factors, factors.w, { first: 0, count: factors.X.rows }),
  sideRegion(factors, factors.ht, { first: 0, count: factors.X.columns }),
]

/** The restarts from `from` on, ready to run on the pool; undefined where there is not enough memory for it. */
export function restartsOn(pool: Pool, engine: Engine, spec: RestartsSpec): Prepared | undefined {
  const { made: restarts, layout } = engine.arena.record(() => new NmfRestarts(engine, spec))
  const threads = pool.executor(engine, { program: restarts as Program, name: 'nmf-restarts', spec, layout })
  return threads && { restarts, threads }
}

export interface Prepared {
  readonly restarts: NmfRestarts
  readonly threads: PoolRun
}

interface Restarts extends Prepared {
  readonly run: Run<NmfStep>
  /** Between restarts: the next one and the best so far. */
  readonly state: NmfState
}

/** The restarts from `state` on, side by side on the threads of the pool; yields their steps as they come and returns
 *  the state after the last. The best does not depend on who was first. */
export async function* mapRestarts({ restarts, threads, run, state }: Restarts): AsyncGenerator<NmfStep, NmfState> {
  const pace = new Pace(run.signal, SLICE_MS)
  const [job] = restarts.jobs as [Job]
  const best = new Best(state.best)
  restarts.ended = async (ended, factors) => {
    if (best.isLessThan(ended)) best.put(ended, await fitOf(ended, factors, pace))
  }
  const seen = new Map<number, number>()
  const isNew = ({ restart: of, iter }: NmfStep): boolean => {
    if (iter <= (seen.get(of) ?? 0)) return false
    seen.set(of, iter)
    return true
  }
  for await (const step of told(threads, job, pace, isNew)) {
    run.onProgress?.(step)
    yield step
  }
  return freshState(state.restart + job.tasks, best.fit)
}
