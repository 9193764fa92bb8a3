import type { Engine } from '../../bindings/engine.js'
import type { Loaded } from '../core/load.js'
import type { Matrix } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import type { Pool } from '../core/pool.js'
import type { Job } from '../core/program.js'
import type { Run } from '../core/run.js'
import { told } from '../core/told.js'
import { roomForProducts } from './metagenes-gram.js'
import { MetagenesRestarts, type MetagenesSpec, type RestartStep } from './metagenes-map.js'
import type { MergeOptions } from './metagenes-merge.js'
import { type MetagenesRank, roomForRefit, summarise } from './metagenes-rank.js'
import { RankRuns } from './metagenes-runs.js'
import { loadMatrix, type Weighted } from './nmf-load.js'
import { SLICE_MS } from './nmf-map.js'
import type { NmfSettings } from './nmf-options.js'
import { sliceWidth } from './nmf-terms.js'

/** What `steps` yields after an iteration of any restart. `done` of `of` restarts, of all ranks, have ended. */
export interface MetagenesStep extends RestartStep {
  readonly done: number
  readonly of: number
}

/** How a choice of ranks is run: as a fit of NMF, but without checkpoints. */
export type MetagenesRun = Omit<Run<MetagenesStep>, 'checkpoint' | 'resume'> & Weighted

interface Fit {
  /** The options of NMF for each rank. */
  readonly ranks: readonly NmfSettings[]
  readonly merging: MergeOptions
  readonly run: MetagenesRun
  readonly pool: Pool | undefined
}

/** All restarts of all ranks, then what each rank's say. */
export async function* fitRanks(engine: Engine, X: Matrix, fit: Fit): AsyncGenerator<MetagenesStep, MetagenesRank[]> {
  const { run, merging } = fit
  const pace = new Pace(run.signal)
  const progress = { done: 0, of: fit.ranks.length * merging.nInit }
  const summaries: MetagenesRank[] = []
  for (const ranks of alike(X, fit.ranks)) {
    const mark = engine.arena.mark()
    const data = await loadMatrix(engine, 'Metagenes.fit', X, { options: ranks[0]!, run, pace })
    const runs = ranks.map(rank => new RankRuns(rank))
    for await (const step of restarts(engine, data.X, { ranks, runs, fit, progress })) {
      run.onProgress?.(step)
      yield step
    }
    for (const each of runs) summaries.push(await summarise(engine, data, each, merging, pace))
    engine.arena.release(mark)
  }
  return summaries
}

/** Ranks that X is loaded alike for: all of them, unless it is sparse and so wide that it is cut into slices, whose
 *  width depends on k, and with it the last bits. */
function alike(X: Matrix, all: readonly NmfSettings[]): NmfSettings[][] {
  const groups = new Map<number, NmfSettings[]>()
  for (const rank of all) {
    const width = X.kind === 'csr' ? Math.min(X.shape[1], sliceWidth(rank)) : 0
    groups.set(width, [...(groups.get(width) ?? []), rank])
  }
  return [...groups.values()]
}

interface Restarts {
  readonly ranks: readonly NmfSettings[]
  /** Take what the restarts leave behind. */
  readonly runs: readonly RankRuns[]
  readonly fit: Fit
  readonly progress: { done: number; readonly of: number }
}

async function* restarts(
  engine: Engine,
  X: Loaded,
  { ranks, runs, fit: { run, pool }, progress }: Restarts,
): AsyncGenerator<MetagenesStep, void> {
  const pace = new Pace(run.signal, pool ? SLICE_MS : undefined)
  const spec: MetagenesSpec = { X, ranks, spare: roomFor(engine, X, ranks) }
  const { made: program, layout } = engine.arena.record(() => new MetagenesRestarts(engine, spec))
  program.ended = async (rank, state, factors) => {
    await runs[ranks.indexOf(rank)]!.take(state, factors, pace)
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
  for await (const step of steps) yield { ...step, ...progress }
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

/** Bytes that what follows the restarts takes for a while. */
function roomFor(engine: Engine, X: Loaded, ranks: readonly NmfSettings[]): number {
  const metagenes = Math.max(...ranks.map(rank => rank.nInit * rank.nComponents))
  const refits = ranks.map(rank => roomForRefit(engine, X, rank))
  return Math.max(...refits, roomForProducts(engine, metagenes, X.columns))
}
