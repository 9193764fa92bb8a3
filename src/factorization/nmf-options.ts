import { toMatrix, type MatrixLike } from '../core/matrix.js'
import { type OptionSpecs, show } from '../core/options.js'

export interface CustomInit {
  readonly W: MatrixLike
  readonly H: MatrixLike
}

export interface NmfOptions {
  readonly nComponents: number
  readonly solver: 'hals' | 'mu'
  readonly betaLoss: number
  readonly init: 'random' | CustomInit
  readonly nInit: number
  readonly maxIter: number
  readonly tol: number
  readonly innerIter: number | null
  readonly rescale: boolean
  readonly alphaW: number
  readonly alphaH: number | null
  readonly l1Ratio: number
  readonly penaltyScale: 'sklearn' | 'raw'
  readonly compress: boolean
  readonly lossEvery: number
  readonly seed: number
  readonly fast: boolean
}

/** What a method needs of the options once it has its start. */
export type NmfSettings = Omit<NmfOptions, 'init'>

const LOSSES: Record<string, number> = { frobenius: 2, 'kullback-leibler': 1, 'itakura-saito': 0 }

/** The exponent a name stands for, or the number itself; beside 0, 1 and 2, where the general formula cancels, those. */
export function betaOf(loss: unknown): number {
  const beta = typeof loss === 'string' ? (LOSSES[loss] ?? NaN) : (loss as number)
  return [0, 1, 2].find(whole => Math.abs(beta - whole) < 1e-9) ?? beta
}

/** Throws RangeError where options do not go together. */
export function checkTogether(where: string, { solver, betaLoss, compress }: NmfSettings): void {
  if (solver === 'hals' && betaOf(betaLoss) !== 2)
    throw new RangeError(`${where}: betaLoss: solver 'hals' wants frobenius (2), got ${betaLoss}; use solver 'mu'`)
  if (compress && solver !== 'hals')
    throw new RangeError(`${where}: compress: wanted false with solver '${solver}' (it is of 'hals'), got true`)
}

export const NMF_OPTIONS: OptionSpecs = {
  nComponents: { type: 'integer', min: 1, max: 1024, default: 2, doc: 'Number of components k.' },
  solver: {
    type: 'choice',
    choices: ['hals', 'mu'],
    default: 'hals',
    doc: 'hals: coordinate descent, Frobenius loss only. mu: multiplicative updates, every loss.',
  },
  betaLoss: {
    type: 'custom',
    default: 2,
    values: 'name | number',
    doc: 'frobenius (2), kullback-leibler (1), itakura-saito (0) or any exponent from -4 to 8.',
    check(where, value) {
      const wanted = `a number from -4 to 8 or one of ${Object.keys(LOSSES).join(', ')}`
      if (typeof value !== 'number' && typeof value !== 'string')
        throw new TypeError(`${where}: wanted ${wanted}, got ${show(value)}`)
      const beta = betaOf(value)
      if (!(beta >= -4 && beta <= 8)) throw new RangeError(`${where}: wanted ${wanted}, got ${show(value)}`)
    },
  },
  init: {
    type: 'custom',
    default: 'random',
    values: 'random | { W, H }',
    doc: 'random, or { W, H } to start from (then nInit must be 1).',
    check(where, value) {
      if (value === 'random') return
      if (value === null || typeof value !== 'object')
        throw new TypeError(`${where}: wanted 'random' or { W, H }, got ${show(value)}`)
      toMatrix(`${where}.W`, (value as CustomInit).W)
      toMatrix(`${where}.H`, (value as CustomInit).H)
    },
  },
  nInit: {
    type: 'integer',
    min: 1,
    max: 100000,
    default: 1,
    doc: 'Seeded restarts; the one with the lowest objective is kept.',
  },
  maxIter: { type: 'integer', min: 1, max: 1e9, default: 200, doc: 'Iterations of each restart at most.' },
  tol: {
    type: 'number',
    min: 0,
    max: 1,
    default: 1e-4,
    doc: 'When to stop. hals: KKT violation relative to the first sweep. mu: fall of sqrt(2 objective) over ten iterations relative to that of the start, looked at where the objective is evaluated.',
  },
  innerIter: {
    type: 'integer',
    min: 1,
    max: 1000,
    default: null,
    doc: 'Inner sweeps of hals at most; by default the rule of Gillis and Glineur. 1 is plain HALS.',
  },
  rescale: { type: 'boolean', default: true, doc: 'hals: scale the start by <X, WH> / <WH, WH>.' },
  alphaW: { type: 'number', min: 0, max: 1e12, default: 0, doc: 'Strength of the penalty on W.' },
  alphaH: {
    type: 'number',
    min: 0,
    max: 1e12,
    default: null,
    doc: 'Strength of the penalty on H; by default that of W.',
  },
  l1Ratio: { type: 'number', min: 0, max: 1, default: 0, doc: 'Share of L1 in the penalty; the rest is L2.' },
  penaltyScale: {
    type: 'choice',
    choices: ['sklearn', 'raw'],
    default: 'sklearn',
    doc: 'sklearn: alphaW times columns, alphaH times rows. raw: as given.',
  },
  compress: {
    type: 'boolean',
    default: false,
    doc: 'hals: iterations on a randomised compression of X between the first ones, where X is large enough to gain by it.',
  },
  lossEvery: {
    type: 'integer',
    min: 1,
    max: 1e9,
    default: 10,
    doc: 'Iterations between evaluations of a loss that costs a pass over X (mu with a loss other than Frobenius).',
  },
  seed: { type: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER, default: 0, doc: 'Seed of every random number.' },
  fast: {
    type: 'boolean',
    default: false,
    doc: 'Fused multiply-adds where the host has them (relaxed SIMD): the last bits are then its own.',
  },
}
