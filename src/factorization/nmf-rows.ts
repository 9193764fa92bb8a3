import { type Cut, shardOf } from '../core/program.js'
import type { NmfFactors } from './nmf-factors.js'

/** Where a shard's rows lie: of X (`x` for dense, `indptr` for sparse) and of W. */
export interface NmfRows {
  readonly count: number
  readonly x: number
  readonly indptr: number
  readonly w: number
}

export function rowsOf({ X, w, kp, size }: NmfFactors, cut: Cut, shard: number): NmfRows {
  const { first, count } = shardOf(cut, shard)
  const sparse = X.indptr !== 0
  return {
    count,
    x: sparse ? X.x : X.x + first * X.columns * size,
    indptr: sparse ? X.indptr + first * 4 : 0,
    w: w + first * kp * size,
  }
}

/** P = X H' of these rows, T[count*kp], written. */
export function xht(factors: NmfFactors, { count, x, indptr }: NmfRows, p: number): void {
  const { call, X, kp, ht } = factors
  factors.zero(p, count * kp)
  if (indptr) call.csrProduct(count, kp, indptr, X.indices, x, ht, p)
  else call.product(count, X.columns, kp, x, X.columns, 1, ht, p)
}

/** num T[m*kp] += X' W and den T[kp*kp] += W' W of these rows. */
export function xtw(factors: NmfFactors, { count, x, indptr, w }: NmfRows, num: number, den: number): void {
  const { call, X, kp } = factors
  if (indptr) call.csrProductTransposed(count, kp, indptr, X.indices, x, w, num)
  else call.product(X.columns, count, kp, x, 1, X.columns, w, num)
  call.product(kp, count, kp, w, 1, kp, w, den)
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

/** One multiplicative update of these rows of W for any loss, and the sums for H where `num` is not 0. */
export function multiplyRows(
  factors: NmfFactors,
  { count, x, indptr, w }: NmfRows,
  terms: { readonly beta: number; readonly gamma: number; readonly l1W: number; readonly l2W: number },
  sums: number,
  num: number,
  den: number,
  work: number,
): void {
  const { call, X, k, kp, ht } = factors
  const { beta, gamma, l1W, l2W } = terms
  const { columns, indices } = X
  call.multiplicative(
    count,
    columns,
    k,
    kp,
    beta,
    gamma,
    l1W,
    l2W,
    indptr,
    indices,
    x,
    columns,
    w,
    ht,
    sums,
    num,
    den,
    work,
  )
}
