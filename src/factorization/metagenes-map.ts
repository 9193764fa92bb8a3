import type { Engine } from '../../bindings/engine.js'
import type { Loaded } from '../core/load.js'
import type { Pace } from '../core/pace.js'
import type { Program } from '../core/pool.js'
import type { Job, Phase } from '../core/program.js'
import { NmfFactors, NOTHING } from './nmf-factors.js'
import { factorRegions, restart } from './nmf-map.js'
import type { NmfSettings } from './nmf-options.js'
import { NmfProgram } from './nmf-program.js'
import { allRegions } from './nmf-rows.js'
import type { NmfState } from './nmf-state.js'

/** What another thread makes its restarts from. */
export interface MetagenesSpec {
  readonly X: Loaded
  /** The options of NMF for each rank. */
  readonly ranks: readonly NmfSettings[]
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
  ended: (rank: NmfSettings, state: NmfState, factors: NmfFactors) => Promise<void> = async () => {}

  constructor(
    private readonly engine: Engine,
    private readonly spec: MetagenesSpec,
  ) {
    const { X, ranks } = spec
    const { nInit } = ranks[0]!
    const rankOf = (task: number): NmfSettings => ranks[Math.floor(task / nInit)]!
    const most = (bytes: (k: number) => number): number => Math.max(...ranks.map(rank => bytes(rank.nComponents)))
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
        work: (task, lane, pace) => follow(lane.program(rankOf(task)), rankOf(task), task % nInit, pace),
        result: (task, lane, state) => this.ended(rankOf(task), state as NmfState, lane.program(rankOf(task)).factors),
        data: () => allRegions({ X, engine, held: NOTHING, k: 0 }),
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
  rank: NmfSettings,
  index: number,
  pace: Pace,
): AsyncGenerator<RestartStep, NmfState> {
  const { nComponents } = rank
  const steps = restart(program, rank, index, pace)
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

  constructor(engine: Engine, { X, ranks }: MetagenesSpec) {
    const { arena } = engine
    const mark = arena.mark()
    let end = mark
    const made = ranks.map((rank): [number, NmfProgram] => {
      arena.release(mark)
      const program = new NmfProgram(new NmfFactors(engine, X, rank.nComponents), rank)
      end = Math.max(end, arena.mark())
      return [rank.nComponents, program]
    })
    arena.alloc(end - arena.mark()) // the last need not be the largest
    this.programs = new Map(made)
  }

  program({ nComponents }: NmfSettings): NmfProgram {
    return this.programs.get(nComponents)!
  }
}
