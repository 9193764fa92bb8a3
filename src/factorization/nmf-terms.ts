import { type Cut, cutRows } from '../core/program.js'
import type { NmfFactors, StartScale } from './nmf-factors.js'
import { betaOf, type NmfSettings } from './nmf-options.js'

/** Columns of a slice of sparse X whose rows of H fill half a megabyte (f32); X in one piece for a loss whose
 *  update wants a whole row at a time. */
export const sliceWidth = (options: NmfSettings): number =>
  [1, 2].includes(betaOf(options.betaLoss)) ? Math.max(1024, Math.floor(131072 / options.nComponents)) : Infinity

export function startScale({ solver, rescale, betaLoss, alphaW }: NmfSettings): StartScale {
  const beta = betaOf(betaLoss)
  if (solver === 'hals') return { free: rescale, grows: true }
  return { free: beta >= 1 && beta <= 2 && alphaW === 0, grows: false }
}

/** What the options and the shape fix once for a fit. */
export interface NmfTerms {
  readonly beta: number
  readonly squared: boolean
  readonly hals: boolean
  /** Exponent of a multiplicative step that keeps it monotone (Fevotte & Idier 2011). */
  readonly gamma: number
  readonly rowCut: Cut
  readonly columnCut: Cut
  /** Rows of the walk that evaluates the loss. */
  readonly lossCut: Cut
  /** Penalties of the divided factors. */
  readonly l1W: number
  readonly l2W: number
  readonly l1H: number
  readonly l2H: number
  /** A loss of the divided matrix as that of X: times root^(2 beta). */
  lossOf(divided: number): number
}

export function termsOf(options: NmfSettings, { X, kp, scaleW, scaleH, engine }: NmfFactors): NmfTerms {
  const beta = betaOf(options.betaLoss)
  const squared = beta === 2
  const hals = options.solver === 'hals'
  // A general exponent costs about twenty times a multiply-add for every entry, and visits the zeros too.
  // Kullback-Leibler's division and scattered sums make an entry about three times as dear as a product's.
  const entries = squared ? X.stored : beta === 1 ? X.stored * 3 : X.rows * X.columns * 6
  // By steps where it can be, exactly; no step overflows where the result does not, and 0 stays 0.
  const times = (x: number, power: number): number => {
    if (!Number.isInteger(power)) return x === 0 ? 0 : x * engine.kernels.pow(X.root, power)
    let product = x
    for (let i = 0; i < Math.abs(power); i++) product = power > 0 ? product * X.root : product / X.root
    return product
  }
  const sklearn = options.penaltyScale === 'sklearn'
  const alphaW = options.alphaW * (sklearn ? X.columns : 1)
  const alphaH = (options.alphaH ?? options.alphaW) * (sklearn ? X.rows : 1)
  const { l1Ratio } = options
  // Beyond this a penalty leaves nothing but zero either way.
  const most = X.precision === 'f32' ? 1e30 : 1e290
  return {
    beta,
    squared,
    hals,
    gamma: beta < 1 ? 1 / (2 - beta) : beta > 2 ? 1 / (beta - 1) : 1,
    // What a shard leaves for H is cleared and added: a small part of its work. Many rows share a slice while the
    // cache holds its side of H; a step may be cut between slices, so that one block is enough for a shard.
    rowCut: cutRows(
      X.rows,
      (entries / X.rows) * kp + (hals ? 2 * kp * kp : 0),
      32 * X.columns * kp,
      1e7 * X.slices.length,
      X.slices.length > 1 ? 1 : 2,
    ),
    lossCut: cutRows(X.rows, (beta === 1 ? (4 * X.stored) / X.rows : X.columns * (squared ? 1 : 6)) * kp),
    columnCut: cutRows(X.columns, 4 * kp * kp),
    l1W: Math.min(most, times(alphaW * l1Ratio * scaleW, -2 * beta)),
    l2W: Math.min(most, times(alphaW * (1 - l1Ratio) * scaleW, -2 * beta) * scaleW),
    l1H: Math.min(most, times(alphaH * l1Ratio * scaleH, -2 * beta)),
    l2H: Math.min(most, times(alphaH * (1 - l1Ratio) * scaleH, -2 * beta) * scaleH),
    lossOf: divided => times(divided, 2 * beta),
  }
}
