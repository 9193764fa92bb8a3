import { allBlocks, Inline } from '../core/program.js'
import type { Pace } from '../core/pace.js'
import type { NmfFactors } from './nmf-factors.js'
import { NmfLane } from './nmf-lane.js'
import { NmfLoss } from './nmf-loss.js'
import type { NmfSettings } from './nmf-options.js'
import { NmfNewton } from './nmf-newton.js'
import { multiplyBeta, multiplyKl, type NmfRows, rowsOf, xht } from './nmf-rows.js'
import { updateSquared } from './nmf-sides.js'
import { NmfSummary } from './nmf-summary.js'
import { type NmfTerms, termsOf } from './nmf-terms.js'

const PIVOTED = 64 // rows solved between two breaths
const SWEEPS = 8 // a call: a row that will not settle does not hold up the event loop

/** How far a transform has come. */
export interface NmfProgress {
  readonly rows: number
  readonly of: number
}

/** W for rows of X with H held: least squares by sweeps until each row settles or, where rows have weights, by pivoting;
 *  Newton passes until each row settles; else maxIter multiplicative steps. A row's result does not depend on others. */
export class NmfProjection {
  readonly terms: NmfTerms
  readonly summary: NmfSummary
  private readonly loss: NmfLoss
  private readonly work: number
  private readonly done: number
  private readonly lane: NmfLane
  private readonly here: Inline<NmfLane>
  private readonly newton: NmfNewton | undefined

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
    this.newton = this.terms.method === 'newton' ? new NmfNewton(factors, this.terms) : undefined
    this.here = new Inline(this.lane)
  }

  /** The loss of the divided matrix, by a walk over X. */
  evaluate(pace: Pace): Promise<number> {
    return this.loss.evaluate(this.here, pace)
  }

  async solve(pace: Pace, onProgress?: (progress: NmfProgress) => void): Promise<void> {
    const { factors, terms } = this
    await this.here.run(this.summary.phase, pace)
    const byRows = terms.squared && terms.method !== 'mu'
    if (!byRows) await factors.rowStart(pace)
    for (const _ of this.newton?.begin('W') ?? []) await pace.breathe()
    for (const block of allBlocks(terms.rowCut)) {
      await pace.breathe()
      const rows = rowsOf(factors, block)
      if (terms.squared) for (const _ of xht(factors, rows, this.lane.p)) await pace.breathe()
      if (this.newton) await this.step(this.newton, rows, pace)
      else if (!byRows) await this.multiply(rows, pace)
      else if (terms.method === 'hals' && !terms.W.lists) await this.settle(rows, pace)
      else await this.pivot(rows, pace)
      onProgress?.({ rows: block.first + block.count, of: factors.X.rows })
    }
  }

  private async settle({ count, w }: NmfRows, pace: Pace): Promise<void> {
    const { factors, terms, options, summary, done, work } = this
    const { p } = this.lane
    const { call, k, kp, engine } = factors
    const { l1, l2 } = terms.W
    const { gram } = summary
    engine.arena.i32(done, count).fill(0)
    for (let left = options.maxIter; left > 0; left -= SWEEPS) {
      await pace.breathe()
      const sweeps = Math.min(SWEEPS, left)
      if (call.project(count, k, kp, w, p, gram, l1, l2, sweeps, options.tol, done, work) === 0) return
    }
  }

  private async pivot(rows: NmfRows, pace: Pace): Promise<void> {
    const { factors, terms, summary, lane } = this
    const { kp, size } = factors
    const method = terms.method === 'als' ? 'als' : 'bpp'
    for (let r = 0; r < rows.count; r += PIVOTED) {
      await pace.breathe()
      const [first, count, o] = [rows.first + r, Math.min(PIVOTED, rows.count - r), r * kp * size]
      updateSquared(
        factors,
        terms.W,
        { first, count, at: rows.w + o },
        {
          method,
          clip: terms.clip,
          sweeps: 0,
          p: lane.p + o,
          gram: summary.gram,
          tally: lane.tally,
          work: lane.work,
          speckles: lane.speckles,
        },
      )
    }
  }

  private async step(newton: NmfNewton, rows: NmfRows, pace: Pace): Promise<void> {
    const { factors, options, summary, lane } = this
    const step = Math.max(1, Math.floor((rows.count * SWEEPS) / options.maxIter))
    for (let r = 0; r < rows.count; r += step) {
      await pace.breathe()
      const [first, count] = [rows.first + r, Math.min(step, rows.count - r)]
      newton.pass('W', rowsOf(factors, { first, count }), lane, summary.sums, options.maxIter, options.tol)
    }
  }

  private async multiply(rows: NmfRows, pace: Pace): Promise<void> {
    const { factors, terms, options, summary, lane, work } = this
    for (let iter = 0; iter < options.maxIter; iter++) {
      await pace.breathe()
      if (terms.squared) {
        updateSquared(
          factors,
          terms.W,
          { ...rows, at: rows.w },
          {
            method: 'mu',
            clip: true,
            sweeps: 0,
            p: lane.p,
            gram: summary.gram,
            tally: lane.tally,
            work: terms.W.lists ? lane.work : work,
            speckles: lane.speckles,
          },
        )
      } else if (terms.beta === 1)
        for (const _ of multiplyKl(factors, rows, terms, summary.sums, 0, {
          work,
          own: lane.own,
          speckles: lane.speckles,
        }))
          await pace.breathe()
      else multiplyBeta(factors, rows, terms, 0, 0, work, lane)
    }
  }
}
