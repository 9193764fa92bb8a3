import type { Dense, Matrix as AnyMatrix } from './core/matrix.js'
import { setPools } from './core/pool.js'

// What only fits of several threads need is fetched by them.
setPools(async (threads, options) => (await import('./shard/pool.js')).makePool(threads, options))

export { init } from '../bindings/instance.js'
export type { Pool, Threads } from './core/pool.js'
export { workers } from './core/pool.js'
export { FormatError, KernelTrap, LatensError, OutOfMemory, WorkerLost } from './core/errors.js'
export type { MatrixInput, RowSource } from './core/blocks.js'
export { csr, dense, toRowMajor, type Csr, type Dense, type MatrixLike } from './core/matrix.js'
export { estimatorOf } from './core/model-file.js'
export { nearest, type OptionDocs, type OptionSpec, type OptionSpecs } from './core/options.js'
export type { Run, RunOnce } from './core/run.js'
export { type Entry, type Fitted, type Fitting, registry, type Step } from './registry.js'
export { ALS, type AlsRun, type AlsStep } from './factorization/als.js'
export { AlsModel, type Errors, type FoldedIn, type Others, type Pairs } from './factorization/als-model.js'
export type { AlsOptions, Clip } from './factorization/als-options.js'
export { ratings, type RatingList } from './factorization/ratings-triplets.js'
export { BayesianMF, type BayesianRun, type BayesianStep } from './factorization/bayesian-mf.js'
export {
  BayesianModel,
  type CoveredErrors,
  type Predicted,
  type PredictOptions,
} from './factorization/bayesian-model.js'
export type { BayesianOptions } from './factorization/bayesian-options.js'
export { ImplicitALS, type ImplicitRun, type ImplicitStep } from './factorization/implicit-als.js'
export { type Explained, ImplicitModel, type Ranked, type RecommendOptions } from './factorization/implicit-model.js'
export type { ImplicitOptions } from './factorization/implicit-options.js'
export { Cibersort, Deconvolution, NNLS } from './deconvolution/deconvolution.js'
export type { Deconvolved, DeconvolveRun, DeconvolveStep } from './deconvolution/deconvolved.js'
export { type Agreement, evaluateFractions, type Evaluation } from './deconvolution/evaluation.js'
export { matchGenes, type SharedGenes } from './deconvolution/genes.js'
export { DeconvolutionModel } from './deconvolution/model.js'
export type { DeconvolutionOptions } from './deconvolution/options.js'
export { type LeastSquares, nnls, simplexLeastSquares } from './deconvolution/least-squares.js'
export { IntegrativeNMF, type IntegrativeRun, type IntegrativeStep } from './factorization/integrative-nmf.js'
export { IntegrativeModel, type IntegrativeSet } from './factorization/integrative-model.js'
export type { IntegrativeOptions } from './factorization/integrative-options.js'
export { JointNMF, type JointRun } from './factorization/joint-nmf.js'
export { JointModel, type JointView } from './factorization/joint-model.js'
export type { JointOptions, Network } from './factorization/joint-options.js'
export { MatrixCompletion, type CompletionRun, type CompletionStep } from './factorization/matrix-completion.js'
export { CompletionModel, type CompletionPoint } from './factorization/completion-model.js'
export type { CompletionOptions } from './factorization/completion-options.js'
export { Metagenes, type MetagenesInput } from './factorization/metagenes.js'
export type { MetagenesChoice, MetagenesChoices } from './factorization/metagenes-choice.js'
export { MetagenesModel } from './factorization/metagenes-model.js'
export type { MetagenesOptions } from './factorization/metagenes-options.js'
export type { MetagenesRank } from './factorization/metagenes-rank.js'
export type { MetagenesRun, MetagenesStep } from './factorization/metagenes-restarts.js'
export { NMF, type NmfInput } from './factorization/nmf.js'
export type { NmfStep } from './factorization/nmf-descent.js'
export type { NmfRun, NmfRunOnce } from './factorization/nmf-load.js'
export type { NmfSums } from './factorization/nmf-fit.js'
export { NmfModel } from './factorization/nmf-model.js'
export type { NmfProgress } from './factorization/nmf-projection.js'
export type { NmfOptions } from './factorization/nmf-options.js'
export { svd, type SvdResult } from './core/svd/svd.js'
export { TruncatedSVD } from './factorization/truncated-svd.js'
export { PCA } from './factorization/pca.js'
export { PcaModel, TruncatedSvdModel } from './factorization/svd-model.js'
export type { SvdStep } from './factorization/svd-fit.js'
export type { SvdRun } from './factorization/svd-run.js'
export type { PcaOptions, SvdOptions } from './factorization/svd-options.js'

export type Matrix = AnyMatrix
export const Matrix = {
  /** A dense matrix of zeros in the memory of an engine of its own, where a fit works on it without a copy: fill `data`
   *  (row i begins at i * stride[0]; take it anew after a fit, as memory that grows moves). While a fit works on it the
   *  numbers are divided by a power of four; afterwards they are as they were. One fit at a time. It costs its bytes
   *  until nobody holds it. Throws OutOfMemory, and RangeError or TypeError for what is no shape or precision. */
  async alloc(shape: readonly [rows: number, columns: number], precision: 'f32' | 'f64' = 'f64'): Promise<Dense> {
    return (await import('./core/alloc.js')).alloc(shape, precision)
  },
}
