import type { Lists } from '../core/load.js'
import type { Region, Span } from '../core/program.js'
import type { Speckles } from '../core/speckles.js'
import type { NmfFactors } from './nmf-factors.js'

/** A factor as its update sees it: W with the rows of X, or H' with its columns. */
export interface NmfSide {
  /** The factor and the other one: T[rows*kp] and T[columns*kp], columns being those of X from this side. */
  readonly own: number
  readonly other: number
  readonly rows: number
  readonly columns: number
  /** Penalties of the divided factor. */
  readonly l1: number
  readonly l2: number
  /** Components from .. to are held. */
  readonly held: readonly [from: number, to: number]
  /** The weights of its rows, where entries do not count alike. */
  readonly lists: Lists | undefined
  /** Its rows are the columns of X. */
  readonly across: boolean
}

/** Numbers of the methods of the kernel `solveRows`. */
const METHODS = { hals: 0, mu: 1, bpp: 2, als: 3, none: 5 }
const UNCLIPPED = 4
const INNER_TOLERANCE = 0.1 // of the first sweep's step (Gillis & Glineur 2012)

export interface SquaredStep {
  /** `none` evaluates only. */
  readonly method: keyof typeof METHODS
  readonly clip: boolean
  readonly sweeps: number
  /** P = X B T[count*kp] of the rows, B B' T[kp*kp]. */
  readonly p: number
  readonly gram: number
  /** f64[2]: the KKT violation and, where rows have Gram matrices of their own, sum w_i' G_i w_i are added. */
  readonly tally: number
  readonly work: number
  readonly speckles: Speckles | undefined
}

/** Some rows after others with their lists: all of them as they lie or, where entries are held out, made in `speckles`. */
export function listed(
  { X, call }: Pick<NmfFactors, 'X' | 'call'>,
  lists: Lists,
  { columns, across }: Pick<NmfSide, 'columns' | 'across'>,
  rows: Span,
  speckles: Speckles | undefined,
): Iterable<Span & Lists> {
  const speckle = X.weights?.speckle
  if (speckle && speckles) return speckles.parts(call, speckle, { ...rows, length: columns, across }, lists)
  const { indptr, indices, weights } = lists
  return [{ first: rows.first, count: rows.count, indptr: indptr && indptr + rows.first * 4, indices, weights }]
}

/** The squared loss's update of `count` rows at `at`, the first of them row `first`. */
export function updateSquared(
  factors: NmfFactors,
  side: NmfSide,
  { first, count, at }: { readonly first: number; readonly count: number; readonly at: number },
  step: SquaredStep,
): void {
  const { call, k, kp, size, engine } = factors
  const { l1, l2, held, lists, columns, other } = side
  const { method, clip, sweeps, p, gram, tally, work, speckles } = step
  if (!lists && method === 'hals') {
    const met = call.hals(count, k, kp, at, p, gram, l1, l2, ...held, sweeps, INNER_TOLERANCE, work)
    const numbers = engine.arena.f64(tally, 1)
    numbers[0] = (numbers[0] ?? 0) + met
  } else if (!lists && method === 'mu') {
    factors.zero(work, count * kp)
    call.product(count, kp, kp, at, kp, 1, gram, work)
    call.ratioRows(count, k, kp, 1, l1, l2, ...held, at, p, work, 1)
  } else {
    const number = method === 'als' && !clip ? UNCLIPPED : METHODS[method]
    const base = factors.X.weights?.base ?? 0
    const all = { first, count, indptr: 0, indices: 0, weights: 0 }
    for (const part of lists ? listed(factors, lists, side, all, speckles) : [all]) {
      const o = (part.first - first) * kp * size
      const { indptr, indices, weights } = part
      call.solveRows(
        ...([number, part.count, columns, k, kp, base, indptr, indices, weights, other, gram, at + o, p + o] as const),
        ...([l1, l2, ...held, sweeps, INNER_TOLERANCE, tally, work] as const),
      )
    }
  }
}

/** sum_j m_ij b_j of some rows, T[count*kp] at `own`: Kullback-Leibler's denominators. `sums` T[kp] of all rows of
 *  B. Returns where a row's lie, and whether each has its own. */
export function denominators(
  factors: NmfFactors,
  side: NmfSide,
  rows: Span,
  sums: number,
  { own, speckles }: { readonly own: number; readonly speckles: Speckles | undefined },
): readonly [at: number, own: 0 | 1] {
  const { call, kp, X, size } = factors
  const { lists, columns, other } = side
  if (!lists) return [sums, 0]
  const base = X.weights?.base ?? 0
  for (const { first, count, indptr, indices, weights } of listed(factors, lists, side, rows, speckles)) {
    const to = own + (first - rows.first) * kp * size
    call.weightedSums(count, columns, kp, base, indptr, indices, weights, other, sums, to)
  }
  return [own, 1]
}

/** What the lists of some rows are in the arena. */
export function listRegions(
  { engine, size }: Pick<NmfFactors, 'engine' | 'size'>,
  lists: Lists | undefined,
  { first, count }: Span,
): Region[] {
  if (!lists?.indptr) return []
  const { indptr, indices, weights } = lists
  const pointers = engine.arena.i32(indptr + first * 4, count + 1)
  const [start = 0, end = 0] = [pointers[0], pointers[count]]
  return [
    { at: indptr + first * 4, bytes: (count + 1) * 4 },
    { at: indices + start * 4, bytes: (end - start) * 4 },
    ...(weights ? [{ at: weights + start * size, bytes: (end - start) * size }] : []),
  ]
}
