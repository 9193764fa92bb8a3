import type { Lists, Slice } from '../core/load.js'
import type { Executor, Phase, Span } from '../core/program.js'
import type { Pace } from '../core/pace.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfLane } from './nmf-lane.js'
import { dataRegions, loadOf, type NmfRows, place, rowsOf, sideRegion } from './nmf-rows.js'
import { denominators, listed, listRegions } from './nmf-sides.js'
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
        data: shard => [...dataRegions(factors, shard), ...listRegions(factors, terms.W.lists, shard)],
        state: () => summary.state(),
        rows: shard => [sideRegion(factors, factors.w, shard)],
        part: (_, lane) => lane.part({ first: 0, count: 0 }),
      },
    }
  }

  async evaluate(executor: Executor, pace: Pace): Promise<number> {
    await executor.run(this.phase, pace)
    const { weights } = this.factors.X
    const left = this.terms.beta === 1 && weights ? weights.entropy : 0
    return Math.max(0, this.total - left) // at an exact fit rounding may leave it below
  }

  /** l1 |W|_1 + l2 |W|^2 / 2 and the same of H. */
  async penalties(pace: Pace): Promise<number> {
    const { factors, terms } = this
    const { w, ht, X } = factors
    const onW = await this.penalty(w, X.rows, terms.W.l1, terms.W.l2, pace)
    return onW + (await this.penalty(ht, X.columns, terms.H.l1, terms.H.l2, pace))
  }

  private *step(block: Span, lane: NmfLane): Generator<void, void> {
    const { factors, terms } = this
    const { call, X, kp, ht, engine, size } = factors
    const rows = rowsOf(factors, block)
    const { count, w } = rows
    if (terms.W.lists && terms.beta !== 1) return yield* this.listed(rows, terms.W.lists, lane)
    for (const slice of X.slices) {
      const { x, indptr } = place(factors, rows, slice)
      const h = ht + slice.first * kp * size
      lane.lose(call.betaLoss(count, slice.columns, kp, terms.beta, indptr, X.indices, x, X.ld, 0, 0, w, h))
      yield
    }
    if (terms.beta !== 1) return
    // The kernel leaves the sum of (WH)_ij to this: column sums of W times row sums of H, or rows of W times their own.
    if (terms.W.lists) {
      const [sums] = denominators(factors, terms.W, rows, this.summary.sums, lane)
      return lane.lose(call.dot(w, sums, count * kp))
    }
    engine.arena.f64(lane.sums, kp).fill(0)
    call.columnSums(count, kp, w, kp, lane.sums)
    lane.lose(engine.kernels.dot_f64(lane.sums, this.summary.wideSums, kp))
  }

  /** The loss of these rows where entries do not count alike. */
  private *listed(rows: NmfRows, lists: Lists, lane: NmfLane): Generator<void, void> {
    const { factors, terms } = this
    const { call, X, kp, ht } = factors
    const [slice] = X.slices as [Slice]
    for (const { first, count, indptr, indices, weights } of listed(factors, lists, terms.W, rows, lane.speckles)) {
      const { w } = rowsOf(factors, { first, count })
      const { x, indptr: own } = place(factors, { first, count, w }, slice)
      const numbers = [own, X.indices, x, X.ld] as const
      if (X.weights?.base === 0) lane.lose(call.listedLoss(count, kp, terms.beta, own, X.indices, weights, x, w, ht))
      else if (terms.squared)
        lane.lose(call.weightedSquares(count, X.columns, kp, indptr, indices, weights, ...numbers, w, ht))
      else lane.lose(call.betaLoss(count, X.columns, kp, terms.beta, ...numbers, indptr, indices, w, ht))
      yield
    }
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
