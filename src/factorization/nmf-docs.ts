import type { OptionDocs } from '../core/options.js'
import type { NmfOptions } from './nmf-options.js'

/** What each option is, in the words of the API: a help text says an option's name as its flag. */
export const NMF_DOCS: OptionDocs<NmfOptions> = {
  nComponents: 'Number of components k.',
  solver:
    'hals: coordinate descent, bpp: block principal pivoting, als: least squares, all three of the Frobenius loss only. newton: guarded coordinate steps, Kullback-Leibler only. mu: multiplicative updates, every loss.',
  betaLoss: 'frobenius (2), kullback-leibler (1), itakura-saito (0) or any exponent from -4 to 8.',
  init: 'random: magnitudes of normal numbers. nndsvd: from the singular vectors, with zeros; nndsvda, nndsvdar: these filled with the mean or small random numbers (for mu, which leaves zeros as they are). { W, H }: a start of the caller’s. All but random want an nInit of 1.',
  nInit: 'Seeded restarts; the one with the lowest objective is kept.',
  maxIter: 'Iterations of each restart at most.',
  tol: 'When to stop: KKT violation relative to that of the first iteration. mu: fall of sqrt(2 objective) over ten iterations relative to that of the start, looked at where the objective is evaluated.',
  innerIter: 'Inner sweeps of hals at most; by default the rule of Gillis and Glineur. 1 is plain HALS.',
  rescale: 'hals, bpp, als, newton: scale a start to the best multiple of it.',
  alphaW: 'Strength of the penalty on W.',
  alphaH: 'Strength of the penalty on H; by default that of W.',
  l1Ratio: 'Share of L1 in the penalty; the rest is L2.',
  penaltyScale: 'sklearn: alphaW times columns, alphaH times rows. raw: as given.',
  compress:
    'hals: iterations on a randomised compression of X between the first ones, where X is large enough to gain by it.',
  missing:
    'Entries that are not there: nan, those that are NaN; zeros, also those that are zero or not stored. none: NaN is refused.',
  holdOut:
    'Share of the entries, chosen by a hash of row, column and seed, that the fit does without and is then tested on.',
  fixedW: 'Known columns of W, held: those of the components after fixedH.',
  fixedH: 'Known rows of H, held: those of the first components.',
  clip: 'als: negative entries of each solution are set to zero; without it factors have either sign, and so has X.',
  warmUp: 'newton: multiplicative iterations that it begins with.',
  lossEvery: 'Iterations between evaluations of a loss that costs a pass over X (one other than Frobenius).',
  seed: 'Seed of every random number.',
  fast: 'Fused multiply-adds where the host has them (relaxed SIMD): the last bits are then its own.',
}
