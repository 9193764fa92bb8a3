// What the laws of contract.test.ts need to know of an estimator besides its entry in the registry.
import {
  type CompletionModel,
  type AlsModel,
  type BayesianModel,
  type DeconvolutionModel,
  dense,
  type Dense,
  type ImplicitModel,
  type IntegrativeModel,
  type JointModel,
  type Matrix,
  type MetagenesModel,
  type Network,
  type NmfModel,
  type PcaModel,
  type registry,
  type TruncatedSvdModel,
} from 'latens'

export interface Settings {
  /** Of a short fit of 30 x 8 and of 4 x 8. */
  readonly small: object
  /** Of a fit that goes on for at least 20 iterations on 30 x 8; of what has `steps`. */
  readonly long?: object
  /** Of fits that are gone on with from each of their checkpoints, of every four iterations, and how many these are. */
  readonly resumed?: { readonly fits: readonly object[]; readonly checkpoints: number }
  /** Of a fit of a matrix of any shape, also where its rank is below what is asked for. */
  edges(rows: number, columns: number): object
  /** What is fitted, with the shape it must have. */
  factors(model: never, options: object, shape: Matrix['shape']): readonly [Dense, readonly [number, number]][]
  /** Options for 30 x 8 that hold matrices of the caller's, and these. */
  readonly held?: { readonly options: object; readonly matrices: readonly Dense[] }
  /** A matrix as what `fit` takes, and how its errors name it there: itself, as X. */
  wrap?(X: unknown): unknown
  readonly place?: string
  /** NaN is an entry that is not there. */
  readonly gaps?: boolean
}

const init = Object.freeze({
  W: dense(new Float64Array(30 * 2).fill(0.5), [30, 2]),
  H: dense(
    Float64Array.from({ length: 16 }, (_, i) => 1 + i),
    [2, 8],
  ),
})
const restarts = { nComponents: 3, maxIter: 25, nInit: 3, tol: 1e-9 }

// Each feature of a view beside the next.
const chain: Network = {
  views: [0],
  adjacency: dense(
    Float64Array.from({ length: 64 }, (_, p) => Number(Math.abs(Math.floor(p / 8) - (p % 8)) === 1)),
    [8, 8],
  ),
  weight: 0.5,
}

// Power steps go on to their number.
const svd: Settings = {
  small: { nComponents: 3 },
  long: { nComponents: 2, nOversamples: 0, nIter: 30, algorithm: 'randomized' },
  edges: (rows, columns) => ({ nComponents: Math.min(rows, columns) }),
  factors: ({ components, embedding }: TruncatedSvdModel | PcaModel, _, [n, m]) => [
    [components, [Math.min(n, m), m]],
    [embedding, [n, Math.min(n, m)]],
  ],
}

export const settings: Readonly<Record<keyof typeof registry, Settings>> = {
  nmf: {
    small: { nComponents: 3, maxIter: 5 },
    long: { nComponents: 3, maxIter: 100, tol: 0 },
    resumed: {
      fits: [restarts, { ...restarts, solver: 'mu' }, { ...restarts, solver: 'mu', betaLoss: 1 }],
      checkpoints: 18, // 25 / 4 of each restart
    },
    edges: () => ({ nComponents: 4, maxIter: 50 }), // more than either side has
    factors: ({ components, embedding }: NmfModel, _, [n, m]) => [
      [components, [4, m]],
      [embedding, [n, 4]],
    ],
    held: { options: { nComponents: 2, maxIter: 5, init }, matrices: [init.W, init.H] },
  },
  'truncated-svd': svd,
  pca: svd,
  metagenes: {
    small: { maxComponents: 3, nInit: 3, maxIter: 5 },
    long: { maxComponents: 2, nInit: 2, maxIter: 60, tol: 0 },
    edges: () => ({ minComponents: 3, maxComponents: 4, nInit: 2, maxIter: 20 }),
    factors: ({ ranks }: MetagenesModel, _, [n, m]) =>
      ranks.flatMap(({ nComponents, model, consensus }): [Dense, readonly [number, number]][] => [
        [model.components, [nComponents, m]],
        [model.embedding, [n, nComponents]],
        [consensus, [n, n]],
      ]),
  },
  'joint-nmf': {
    small: { nComponents: 3, maxIter: 5 },
    long: { nComponents: 3, maxIter: 100, tol: 0 },
    resumed: { fits: [restarts, { ...restarts, alphaW: 0.01, networks: [chain] }], checkpoints: 18 },
    edges: () => ({ nComponents: 4, maxIter: 50 }),
    factors: ({ components, embedding }: JointModel, _, [n, m]) => [
      [components[0]!, [4, m]],
      [embedding, [n, 4]],
    ],
    wrap: X => [X],
    place: 'X[0]',
  },
  'integrative-nmf': {
    small: { nComponents: 3, maxIter: 5 },
    long: { nComponents: 3, maxIter: 100, tol: 0 },
    edges: () => ({ nComponents: 4, maxIter: 50 }),
    factors: ({ components, specific, embedding }: IntegrativeModel, _, [n, m]) => [
      [components, [4, m]],
      [specific[0]!, [4, m]],
      [embedding, [n, 4]],
    ],
    wrap: X => [X],
    place: 'X[0]',
  },
  'matrix-completion': {
    small: { nComponents: 3, lambda: 0.5, maxIter: 5, missing: 'none' },
    long: { nComponents: 3, nLambda: 5, maxIter: 100, tol: 0, missing: 'none' },
    edges: () => ({ nComponents: 2, lambda: 0.1, maxIter: 50 }),
    factors: ({ components, embedding, singularValues: { length: k } }: CompletionModel, _, [n, m]) => [
      [components, [k, m]],
      [embedding, [n, k]],
    ],
  },
  als: {
    small: { nComponents: 3, maxIter: 5 },
    long: { nComponents: 3, maxIter: 100, tol: 0 },
    edges: () => ({ nComponents: 4, maxIter: 50 }),
    factors: ({ components, embedding }: AlsModel, _, [n, m]) => [
      [components, [4, m]],
      [embedding, [n, 4]],
    ],
    gaps: true,
  },
  'implicit-als': {
    small: { nComponents: 3, maxIter: 5 },
    long: { nComponents: 3, maxIter: 100, tol: 0 },
    edges: () => ({ nComponents: 4, maxIter: 50 }),
    factors: ({ components, embedding }: ImplicitModel, _, [n, m]) => [
      [components, [4, m]],
      [embedding, [n, 4]],
    ],
  },
  'bayesian-mf': {
    small: { nComponents: 3, burnIn: 2, nSamples: 3 },
    long: { nComponents: 3, burnIn: 20, nSamples: 80 },
    edges: () => ({ nComponents: 4, burnIn: 10, nSamples: 2 }),
    factors: ({ components, embedding }: BayesianModel, _, [n, m]) => [
      [components, [8, m]],
      [embedding, [n, 8]],
    ],
    gaps: true,
  },
  deconvolve: {
    small: { nu: [0.5] },
    edges: () => ({ method: 'nnls' }),
    factors: ({ components }: DeconvolutionModel, _, shape) => [[components, shape]],
  },
}
