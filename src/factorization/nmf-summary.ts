import type { Phase, Region, Span } from '../core/program.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfLane } from './nmf-lane.js'
import { sideRegion } from './nmf-rows.js'
import type { NmfTerms } from './nmf-terms.js'

/** What the rows' update and the loss need of H as a whole: H H' for the squared loss, else the sums of its rows. */
export class NmfSummary {
  /** H H' T[kp*kp]. */
  readonly gram: number
  /** Sums over the columns of H, f64[kp] and T[kp]. */
  readonly wideSums: number
  readonly sums: number
  /** H as it stands, before the first iteration. */
  readonly phase: Phase<NmfLane>

  constructor(
    private readonly factors: NmfFactors,
    private readonly terms: NmfTerms,
  ) {
    const { kp, size, engine, ht } = factors
    const { arena } = engine
    this.gram = arena.alloc(kp * kp * size)
    this.wideSums = arena.alloc(kp * 8)
    this.sums = arena.alloc(kp * size)
    this.phase = {
      name: 'summary',
      cut: terms.columnCut,
      begin: () => this.begin(),
      open: (shard, lane) => {
        lane.open(ht, shard)
        this.open(lane)
      },
      step: (block, lane) => this.add(block, lane),
      combine: (_, lane) => this.combine(lane),
      end: () => this.end(),
      travels: {
        data: () => [],
        state: () => [],
        rows: shard => [sideRegion(factors, ht, shard)],
        part: (shard, lane) => lane.part(shard, terms.squared ? 'gram' : 'sums'),
      },
    }
  }

  begin(): void {
    const { factors } = this
    factors.zero(this.gram, factors.kp * factors.kp)
    factors.engine.arena.f64(this.wideSums, factors.kp).fill(0)
    if (factors.low) factors.zero(factors.low.bh, factors.low.l * factors.kp)
  }

  open({ gram }: NmfLane): void {
    const { factors } = this
    factors.zero(gram, factors.kp * factors.kp)
    if (factors.low) factors.zero(factors.low.partBh, factors.low.l * factors.kp)
  }

  /** The part of some of H's columns. */
  add(block: Span, lane: NmfLane): void {
    const { factors, terms } = this
    const { call, kp, ht, size, low } = factors
    const { first, count, w } = lane.rowsOf(ht, block)
    if (terms.squared) call.product(kp, count, kp, w, 1, kp, w, lane.gram)
    else call.columnSums(count, kp, w, kp, lane.sums)
    if (low) call.product(low.l, count, kp, low.bt + first * low.l * size, 1, low.l, w, low.partBh)
  }

  combine({ gram, sums }: NmfLane): void {
    const { call, kp, engine, low } = this.factors
    if (low) call.axpy(1, low.partBh, low.bh, low.l * kp)
    if (this.terms.squared) call.axpy(1, gram, this.gram, kp * kp)
    else engine.kernels.axpy_f64(1, sums, this.wideSums, kp)
  }

  end(): void {
    const { factors } = this
    factors.view(this.sums, factors.kp).set(factors.engine.arena.f64(this.wideSums, factors.kp))
  }

  /** What the rows' steps read of H. */
  state(): Region[] {
    const { X, kp, size, ht } = this.factors
    return [
      { at: ht, bytes: X.columns * kp * size },
      { at: this.gram, bytes: kp * kp * size },
      { at: this.wideSums, bytes: kp * 8 },
      { at: this.sums, bytes: kp * size },
    ]
  }
}
