import type { Pace } from '../core/pace.js'
import type { NmfState } from './nmf-state.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfFit } from './nmf-fit.js'

/** The better of the best so far and the restart that has ended in `factors`; of equals the one before. */
export async function bestOf(
  { best, loss, objective, converged, iter, trace }: NmfState,
  factors: NmfFactors,
  pace: Pace,
): Promise<NmfFit | undefined> {
  if (!Number.isFinite(objective) || (best && best.objective <= objective)) return best
  const { fast } = factors.engine
  return { loss, objective, converged, nIter: iter, fast, trace, ...(await factors.factors(pace)) }
}
