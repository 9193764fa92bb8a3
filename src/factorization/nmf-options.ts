import { toMatrix, type MatrixLike } from '../core/matrix.js'
import { type OptionSpec, type OptionSpecs, show } from '../core/options.js'

export interface CustomInit {
  readonly W: MatrixLike
  readonly H: MatrixLike
}

export type NmfSolver = 'hals' | 'mu' | 'newton' | 'bpp' | 'als'
const INITS = ['random', 'nndsvd', 'nndsvda', 'nndsvdar'] as const
export type NamedInit = (typeof INITS)[number]
export const isNamed = (init: unknown): init is NamedInit => INITS.includes(init as NamedInit)

export interface NmfOptions {
  readonly nComponents: number
  readonly solver: NmfSolver
  readonly betaLoss: number
  readonly init: NamedInit | CustomInit
  readonly nInit: number
  readonly maxIter: number
  readonly warmUp: number
  readonly tol: number
  readonly innerIter: number | null
  readonly rescale: boolean
  readonly alphaW: number
  readonly alphaH: number | null
  readonly l1Ratio: number
  readonly penaltyScale: 'sklearn' | 'raw'
  readonly compress: boolean
  readonly missing: 'none' | 'nan' | 'zeros'
  readonly holdOut: number
  readonly fixedW: MatrixLike | null
  readonly fixedH: MatrixLike | null
  readonly clip: boolean
  readonly lossEvery: number
  readonly seed: number
  readonly fast: boolean
}

/** What a method needs of the options once it has its start. */
export type NmfSettings = Omit<NmfOptions, 'init' | 'fixedW' | 'fixedH'>

/** The options without what they hold of data. */
export function settingsOf(options: NmfSettings): NmfSettings {
  const { init: _, fixedW: _W, fixedH: _H, ...settings } = options as NmfOptions
  return settings
}

const LOSSES: Record<string, number> = { frobenius: 2, 'kullback-leibler': 1, 'itakura-saito': 0 }

/** The exponent a name stands for, or the number itself; beside 0, 1 and 2, where the general formula cancels, those. */
export function betaOf(loss: unknown): number {
  const beta = typeof loss === 'string' ? (LOSSES[loss] ?? NaN) : (loss as number)
  return [0, 1, 2].find(whole => Math.abs(beta - whole) < 1e-9) ?? beta
}

/** Throws RangeError where options do not go together. */
export function checkTogether(where: string, options: NmfSettings & Partial<NmfOptions>): void {
  const { solver, betaLoss, compress, missing, holdOut, clip, l1Ratio, fixedW, fixedH } = options
  const only = { hals: 2, bpp: 2, als: 2, newton: 1, mu: undefined }[solver]
  if (only !== undefined && betaOf(betaLoss) !== only) {
    const name = only === 2 ? 'frobenius (2)' : 'kullback-leibler (1)'
    throw new RangeError(`${where}: betaLoss: solver '${solver}' wants ${name}, got ${betaLoss}; use solver 'mu'`)
  }
  if (compress && solver !== 'hals')
    throw new RangeError(`${where}: compress: wanted false with solver '${solver}' (it is of 'hals'), got true`)
  if (compress && (missing !== 'none' || holdOut > 0))
    throw new RangeError(`${where}: compress: wanted false where entries are missing or held out, got true`)
  if (!clip && solver !== 'als') throw new RangeError(`${where}: clip: wanted true with solver '${solver}', got false`)
  if (!clip && l1Ratio > 0)
    throw new RangeError(`${where}: l1Ratio: wanted 0 without clip (L1 has no least squares solution), got ${l1Ratio}`)
  if (compress && (fixedW || fixedH))
    throw new RangeError(`${where}: compress: wanted false with components that are held, got true`)
}

/** Throws RangeError for options that `partialFit` cannot take. */
export function checkOnline({ compress, solver, missing, holdOut, fixedW, fixedH }: NmfOptions): void {
  const refuse = (name: string, wanted: string, got: unknown): never => {
    throw new RangeError(`NMF.partialFit: ${name}: wanted ${wanted}, got ${show(got)}`)
  }
  if (compress) refuse('compress', 'false (a batch is not iterated)', true)
  if (solver === 'newton') refuse('solver', "'mu' for this loss (Newton steps leave no sums to go on from)", solver)
  if (missing !== 'none') refuse('missing', "'none' (the sums of batches have no room for it)", missing)
  if (holdOut > 0) refuse('holdOut', '0', holdOut)
  if (fixedW !== null) refuse('fixedW', 'none', fixedW)
  if (fixedH !== null) refuse('fixedH', 'none', fixedH)
}

const matrixOrNull = (values: string): OptionSpec => ({
  type: 'custom',
  default: null,
  values,
  object: true,
  check: (where, value) => void (value === null || toMatrix(where, value as MatrixLike)),
})

export const NMF_OPTIONS: OptionSpecs<NmfOptions> = {
  nComponents: { type: 'integer', min: 1, max: 1024, default: 2 },
  solver: { type: 'choice', choices: ['hals', 'mu', 'newton', 'bpp', 'als'], default: 'hals' },
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
    values: INITS.join(' | '),
    check(where, value) {
      if (isNamed(value)) return
      const wanted = `wanted one of ${INITS.join(', ')} or { W, H }, got ${show(value)}`
      if (typeof value === 'string') throw new RangeError(`${where}: ${wanted}`)
      if (value === null || typeof value !== 'object') throw new TypeError(`${where}: ${wanted}`)
      toMatrix(`${where}.W`, (value as CustomInit).W)
      toMatrix(`${where}.H`, (value as CustomInit).H)
    },
  },
  nInit: { type: 'integer', min: 1, max: 100000, default: 1 },
  maxIter: { type: 'integer', min: 1, max: 1e9, default: 200 },
  warmUp: { type: 'integer', min: 0, max: 1e9, default: 5 },
  tol: { type: 'number', min: 0, max: 1, default: 1e-4 },
  innerIter: { type: 'integer', min: 1, max: 1000, default: null },
  rescale: { type: 'boolean', default: true },
  alphaW: { type: 'number', min: 0, max: 1e12, default: 0 },
  alphaH: { type: 'number', min: 0, max: 1e12, default: null },
  l1Ratio: { type: 'number', min: 0, max: 1, default: 0 },
  penaltyScale: { type: 'choice', choices: ['sklearn', 'raw'], default: 'sklearn' },
  compress: { type: 'boolean', default: false },
  missing: { type: 'choice', choices: ['none', 'nan', 'zeros'], default: 'none' },
  holdOut: { type: 'number', min: 0, max: 0.9, default: 0 },
  fixedW: matrixOrNull('n x components'),
  fixedH: matrixOrNull('components x m'),
  clip: { type: 'boolean', default: true },
  lossEvery: { type: 'integer', min: 1, max: 1e9, default: 10 },
  seed: { type: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 },
  fast: { type: 'boolean', default: false },
}
