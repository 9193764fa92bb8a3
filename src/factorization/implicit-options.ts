import type { OptionSpecs } from '../core/options.js'
import { componentsOption, seedOption } from './als-options.js'

export interface ImplicitOptions {
  readonly nComponents: number
  readonly confidence: 'alpha*r' | '1+alpha*r'
  readonly alpha: number
  readonly lambda: number
  readonly lambdaPower: number
  readonly solver: 'cg' | 'cholesky'
  readonly cgSteps: number
  readonly maxIter: number
  readonly tol: number
  readonly seed: number
}

/** A function, as a constant made of others would be kept in the bundle of who has no use for it. */
export function implicitOptions(): OptionSpecs<ImplicitOptions> {
  return {
    nComponents: componentsOption,
    confidence: { type: 'choice', choices: ['alpha*r', '1+alpha*r'], default: '1+alpha*r' },
    alpha: { type: 'number', min: 1e-9, max: 1e9, default: 1 },
    lambda: { type: 'number', min: 0, max: 1e9, default: 0.1 },
    lambdaPower: { type: 'number', min: 0, max: 2, default: 0 },
    solver: { type: 'choice', choices: ['cg', 'cholesky'], default: 'cg' },
    cgSteps: { type: 'integer', min: 1, max: 100000, default: 3 },
    maxIter: { type: 'integer', min: 1, max: 1e9, default: 15 },
    tol: { type: 'number', min: 0, max: 1, default: 1e-4 },
    seed: seedOption,
  }
}
