import type { JointOptions } from './joint-options.js'
import type { NmfOptions } from './nmf-options.js'
import { nmfWith } from './nmf-with.js'

/** The options of the NMF that a joint one is. */
export const nmfOptionsOf = (options: JointOptions): NmfOptions => {
  const { viewWeights: _w, signed: _s, networks: _n, ...shared } = options
  return nmfWith({ ...shared, penaltyScale: 'raw' })
}

/** What views may hold. */
export const allowedBy = ({ signed, missing }: Pick<JointOptions, 'signed' | 'missing'>) => ({
  signed: signed === 'split',
  missing: missing === 'nan',
})
