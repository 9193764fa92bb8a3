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

export const NMF_OPTIONS: OptionSpecs<NmfOptions> = {
  nComponents: { type: 'integer', min: 1, max: 1024, default: 2 },
  solver: { type: 'choice', choices: ['hals', 'mu'], default: 'hals' },
  betaLoss: {
    type: 'custom',
    default: 2,
    values: 'name | number',
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
    check(where, value) {
      if (value === 'random') return
      if (value === null || typeof value !== 'object')
        throw new TypeError(`${where}: wanted 'random' or { W, H }, got ${show(value)}`)
      toMatrix(`${where}.W`, (value as CustomInit).W)
      toMatrix(`${where}.H`, (value as CustomInit).H)
    },
  },
  nInit: { type: 'integer', min: 1, max: 100000, default: 1 },
  maxIter: { type: 'integer', min: 1, max: 1e9, default: 200 },
  tol: { type: 'number', min: 0, max: 1, default: 1e-4 },
  innerIter: { type: 'integer', min: 1, max: 1000, default: null },
  rescale: { type: 'boolean', default: true },
  alphaW: { type: 'number', min: 0, max: 1e12, default: 0 },
  alphaH: { type: 'number', min: 0, max: 1e12, default: null },
  l1Ratio: { type: 'number', min: 0, max: 1, default: 0 },
  penaltyScale: { type: 'choice', choices: ['sklearn', 'raw'], default: 'sklearn' },
  compress: { type: 'boolean', default: false },
  lossEvery: { type: 'integer', min: 1, max: 1e9, default: 10 },
  seed: { type: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 },
  fast: { type: 'boolean', default: false },
}
