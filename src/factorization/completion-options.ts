import type { OptionSpecs } from '../core/options.js'
import { NMF_OPTIONS, type NmfOptions } from './nmf-options.js'

export interface CompletionOptions extends Pick<NmfOptions, 'nComponents' | 'maxIter' | 'tol' | 'seed' | 'holdOut'> {
  readonly lambda: number | null
  readonly nLambda: number
  readonly lambdaRatio: number
  readonly centre: 'none' | 'columns'
  readonly debias: 'none' | 'values' | 'factors'
  readonly missing: 'nan' | 'none'
}

/** A function, as a constant made of others would be kept in the bundle of who has no use for it. */
export function completionOptions(): OptionSpecs<CompletionOptions> {
  const { nComponents, maxIter, tol, seed } = NMF_OPTIONS
  return {
    nComponents: { ...nComponents, default: 20 } as typeof nComponents,
    lambda: { type: 'number', min: 0, max: 1e300, default: null },
    nLambda: { type: 'integer', min: 1, max: 1000, default: 10 },
    lambdaRatio: { type: 'number', min: 1e-15, max: 1, default: 0.01 },
    holdOut: { type: 'number', min: 0.001, max: 0.9, default: 0.1 },
    centre: { type: 'choice', choices: ['none', 'columns'], default: 'none' },
    debias: { type: 'choice', choices: ['none', 'values', 'factors'], default: 'none' },
    missing: { type: 'choice', choices: ['nan', 'none'], default: 'nan' },
    maxIter,
    tol: { ...tol, default: 1e-6 } as typeof tol,
    seed,
  }
}
