import type { OptionSpecs } from '../core/options.js'
import type { SignConvention } from '../core/svd/signs.js'

export interface SvdOptions<K = number> {
  readonly nComponents: K
  readonly algorithm: 'auto' | 'exact' | 'covariance' | 'randomized' | 'krylov' | 'lanczos'
  readonly nIter: number | null
  readonly nOversamples: number
  readonly tol: number
  readonly maxIter: number
  readonly signConvention: SignConvention
  readonly seed: number
}

export type PcaOptions = SvdOptions<number | null> & { readonly whiten: boolean }

export const SVD_OPTIONS: OptionSpecs<SvdOptions> = {
  nComponents: { type: 'integer', min: 1, max: 1024, default: 2 },
  algorithm: {
    type: 'choice',
    choices: ['auto', 'exact', 'covariance', 'randomized', 'krylov', 'lanczos'],
    default: 'auto',
  },
  nIter: { type: 'integer', min: 0, max: 1000, default: null },
  nOversamples: { type: 'integer', min: 0, max: 1024, default: 10 },
  tol: { type: 'number', min: 0, max: 1, default: 1e-12 },
  maxIter: { type: 'integer', min: 1, max: 1e9, default: 300 },
  signConvention: { type: 'choice', choices: ['u', 'v', 'data'], default: 'v' },
  seed: { type: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 },
}

export const PCA_OPTIONS: OptionSpecs<PcaOptions> = {
  ...SVD_OPTIONS,
  nComponents: { type: 'integer', min: 1, max: 1024, default: null },
  whiten: { type: 'boolean', default: false },
}
