import type { OptionDocs } from '../core/options.js'
import type { MetagenesOptions } from './metagenes-options.js'
import { NMF_DOCS } from './nmf-docs.js'

/** What each option is; most are NMF's. */
export function metagenesDocs(): OptionDocs<MetagenesOptions> {
  const { nComponents: _, init: _i, compress: _z, clip: _c, fixedW: _W, fixedH: _H, ...shared } = NMF_DOCS
  return {
    minComponents: 'The lowest rank k.',
    maxComponents: 'The highest rank k; every one between is fitted too.',
    ...shared,
    nInit: 'Seeded restarts of each rank.',
    neighbours: 'Merging: how many of its nearest metagenes each is compared with, as a share of nInit.',
    densityThreshold: 'Merging: a metagene whose mean distance to those is larger is left out; 2 keeps all.',
  }
}
