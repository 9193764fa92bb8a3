import { type Cut, cutRows } from '../core/program.js'
import type { NmfFactors, StartScale } from './nmf-factors.js'
import { betaOf, type NmfSettings, type NmfSolver } from './nmf-options.js'
import type { NmfSide } from './nmf-sides.js'

/** Columns of a slice of sparse X whose rows of H fill half a megabyte (f32); X in one piece for an update that wants a
 *  whole row at a time. */
export const sliceWidth = ({ betaLoss, solver, nComponents }: NmfSettings): number =>
  [1, 2].includes(betaOf(betaLoss)) && solver !== 'newton' ? Math.max(1024, Math.floor(131072 / nComponents)) : Infinity

export function startScale({ solver, rescale, betaLoss, alphaW }: NmfSettings): StartScale {
  const beta = betaOf(betaLoss)
  if (solver !== 'mu') return { free: rescale, grows: true }
  return { free: beta >= 1 && beta <= 2 && alphaW === 0, grows: false }
}

/** What the options and the shape fix once for a fit. */
export interface NmfTerms {
  readonly beta: number
  readonly squared: boolean
  readonly method: NmfSolver
  readonly clip: boolean
  /** Exponent of a multiplicative step that keeps it monotone (Fevotte & Idier 2011). */
  readonly gamma: number
  readonly rowCut: Cut
  readonly columnCut: Cut
  /** Rows of the walk that evaluates the loss. */
  readonly lossCut: Cut
  readonly W: NmfSide
  readonly H: NmfSide
  /** A loss of the divided matrix as that of X: times root^(2 beta). */
  lossOf(divided: number): number
}

export function termsOf(options: NmfSettings, factors: NmfFactors): NmfTerms {
  const { X, kp, w, ht, scaleW, scaleH, engine, held } = factors
  const { weights } = X
  const beta = betaOf(options.betaLoss)
  const squared = beta === 2
  const { solver: method, clip } = options
  const newton = method === 'newton'
  // A general exponent costs about twenty times a multiply-add for every entry, and visits the zeros too.
  // Kullback-Leibler's division and scattered sums make an entry about three times as dear as a product's.
  const general = weights ? X.stored : X.rows * X.columns
  const entries = squared ? X.stored : newton ? X.stored * 5 : beta === 1 ? X.stored * 3 : general * 6
  // What it takes to ask for an entry whether it is held out.
  const hashed = weights?.speckle ? 2 : 0
  // A row's own Gram matrix or sum, and what its solution takes.
  const own = (rows: number, length: number): number => {
    const listed = weights ? (weights.taken / rows) * (squared ? kp : 1) : 0
    return hashed * length + kp * (listed + (method === 'bpp' || method === 'als' ? 3 * kp * kp : 0))
  }
  // By steps where it can be, exactly; no step overflows where the result does not, and 0 stays 0.
  const times = (x: number, power: number): number => {
    if (!Number.isInteger(power)) return x === 0 ? 0 : x * engine.kernels.pow(X.root, power)
    let product = x
    for (let i = 0; i < Math.abs(power); i++) product = power > 0 ? product * X.root : product / X.root
    return product
  }
  const sklearn = options.penaltyScale === 'sklearn'
  const scale = weights?.scale ?? 1
  const alphaW = (options.alphaW * (sklearn ? X.columns : 1)) / scale
  const alphaH = ((options.alphaH ?? options.alphaW) * (sklearn ? X.rows : 1)) / scale
  const { l1Ratio } = options
  // Beyond this a penalty leaves nothing but zero either way.
  const most = X.precision === 'f32' ? 1e30 : 1e290
  return {
    beta,
    squared,
    method,
    clip,
    gamma: beta < 1 ? 1 / (2 - beta) : beta > 2 ? 1 / (beta - 1) : 1,
    // What a shard leaves for H is cleared and added: a small part of its work. Many rows share a slice while the
    // cache holds its side of H; a step may be cut between slices, so that one block is enough for a shard.
    rowCut: cutRows(
      X.rows,
      (entries / X.rows) * kp + own(X.rows, X.columns) + (method === 'hals' ? 2 * kp * kp : 0),
      newton ? 0 : 32 * X.columns * kp,
      1e7 * X.slices.length,
      X.slices.length > 1 ? 1 : 2,
    ),
    lossCut: cutRows(
      X.rows,
      hashed * X.columns +
        (beta === 1
          ? (4 * X.stored) / X.rows
          : (weights?.base === 0 ? X.stored / X.rows : X.columns) * (squared ? 1 : 6)) *
          kp,
    ),
    columnCut: cutRows(X.columns, 4 * kp * kp + own(X.columns, X.rows) + (newton ? (entries / X.columns) * kp : 0)),
    W: {
      own: w,
      other: ht,
      rows: X.rows,
      columns: X.columns,
      lists: weights?.rows,
      across: false,
      held: held.W,
      l1: Math.min(most, times(alphaW * l1Ratio * scaleW, -2 * beta)),
      l2: Math.min(most, times(alphaW * (1 - l1Ratio) * scaleW, -2 * beta) * scaleW),
    },
    H: {
      own: ht,
      other: w,
      rows: X.columns,
      columns: X.rows,
      lists: weights?.columns,
      across: true,
      held: held.H,
      l1: Math.min(most, times(alphaH * l1Ratio * scaleH, -2 * beta)),
      l2: Math.min(most, times(alphaH * (1 - l1Ratio) * scaleH, -2 * beta) * scaleH),
    },
    lossOf: divided => scale * times(divided, 2 * beta),
  }
}
