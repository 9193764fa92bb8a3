import type { Engine } from '../../bindings/engine.js'
import type { Loaded } from '../core/load.js'
import { Pace } from '../core/pace.js'
import type { Pool } from '../core/pool.js'
import type { Job } from '../core/program.js'
import type { Run } from '../core/run.js'
import { told } from '../core/told.js'
import { MetagenesRestarts, type MetagenesSpec, type RestartStep } from './metagenes-map.js'
import type { MetagenesOptions } from './metagenes-options.js'
import type { NmfFactors } from './nmf-factors.js'
import type { Weighted } from './nmf-load.js'
import { SLICE_MS } from './nmf-map.js'
import type { NmfSettings } from './nmf-options.js'
import type { NmfState } from './nmf-state.js'

/** What `steps` yields after an iteration of any restart. `done` of `of` restarts, of all ranks and masks, have ended. */
export interface MetagenesStep extends RestartStep {
  /** The mask whose entries this restart does without; none for one of all of X. */
  readonly mask?: number
  readonly done: number
  readonly of: number
}

/** How a choice of ranks is run: as a fit of NMF, but without checkpoints. */
export type MetagenesRun = Omit<Run<MetagenesStep>, 'checkpoint' | 'resume'> & Weighted

export interface Fit {
  /** The options of NMF for each rank of all of X, and for each rank without what each mask holds out. */
  readonly ranks: readonly NmfSettings[]
  readonly masks: readonly (readonly NmfSettings[])[]
  readonly options: MetagenesOptions
  readonly run: MetagenesRun
  readonly pool: Pool | undefined
  readonly progress: { done: number; readonly of: number }
}

interface Restarts {
  /** The options of NMF for each rank. */
  readonly ranks: readonly NmfSettings[]
  readonly mask?: number
  /** Bytes that what follows takes for a while. */
  readonly spare: number
  /** Is given what each restart leaves behind: one at a time, in whatever order they end. */
  take(rank: NmfSettings, state: NmfState, factors: NmfFactors, pace: Pace): Promise<void>
}

/** All restarts of some ranks, on the threads of the pool. */
export async function* restarts(
  engine: Engine,
  X: Loaded,
  { run, pool, progress }: Fit,
  { ranks, mask, spare, take }: Restarts,
): AsyncGenerator<MetagenesStep, void> {
  const pace = new Pace(run.signal, pool ? SLICE_MS : undefined)
  const spec: MetagenesSpec = { X, ranks, spare }
  const { made: program, layout } = engine.arena.record(() => new MetagenesRestarts(engine, spec))
  program.ended = async (rank, state, factors) => {
    await take(rank, state, factors, pace)
    progress.done++
  }
  const seen = new Map<string, number>()
  const isNew = ({ nComponents, restart, iter }: RestartStep): boolean => {
    const of = `${nComponents} ${restart}`
    if (iter <= (seen.get(of) ?? 0)) return false
    seen.set(of, iter)
    return true
  }
  const [job] = program.jobs
  const threads = pool?.executor(engine, { program, name: 'metagenes', spec, layout })
  const steps = threads ? told(threads, job as Job, pace, isNew) : oneByOne(program, pace)
  for await (const step of steps) {
    const all = { ...step, ...(mask !== undefined && { mask }), ...progress }
    run.onProgress?.(all)
    yield all
  }
}

/** Releases what was allocated since. Not where a worker was lost that may yet write to its lane. */
export function release({ arena, spoiled }: Engine, mark: number): void {
  if (!spoiled) arena.release(mark)
}

/** On the calling thread alone. */
async function* oneByOne(program: MetagenesRestarts, pace: Pace): AsyncGenerator<RestartStep, void> {
  const [job] = program.jobs
  const lane = program.lane()
  for (let task = 0; task < job.tasks; task++) {
    const state = yield* job.work(task, lane, pace) as AsyncGenerator<RestartStep, unknown>
    await job.result(task, lane, state)
  }
}
