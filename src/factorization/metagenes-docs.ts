import type { OptionDocs } from '../core/options.js'
import type { MetagenesOptions } from './metagenes-options.js'
import { NMF_DOCS } from './nmf-docs.js'

/** What each option is; most are NMF's. */
export function metagenesDocs(): OptionDocs<MetagenesOptions> {
  const { nComponents: _, init: _i, compress: _z, clip: _c, fixedW: _W, fixedH: _H, ...shared } = NMF_DOCS
  return {
    minComponents: 'The lowest rank k.',
    maxComponents: 'The highest rank k; every one between is fitted too.',
    choice: 'What the rank is chosen by: how far restarts agree, or how well they predict entries that are held out.',
    ...shared,
    nInit: 'Seeded restarts of each rank.',
    holdOut:
      'Share of the entries that each mask holds out, by a hash of row, column and seed, from restarts of their own; by default .1 where the rank is chosen by it, else 0, that is none.',
    holdOutMasks: 'Hold-out: masks, each of other entries.',
    holdOutInit: 'Hold-out: restarts of each rank with each mask; the one with the lowest objective is tested.',
    neighbours: 'Merging: how many of its nearest metagenes each is compared with, as a share of nInit.',
    densityThreshold: 'Merging: a metagene whose mean distance to those is larger is left out; 2 keeps all.',
  }
}
