import type { OptionSpecs } from '../core/options.js'
import { NMF_OPTIONS, type NmfOptions } from './nmf-options.js'

export interface IntegrativeOptions extends Pick<NmfOptions, 'nComponents' | 'nInit' | 'maxIter' | 'tol' | 'seed'> {
  /** Lambda. */
  readonly alphaV: number
}

/** A function, as a constant made of others would be kept in the bundle of who has no use for it. */
export function integrativeOptions(): OptionSpecs<IntegrativeOptions> {
  const { nComponents, nInit, maxIter, tol, seed } = NMF_OPTIONS
  return { nComponents, alphaV: { type: 'number', min: 0, max: 1e6, default: 5 }, nInit, maxIter, tol, seed }
}
