import type { Slice } from '../core/load.js'
import { dataRegions as regionsOf, place as placeOf, times, timesTransposed } from '../core/products.js'
import type { Phase, Region, Span } from '../core/program.js'
import type { NmfFactors } from './nmf-factors.js'

/** Rows of X and of W. */
export interface NmfRows {
  readonly first: number
  readonly count: number
  readonly w: number
}

export const rowsOf = ({ w, kp, size }: NmfFactors, { first, count }: Span): NmfRows => ({
  first,
  count,
  w: w + first * kp * size,
})

/** Where these rows of a slice begin: the entries of dense X, else the row pointers with the entries' base. */
export const place = ({ X }: NmfFactors, { first }: NmfRows, slice: Slice) => placeOf(X, first, slice)

/** Brings a block of X where it is not held, unless X~ stands for it. */
export const loadOf = (factors: NmfFactors): Phase['load'] => {
  const { window } = factors.X
  return window && (async (block, pace) => void (factors.low || (await window.load(block, pace))))
}

/** Some rows of W, or of H' where `side` is that. */
export const sideRegion = ({ kp, size }: NmfFactors, side: number, { first, count }: Span): Region => ({
  at: side + first * kp * size,
  bytes: count * kp * size,
})

/** Where some rows of X lie. */
export const dataRegions = ({ X, engine }: Pick<NmfFactors, 'X' | 'engine'>, rows: Span): Region[] =>
  regionsOf(engine, X, rows)

/** P = X H' of these rows, T[count*kp], written. Yields between slices of X, as do the others. */
export function* xht(factors: NmfFactors, rows: NmfRows, p: number): Generator<void, void> {
  const { call, engine, X, kp, ht, size, low } = factors
  factors.zero(p, rows.count * kp)
  if (low) return call.product(rows.count, low.l, kp, low.q + rows.first * low.l * size, low.l, 1, low.bh, p)
  yield* times(engine, X, rows, kp, ht, p)
}

/** num T[m*kp] += X' W (T[l*kp] += Q' W where X~ = QB stands for X) and, unless it is 0, den T[kp*kp] +=
 *  W' W of these rows. */
export function* xtw(factors: NmfFactors, rows: NmfRows, num: number, den: number): Generator<void, void> {
  const { call, engine, X, kp, size, low } = factors
  const { count, w } = rows
  if (low) call.product(low.l, count, kp, low.q + rows.first * low.l * size, 1, low.l, w, num)
  else yield* timesTransposed(engine, X, rows, kp, w, num)
  if (den !== 0) call.product(kp, count, kp, w, 1, kp, w, den)
}

/** X'W of some columns of X, for the sums that `xtw` left. */
export function numerators(factors: NmfFactors, { first, count }: Span, num: number): number {
  const { call, kp, size, low } = factors
  if (!low) return num + first * kp * size
  factors.zero(low.p, count * kp)
  call.product(count, low.l, kp, low.bt + first * low.l * size, low.l, 1, num, low.p)
  return low.p
}

/** a <- a b / (a G + l1 + l2 a) for `count` rows: the squared loss's multiplicative step; G T[kp*kp], work T[count*kp]. */
export function multiplySquared(
  factors: NmfFactors,
  a: number,
  count: number,
  b: number,
  gram: number,
  l1: number,
  l2: number,
  work: number,
): void {
  const { call, kp } = factors
  factors.zero(work, count * kp)
  call.product(count, kp, kp, a, kp, 1, gram, work)
  call.ratio(count * kp, 1, l1, l2, a, b, work)
}

export interface MultiplicativeTerms {
  readonly beta: number
  readonly gamma: number
  readonly l1W: number
  readonly l2W: number
}

/** One multiplicative update of these rows of W for Kullback-Leibler, and the sums for H where `num` is not 0.
 *  `sums` T[kp] of the rows of H; work T[count*kp]. */
export function* multiplyKl(
  factors: NmfFactors,
  rows: NmfRows,
  { l1W, l2W }: MultiplicativeTerms,
  sums: number,
  num: number,
  work: number,
): Generator<void, void> {
  const { call, X, kp, ht, size } = factors
  const { count, w } = rows
  factors.zero(work, count * kp)
  for (const slice of X.slices) {
    const { x, indptr } = place(factors, rows, slice)
    const h = ht + slice.first * kp * size
    call.klGather(count, slice.columns, kp, indptr, X.indices, x, X.ld, w, h, work)
    yield
  }
  call.ratioRows(count, kp, l1W, l2W, w, work, sums)
  if (num === 0) return
  for (const slice of X.slices) {
    const { x, indptr } = place(factors, rows, slice)
    const offset = slice.first * kp * size
    call.klScatter(count, slice.columns, kp, indptr, X.indices, x, X.ld, w, ht + offset, num + offset)
    yield
  }
}

/** The same for the other losses, whose sums have denominators of their own: num, den T[m*kp]. X in one slice;
 *  work T[2*kp]. */
export function multiplyBeta(
  factors: NmfFactors,
  rows: NmfRows,
  { beta, gamma, l1W, l2W }: MultiplicativeTerms,
  num: number,
  den: number,
  work: number,
): void {
  const { call, X, k, kp, ht } = factors
  const { columns, indices, ld } = X
  const { count, w } = rows
  for (const slice of X.slices) {
    const { x, indptr } = place(factors, rows, slice)
    call.multiplicative(count, columns, k, kp, beta, gamma, l1W, l2W, indptr, indices, x, ld, w, ht, num, den, work)
  }
}
