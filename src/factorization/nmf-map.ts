import type { Engine } from '../../bindings/engine.js'
import type { Loaded } from '../core/load.js'
import { Pace } from '../core/pace.js'
import { dispose, type Pool, type PoolRun, type Program } from '../core/pool.js'
import type { Job, Phase } from '../core/program.js'
import type { Run } from '../core/run.js'
import { fitOf, isBetter } from './nmf-best.js'
import { freshState, type NmfState } from './nmf-state.js'
import { NmfDescent, type NmfStep } from './nmf-descent.js'
import { type Held, NmfFactors } from './nmf-factors.js'
import type { NmfSettings } from './nmf-options.js'
import { NmfProgram } from './nmf-program.js'
import { allRegions, sideRegion } from './nmf-rows.js'

const SLICE_MS = 4 // between two turns of the event loop, as other threads may wait for their next restart

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
    const rows = { first: 0, count: X.rows }
    this.heap = NmfFactors.heap(X, options.nComponents)
    this.spare = NmfFactors.spare(X, options.nComponents) + this.heap
    this.jobs = [
      {
        name: 'restarts',
        tasks: options.nInit - from,
        async *work(task, program, pace) {
          const state = freshState(from + task, undefined)
          const descent = new NmfDescent(program, options)
          await descent.begin({ fresh: true, restart: state.restart }, pace)
          yield* descent.follow(state, pace)
          return state
        },
        result: (_, { factors }, state) => this.ended(state as NmfState, factors),
        data: () => allRegions({ engine: this.engine, X, held: spec.held, k: options.nComponents }),
        part: ({ factors }) => [
          sideRegion(factors, factors.w, rows),
          sideRegion(factors, factors.ht, { first: 0, count: X.columns }),
        ],
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
  let [best, holder] = [state.best, -1] // and the restart that it is of
  restarts.ended = async (ended, factors) => {
    // Of equals the first one, whichever ended first.
    const before = ended.objective === best?.objective && ended.restart < holder
    if (!before && !isBetter(ended.objective, best)) return
    best = await fitOf(ended, factors, pace)
    holder = ended.restart
  }
  const steps: NmfStep[] = []
  const seen = new Map<number, number>()
  let wake = (): void => {}
  const told = (step: NmfStep): void => {
    if (step.iter <= (seen.get(step.restart) ?? 0)) return // of a restart begun again after its worker was lost
    seen.set(step.restart, step.iter)
    steps.push(step)
    wake()
  }
  let over = false
  const running = threads
    .map(job, pace, value => told(value as NmfStep))
    .finally(() => {
      over = true
      wake()
    })
  running.catch(() => {}) // thrown below, after what came before it
  try {
    while (!over || steps.length > 0) {
      const step = steps.shift()
      if (step) {
        run.onProgress?.(step)
        yield step
      } else await new Promise<void>(resolve => (wake = resolve))
    }
    await running
    return freshState(state.restart + job.tasks, best)
  } finally {
    pace.stop(new Error('the fit was left'))
    threads[dispose]()
    await running.catch(() => {}) // it was thrown above, or nobody asks any more; nothing of it goes on afterwards
  }
}
