import type { Engine } from '../../bindings/engine.js'
import { type Loaded, loadNonNegative } from '../core/load.js'
import type { Matrix } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import type { Pool } from '../core/pool.js'
import type { Job } from '../core/program.js'
import type { Run } from '../core/run.js'
import { told } from '../core/told.js'
import { roomForProducts } from './metagenes-gram.js'
import { MetagenesRestarts, type MetagenesSpec, type RestartStep } from './metagenes-map.js'
import { MetagenesModel } from './metagenes-model.js'
import { type MetagenesOptions, ranksOf, settingsOf } from './metagenes-options.js'
import { type MetagenesRank, roomForRefit, summarise } from './metagenes-rank.js'
import { RankRuns } from './metagenes-runs.js'
import { SLICE_MS } from './nmf-map.js'
import { betaOf } from './nmf-options.js'
import { sliceWidth } from './nmf-terms.js'

/** What `steps` yields after an iteration of any restart. `done` of `of` restarts, of all ranks, have ended. */
export interface MetagenesStep extends RestartStep {
  readonly done: number
  readonly of: number
}

interface Fit {
  readonly options: MetagenesOptions
  readonly run: Run<MetagenesStep>
  readonly pool: Pool | undefined
}

/** All restarts of all ranks, then what each rank's say. */
export async function* fitRanks(engine: Engine, X: Matrix, fit: Fit): AsyncGenerator<MetagenesStep, MetagenesModel> {
  const { options, run } = fit
  const pace = new Pace(run.signal)
  const progress = { done: 0, of: ranksOf(options).length * options.nInit }
  const summaries: MetagenesRank[] = []
  for (const ranks of alike(X, options)) {
    const mark = engine.arena.mark()
    const loaded = await loadNonNegative(engine, 'Metagenes.fit', X, pace, {
      positive: betaOf(options.betaLoss) <= 0,
      sliceWidth: widthFor(options, ranks[0] ?? 0),
    })
    const runs = ranks.map(k => new RankRuns(k, options.nInit))
    for await (const step of restarts(engine, loaded, { ranks, runs, fit, progress })) {
      run.onProgress?.(step)
      yield step
    }
    for (const each of runs) summaries.push(await summarise(engine, loaded, each, options, pace))
    engine.arena.release(mark)
  }
  return new MetagenesModel(options, summaries)
}

const widthFor = (options: MetagenesOptions, k: number): number => sliceWidth(settingsOf(options, k))

/** Ranks that X is loaded alike for: all of them, unless it is sparse and so wide that it is cut into slices, whose
 *  width depends on k, and with it the last bits. */
function alike(X: Matrix, options: MetagenesOptions): number[][] {
  const groups = new Map<number, number[]>()
  for (const k of ranksOf(options)) {
    const width = X.kind === 'csr' ? Math.min(X.shape[1], widthFor(options, k)) : 0
    groups.set(width, [...(groups.get(width) ?? []), k])
  }
  return [...groups.values()]
}

interface Restarts {
  readonly ranks: readonly number[]
  /** Take what the restarts leave behind. */
  readonly runs: readonly RankRuns[]
  readonly fit: Fit
  readonly progress: { done: number; readonly of: number }
}

async function* restarts(
  engine: Engine,
  X: Loaded,
  { ranks, runs, fit: { options, run, pool }, progress }: Restarts,
): AsyncGenerator<MetagenesStep, void> {
  const pace = new Pace(run.signal, pool ? SLICE_MS : undefined)
  const spec: MetagenesSpec = { X, options, ranks, spare: roomFor(engine, X, options, ranks) }
  const { made: program, layout } = engine.arena.record(() => new MetagenesRestarts(engine, spec))
  program.ended = async (k, state, factors) => {
    await runs[ranks.indexOf(k)]!.take(state, factors, pace)
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
function roomFor(engine: Engine, X: Loaded, options: MetagenesOptions, ranks: readonly number[]): number {
  return Math.max(
    ...ranks.map(k => roomForRefit(engine, X, { ...settingsOf(options, k), init: 'random' })),
    roomForProducts(engine, options.nInit * Math.max(...ranks), X.columns),
  )
}
