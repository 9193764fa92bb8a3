import type { Phase, Span } from '../core/program.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfTerms } from './nmf-terms.js'

/** What the rows' update and the loss need of H as a whole: H H' for the squared loss, else the sums of its rows. */
export class NmfSummary {
  /** H H' T[kp*kp]. */
  readonly gram: number
  /** Sums over the columns of H, f64[kp] and T[kp]. */
  readonly wideSums: number
  readonly sums: number
  private readonly partGram: number
  private readonly partSums: number

  constructor(
    private readonly factors: NmfFactors,
    private readonly terms: NmfTerms,
  ) {
    const { kp, size, engine } = factors
    const { arena } = engine
    this.gram = arena.alloc(kp * kp * size)
    this.partGram = arena.alloc(kp * kp * size)
    this.wideSums = arena.alloc(kp * 8)
    this.partSums = arena.alloc(kp * 8)
    this.sums = arena.alloc(kp * size)
  }

  begin(): void {
    const { factors } = this
    factors.zero(this.gram, factors.kp * factors.kp)
    factors.engine.arena.f64(this.wideSums, factors.kp).fill(0)
    if (factors.low) factors.zero(factors.low.bh, factors.low.l * factors.kp)
  }

  open(): void {
    const { factors } = this
    factors.zero(this.partGram, factors.kp * factors.kp)
    factors.engine.arena.f64(this.partSums, factors.kp).fill(0)
    if (factors.low) factors.zero(factors.low.partBh, factors.low.l * factors.kp)
  }

  /** The part of some of H's columns. */
  add({ first, count }: Span): void {
    const { factors, terms } = this
    const { call, kp, ht, size, low } = factors
    const rows = ht + first * kp * size
    if (terms.squared) call.product(kp, count, kp, rows, 1, kp, rows, this.partGram)
    else call.columnSums(count, kp, rows, kp, this.partSums)
    if (low) call.product(low.l, count, kp, low.bt + first * low.l * size, 1, low.l, rows, low.partBh)
  }

  combine(): void {
    const { call, kp, engine, low } = this.factors
    if (low) call.axpy(1, low.partBh, low.bh, low.l * kp)
    if (this.terms.squared) call.axpy(1, this.partGram, this.gram, kp * kp)
    else engine.kernels.axpy_f64(1, this.partSums, this.wideSums, kp)
  }

  end(): void {
    const { factors } = this
    factors.view(this.sums, factors.kp).set(factors.engine.arena.f64(this.wideSums, factors.kp))
  }

  /** H as it stands, before the first iteration. */
  get phase(): Phase {
    return {
      cut: this.terms.columnCut,
      begin: () => this.begin(),
      open: () => this.open(),
      step: block => {
        this.add(block)
        return []
      },
      combine: () => this.combine(),
      end: () => this.end(),
    }
  }
}
