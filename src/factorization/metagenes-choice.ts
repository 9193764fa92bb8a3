import type { MetagenesRank } from './metagenes-rank.js'

// Below the highest.
const COPHENETIC = 0.01
const DISPERSION = 0.005

/** A rank and why it was chosen. */
export interface MetagenesChoice {
  readonly nComponents: number
  readonly rule: string
}

/** The largest rank at which restarts still agree as they do at best: Brunet et al. (2004) take the rank where the
 *  cophenetic correlation begins to fall. That alone does not do: it is 1 as well where restarts disagree in the manner
 *  of a tree, which the dispersion tells (Kim & Park 2007). So the cophenetic correlation must be within .01 of the
 *  highest of all ranks and the dispersion within .005. Where no rank is both, the one with the highest dispersion. */
export function choose(
  ranks: readonly Pick<MetagenesRank, 'nComponents' | 'cophenetic' | 'dispersion'>[],
): MetagenesChoice {
  const most = (value: (rank: (typeof ranks)[number]) => number): number => Math.max(...ranks.map(value))
  const [cophenetic, dispersion] = [most(rank => rank.cophenetic), most(rank => rank.dispersion)]
  const agreeing = ranks.filter(
    rank => rank.cophenetic >= cophenetic - COPHENETIC && rank.dispersion >= dispersion - DISPERSION,
  )
  const last = agreeing.at(-1)
  if (last === undefined) {
    const { nComponents } = ranks.find(rank => rank.dispersion === dispersion)!
    return {
      nComponents,
      rule: 'the rank with the highest dispersion, as no other is near it with a high cophenetic correlation',
    }
  }
  return {
    nComponents: last.nComponents,
    rule: `the largest rank with a cophenetic correlation within ${COPHENETIC} and a dispersion within ${DISPERSION} of the highest (${cophenetic.toFixed(4)} and ${dispersion.toFixed(3)})`,
  }
}
