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

/** The largest rank at which restarts still agree as they do at best: Brunet et al. (2004) take the rank where the
 *  cophenetic correlation begins to fall. That alone does not do. It is 1 as well where restarts disagree in the manner
 *  of a tree, which the dispersion tells (Kim & Park 2007); and where one metagene too many parts a group of rows in one
 *  way only, restarts agree on the rows, but the metagenes that share the group lie near each other and differ, which
 *  their stability tells (Kotliar et al. 2019). So the cophenetic correlation must be within .01 of the highest of all
 *  ranks, the dispersion within .005 and the stability within .03 (unless no rank has one). Where no rank is all that,
 *  the one with the highest dispersion. */
export function choose(
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
