import type { OptionDocs } from '../core/options.js'
import { biasDocs, CLIP_DOC, COMPONENTS_DOC, SEED_DOC } from './als-docs.js'
import type { BayesianOptions } from './bayesian-options.js'

/** A function, as the sentences are with the registry alone. */
export function bayesianDocs(): OptionDocs<BayesianOptions> {
  return {
    nComponents: COMPONENTS_DOC,
    noise: 'Precision of the noise, 1 / variance: drawn in every sweep, or held at a number.',
    noiseShape: "Shape of the Gamma prior of the noise's precision.",
    noiseRate: "Rate of the Gamma prior of the noise's precision.",
    beta0: "How many rows of a factor the prior of its rows' mean, which is 0, stands for.",
    ...biasDocs(),
    burnIn: 'Sweeps before the first that is kept.',
    nSamples: 'Sweeps that are kept.',
    clip: CLIP_DOC,
    seed: SEED_DOC,
  }
}
