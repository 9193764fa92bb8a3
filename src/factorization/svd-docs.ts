import type { OptionDocs } from '../core/options.js'
import type { PcaOptions, SvdOptions } from './svd-options.js'

/** What each option is, in the words of the API: a help text says an option's name as its flag. */
export const SVD_DOCS: OptionDocs<SvdOptions> = {
  nComponents: 'Number of components k, at most the shorter side of X.',
  algorithm:
    'exact: all triplets by QR and Jacobi rotations. covariance: by the eigenvectors of that of the columns, for tall X. randomized: subspace iteration on a sketch. krylov: a block Krylov space. lanczos: bidiagonalisation to a tolerance. auto: exact for small X, covariance for dense X far taller than wide, krylov for sparse X and k to 128, else randomized.',
  nIter: 'randomized: power steps; by default 4, or 6 where k is below a tenth of the shorter side.',
  nOversamples: 'randomized: columns of the sketch beyond k.',
  tol: 'lanczos: residual of each triplet relative to the largest singular value.',
  maxIter: 'lanczos: restarts at most.',
  signConvention:
    'Positive: u, the largest entry of each column of U; v, that of each component; data, the direction of most of the data.',
  seed: 'Seed of every random number.',
}

export const PCA_DOCS: OptionDocs<PcaOptions> = {
  ...SVD_DOCS,
  nComponents: 'Number of components k, at most the shorter side of X; by default that.',
  whiten: 'Components of the embedding are divided by their standard deviation.',
}
