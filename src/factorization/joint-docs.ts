import type { OptionDocs } from '../core/options.js'
import type { JointOptions } from './joint-options.js'
import { NMF_DOCS } from './nmf-docs.js'

/** A function, as the sentences are with the registry alone. */
export function jointDocs(): OptionDocs<JointOptions> {
  const { nComponents, nInit, maxIter, alphaW, alphaH, l1Ratio, seed, fast } = NMF_DOCS
  return {
    nComponents,
    viewWeights:
      'How much each view counts, all divided by their norms: equal; residual, the inverse of the share that the best components of either sign leave of it; or a number for each, in their order.',
    signed:
      'What a view with entries below 0 is: refuse, an error; split, its positive parts beside its negative ones.',
    missing:
      'nan: NaN is an entry that is not there, and a row of them a sample that lacks the view. none: NaN is refused.',
    networks:
      'Which features of a view, or of two, belong together, as weighted adjacency matrices: { views, adjacency, weight, laplacian }.',
    nInit,
    maxIter,
    tol: 'When to stop: KKT violation relative to that of the first iteration.',
    alphaW,
    alphaH,
    l1Ratio,
    seed,
    fast,
  }
}
