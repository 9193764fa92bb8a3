import { type OptionSpec, type OptionSpecs, show } from '../core/options.js'

/** Biases b_u and b_i of ratings, which models of them have in common. */
export interface BiasOptions {
  readonly biases: boolean
  readonly dampingUsers: number
  readonly dampingItems: number
  readonly biasRounds: number
}

/** What predictions are clipped to: the range of the ratings of the fit, nothing, or the range given. */
export type Clip = 'data' | 'none' | readonly [low: number, high: number]

export interface AlsOptions extends BiasOptions {
  readonly nComponents: number
  readonly lambda: number
  readonly lambdaPower: number
  readonly clip: Clip
  readonly maxIter: number
  readonly tol: number
  readonly seed: number
}

const most = 1e9

export function biasOptions(): OptionSpecs<BiasOptions> {
  return {
    biases: { type: 'boolean', default: true },
    dampingUsers: { type: 'number', min: 0, max: most, default: 5 },
    dampingItems: { type: 'number', min: 0, max: most, default: 3 },
    biasRounds: { type: 'integer', min: 1, max: 10000, default: 10 },
  }
}

export const componentsOption: OptionSpec = { type: 'integer', min: 1, max: 4096, default: 20 }
export const seedOption: OptionSpec = { type: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 }

export const clipOption: OptionSpec = {
  type: 'custom',
  default: 'data',
  values: 'data | none | low:high',
  parse: text => (/^[^:]+:[^:]+$/.test(text) ? text.split(':').map(Number) : text),
  check(where, value) {
    if (value === 'data' || value === 'none') return
    const wanted = `${where}: wanted 'data', 'none' or [low, high] with low < high`
    if (typeof value === 'string') throw new RangeError(`${wanted}, got ${show(value)}`)
    if (!Array.isArray(value)) throw new TypeError(`${wanted}, got ${show(value)}`)
    const [low, high, ...more] = value as unknown[]
    if (typeof low !== 'number' || typeof high !== 'number' || more.length > 0)
      throw new TypeError(`${wanted}, got ${show(value)}`)
    if (!(low < high)) throw new RangeError(`${wanted}, got [${low}, ${high}]`)
  },
}

/** Options whose range is no array of the caller's. */
export function ownClip<O extends { readonly clip: Clip }>(options: Readonly<O>): Readonly<O> {
  const { clip } = options
  return typeof clip === 'string' ? options : Object.freeze({ ...options, clip: Object.freeze([clip[0], clip[1]]) })
}

/** A function, as a constant made of others would be kept in the bundle of who has no use for it. */
export function alsOptions(): OptionSpecs<AlsOptions> {
  return {
    nComponents: componentsOption,
    lambda: { type: 'number', min: 0, max: most, default: 0.1 },
    lambdaPower: { type: 'number', min: 0, max: 2, default: 1 },
    ...biasOptions(),
    clip: clipOption,
    maxIter: { type: 'integer', min: 1, max: 1e9, default: 30 },
    tol: { type: 'number', min: 0, max: 1, default: 1e-4 },
    seed: seedOption,
  }
}
