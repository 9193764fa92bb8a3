import type { Engine } from '../../bindings/engine.js'
import type { Matrix } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import type { Tested } from './metagenes-rank.js'
import { type Fit, type MetagenesStep, release, restarts } from './metagenes-restarts.js'
import { Best, fitOf } from './nmf-best.js'
import { loadMatrix } from './nmf-load.js'
import { termsOf } from './nmf-terms.js'

/** Speckled hold-out (Wold 1978; Owen & Perry 2009): entries all over X are left out of the restarts and predicted by
 *  the best of them. For each rank the mean divergence over what each mask holds out: that of NMF with the mask's seed,
 *  to the bit; NaN where no restart reached a finite objective. One mask is loaded at a time. */
export async function* testRanks(engine: Engine, X: Matrix, fit: Fit): AsyncGenerator<MetagenesStep, Tested[]> {
  const { masks, options, run } = fit
  const losses = fit.ranks.map(() => new Float64Array(masks.length).fill(NaN))
  const pace = new Pace(run.signal)
  for (const [mask, ranks] of masks.entries()) {
    const mark = engine.arena.mark()
    const { X: rest, heldOut } = await loadMatrix(engine, 'Metagenes.fit', X, { options: ranks[0]!, run, pace })
    if (!heldOut)
      throw new RangeError(
        `Metagenes.fit: holdOut: wanted a share that each mask holds entries out by, got ${ranks[0]!.holdOut} of ${X.shape[0]} x ${X.shape[1]}`,
      )
    const best = ranks.map(() => new Best(undefined))
    yield* restarts(engine, rest, fit, {
      ranks,
      mask,
      spare: 0,
      async take(rank, state, factors, own) {
        const at = ranks.indexOf(rank)
        if (!best[at]!.isLessThan(state)) return
        const left = await fitOf(state, factors, own)
        best[at]!.put(state, left)
        const loss = termsOf(rank, factors).lossOf(await heldOut(factors, left, own))
        losses[at]![mask] = loss / (rest.weights?.scale ?? 1)
      },
    })
    release(engine, mark)
  }
  const tested = losses.map(holdOuts => ({
    holdOuts,
    holdOut: holdOuts.reduce((sum, loss) => sum + loss, 0) / masks.length,
  }))
  // Before agreement is asked for in vain.
  if (options.choice === 'holdOut' && !tested.some(({ holdOut }) => Number.isFinite(holdOut)))
    throw new RangeError(
      "Metagenes.fit: choice: wanted 'agreement', as no rank has a finite loss over what every mask holds out, got 'holdOut'",
    )
  return tested
}
