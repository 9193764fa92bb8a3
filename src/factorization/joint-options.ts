import type { MatrixLike } from '../core/matrix.js'
import { toMatrix } from '../core/matrix.js'
import { type OptionSpecs, show } from '../core/options.js'
import { NMF_OPTIONS, type NmfOptions } from './nmf-options.js'

/** Which features of a view, or of two, belong together: adjacency a x b, entries >= 0, symmetric within one view. */
export interface Network {
  readonly views: readonly [number] | readonly [number, number]
  readonly adjacency: MatrixLike
  /** Lambda. */
  readonly weight: number
  /** `symmetric`: of A divided by the root of either end's degree, so that hubs do not rule (the default). `plain`: D - A. */
  readonly laplacian?: 'symmetric' | 'plain'
}

type Shared = 'nComponents' | 'nInit' | 'maxIter' | 'tol' | 'alphaW' | 'alphaH' | 'l1Ratio' | 'seed' | 'fast'

export interface JointOptions extends Pick<NmfOptions, Shared> {
  readonly viewWeights: 'equal' | 'residual' | readonly number[]
  readonly signed: 'refuse' | 'split'
  readonly missing: 'none' | 'nan'
  readonly networks: readonly Network[] | null
}

const WEIGHTS = 'equal, residual or a number > 0 for each view'

function checkWeights(where: string, value: unknown): void {
  if (value === 'equal' || value === 'residual') return
  if (typeof value === 'string') throw new RangeError(`${where}: wanted ${WEIGHTS}, got ${show(value)}`)
  if (!Array.isArray(value)) throw new TypeError(`${where}: wanted ${WEIGHTS}, got ${show(value)}`)
  const bad = value.findIndex(w => !(typeof w === 'number' && w > 0 && w < Infinity))
  if (bad >= 0) throw new RangeError(`${where}[${bad}]: wanted a finite number > 0, got ${show(value[bad])}`)
}

function checkNetworks(where: string, value: unknown): void {
  if (value === null) return
  if (!Array.isArray(value)) throw new TypeError(`${where}: wanted a list of networks, got ${show(value)}`)
  value.forEach((network: Partial<Network> | null | undefined, t) => {
    const at = `${where}[${t}]`
    if (network === null || typeof network !== 'object')
      throw new TypeError(`${at}: wanted { views, adjacency, weight }, got ${show(network)}`)
    const { views, adjacency, weight, laplacian = 'symmetric' } = network
    const named = Array.isArray(views) && (views.length === 1 || views.length === 2)
    if (!named || !views.every(v => Number.isInteger(v) && v >= 0))
      throw new RangeError(`${at}.views: wanted the places of one view or two, got ${show(views)}`)
    if (!(typeof weight === 'number' && weight > 0 && weight <= 1e12))
      throw new RangeError(`${at}.weight: wanted a number > 0, got ${show(weight)}`)
    if (laplacian !== 'symmetric' && laplacian !== 'plain')
      throw new RangeError(`${at}.laplacian: wanted one of symmetric, plain, got ${show(laplacian)}`)
    toMatrix(`${at}.adjacency`, adjacency as MatrixLike)
  })
}

/** A function, as a constant made of others would be kept in the bundle of who has no use for it. */
export function jointOptions(): OptionSpecs<JointOptions> {
  const { nComponents, nInit, maxIter, tol, alphaW, alphaH, l1Ratio, seed, fast } = NMF_OPTIONS
  return {
    nComponents,
    viewWeights: {
      type: 'custom',
      default: 'residual',
      values: 'equal | residual | numbers',
      check: checkWeights,
      parse: text => (/^[\d.eE+,-]+$/.test(text) ? text.split(',').map(Number) : text),
    },
    signed: { type: 'choice', choices: ['refuse', 'split'], default: 'refuse' },
    missing: { type: 'choice', choices: ['none', 'nan'], default: 'none' },
    networks: { type: 'custom', default: null, values: 'networks', object: true, check: checkNetworks },
    nInit,
    maxIter,
    tol,
    alphaW,
    alphaH,
    l1Ratio,
    seed,
    fast,
  }
}

/** Throws RangeError where options do not go together. */
export function checkJoint(where: string, { networks, alphaW }: JointOptions): void {
  if (networks && networks.length > 0 && !(alphaW > 0))
    throw new RangeError(
      `${where}: alphaW: wanted > 0 with networks (else H shrinks and W grows without end), got ${alphaW}`,
    )
}
