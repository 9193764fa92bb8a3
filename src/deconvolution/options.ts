import { type OptionSpecs, show } from '../core/options.js'

export type Method = 'cibersort' | 'nnls' | 'simplex' | 'at-most-one' | 'robust' | 'kl'

export interface DeconvolutionOptions {
  readonly method: Method
  readonly mode: 'robust' | 'cibersort'
  readonly nu: readonly number[]
  readonly quantileNormalize: boolean
  readonly permutations: number
  readonly bootstrap: number
  readonly level: number
  readonly seed: number
}

/** What another thread is told of them, and a model keeps. */
export type DeconvolutionSettings = DeconvolutionOptions

function checkNu(where: string, value: unknown): void {
  const wanted = 'a list of numbers above 0 and at most 1'
  if (!Array.isArray(value)) throw new TypeError(`${where}: wanted ${wanted}, got ${show(value)}`)
  if (value.length === 0) throw new RangeError(`${where}: wanted ${wanted}, got none`)
  const bad = value.findIndex(v => !(typeof v === 'number' && v > 0 && v <= 1))
  if (bad >= 0) throw new RangeError(`${where}[${bad}]: wanted a number above 0 and at most 1, got ${show(value[bad])}`)
}

/** A function, as a constant made of others would be kept in the bundle of who has no use for it. */
export function deconvolutionOptions(): OptionSpecs<DeconvolutionOptions> {
  return {
    method: {
      type: 'choice',
      choices: ['cibersort', 'nnls', 'simplex', 'at-most-one', 'robust', 'kl'],
      default: 'cibersort',
    },
    mode: { type: 'choice', choices: ['robust', 'cibersort'], default: 'robust' },
    nu: {
      type: 'custom',
      default: Object.freeze([0.25, 0.5, 0.75]),
      values: 'numbers',
      check: checkNu,
      parse: text => text.split(',').map(Number),
    },
    quantileNormalize: { type: 'boolean', default: false },
    permutations: { type: 'integer', min: 0, max: 1e6, default: 100 },
    bootstrap: { type: 'integer', min: 0, max: 1e6, default: 0 },
    level: { type: 'number', min: 0.01, max: 0.999, default: 0.95 },
    seed: { type: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 },
  }
}
