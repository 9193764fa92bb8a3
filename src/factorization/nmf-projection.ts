import { allBlocks, Inline } from '../core/program.js'
import type { Pace } from '../core/pace.js'
import type { NmfFactors } from './nmf-factors.js'
import { NmfLane } from './nmf-lane.js'
import { NmfLoss } from './nmf-loss.js'
import type { NmfSettings } from './nmf-options.js'
import { multiplyBeta, multiplyKl, multiplySquared, type NmfRows, rowsOf, xht } from './nmf-rows.js'
import { NmfSummary } from './nmf-summary.js'
import { type NmfTerms, termsOf } from './nmf-terms.js'

const SWEEPS = 8 // a call: a row that will not settle does not hold up the event loop

/** How far a transform has come. */
export interface NmfProgress {
  readonly rows: number
  readonly of: number
}

/** W for rows of X with H held: least squares by sweeps until each row settles, other losses by maxIter multiplicative
 *  steps. A row's result does not depend on the other rows. */
export class NmfProjection {
  readonly terms: NmfTerms
  readonly summary: NmfSummary
  private readonly loss: NmfLoss
  private readonly work: number
  private readonly done: number
  private readonly lane: NmfLane
  private readonly here: Inline<NmfLane>

  constructor(
    private readonly factors: NmfFactors,
    private readonly options: NmfSettings,
  ) {
    const { kp, size, engine } = factors
    const { arena } = engine
    this.terms = termsOf(options, factors)
    const height = this.terms.rowCut.block
    this.summary = new NmfSummary(factors, this.terms)
    this.loss = new NmfLoss(factors, this.terms, this.summary)
    this.work = arena.alloc(Math.max(288 * kp + 96, height * kp * size))
    this.done = arena.alloc(height * 4)
    this.lane = new NmfLane(factors, this.terms, true, false)
    this.here = new Inline(this.lane)
  }

  /** The loss of the divided matrix, by a walk over X. */
  evaluate(pace: Pace): Promise<number> {
    return this.loss.evaluate(this.here, pace)
  }

  async solve(pace: Pace, onProgress?: (progress: NmfProgress) => void): Promise<void> {
    const { factors, terms } = this
    await this.here.run(this.summary.phase, pace)
    if (!terms.hals) await factors.rowStart(pace)
    for (const block of allBlocks(terms.rowCut)) {
      await pace.breathe()
      const rows = rowsOf(factors, block)
      if (terms.squared) for (const _ of xht(factors, rows, this.lane.p)) await pace.breathe()
      if (terms.hals) await this.settle(rows, pace)
      else await this.multiply(rows, pace)
      onProgress?.({ rows: block.first + block.count, of: factors.X.rows })
    }
  }

  private async settle({ count, w }: NmfRows, pace: Pace): Promise<void> {
    const { factors, terms, options, summary, done, work } = this
    const { p } = this.lane
    const { call, k, kp, engine } = factors
    const { l1W, l2W } = terms
    const { gram } = summary
    engine.arena.i32(done, count).fill(0)
    for (let left = options.maxIter; left > 0; left -= SWEEPS) {
      await pace.breathe()
      const sweeps = Math.min(SWEEPS, left)
      if (call.project(count, k, kp, w, p, gram, l1W, l2W, sweeps, options.tol, done, work) === 0) return
    }
  }

  private async multiply(rows: NmfRows, pace: Pace): Promise<void> {
    const { factors, terms, options, summary, work } = this
    const { l1W, l2W } = terms
    for (let iter = 0; iter < options.maxIter; iter++) {
      await pace.breathe()
      if (terms.squared) multiplySquared(factors, rows.w, rows.count, this.lane.p, summary.gram, l1W, l2W, work)
      else if (terms.beta === 1)
        for (const _ of multiplyKl(factors, rows, terms, summary.sums, 0, work)) await pace.breathe()
      else multiplyBeta(factors, rows, terms, 0, 0, work)
    }
  }
}
