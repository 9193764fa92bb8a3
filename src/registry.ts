import type { OptionSpecs } from './core/options.js'
import { NMF } from './factorization/nmf.js'
import { NmfModel } from './factorization/nmf-model.js'
import { NMF_OPTIONS } from './factorization/nmf-options.js'

/** Every estimator by its command's name: what the command line, the contract tests and the docs are made from. */
export const registry = {
  nmf: {
    name: 'NMF',
    doc: 'Non-negative matrix factorization X ~ W H',
    options: NMF_OPTIONS as OptionSpecs,
    Estimator: NMF,
    Model: NmfModel,
  },
} as const
