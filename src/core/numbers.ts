import type { Arena } from '../../bindings/memory.js'
import type { Engine } from '../../bindings/instance.js'
import { type Precision, typed, type TypedKernels } from '../../bindings/typed.js'
import { copyRows, type FloatArray, type Matrix } from './matrix.js'
import { exponentOf, powerOfTwo } from './scale.js'

/** Entries looked at between two breaths, and summed at once: sums have the same bits however their data come. */
export const CHUNK = 1 << 18

/** What must be known of a matrix's numbers before a fit, as they pass through the arena in lines of `ld`: rows of a
 *  dense matrix, single entries of a sparse one. */
export class Numbers {
  readonly size: number
  readonly ld: number
  /** Lines of a chunk. */
  readonly step: number
  total = 0
  squares = 0
  private low = Infinity
  private high = 0
  /** Of the entries' sizes: the smallest but zero. */
  private nearest = Infinity
  private bad = 0
  private firstBad = ''
  private readonly arena: Arena
  private readonly call: TypedKernels
  private readonly out: number

  constructor(
    engine: Engine,
    private readonly where: string,
    { kind, shape }: Pick<Matrix, 'kind' | 'shape'>,
    private readonly precision: Precision,
    /** Entries may be negative. */
    private readonly signed = false,
  ) {
    this.arena = engine.arena
    this.call = typed(engine.kernels, precision)
    this.size = precision === 'f32' ? 4 : 8
    this.ld = kind === 'csr' ? 1 : leading(shape[1], this.size)
    this.step = Math.max(1, Math.floor(CHUNK / this.ld))
    this.out = this.arena.alloc(24)
  }

  view(at: number, count: number): FloatArray {
    return this.arena.floats(this.precision, at, count)
  }

  /** Lines of X into the arena. */
  put(X: Matrix, first: number, count: number, at: number): void {
    const view = this.view(at, count * this.ld)
    if (X.kind === 'csr') view.set(X.data.subarray(first, first + count))
    else copyRows(X, first, count, view, this.ld)
  }

  /** The same, looked at on the way; row 0 of X is `row` of the whole. With `there` it lies there already. */
  scan(X: Matrix, first: number, count: number, at: number, row = 0, there = false): void {
    if (there) this.clearPads(X, count, at)
    else this.put(X, first, count, at)
    // Sparse entries are one long row.
    const columns = X.shape[1]
    const shape = X.kind === 'csr' ? ([1, count, count] as const) : ([count, columns, this.ld] as const)
    const least = this.signed ? -Number.MAX_VALUE : 0
    const bad = this.call.scan(...shape, least, at, this.out)
    if (bad >= 0) {
      this.firstBad ||= describe(X, X.kind === 'csr' ? first + bad : first * columns + bad, row, least)
      this.bad += this.call.countBad(...shape, least, at)
      return
    }
    const [low = 0, high = 0, nearest = 0] = this.arena.f64(this.out, 3)
    this.low = Math.min(this.low, low)
    this.high = Math.max(this.high, high)
    this.nearest = Math.min(this.nearest, nearest)
  }

  // Between a row's end and the next one's begin its owner may have written what he liked.
  private clearPads({ shape }: Matrix, count: number, at: number): void {
    const view = this.view(at, count * this.ld)
    for (let i = 0; i < count; i++) view.fill(0, i * this.ld + shape[1], (i + 1) * this.ld)
  }

  /** The power of two whose square divides X. Throws RangeError naming the first of `stored` entries that is not finite
   *  and, unless `signed`, >= 0 (> 0 where `positive`); of a sparse matrix with `gaps` there are zeros besides. */
  root(stored: number, gaps: boolean, positive: boolean): number {
    const { where, low, high, nearest, bad, firstBad, precision, signed } = this
    if (bad > 0)
      throw new RangeError(`${where}: ${firstBad} (${bad} of ${stored} are not finite${signed ? '' : ' and >= 0'})`)
    if (positive && (gaps || low === 0))
      throw new RangeError(`${where}: X has zeros: a loss with beta <= 0 divides by the entries and needs them > 0`)
    if (high === 0) return 1
    // Signed data are rotated: what is small beside the largest entry has no digits of its own to lose.
    return powerOfTwo(signed ? Math.floor(exponentOf(high) / 2) : rootExponent(high, nearest, precision))
  }

  /** Divides lines in the arena by root^2: twice, as 1 / root^2 may be beyond the range. */
  divide(at: number, count: number, root: number): void {
    if (root !== 1) for (let i = 0; i < 2; i++) this.call.scale(1 / root, at, count * this.ld)
  }

  /** The same, summed. */
  sum(at: number, count: number, root: number): void {
    this.divide(at, count, root)
    this.total += this.call.sum(at, count * this.ld)
    this.squares += this.call.dot(at, at, count * this.ld)
  }
}

// e with high / 4^e in [1, 4), nearer to 0 where entries that are small beside it would lose digits by the division.
function rootExponent(high: number, nearest: number, precision: Precision): number {
  const wanted = Math.floor(exponentOf(high) / 2)
  const bound = Math.floor((exponentOf(nearest) + (precision === 'f32' ? 120 : 1000)) / 2)
  return wanted > 0 ? Math.max(0, Math.min(wanted, bound)) : wanted
}

// Walking down columns whose stride is a multiple of 256 bytes keeps hitting the same few sets of the first-level cache.
export function leading(columns: number, size: number): number {
  return (columns * size) % 256 === 0 && columns * size > 256 ? columns + 64 / size : columns
}

function describe(X: Matrix, place: number, from: number, least: number): string {
  const columns = X.shape[1]
  const sparse = X.kind === 'csr'
  const row = sparse ? rowOf(X.indptr, place) : Math.floor(place / columns)
  const column = sparse ? (X.indices[place] ?? 0) : place % columns
  const value = X.data[sparse ? place : X.offset + row * X.stride[0] + column * X.stride[1]] ?? NaN
  const wanted = value < least && least === 0 ? '>= 0' : 'finite'
  // A finite f64 may have no finite f32.
  const rounded = Number.isFinite(value) && value >= least ? ' (infinite in f32)' : ''
  return `X[${from + row}, ${column}] = ${value}${rounded}: entries must be ${wanted}`
}

function rowOf(indptr: Int32Array, place: number): number {
  let row = 0
  while ((indptr[row + 1] ?? 0) <= place) row++
  return row
}
