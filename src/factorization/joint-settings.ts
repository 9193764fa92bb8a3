import type { JointOptions } from './joint-options.js'
import { NMF_OPTIONS, type NmfOptions } from './nmf-options.js'

/** The options of the NMF that a joint one is. */
export const nmfOptionsOf = (options: JointOptions): NmfOptions => {
  const standard = Object.fromEntries(Object.entries(NMF_OPTIONS).map(([name, spec]) => [name, spec.default]))
  const { viewWeights: _w, signed: _s, networks: _n, ...shared } = options
  return { ...(standard as unknown as NmfOptions), ...shared, penaltyScale: 'raw' }
}

/** What views may hold. */
export const allowedBy = ({ signed, missing }: Pick<JointOptions, 'signed' | 'missing'>) => ({
  signed: signed === 'split',
  missing: missing === 'nan',
})
