import type { Engine } from '../../bindings/engine.js'
import type { Loaded } from '../core/load.js'
import type { Pace } from '../core/pace.js'
import type { Program } from '../core/pool.js'
import type { Job, Phase } from '../core/program.js'
import { type MetagenesOptions, settingsOf } from './metagenes-options.js'
import { NmfFactors } from './nmf-factors.js'
import { factorRegions, restart } from './nmf-map.js'
import { NmfProgram } from './nmf-program.js'
import { dataRegions } from './nmf-rows.js'
import type { NmfState } from './nmf-state.js'

/** What another thread makes its restarts from. */
export interface MetagenesSpec {
  readonly X: Loaded
  readonly options: MetagenesOptions
  readonly ranks: readonly number[]
  /** Bytes that the fit allocates for a while beside the restarts. */
  readonly spare: number
}

/** How far one restart of one rank is. */
export interface RestartStep {
  readonly nComponents: number
  readonly restart: number
  readonly iter: number
  /** NaN where it was not evaluated: see `lossEvery`. */
  readonly loss: number
}

/** All restarts of all ranks as the tasks of one job: task t is restart t mod nInit of rank t / nInit. */
export class MetagenesRestarts implements Program<RankLane> {
  readonly phases: readonly Phase<RankLane>[] = []
  readonly jobs: readonly [Job<RankLane>]
  readonly heap: number
  readonly spare: number
  /** Is given each restart as it ends. */
  ended: (nComponents: number, state: NmfState, factors: NmfFactors) => Promise<void> = async () => {}

  constructor(
    private readonly engine: Engine,
    private readonly spec: MetagenesSpec,
  ) {
    const { X, options, ranks } = spec
    const { nInit } = options
    const rankOf = (task: number): number => ranks[Math.floor(task / nInit)] ?? 0
    const most = (bytes: (k: number) => number): number => Math.max(...ranks.map(bytes))
    this.heap = most(k => NmfFactors.heap(X, k))
    this.spare =
      Math.max(
        spec.spare,
        most(k => NmfFactors.spare(X, k)),
      ) + this.heap
    this.jobs = [
      {
        name: 'metagenes',
        tasks: ranks.length * nInit,
        work: (task, lane, pace) => follow(lane.program(rankOf(task)), options, task % nInit, pace),
        result: (task, lane, state) => this.ended(rankOf(task), state as NmfState, lane.program(rankOf(task)).factors),
        data: () => dataRegions({ X, engine }, { first: 0, count: X.rows }),
        part: (lane, task) => factorRegions(lane.program(rankOf(task)).factors),
      },
    ]
  }

  lane(): RankLane {
    return new RankLane(this.engine, this.spec)
  }
}

async function* follow(
  program: NmfProgram,
  options: MetagenesOptions,
  index: number,
  pace: Pace,
): AsyncGenerator<RestartStep, NmfState> {
  const nComponents = program.factors.k
  const steps = restart(program, settingsOf(options, nComponents), index, pace)
  try {
    for (;;) {
      const step = await steps.next()
      if (step.done) return step.value
      yield { nComponents, restart: index, iter: step.value.iter, loss: step.value.loss }
    }
  } finally {
    await steps.return({} as NmfState) // where it was left
  }
}

/** Factors and a program for every rank, on the same memory: a lane has one task at a time. */
export class RankLane {
  private readonly programs: ReadonlyMap<number, NmfProgram>

  constructor(engine: Engine, { X, options, ranks }: MetagenesSpec) {
    const { arena } = engine
    const mark = arena.mark()
    let end = mark
    const made = ranks.map((k): [number, NmfProgram] => {
      arena.release(mark)
      const program = new NmfProgram(new NmfFactors(engine, X, k), settingsOf(options, k))
      end = Math.max(end, arena.mark())
      return [k, program]
    })
    arena.alloc(end - arena.mark()) // the last need not be the largest
    this.programs = new Map(made)
  }

  program(nComponents: number): NmfProgram {
    return this.programs.get(nComponents)!
  }
}
