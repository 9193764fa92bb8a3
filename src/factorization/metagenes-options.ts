import type { OptionSpecs } from '../core/options.js'
import { checkTogether, NMF_OPTIONS, type NmfOptions, type NmfSettings } from './nmf-options.js'

/** NMF's options without those of one rank, one start or factors below 0. */
export interface MetagenesOptions extends Omit<NmfSettings, 'nComponents' | 'compress' | 'clip'> {
  readonly minComponents: number
  readonly maxComponents: number
  readonly neighbours: number
  readonly densityThreshold: number
}

/** A function, as a constant made of others would be kept in the bundle of who has no use for it. */
export function metagenesOptions(): OptionSpecs<MetagenesOptions> {
  const { nComponents, init: _, nInit, compress: _z, clip: _c, fixedW: _W, fixedH: _H, ...shared } = NMF_OPTIONS
  return {
    minComponents: { ...nComponents, min: 2, default: 2 } as typeof nComponents,
    maxComponents: { ...nComponents, min: 2, default: 5 } as typeof nComponents,
    nInit: { ...nInit, default: 50 } as typeof nInit,
    ...shared,
    neighbours: { type: 'number', min: 0, max: 1, default: 0.3 },
    densityThreshold: { type: 'number', min: 0, max: 2, default: 0.5 },
  }
}

/** Throws RangeError where options do not go together. */
export function checkMetagenes(where: string, options: MetagenesOptions): void {
  const { minComponents, maxComponents } = options
  if (maxComponents < minComponents)
    throw new RangeError(
      `${where}: maxComponents: wanted at least minComponents (${minComponents}), got ${maxComponents}`,
    )
  checkTogether(where, settingsOf(options, minComponents))
}

/** The options of NMF for one rank, in NMF's order: a saved model has them so. */
export function settingsOf(options: MetagenesOptions, nComponents: number): NmfSettings {
  const given: Partial<NmfOptions> = { ...options, nComponents, compress: false, clip: true }
  const names = (Object.keys(NMF_OPTIONS) as (keyof NmfOptions)[]).filter(name => name in given)
  return Object.fromEntries(names.map(name => [name, given[name]])) as unknown as NmfSettings
}

export const ranksOf = ({ minComponents, maxComponents }: MetagenesOptions): number[] =>
  Array.from({ length: maxComponents - minComponents + 1 }, (_, r) => minComponents + r)
