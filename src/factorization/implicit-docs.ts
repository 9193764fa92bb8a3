import type { OptionDocs } from '../core/options.js'
import { COMPONENTS_DOC, SEED_DOC } from './als-docs.js'
import type { ImplicitOptions } from './implicit-options.js'

/** A function, as the sentences are with the registry alone. */
export function implicitDocs(): OptionDocs<ImplicitOptions> {
  return {
    nComponents: COMPONENTS_DOC,
    confidence: 'How much an r counts: alpha r as in the package implicit, or 1 + alpha r as in Hu, Koren & Volinsky.',
    alpha: 'How confident an r makes.',
    lambda: 'Strength of the penalty on the squares of the factors.',
    lambdaPower: "p: the penalty on a row of a factor is lambda n^p, n its entries; 1 is Spark's.",
    solver: 'Conjugate gradients from the last iteration, or Cholesky factors: exact, slower for many components.',
    cgSteps: 'Steps of conjugate gradients for a row of a factor in an iteration.',
    maxIter: 'Iterations at most.',
    tol: 'When to stop: share of the objective that an iteration takes off.',
    seed: SEED_DOC,
  }
}
