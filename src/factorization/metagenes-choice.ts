import type { MetagenesRank } from './metagenes-rank.js'

const FALL = 0.01

/** A rank and why it was chosen. */
export interface MetagenesChoice {
  readonly nComponents: number
  readonly rule: string
}

/** Brunet et al. (2004) take the rank at which the cophenetic correlation begins to fall. Made exact: the largest rank
 *  whose correlation is within .01 of the highest. */
export function choose(ranks: readonly Pick<MetagenesRank, 'nComponents' | 'cophenetic'>[]): MetagenesChoice {
  const highest = ranks.reduce((most, { cophenetic }) => Math.max(most, cophenetic), -1)
  const able = ranks.filter(({ cophenetic }) => cophenetic >= highest - FALL)
  const { nComponents } = able.at(-1)!
  return {
    nComponents,
    rule: `the largest rank whose cophenetic correlation is within ${FALL} of the highest (${highest.toFixed(4)})`,
  }
}
