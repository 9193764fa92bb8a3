import { type Phase, runPhases, type Span } from '../core/program.js'
import type { Pace } from '../core/run.js'
import type { NmfFactors } from './nmf-factors.js'
import { place, rowsOf } from './nmf-rows.js'
import type { NmfSummary } from './nmf-summary.js'
import type { NmfTerms } from './nmf-terms.js'

const CHUNK = 1 << 18

/** The divergence of X from WH by a walk over X (over the stored entries only for Kullback-Leibler), and the penalties. */
export class NmfLoss {
  private total = 0
  private part = 0
  private readonly sums: number

  /** `summary` is of H as it stands. */
  constructor(
    private readonly factors: NmfFactors,
    private readonly terms: NmfTerms,
    private readonly summary: NmfSummary,
  ) {
    this.sums = factors.engine.arena.alloc(factors.kp * 8)
  }

  get phase(): Phase {
    return {
      cut: this.terms.lossCut,
      begin: () => (this.total = 0),
      open: () => (this.part = 0),
      step: block => this.step(block),
      combine: () => (this.total += this.part),
      end: () => {},
    }
  }

  async evaluate(pace: Pace): Promise<number> {
    await runPhases([this.phase], pace)
    return Math.max(0, this.total) // at an exact fit rounding may leave it below
  }

  /** l1 |W|_1 + l2 |W|^2 / 2 and the same of H. */
  async penalties(pace: Pace): Promise<number> {
    const { factors, terms } = this
    const { w, ht, X } = factors
    const onW = await this.penalty(w, X.rows, terms.l1W, terms.l2W, pace)
    return onW + (await this.penalty(ht, X.columns, terms.l1H, terms.l2H, pace))
  }

  private *step(block: Span): Generator<void, void> {
    const { factors, terms } = this
    const { call, X, kp, ht, engine, size } = factors
    const rows = rowsOf(factors, block)
    const { count, w } = rows
    for (const slice of X.slices) {
      const { x, indptr } = place(factors, rows, slice)
      const h = ht + slice.first * kp * size
      this.part += call.betaLoss(count, slice.columns, kp, terms.beta, indptr, X.indices, x, X.ld, w, h)
      yield
    }
    if (terms.beta !== 1) return
    // The kernel leaves the sum of (WH)_ij to this: column sums of W times row sums of H.
    engine.arena.f64(this.sums, kp).fill(0)
    call.columnSums(count, kp, w, kp, this.sums)
    this.part += engine.kernels.dot_f64(this.sums, this.summary.wideSums, kp)
  }

  private async penalty(a: number, rows: number, l1: number, l2: number, pace: Pace): Promise<number> {
    const { call, kp, size } = this.factors
    let total = 0
    if (l1 === 0 && l2 === 0) return total
    for (let first = 0; first < rows * kp; first += CHUNK) {
      await pace.breathe()
      const [at, count] = [a + first * size, Math.min(CHUNK, rows * kp - first)]
      total += l1 * call.sum(at, count) + 0.5 * l2 * call.dot(at, at, count)
    }
    return total
  }
}
