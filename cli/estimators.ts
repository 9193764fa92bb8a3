import { type Entry, type Fitted, registry } from 'latens'
import { ALS_FILES } from './als.js'
import { BAYESIAN_FILES } from './bayesian.js'
import type { Description, Fits } from './description.js'
import { COMPLETION_FILES } from './completion.js'
import { IMPLICIT_FILES } from './implicit.js'
import { DECONVOLUTION_FILES } from './deconvolution.js'
import { INTEGRATIVE_FILES } from './integrative.js'
import { JOINT_FILES } from './joint.js'
import { METAGENES_FILES } from './metagenes.js'
import { NMF_FILES } from './nmf.js'
import { PCA_FILES, SVD_FILES } from './svd.js'

const fits = <M extends Fitted>(entry: Entry<M>, description: Description<M>): Fits<M> => ({ entry, description })

/** A command for each estimator of the registry. */
export const estimators = {
  nmf: fits(registry.nmf, NMF_FILES),
  'truncated-svd': fits(registry['truncated-svd'], SVD_FILES),
  pca: fits(registry.pca, PCA_FILES),
  metagenes: fits(registry.metagenes, METAGENES_FILES),
  'joint-nmf': fits(registry['joint-nmf'], JOINT_FILES),
  'integrative-nmf': fits(registry['integrative-nmf'], INTEGRATIVE_FILES),
  'matrix-completion': fits(registry['matrix-completion'], COMPLETION_FILES),
  als: fits(registry.als, ALS_FILES),
  'implicit-als': fits(registry['implicit-als'], IMPLICIT_FILES),
  'bayesian-mf': fits(registry['bayesian-mf'], BAYESIAN_FILES),
  deconvolve: fits(registry.deconvolve, DECONVOLUTION_FILES),
} satisfies Record<keyof typeof registry, Fits>

export const MODEL = 'model.safetensors'
export const REPORT = 'report.html'

/** Every name that a command may write into its folder. */
export const RESULTS: ReadonlySet<string> = new Set([
  ...Object.values(estimators).flatMap(({ description }) =>
    Object.keys(description.tables).flatMap(name => [`${name}.csv`, `${name}.npy`]),
  ),
  MODEL,
  REPORT,
])
