import { allBlocks, type Phase, runPhases, shardsOf, type Span } from '../core/program.js'
import type { Pace } from '../core/run.js'
import type { NmfFactors } from './nmf-factors.js'
import { NmfLoss } from './nmf-loss.js'
import type { NmfSettings } from './nmf-options.js'
import { multiplyBeta, multiplyKl, multiplySquared, numerators, rowsOf, xht, xtw } from './nmf-rows.js'
import { NmfSummary } from './nmf-summary.js'
import { type NmfTerms, termsOf } from './nmf-terms.js'

// Nothing below this is told from the exact fit by <X,X> - 2<X,WH> + <WH,WH>: it cancels. Relative to <X,X>.
const CANCELS = { f32: 1e-3, f64: 1e-6 }
const DEAD = { f32: 1e-30, f64: 1e-290 } // curvatures the kernel steps over
const RESEED = 0xffff0000 // streams of components that died, above those of restarts
const INNER_TOLERANCE = 0.1 // of the first sweep's step (Gillis & Glineur 2012)

/** An iteration of NMF in two phases: `rows` updates W for the H at hand and sums what the update of H needs of it
 *  (num and den: X'W and W'W, or the numerators and denominators of the multiplicative step); `columns` updates H and
 *  sums what the next iteration and the loss need of that. */
export class NmfProgram {
  readonly rows: Phase
  readonly columns: Phase
  readonly summary: NmfSummary
  readonly loss: NmfLoss
  /** T[m*kp], and T[kp*kp] for the squared loss, T[m*kp] for others. */
  readonly num: number
  readonly den: number
  /** KKT residual met by the last iteration's sweeps: sum of |projected gradient| over W and H. */
  violation = 0
  /** Components that the last iteration found empty and gave new rows of H, as a list. */
  revived = ''
  private readonly partNum: number
  private readonly partDen: number
  private readonly sumsW: number
  private readonly partSums: number
  private readonly p: number
  private readonly work: number
  private partViolation = 0
  private toNum = 0
  private toDen = 0

  constructor(
    readonly factors: NmfFactors,
    private readonly options: NmfSettings,
    readonly terms: NmfTerms = termsOf(options, factors),
  ) {
    const { X, kp, size, engine } = factors
    const { arena } = engine
    const { rowCut, columnCut, squared, hals } = terms
    this.summary = new NmfSummary(factors, terms)
    this.loss = new NmfLoss(factors, terms, this.summary)
    const width = squared ? kp : X.columns
    this.num = arena.alloc(X.columns * kp * size)
    this.den = arena.alloc(width * kp * size)
    this.partNum = shardsOf(rowCut) > 1 ? arena.alloc(X.columns * kp * size) : 0
    this.partDen = shardsOf(rowCut) > 1 ? arena.alloc(width * kp * size) : 0
    this.sumsW = arena.alloc(kp * 8)
    this.partSums = arena.alloc(kp * 8)
    this.p = squared ? arena.alloc(rowCut.block * kp * size) : 0
    const height = hals ? 0 : squared ? Math.max(rowCut.block, columnCut.block) : Math.max(2, rowCut.block)
    this.work = arena.alloc(Math.max(192 * kp + 8, height * kp * size))
    this.rows = {
      cut: rowCut,
      begin: () => this.beginRows(),
      open: shard => this.openRows(shard),
      step: block => this.stepRows(block),
      combine: shard => this.combineRows(shard),
      end: () => this.endRows(),
    }
    this.columns = {
      cut: columnCut,
      begin: () => this.summary.begin(),
      open: () => {
        this.partViolation = 0
        this.summary.open()
      },
      step: block => {
        this.stepColumns(block)
        this.summary.add(block)
        return []
      },
      combine: () => {
        this.violation += this.partViolation
        this.summary.combine()
      },
      end: () => this.summary.end(),
    }
  }

  /** Everything an iteration and the loss need of a new start. */
  async prepare(pace: Pace): Promise<void> {
    await runPhases([this.summary.phase], pace)
  }

  async iterate(pace: Pace): Promise<void> {
    this.violation = 0
    await runPhases([this.rows, this.columns], pace)
  }

  /** W scaled by <X, WH> / <WH, WH>: the best multiple of the start (Gillis & Glineur 2012). */
  async scaleStart(pace: Pace): Promise<void> {
    const { factors, terms, summary } = this
    const { call, kp, X, w, ht, size } = factors
    await this.cross(pace)
    const fit = call.dot(this.den, summary.gram, kp * kp)
    const along = await factors.dot(this.num, ht, X.columns * kp, pace)
    if (!(fit > 0 && along > 0)) return
    for (const { first, count } of allBlocks(terms.rowCut)) {
      await pace.breathe()
      call.scale(along / fit, w + first * kp * size, count * kp)
    }
  }

  /** num and den of W and H as they stand. */
  async cross(pace: Pace): Promise<void> {
    const step = (block: Span): Iterable<void> => xtw(this.factors, rowsOf(this.factors, block), this.toNum, this.toDen)
    await runPhases([{ ...this.rows, step, end: () => {} }], pace)
  }

  /** Loss of the divided matrix after an iteration, and with the penalties. Free for the squared loss, else a pass. */
  async objective(pace: Pace): Promise<{ loss: number; objective: number }> {
    const loss = (await this.freeLoss(pace)) ?? (await this.loss.evaluate(pace))
    return { loss, objective: loss + (await this.loss.penalties(pace)) }
  }

  /** The objective of a start, by a walk over X. */
  async startObjective(pace: Pace): Promise<number> {
    return (await this.loss.evaluate(pace)) + (await this.loss.penalties(pace))
  }

  private async freeLoss(pace: Pace): Promise<number | undefined> {
    if (!this.terms.squared) return undefined
    const { call, kp, X, ht } = this.factors
    const along = await this.factors.dot(this.num, ht, X.columns * kp, pace)
    const loss = 0.5 * (X.squares - 2 * along + call.dot(this.den, this.summary.gram, kp * kp))
    return loss > 0.5 * CANCELS[X.precision] * X.squares ? loss : undefined
  }

  private beginRows(): void {
    const { factors, terms } = this
    factors.zero(this.num, factors.X.columns * factors.kp)
    if (terms.beta !== 1) factors.zero(this.den, (terms.squared ? factors.kp : factors.X.columns) * factors.kp)
    factors.engine.arena.f64(this.sumsW, factors.kp).fill(0)
  }

  // The first shard adds to the totals, which are zero; the others leave parts.
  private openRows(shard: number): void {
    const { factors, terms } = this
    const { kp, X, engine } = factors
    this.partViolation = 0
    engine.arena.f64(this.partSums, kp).fill(0)
    this.toNum = shard === 0 ? this.num : this.partNum
    this.toDen = shard === 0 ? this.den : this.partDen
    if (shard === 0) return
    factors.zero(this.partNum, X.columns * kp)
    if (terms.beta !== 1) factors.zero(this.partDen, (terms.squared ? kp : X.columns) * kp)
  }

  private *stepRows(block: Span): Generator<void, void> {
    const { factors, terms, options, summary } = this
    const { call, k, kp, X } = factors
    const rows = rowsOf(factors, block)
    if (!terms.squared) {
      if (terms.beta !== 1) return multiplyBeta(factors, rows, terms, this.toNum, this.toDen, this.work)
      yield* multiplyKl(factors, rows, terms, summary.sums, this.toNum, this.work)
      call.columnSums(rows.count, kp, rows.w, kp, this.partSums)
      return
    }
    const { l1W, l2W } = terms
    yield* xht(factors, rows, this.p)
    if (terms.hals) {
      const sweeps = innerSweeps(options, factors, X.rows, X.columns)
      const { p, work } = this
      const { gram } = summary
      this.partViolation += call.hals(rows.count, k, kp, rows.w, p, gram, l1W, l2W, sweeps, INNER_TOLERANCE, work)
    } else {
      multiplySquared(factors, rows.w, rows.count, this.p, summary.gram, l1W, l2W, this.work)
    }
    yield* xtw(factors, rows, this.toNum, this.toDen)
  }

  private combineRows(shard: number): void {
    const { factors, terms } = this
    const { call, kp, X, engine } = factors
    this.violation += this.partViolation
    if (terms.beta === 1) engine.kernels.axpy_f64(1, this.partSums, this.sumsW, kp)
    if (shard === 0) return
    call.axpy(1, this.partNum, this.num, X.columns * kp)
    if (terms.beta !== 1) call.axpy(1, this.partDen, this.den, (terms.squared ? kp : X.columns) * kp)
  }

  private endRows(): void {
    const { factors, terms } = this
    const { call, kp, X, engine } = factors
    if (terms.beta === 1) {
      // The denominator of every column: the sums of W.
      factors.view(this.work, kp).set(engine.arena.f64(this.sumsW, kp))
      call.fillRows(X.columns, kp, this.work, this.den)
    }
    if (terms.hals) this.revive()
  }

  private stepColumns({ first, count }: Span): void {
    const { factors, terms, options } = this
    const { call, k, kp, size, X, ht } = factors
    const { l1H, l2H } = terms
    const offset = first * kp * size
    if (!terms.squared) {
      call.ratio(count * kp, terms.gamma, l1H, l2H, ht + offset, this.num + offset, this.den + offset)
    } else if (terms.hals) {
      const sweeps = innerSweeps(options, factors, X.columns, X.rows)
      const { den, work } = this
      const p = numerators(factors, { first, count }, this.num)
      this.partViolation += call.hals(count, k, kp, ht + offset, p, den, l1H, l2H, sweeps, INNER_TOLERANCE, work)
    } else {
      multiplySquared(factors, ht + offset, count, this.num + offset, this.den, l1H, l2H, this.work)
    }
  }

  // A component whose column of W is zero adds nothing: give it a random row of H, so the next sweep over W can use it
  // where the residual lets it. The objective does not change by it, but for a penalty on H.
  private revive(): void {
    const { factors, options, terms } = this
    const { k, kp, ht, call, X } = factors
    this.revived = ''
    if (terms.l1H > 0 || terms.l2H > 0 || X.mean === 0) return
    const gram = factors.view(this.den, kp * kp)
    const dead = Array.from({ length: k }, (_, q) => q).filter(q => !((gram[q * kp + q] ?? 0) > DEAD[X.precision]))
    this.revived = dead.join()
    const level = Math.sqrt(X.mean / k)
    const block = (192 * kp) / factors.size // values that fit into `work`
    for (const q of dead) {
      for (let j = 0; j < X.columns; j += block) {
        const count = Math.min(block, X.columns - j)
        factors.normals(options.seed, RESEED + q, j, this.work, count)
        call.absolute(this.work, count)
        call.unpad(count, 1, 1, level, this.work, ht + (j * kp + q) * factors.size, kp, 1)
      }
    }
  }
}

// Sweeps over one side at most: about as much work as the products that its P cost (Gillis & Glineur 2012).
function innerSweeps({ innerIter, nComponents: k }: NmfSettings, { X, low }: NmfFactors, side: number, other: number) {
  if (innerIter !== null) return innerIter
  const stored = low ? low.l * (side + other) : X.stored
  return Math.floor(1 + 0.5 * (1 + (stored + other * k) / (side * k + side)))
}
