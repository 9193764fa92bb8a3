import type { OptionSpecs } from '../core/options.js'
import { checkTogether, NMF_OPTIONS, type NmfOptions, type NmfSettings } from './nmf-options.js'

/** NMF's options without those of one rank, one start or factors below 0. */
export interface MetagenesOptions extends Omit<NmfSettings, 'nComponents' | 'compress' | 'clip' | 'holdOut'> {
  readonly minComponents: number
  readonly maxComponents: number
  readonly choice: 'agreement' | 'holdOut'
  /** null is .1 where the rank is chosen by it, else 0. */
  readonly holdOut: number | null
  readonly holdOutMasks: number
  readonly holdOutInit: number
  readonly neighbours: number
  readonly densityThreshold: number
}

/** A function, as a constant made of others would be kept in the bundle of who has no use for it. */
export function metagenesOptions(): OptionSpecs<MetagenesOptions> {
  const {
    nComponents,
    init: _,
    nInit,
    holdOut,
    compress: _z,
    clip: _c,
    fixedW: _W,
    fixedH: _H,
    ...shared
  } = NMF_OPTIONS
  return {
    minComponents: { ...nComponents, min: 2, default: 2 } as typeof nComponents,
    maxComponents: { ...nComponents, min: 2, default: 5 } as typeof nComponents,
    choice: { type: 'choice', choices: ['agreement', 'holdOut'], default: 'agreement' },
    nInit: { ...nInit, default: 50 } as typeof nInit,
    holdOut: { ...holdOut, default: null } as typeof holdOut,
    holdOutMasks: { type: 'integer', min: 2, max: 1000, default: 5 },
    holdOutInit: { ...nInit, default: 3 } as typeof nInit,
    ...shared,
    neighbours: { type: 'number', min: 0, max: 1, default: 0.3 },
    densityThreshold: { type: 'number', min: 0, max: 2, default: 0.5 },
  }
}

/** Throws RangeError where options do not go together. */
export function checkMetagenes(where: string, options: MetagenesOptions): void {
  const { minComponents, maxComponents, choice } = options
  if (maxComponents < minComponents)
    throw new RangeError(
      `${where}: maxComponents: wanted at least minComponents (${minComponents}), got ${maxComponents}`,
    )
  if (choice === 'holdOut' && shareOf(options) === 0)
    throw new RangeError(`${where}: holdOut: wanted a share above 0 where choice is 'holdOut', got 0`)
  checkTogether(where, settingsOf(options, minComponents))
}

/** The options of NMF for one rank of all of X, in NMF's order: a saved model has them so. */
export function settingsOf(options: MetagenesOptions, nComponents: number): NmfSettings {
  const given: Partial<NmfOptions> = { ...options, nComponents, compress: false, holdOut: 0, clip: true }
  const names = (Object.keys(NMF_OPTIONS) as (keyof NmfOptions)[]).filter(name => name in given)
  return Object.fromEntries(names.map(name => [name, given[name]])) as unknown as NmfSettings
}

/** The same of X without what a mask holds out. */
export function maskedSettings(options: MetagenesOptions, nComponents: number, mask: number): NmfSettings {
  const { holdOutInit: nInit, seed } = options
  return { ...settingsOf(options, nComponents), nInit, holdOut: shareOf(options), seed: maskSeed(seed, mask) }
}

/** Mask r and its restarts are those of seed + (r + 1) 2^32, modulo 2^53: fits of seeds below 2^32 have no mask in
 *  common, and more masks leave those before them as they are. */
export function maskSeed(seed: number, mask: number): number {
  const word = 2 ** 32
  return ((Math.floor(seed / word) + mask + 1) % 2 ** 21) * word + (seed % word)
}

export const shareOf = ({ holdOut, choice }: MetagenesOptions): number => holdOut ?? (choice === 'holdOut' ? 0.1 : 0)

/** How many masks there are. */
export const masksOf = (options: MetagenesOptions): number => (shareOf(options) > 0 ? options.holdOutMasks : 0)

export const ranksOf = ({ minComponents, maxComponents }: MetagenesOptions): number[] =>
  Array.from({ length: maxComponents - minComponents + 1 }, (_, r) => minComponents + r)
