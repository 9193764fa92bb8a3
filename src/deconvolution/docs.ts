import type { OptionDocs } from '../core/options.js'
import type { DeconvolutionOptions } from './options.js'

/** A function, as the sentences are with the registry alone. */
export function deconvolutionDocs(): OptionDocs<DeconvolutionOptions> {
  return {
    method:
      'How weights are found: cibersort, linear nu-support vector regression; nnls, least squares with weights >= 0; simplex, with sum 1; at-most-one, with sum at most 1, what is left being unknown; robust, reweighted least squares with weights >= 0; kl, Kullback-Leibler with weights >= 0.',
    mode: 'robust: valid p-values from nulls of each sample, errors on the scale of the fit. cibersort: the conventions of the R scripts, with their one null for all samples and their antilogarithm of data below 50.',
    nu: 'Of cibersort: each is tried and the best kept.',
    quantileNormalize: 'Give all samples of a call the same distribution first, as is usual for microarrays.',
    permutations: 'Null draws for the p-value; 0 for none.',
    bootstrap: 'Fits with genes drawn anew, for the intervals of fractions; 0 for none.',
    level: 'How often an interval is to cover what it is for.',
    seed: 'Seed of null draws and of the bootstrap.',
  }
}
