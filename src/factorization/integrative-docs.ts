import type { OptionDocs } from '../core/options.js'
import type { IntegrativeOptions } from './integrative-options.js'
import { NMF_DOCS } from './nmf-docs.js'

/** A function, as the sentences are with the registry alone. */
export function integrativeDocs(): OptionDocs<IntegrativeOptions> {
  const { nComponents, nInit, maxIter, seed } = NMF_DOCS
  return {
    nComponents,
    alphaV: 'Lambda, the strength of the penalty on what is of one data set alone; the larger, the more is shared.',
    nInit,
    maxIter,
    tol: 'When to stop: KKT violation relative to that of the first iteration.',
    seed,
  }
}
