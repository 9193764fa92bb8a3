import type { Slice } from '../core/load.js'
import type { Region, Span } from '../core/program.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfLane } from './nmf-lane.js'
import { type NmfRows, turnedRegions } from './nmf-rows.js'
import { denominators, type NmfSide } from './nmf-sides.js'
import type { NmfTerms } from './nmf-terms.js'

const STRETCH = 1 << 18 // numbers turned between two breaths

/** X from one side, and the other factor component by component for dense X: T[k*ld]. */
interface View {
  readonly side: NmfSide
  readonly x: number
  readonly lx: number
  readonly indptr: number
  readonly indices: number
  readonly lines: number
  readonly ld: number
}

/** The Kullback-Leibler updates of rows and columns by Newton steps: columns are walked in X' as rows are in X. */
export class NmfNewton {
  private readonly views: Readonly<Record<'W' | 'H', View>>
  /** f64[1]: passes of a fit's step; none while it multiplies. */
  private readonly passes: number

  constructor(
    private readonly factors: NmfFactors,
    { W, H }: NmfTerms,
  ) {
    const { X, k, size, engine } = factors
    const { turned } = X
    if (!turned) throw new Error('nmf: newton without the transpose')
    this.passes = engine.arena.alloc(8)
    const [{ indptr }] = X.slices as [Slice]
    const lines = ({ columns }: NmfSide) => {
      const ld = Math.ceil(columns / 4) * 4
      return { ld, lines: X.sparse ? 0 : engine.arena.alloc(k * ld * size) }
    }
    this.views = {
      W: { side: W, x: X.x, lx: X.ld, indptr, indices: X.indices, ...lines(W) },
      H: { side: H, x: turned.x, lx: turned.ld, indptr: turned.indptr, indices: turned.indices, ...lines(H) },
    }
  }

  /** Whether the steps of an iteration are multiplicative. */
  multiply(yes: boolean): void {
    this.factors.engine.arena.f64(this.passes, 1)[0] = yes ? 0 : 1
  }

  /** Makes ready for a side's update: the other factor, component by component. */
  *begin(name: 'W' | 'H'): Generator<void, void> {
    const { call, k, kp, size } = this.factors
    const { side, lines, ld } = this.views[name]
    if (!lines) return
    for (let first = 0, step = Math.ceil(STRETCH / kp); first < side.columns; first += step) {
      const count = Math.min(step, side.columns - first)
      call.unpad(count, k, kp, 1, side.other + first * kp * size, lines + first * size, 1, ld)
      yield
    }
  }

  /** A fit's step of these rows. sums T[kp] of all rows of the other factor. */
  step(name: 'W' | 'H', rows: NmfRows, lane: NmfLane, sums: number): void {
    const [passes = 1] = this.factors.engine.arena.f64(this.passes, 1)
    this.pass(name, rows, lane, sums, passes, 0)
  }

  /** Passes over the coordinates of each of these rows, fewer where one moves none by more than `tolerance` of the
   *  largest; 0 is a multiplicative step. */
  pass(name: 'W' | 'H', rows: NmfRows, lane: NmfLane, sums: number, passes: number, tolerance: number): void {
    const { factors } = this
    const { tally, work } = lane
    const { call, k, kp, size } = factors
    const { side, x, lx, indptr, indices, lines, ld } = this.views[name]
    const { count, first, w } = rows
    const [den, each] = denominators(factors, side, rows, sums, lane)
    const at = indptr ? x : x + first * lx * size
    const of = [
      count,
      side.columns,
      k,
      kp,
      indptr && indptr + first * 4,
      indices,
      at,
      lx,
      side.other,
      lines,
      ld,
    ] as const
    call.newton(...of, den, each, w, side.l1, side.l2, ...side.held, passes, tolerance, tally, work)
  }

  /** What a side's steps read besides its own rows of X. */
  state(name: 'W' | 'H'): Region[] {
    const { factors } = this
    const { k, kp, size } = factors
    const { side, lines, ld } = this.views[name]
    const other = lines ? { at: lines, bytes: k * ld * size } : { at: side.other, bytes: side.columns * kp * size }
    return [{ at: this.passes, bytes: 8 }, other]
  }

  /** Where some columns of X lie. */
  columns(span: Span): Region[] {
    const { turned } = this.factors.X
    return turned ? turnedRegions(this.factors, turned, span) : []
  }
}
