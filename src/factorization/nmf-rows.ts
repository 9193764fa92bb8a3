import type { Slice, Turned } from '../core/load.js'
import { dataRegions as regionsOf, place as placeOf, times, timesTransposed } from '../core/products.js'
import type { Phase, Region, Span } from '../core/program.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfLane } from './nmf-lane.js'
import { denominators, listed, listRegions } from './nmf-sides.js'
import type { NmfTerms } from './nmf-terms.js'

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

/** All of X, its weights and its transpose, and what is held. */
export function allRegions({ X, engine, held, k }: Pick<NmfFactors, 'X' | 'engine' | 'held' | 'k'>): Region[] {
  const { weights, turned, rows, columns } = X
  const [kp, size] = [Math.ceil(k / 4) * 4, X.precision === 'f32' ? 4 : 8]
  const [all, across] = [
    { first: 0, count: rows },
    { first: 0, count: columns },
  ]
  return [
    ...dataRegions({ X, engine }, all),
    ...listRegions({ engine, size }, weights?.rows, all),
    ...listRegions({ engine, size }, weights?.columns, across),
    ...(turned ? turnedRegions({ engine, size }, turned, across) : []),
    ...(held.w ? [{ at: held.w, bytes: rows * kp * size }] : []),
    ...(held.ht ? [{ at: held.ht, bytes: columns * kp * size }] : []),
  ]
}

/** Where some columns of X lie in its transpose. */
export function turnedRegions(
  { engine, size }: Pick<NmfFactors, 'engine' | 'size'>,
  { x, ld, indptr, indices }: Turned,
  { first, count }: Span,
): Region[] {
  if (!indptr) return [{ at: x + first * ld * size, bytes: count * ld * size }]
  const pointers = engine.arena.i32(indptr + first * 4, count + 1)
  const [start = 0, end = 0] = [pointers[0], pointers[count]]
  return [
    { at: indptr + first * 4, bytes: (count + 1) * 4 },
    { at: indices + start * 4, bytes: (end - start) * 4 },
    { at: x + start * size, bytes: (end - start) * size },
  ]
}

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

/** One multiplicative update of these rows of W for Kullback-Leibler, and the sums for H where `num` is not 0.
 *  `sums` T[kp] of the rows of H; `work` of the lane T[count*kp]. */
export function* multiplyKl(
  factors: NmfFactors,
  rows: NmfRows,
  { W }: Pick<NmfTerms, 'W'>,
  sums: number,
  num: number,
  { work, ...lane }: Pick<NmfLane, 'work' | 'own' | 'speckles'>,
): Generator<void, void> {
  const { call, X, k, kp, ht, size } = factors
  const { count, w } = rows
  factors.zero(work, count * kp)
  for (const slice of X.slices) {
    const { x, indptr } = place(factors, rows, slice)
    const h = ht + slice.first * kp * size
    call.klGather(count, slice.columns, kp, indptr, X.indices, x, X.ld, w, h, work)
    yield
  }
  const den = denominators(factors, W, rows, sums, lane)
  call.ratioRows(count, k, kp, 1, W.l1, W.l2, ...W.held, w, work, ...den)
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
  { beta, gamma, W }: Pick<NmfTerms, 'beta' | 'gamma' | 'W'>,
  num: number,
  den: number,
  work: number,
  lane: Pick<NmfLane, 'speckles'>,
): void {
  const { call, X, k, kp, ht, size } = factors
  const { columns, indices, ld } = X
  const { count, w } = rows
  const step = [k, kp, beta, gamma, W.l1, W.l2, ...W.held] as const
  const [slice] = X.slices as [Slice]
  const { x, indptr } = place(factors, rows, slice)
  const to = [w, ht, num, den, work] as const
  if (!W.lists) call.multiplicative(count, columns, ...step, indptr, indices, x, ld, 0, 0, ...to)
  else if (X.weights?.base === 0) call.listedMultiplicative(count, ...step, indptr, indices, W.lists.weights, x, ...to)
  // What does not count is held out, and nothing else.
  else
    for (const { first, count, indptr: out, indices: held } of listed(factors, W.lists, W, rows, lane.speckles)) {
      const part = { first, count, w: w + (first - rows.first) * kp * size }
      const { x, indptr } = place(factors, part, slice)
      call.multiplicative(count, columns, ...step, indptr, indices, x, ld, out, held, part.w, ht, num, den, work)
    }
}
