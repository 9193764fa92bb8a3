import type { Executor, Phase, Span } from '../core/program.js'
import type { Pace } from '../core/pace.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfLane } from './nmf-lane.js'
import { dataRegions, loadOf, place, rowsOf, sideRegion } from './nmf-rows.js'
import type { NmfSummary } from './nmf-summary.js'
import type { NmfTerms } from './nmf-terms.js'

const CHUNK = 1 << 18

/** The divergence of X from WH by a walk over X (over the stored entries only for Kullback-Leibler), and the penalties. */
export class NmfLoss {
  readonly phase: Phase<NmfLane>
  private total = 0

  /** `summary` is of H as it stands. */
  constructor(
    private readonly factors: NmfFactors,
    private readonly terms: NmfTerms,
    private readonly summary: NmfSummary,
  ) {
    this.phase = {
      name: 'loss',
      cut: terms.lossCut,
      begin: () => void (this.total = 0),
      open: (_, lane) => lane.clear(),
      load: loadOf(factors),
      step: (block, lane) => this.step(block, lane),
      combine: (_, { loss }) => void (this.total += loss),
      end: () => {},
      travels: {
        data: shard => dataRegions(factors, shard),
        state: () => summary.state(),
        rows: shard => [sideRegion(factors, factors.w, shard)],
        part: (_, lane) => lane.part({ first: 0, count: 0 }),
      },
    }
  }

  async evaluate(executor: Executor, pace: Pace): Promise<number> {
    await executor.run(this.phase, pace)
    return Math.max(0, this.total) // at an exact fit rounding may leave it below
  }

  /** l1 |W|_1 + l2 |W|^2 / 2 and the same of H. */
  async penalties(pace: Pace): Promise<number> {
    const { factors, terms } = this
    const { w, ht, X } = factors
    const onW = await this.penalty(w, X.rows, terms.l1W, terms.l2W, pace)
    return onW + (await this.penalty(ht, X.columns, terms.l1H, terms.l2H, pace))
  }

  private *step(block: Span, lane: NmfLane): Generator<void, void> {
    const { factors, terms } = this
    const { call, X, kp, ht, engine, size } = factors
    const rows = rowsOf(factors, block)
    const { count, w } = rows
    for (const slice of X.slices) {
      const { x, indptr } = place(factors, rows, slice)
      const h = ht + slice.first * kp * size
      lane.lose(call.betaLoss(count, slice.columns, kp, terms.beta, indptr, X.indices, x, X.ld, w, h))
      yield
    }
    if (terms.beta !== 1) return
    // The kernel leaves the sum of (WH)_ij to this: column sums of W times row sums of H.
    engine.arena.f64(lane.sums, kp).fill(0)
    call.columnSums(count, kp, w, kp, lane.sums)
    lane.lose(engine.kernels.dot_f64(lane.sums, this.summary.wideSums, kp))
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
