import { type Cut, cutRows } from '../core/program.js'
import type { NmfFactors } from './nmf-factors.js'
import { betaOf, type NmfOptions } from './nmf-options.js'

/** What the options and the shape fix once for a fit. */
export interface NmfTerms {
  readonly beta: number
  readonly squared: boolean
  readonly hals: boolean
  /** Exponent of a multiplicative step that keeps it monotone (Fevotte & Idier 2011). */
  readonly gamma: number
  readonly rowCut: Cut
  readonly columnCut: Cut
  /** Penalties of the divided factors. */
  readonly l1W: number
  readonly l2W: number
  readonly l1H: number
  readonly l2H: number
  /** Times a loss of the divided matrix gives that of X: root^(2 beta). */
  readonly lossScale: number
}

export function termsOf(options: NmfOptions, { X, kp, scaleW, scaleH, engine }: NmfFactors): NmfTerms {
  const beta = betaOf(options.betaLoss)
  const squared = beta === 2
  const hals = options.solver === 'hals'
  // A general exponent costs about twenty times a multiply-add for every entry, and visits the zeros too.
  const entries = squared || beta === 1 ? X.stored : X.rows * X.columns * 4
  const lossScale = power(X.root, 2 * beta) ?? engine.kernels.pow(X.root, 2 * beta)
  const sklearn = options.penaltyScale === 'sklearn'
  const alphaW = options.alphaW * (sklearn ? X.columns : 1)
  const alphaH = (options.alphaH ?? options.alphaW) * (sklearn ? X.rows : 1)
  const { l1Ratio } = options
  return {
    beta,
    squared,
    hals,
    gamma: beta < 1 ? 1 / (2 - beta) : beta > 2 ? 1 / (beta - 1) : 1,
    rowCut: cutRows(X.rows, (entries / X.rows) * kp + (hals ? 2 * kp * kp : 0)),
    columnCut: cutRows(X.columns, 4 * kp * kp),
    l1W: (alphaW * l1Ratio * scaleW) / lossScale,
    l2W: (alphaW * (1 - l1Ratio) * scaleW * scaleW) / lossScale,
    l1H: (alphaH * l1Ratio * scaleH) / lossScale,
    l2H: (alphaH * (1 - l1Ratio) * scaleH * scaleH) / lossScale,
    lossScale,
  }
}

// x^n by multiplication, exact for a power of two; undefined where n is not an integer.
function power(x: number, n: number): number | undefined {
  if (!Number.isInteger(n)) return undefined
  let product = 1
  for (let i = 0; i < Math.abs(n); i++) product *= n > 0 ? x : 1 / x
  return product
}
