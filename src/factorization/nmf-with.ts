import { NMF_OPTIONS, type NmfOptions } from './nmf-options.js'

/** NMF's options where these are given and the others are as by default. */
export const nmfWith = (given: Partial<NmfOptions>): NmfOptions => ({
  ...(Object.fromEntries(
    Object.entries(NMF_OPTIONS).map(([name, spec]) => [name, spec.default]),
  ) as unknown as NmfOptions),
  ...given,
})
