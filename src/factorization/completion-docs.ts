import type { OptionDocs } from '../core/options.js'
import type { CompletionOptions } from './completion-options.js'
import { NMF_DOCS } from './nmf-docs.js'

/** A function, as the sentences are with the registry alone. */
export function completionDocs(): OptionDocs<CompletionOptions> {
  return {
    nComponents: 'Rank at most.',
    lambda:
      'What singular values are shrunk by; by default the one of a falling path that does best on entries held out.',
    nLambda: 'Values of the path.',
    lambdaRatio: 'The last value of the path, relative to the largest one that leaves anything.',
    holdOut: 'Share of the known entries that the path is chosen by; without a path it has no part.',
    centre: 'columns: the mean of what is known of each column is taken off before and added after.',
    debias:
      'What is done about the shrinking at the end: none; values, least squares of the singular values; factors, alternating least squares of the rank that was found.',
    missing: 'nan: NaN, or what a sparse matrix does not store, is not known. none: all is known, and NaN refused.',
    maxIter: 'Iterations for each value of the path and rank at most.',
    tol: 'When to stop: fall of sqrt(2 objective) over ten iterations relative to that of the start.',
    seed: NMF_DOCS.seed,
  }
}
