import type { Pace } from '../core/pace.js'
import type { NmfState } from './nmf-state.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfFit } from './nmf-fit.js'

/** Whether a restart takes the place of the best one before it. */
export const isBetter = (objective: number, best: NmfFit | undefined): boolean =>
  Number.isFinite(objective) && !(best && best.objective <= objective)

/** The restart that has ended in `factors`. */
export async function fitOf(
  { loss, objective, converged, iter, trace }: NmfState,
  factors: NmfFactors,
  pace: Pace,
): Promise<NmfFit> {
  const { fast } = factors.engine
  return { loss, objective, converged, nIter: iter, fast, trace, ...(await factors.factors(pace)) }
}

/** The best of restarts that end in any order. */
export class Best {
  private holder = -1

  constructor(public fit: NmfFit | undefined) {}

  /** Whether a restart takes its place: of equals the first one, whichever ended first. */
  isLessThan({ objective, restart }: NmfState): boolean {
    return (objective === this.fit?.objective && restart < this.holder) || isBetter(objective, this.fit)
  }

  put({ restart }: NmfState, fit: NmfFit): void {
    this.fit = fit
    this.holder = restart
  }
}
