import { type OptionSpecs, show } from '../core/options.js'
import { type BiasOptions, biasOptions, type Clip, clipOption, componentsOption, seedOption } from './als-options.js'

export interface BayesianOptions extends BiasOptions {
  readonly nComponents: number
  /** The precision of the noise: drawn in every sweep, or held. */
  readonly noise: 'sampled' | number
  readonly noiseShape: number
  readonly noiseRate: number
  readonly beta0: number
  readonly burnIn: number
  readonly nSamples: number
  readonly clip: Clip
  readonly seed: number
}

/** A function, as a constant made of others would be kept in the bundle of who has no use for it. */
export function bayesianOptions(): OptionSpecs<BayesianOptions> {
  const positive = { type: 'number', min: 1e-12, max: 1e12 } as const
  return {
    nComponents: componentsOption,
    noise: {
      type: 'custom',
      default: 'sampled',
      values: 'sampled | number',
      parse: text => (Number.isNaN(Number(text)) ? text : Number(text)),
      check(where, value) {
        if (value === 'sampled') return
        const wanted = `${where}: wanted 'sampled' or a number above 0, got ${show(value)}`
        if (typeof value === 'string') throw new RangeError(wanted)
        if (typeof value !== 'number') throw new TypeError(wanted)
        if (!(value > 0 && value < Infinity)) throw new RangeError(wanted)
      },
    },
    noiseShape: { ...positive, default: 0.001 },
    noiseRate: { ...positive, default: 0.001 },
    beta0: { ...positive, default: 2 },
    ...biasOptions(),
    burnIn: { type: 'integer', min: 0, max: 1e9, default: 20 },
    nSamples: { type: 'integer', min: 1, max: 100000, default: 60 },
    clip: clipOption,
    seed: seedOption,
  }
}
