import type { MetagenesRank } from './metagenes-rank.js'

// Below the highest. What they find where the rank is known: bench/rank-choice.mjs.
const COPHENETIC = 0.01
const DISPERSION = 0.005
const STABILITY = 0.03

/** A rank and why it was chosen. */
export interface MetagenesChoice {
  readonly nComponents: number
  readonly rule: string
}

/** What either rule says; no rank by hold-out where nothing was held out, or where none has finite losses there. */
export interface MetagenesChoices {
  readonly agreement: MetagenesChoice
  readonly holdOut: MetagenesChoice | undefined
}

export const choicesOf = (ranks: readonly MetagenesRank[]): MetagenesChoices =>
  Object.freeze({
    agreement: Object.freeze(chooseByAgreement(ranks)),
    holdOut: Object.freeze(chooseByHoldOut(ranks)),
  })

/** The largest rank at which restarts still agree as they do at best: Brunet et al. (2004) take the rank where the
 *  cophenetic correlation begins to fall. That alone does not do. It is 1 as well where restarts disagree in the manner
 *  of a tree, which the dispersion tells (Kim & Park 2007); and where one metagene too many parts a group of rows in one
 *  way only, restarts agree on the rows, but the metagenes that share the group lie near each other and differ, which
 *  their stability tells (Kotliar et al. 2019). So the cophenetic correlation must be within .01 of the highest of all
 *  ranks, the dispersion within .005 and the stability within .03 (unless no rank has one). Where no rank is all that,
 *  the one with the highest dispersion. */
export function chooseByAgreement(
  ranks: readonly Pick<MetagenesRank, 'nComponents' | 'cophenetic' | 'dispersion' | 'stability'>[],
): MetagenesChoice {
  const known = ranks.map(rank => rank.stability).filter(stability => !Number.isNaN(stability))
  const cophenetic = Math.max(...ranks.map(rank => rank.cophenetic))
  const dispersion = Math.max(...ranks.map(rank => rank.dispersion))
  const stability = Math.max(...known) // -Infinity where none is known
  const agreeing = ranks.filter(
    rank =>
      rank.cophenetic >= cophenetic - COPHENETIC &&
      rank.dispersion >= dispersion - DISPERSION &&
      (known.length === 0 || rank.stability >= stability - STABILITY),
  )
  const last = agreeing.at(-1)
  if (last === undefined) {
    const { nComponents } = ranks.find(rank => rank.dispersion === dispersion)!
    return {
      nComponents,
      rule: 'the rank with the highest dispersion, as none is near the highest in all of cophenetic correlation, dispersion and stability',
    }
  }
  const stable = known.length > 0 ? ` and a stability within ${STABILITY}` : ''
  const highest = [cophenetic.toFixed(4), dispersion.toFixed(3), ...(known.length > 0 ? [stability.toFixed(3)] : [])]
  return {
    nComponents: last.nComponents,
    rule: `the largest rank with a cophenetic correlation within ${COPHENETIC}, a dispersion within ${DISPERSION}${stable} of the highest (${highest.join(', ')})`,
  }
}

/** The smallest rank that predicts what is held out nearly as well as the best one does: whose mean loss is no more than
 *  one standard error above the least. That error is of the difference between the two, mask by mask, as what a mask
 *  holds out is harder or easier to predict for all ranks alike: sqrt(mean (d_r - d)^2 / (masks - 1)), d_r being the
 *  difference with mask r and d its mean. A rank whose loss is not finite with some mask is passed over. */
export function chooseByHoldOut(
  ranks: readonly Pick<MetagenesRank, 'nComponents' | 'holdOut' | 'holdOuts'>[],
): MetagenesChoice | undefined {
  const tested = ranks.filter(rank => Number.isFinite(rank.holdOut))
  const lowest = Math.min(...tested.map(rank => rank.holdOut))
  const least = tested.find(rank => rank.holdOut === lowest)
  if (least === undefined) return undefined
  for (const { nComponents, holdOut, holdOuts } of tested) {
    const above = holdOut - lowest
    const error = standardError(holdOuts.map((loss, r) => loss - least.holdOuts[r]! - above))
    if (!(above <= error)) continue
    const means = `the mean loss over what ${holdOuts.length} masks hold out`
    const best = `${lowest.toPrecision(4)} at rank ${least.nComponents}`
    const rule =
      nComponents === least.nComponents
        ? `the rank where ${means} is least (${best}), as no smaller one is within one standard error of it`
        : `the smallest rank where ${means} is within one standard error of the least (${best}): it is ${above.toPrecision(2)} above, the standard error of that difference being ${error.toPrecision(2)}`
    return { nComponents, rule }
  }
  return undefined
}

/** Of a mean, by the deviations from it: of the largest first, as squares may overflow or vanish. */
function standardError(deviations: Float64Array): number {
  const count = deviations.length
  const most = deviations.reduce((high, d) => Math.max(high, Math.abs(d)), 0)
  if (most === 0) return 0
  const squares = deviations.reduce((sum, d) => sum + (d / most) * (d / most), 0)
  return most * Math.sqrt(squares / count / (count - 1))
}
