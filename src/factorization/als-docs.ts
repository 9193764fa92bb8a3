import type { OptionDocs } from '../core/options.js'
import type { AlsOptions, BiasOptions } from './als-options.js'

export function biasDocs(): OptionDocs<BiasOptions> {
  return {
    biases: 'Fit a bias of every user and item first, and the factors to what these leave.',
    dampingUsers: 'Ratings of 0 that a bias of a user is the mean of besides its own.',
    dampingItems: 'Ratings of 0 that a bias of an item is the mean of besides its own.',
    biasRounds: 'Rounds in which the biases of items and of users are set in turn.',
  }
}

export const COMPONENTS_DOC = 'Number of components, k.'
export const SEED_DOC = 'Seed of the random numbers.'
export const CLIP_DOC = 'What predictions are clipped to: the range of the ratings, nothing or a range given.'

/** A function, as the sentences are with the registry alone. */
export function alsDocs(): OptionDocs<AlsOptions> {
  return {
    nComponents: COMPONENTS_DOC,
    lambda: 'Strength of the penalty on the squares of the factors.',
    lambdaPower: 'p: the penalty on a row of a factor is lambda times the number of its ratings to the power p.',
    ...biasDocs(),
    clip: CLIP_DOC,
    maxIter: 'Iterations at most.',
    tol: 'When to stop: share of the objective that an iteration takes off.',
    seed: SEED_DOC,
  }
}
