import type { Engine } from '../../bindings/engine.js'
import { beginReading } from '../core/home.js'
import type { Loaded } from '../core/load.js'
import type { Matrix } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import { roomForProducts } from './metagenes-gram.js'
import { testRanks } from './metagenes-hold-out.js'
import { type MetagenesRank, roomForRefit, summarise } from './metagenes-rank.js'
import { type Fit, type MetagenesStep, release, restarts } from './metagenes-restarts.js'
import { RankRuns } from './metagenes-runs.js'
import { loadMatrix } from './nmf-load.js'
import type { NmfSettings } from './nmf-options.js'
import { sliceWidth } from './nmf-terms.js'

/** All restarts of all ranks, then what each rank's say; before them those that do without what masks hold out, as X
 *  may be divided where it lies by the last that load it. */
export async function* fitRanks(
  engine: Engine,
  X: Matrix,
  given: Omit<Fit, 'progress'>,
): AsyncGenerator<MetagenesStep, MetagenesRank[]> {
  const { ranks, masks, options, run } = given
  const of = ranks.length * (options.nInit + masks.length * options.holdOutInit)
  const fit = { ...given, progress: { done: 0, of } }
  const end = beginReading('Metagenes.fit', X, engine)
  try {
    const tested = yield* testRanks(engine, X, fit)
    const summaries: MetagenesRank[] = []
    for (const group of alike(X, ranks)) {
      const pace = new Pace(run.signal)
      const mark = engine.arena.mark()
      const { X: loaded } = await loadMatrix(engine, 'Metagenes.fit', X, { options: group[0]!, run, pace })
      const runs = group.map(rank => new RankRuns(rank))
      yield* restarts(engine, loaded, fit, {
        ranks: group,
        spare: roomFor(engine, loaded, group),
        take: (rank, ...left) => runs[group.indexOf(rank)]!.take(...left),
      })
      for (const each of runs) {
        const found = { runs: each, tested: tested[ranks.indexOf(each.settings)]! }
        summaries.push(await summarise(engine, loaded, found, options, pace))
      }
      release(engine, mark)
    }
    return summaries
  } finally {
    end()
  }
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

/** Bytes that what follows the restarts takes for a while. */
function roomFor(engine: Engine, X: Loaded, ranks: readonly NmfSettings[]): number {
  const metagenes = Math.max(...ranks.map(rank => rank.nInit * rank.nComponents))
  const refits = ranks.map(rank => roomForRefit(engine, X, rank))
  return Math.max(...refits, roomForProducts(engine, metagenes, X.columns))
}
