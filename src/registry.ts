import type { Dense } from './core/matrix.js'
import type { OptionDocs, OptionSpecs } from './core/options.js'
import type { Run, RunOnce } from './core/run.js'
import { completionDocs } from './factorization/completion-docs.js'
import { CompletionModel } from './factorization/completion-model.js'
import { completionOptions } from './factorization/completion-options.js'
import { alsDocs } from './factorization/als-docs.js'
import { AlsModel } from './factorization/als-model.js'
import { alsOptions } from './factorization/als-options.js'
import { ALS, ALS_RUN } from './factorization/als.js'
import { bayesianDocs } from './factorization/bayesian-docs.js'
import { BAYESIAN_RUN, BayesianMF } from './factorization/bayesian-mf.js'
import { BayesianModel } from './factorization/bayesian-model.js'
import { bayesianOptions } from './factorization/bayesian-options.js'
import { ImplicitALS, IMPLICIT_RUN } from './factorization/implicit-als.js'
import { implicitDocs } from './factorization/implicit-docs.js'
import { ImplicitModel } from './factorization/implicit-model.js'
import { implicitOptions } from './factorization/implicit-options.js'
import { Deconvolution, DECONVOLUTION_RUN } from './deconvolution/deconvolution.js'
import { deconvolutionDocs } from './deconvolution/docs.js'
import { DeconvolutionModel } from './deconvolution/model.js'
import { deconvolutionOptions } from './deconvolution/options.js'
import { integrativeDocs } from './factorization/integrative-docs.js'
import { IntegrativeModel } from './factorization/integrative-model.js'
import { INTEGRATIVE_RUN, IntegrativeNMF } from './factorization/integrative-nmf.js'
import { integrativeOptions } from './factorization/integrative-options.js'
import { jointDocs } from './factorization/joint-docs.js'
import { JointModel } from './factorization/joint-model.js'
import { JOINT_RUN, JointNMF } from './factorization/joint-nmf.js'
import { jointOptions } from './factorization/joint-options.js'
import { COMPLETION_RUN, MatrixCompletion } from './factorization/matrix-completion.js'
import { metagenesDocs } from './factorization/metagenes-docs.js'
import { MetagenesModel } from './factorization/metagenes-model.js'
import { metagenesOptions } from './factorization/metagenes-options.js'
import { Metagenes, METAGENES_RUN } from './factorization/metagenes.js'
import { NMF_DOCS } from './factorization/nmf-docs.js'
import { NMF, NMF_RUN } from './factorization/nmf.js'
import { NmfModel } from './factorization/nmf-model.js'
import { NMF_OPTIONS } from './factorization/nmf-options.js'
import { PCA } from './factorization/pca.js'
import { PCA_DOCS, SVD_DOCS } from './factorization/svd-docs.js'
import { PcaModel, TruncatedSvdModel } from './factorization/svd-model.js'
import { PCA_OPTIONS, SVD_OPTIONS } from './factorization/svd-options.js'
import { SVD_RUN } from './factorization/svd-run.js'
import { TruncatedSVD } from './factorization/truncated-svd.js'

/** What every model is, for programs that work with any of them: data of the kind that its estimator's `input` says. */
export interface Fitted {
  readonly options: object
  readonly components: Dense | readonly Dense[]
  transform(input: unknown, run?: RunOnce<unknown>): Promise<Dense>
  save(): Uint8Array
}

/** What every estimator is. Its options and data are checked when they are given. */
export interface Fitting<M extends Fitted = Fitted> {
  readonly options: object
  fit(input: unknown, run?: Run<Step>): Promise<M>
}

/** What every estimator tells after an iteration. */
export interface Step {
  readonly iter: number
  readonly loss: number
  /** Where there are restarts, and penalties: loss and these. */
  readonly restart?: number
  /** Where restarts are of several fits: how many of them all have ended. */
  readonly done?: number
  readonly of?: number
  readonly objective?: number
}

export interface Entry<M extends Fitted = Fitted> {
  /** As its errors begin. */
  readonly name: string
  readonly doc: string
  readonly options: OptionSpecs
  /** A sentence for each option. */
  readonly docs: OptionDocs<Record<string, unknown>>
  readonly Estimator: new (options?: object) => Fitting<M>
  readonly Model: { load(bytes: Uint8Array): M }
  /** What `fit` takes in its `run`: with `checkpoint` and `resume` it can go on where it was left. */
  readonly run: readonly (keyof Run<unknown> | 'weights' | 'genes' | 'types')[]
  /** What `fit` takes as X: `matrix`, one or its rows as they come; `source`, also one that is read for every pass;
   *  `views`, a list of matrices of the same rows; `sets`, one of matrices of the same columns; `ratings`, a matrix of
   *  users and items some of whose entries are there. */
  readonly input: 'matrix' | 'source' | 'views' | 'sets' | 'ratings'
  /** Data have no entry below 0, nor has what is fitted to them. */
  readonly nonNegative: boolean
  /** Methods that not every estimator and model has. */
  readonly methods: readonly ('steps' | 'partialFit' | 'inverseTransform' | 'score')[]
}

/** Every estimator by its command's name: what the command line, the contract tests and the docs are made from. */
export const registry = {
  nmf: {
    name: 'NMF',
    doc: 'Non-negative matrix factorization X ~ W H',
    options: NMF_OPTIONS,
    docs: NMF_DOCS,
    Estimator: NMF,
    Model: NmfModel,
    run: NMF_RUN,
    input: 'source',
    nonNegative: true,
    methods: ['steps', 'partialFit', 'inverseTransform', 'score'],
  },
  'truncated-svd': {
    name: 'TruncatedSVD',
    doc: 'Truncated singular value decomposition X ~ U S V^T',
    options: SVD_OPTIONS,
    docs: SVD_DOCS,
    Estimator: TruncatedSVD,
    Model: TruncatedSvdModel,
    run: SVD_RUN,
    input: 'matrix',
    nonNegative: false,
    methods: ['steps', 'inverseTransform', 'score'],
  },
  pca: {
    name: 'PCA',
    doc: 'Principal component analysis X - 1 mu^T ~ U S V^T',
    options: PCA_OPTIONS,
    docs: PCA_DOCS,
    Estimator: PCA,
    Model: PcaModel,
    run: SVD_RUN,
    input: 'matrix',
    nonNegative: false,
    methods: ['steps', 'inverseTransform', 'score'],
  },
  metagenes: {
    name: 'Metagenes',
    doc: 'Metagenes and their number: NMF restarts over a range of ranks',
    get options() {
      return metagenesOptions()
    },
    get docs() {
      return metagenesDocs()
    },
    Estimator: Metagenes,
    Model: MetagenesModel,
    run: METAGENES_RUN,
    input: 'matrix',
    nonNegative: true,
    methods: ['steps', 'inverseTransform', 'score'],
  },
  'joint-nmf': {
    name: 'JointNMF',
    doc: 'Joint NMF of several views of the same samples, X_v ~ W H_v',
    get options() {
      return jointOptions()
    },
    get docs() {
      return jointDocs()
    },
    Estimator: JointNMF,
    Model: JointModel,
    run: JOINT_RUN,
    input: 'views',
    nonNegative: true,
    methods: ['steps', 'inverseTransform', 'score'],
  },
  'integrative-nmf': {
    name: 'IntegrativeNMF',
    doc: 'Integrative NMF of data sets with the same features, X_i ~ W_i (H + V_i)',
    get options() {
      return integrativeOptions()
    },
    get docs() {
      return integrativeDocs()
    },
    Estimator: IntegrativeNMF,
    Model: IntegrativeModel,
    run: INTEGRATIVE_RUN,
    input: 'sets',
    nonNegative: true,
    methods: ['steps', 'inverseTransform', 'score'],
  },
  'matrix-completion': {
    name: 'MatrixCompletion',
    doc: 'Matrix completion: a matrix of low rank from some of its entries',
    get options() {
      return completionOptions()
    },
    get docs() {
      return completionDocs()
    },
    Estimator: MatrixCompletion,
    Model: CompletionModel,
    run: COMPLETION_RUN,
    input: 'matrix',
    nonNegative: false,
    methods: ['steps', 'inverseTransform', 'score'],
  },
  als: {
    name: 'ALS',
    doc: 'Alternating least squares of ratings that are there, r ~ mu + b_u + b_i + w_u h_i',
    get options() {
      return alsOptions()
    },
    get docs() {
      return alsDocs()
    },
    Estimator: ALS,
    Model: AlsModel,
    run: ALS_RUN,
    input: 'ratings',
    nonNegative: false,
    methods: ['steps', 'inverseTransform'],
  },
  'implicit-als': {
    name: 'ImplicitALS',
    doc: 'Alternating least squares of implicit feedback, p ~ w_u h_i with confidences',
    get options() {
      return implicitOptions()
    },
    get docs() {
      return implicitDocs()
    },
    Estimator: ImplicitALS,
    Model: ImplicitModel,
    run: IMPLICIT_RUN,
    input: 'ratings',
    nonNegative: false,
    methods: ['steps', 'inverseTransform'],
  },
  'bayesian-mf': {
    name: 'BayesianMF',
    doc: 'Bayesian matrix factorization of ratings: means and intervals by Gibbs sampling',
    get options() {
      return bayesianOptions()
    },
    get docs() {
      return bayesianDocs()
    },
    Estimator: BayesianMF,
    Model: BayesianModel,
    run: BAYESIAN_RUN,
    input: 'ratings',
    nonNegative: false,
    methods: ['steps', 'inverseTransform'],
  },
  deconvolve: {
    name: 'Deconvolution',
    doc: 'Cell-type deconvolution of mixtures by a signature, y ~ f S',
    get options() {
      return deconvolutionOptions()
    },
    get docs() {
      return deconvolutionDocs()
    },
    Estimator: Deconvolution,
    Model: DeconvolutionModel,
    run: DECONVOLUTION_RUN,
    input: 'matrix',
    nonNegative: false,
    methods: ['inverseTransform', 'score'],
  },
} as const satisfies Record<string, Entry>
