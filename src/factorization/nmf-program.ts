import { allBlocks, type Executor, Inline, type Phase, type Region, type Span } from '../core/program.js'
import type { Program } from '../core/pool.js'
import type { Pace } from '../core/pace.js'
import type { Loaded } from '../core/load.js'
import type { Engine } from '../../bindings/engine.js'
import { type Held, NmfFactors } from './nmf-factors.js'
import { NmfLane, type NmfSum } from './nmf-lane.js'
import { NmfLoss } from './nmf-loss.js'
import type { NmfNetwork } from './nmf-network.js'
import { NmfNewton } from './nmf-newton.js'
import { type NmfSettings, settingsOf } from './nmf-options.js'
import { dataRegions, loadOf, multiplyBeta, multiplyKl, numerators, sideRegion, xht, xtw } from './nmf-rows.js'
import { denominators, listRegions, type NmfSide, updateSquared } from './nmf-sides.js'
import { NmfSummary } from './nmf-summary.js'
import { type NmfTerms, termsOf } from './nmf-terms.js'

// Nothing below this is told from the exact fit by <X,X> - 2<X,WH> + <WH,WH>: it cancels. Relative to <X,X>.
const CANCELS = { f32: 1e-3, f64: 1e-6 }
const DEAD = { f32: 1e-30, f64: 1e-290 } // curvatures the kernel steps over
const RESEED = 0xffff0000 // streams of components that died, above those of restarts

/** An iteration of NMF in two phases: `rows` updates W for the H at hand and sums what the update of H needs of it
 *  (num and den: X'W and W'W, or the numerators and denominators of the multiplicative step); `columns` updates H and
 *  sums what the next iteration and the loss need of that. */
export class NmfProgram implements Program<NmfLane> {
  readonly rows: Phase<NmfLane>
  readonly columns: Phase<NmfLane>
  readonly phases: readonly Phase<NmfLane>[]
  readonly jobs = []
  readonly heap = 0
  readonly spare: number
  readonly summary: NmfSummary
  readonly loss: NmfLoss
  /** T[m*kp], none for Newton steps; T[kp*kp] for the squared loss, T[kp], the sums of W, for Kullback-Leibler, else
   *  T[m*kp]. */
  readonly num: number
  readonly den: number
  /** KKT residual met by the last iteration's sweeps: sum of |projected gradient| over W and H. */
  violation = 0
  /** <WH, WH> as the weights count it, of the last columns' phase. */
  private quadratic = 0
  /** Components that the last iteration found empty and gave new rows of H, as a list. */
  revived = ''
  /** Who runs its phases; by default the calling thread. Iterations on compressed data always do. */
  executor: Executor
  private readonly here: Executor
  private readonly own: NmfLane
  private readonly crossed: Phase<NmfLane>
  private readonly sumsW: number
  private readonly newton: NmfNewton | undefined

  constructor(
    readonly factors: NmfFactors,
    private readonly options: NmfSettings,
    readonly terms: NmfTerms = termsOf(options, factors),
    /** Of the squared loss, on the calling thread. */
    private readonly network?: NmfNetwork,
  ) {
    const { X, kp, size, engine, w, ht } = factors
    const { arena } = engine
    const { rowCut, columnCut, squared, beta } = terms
    this.spare = NmfFactors.spare(X, factors.k) + (options.compress ? NmfFactors.spareForCompression(X, kp) : 0)
    this.summary = new NmfSummary(factors, terms)
    this.loss = new NmfLoss(factors, terms, this.summary)
    this.newton = terms.method === 'newton' ? new NmfNewton(factors, terms) : undefined
    this.num = this.newton ? 0 : arena.alloc(X.columns * kp * size)
    this.den = arena.alloc((beta === 1 ? 1 : squared ? kp : X.columns) * kp * size)
    this.sumsW = arena.alloc(kp * 8)
    this.own = new NmfLane(factors, terms, true)
    this.executor = this.here = new Inline(this.own)
    const sums = this.newton ? (['sums'] as const) : (['num', beta === 1 ? 'sums' : 'den'] as NmfSum[])
    const { lists } = terms.W
    this.rows = {
      name: 'rows',
      cut: rowCut,
      begin: () => this.beginRows(),
      open: (shard, lane) => this.openRows(shard, lane),
      load: loadOf(factors),
      step: (block, lane) => this.stepRows(block, lane),
      combine: (shard, lane) => this.combineRows(shard, lane),
      end: () => this.endRows(),
      travels: {
        data: shard => [...dataRegions(factors, shard), ...listRegions(factors, lists, shard)],
        state: () => [...this.summary.state(), ...(this.newton?.state('W') ?? [])],
        rows: shard => [sideRegion(factors, w, shard)],
        part: (shard, lane) => lane.part(shard, ...sums),
      },
    }
    this.crossed = {
      ...this.rows,
      name: 'cross',
      travels: { ...this.rows.travels, state: () => [] },
      step: (block, lane) => xtw(factors, lane.rowsOf(w, block), this.numOf(lane), this.denOf(lane)),
      end: () => {},
    }
    this.columns = {
      name: 'columns',
      cut: columnCut,
      begin: () => this.beginColumns(),
      open: (shard, lane) => {
        lane.open(ht, shard)
        this.summary.open(lane)
      },
      step: (block, lane) => {
        this.stepColumns(block, lane)
        this.summary.add(block, lane)
      },
      combine: (shard, lane) => {
        lane.commit(ht, shard)
        this.violation += lane.violation
        this.quadratic += lane.loss
        this.summary.combine(lane)
      },
      end: () => this.summary.end(),
      travels: {
        data: shard => [...(this.newton?.columns(shard) ?? []), ...listRegions(factors, terms.H.lists, shard)],
        state: () => [
          ...(squared || beta === 1 ? [this.denRegion] : []),
          ...(terms.H.lists ? [sideRegion(factors, w, { first: 0, count: X.rows })] : []),
          ...(this.newton?.state('H') ?? []),
        ],
        rows: shard => {
          const sides = [ht, ...(this.newton ? [] : [this.num]), ...(squared || beta === 1 ? [] : [this.den])]
          return sides.map(side => sideRegion(factors, side, shard))
        },
        part: (shard, lane) => lane.part(shard, squared ? 'gram' : 'sums'),
      },
    }
    this.phases = [this.rows, this.crossed, this.columns, this.summary.phase, this.loss.phase]
  }

  /** What another thread makes its like from. */
  get spec(): NmfSpec {
    const { X, k, scaleW, scaleH, held } = this.factors
    const { rowCut, columnCut, lossCut } = this.terms
    return { X, k, scaleW, scaleH, held, options: settingsOf(this.options), cuts: { rowCut, columnCut, lossCut } }
  }

  /** For a shard that is done beside others. */
  lane(): NmfLane {
    return new NmfLane(this.factors, this.terms, false)
  }

  async run(phase: Phase<NmfLane>, pace: Pace): Promise<void> {
    const here = this.factors.low || (this.network && phase === this.columns)
    await (here ? this.here : this.executor).run(phase as Phase, pace)
  }

  /** Everything an iteration and the loss need of a new start. */
  async prepare(pace: Pace): Promise<void> {
    await this.run(this.summary.phase, pace)
  }

  /** `multiply`: where steps are Newton's, a multiplicative one of each row and column instead. */
  async iterate(pace: Pace, multiply = false): Promise<void> {
    this.violation = 0
    this.newton?.multiply(multiply)
    await this.run(this.rows, pace)
    await this.run(this.columns, pace)
  }

  /** W scaled by <X, WH> / <WH, WH>: the best multiple of the start (Gillis & Glineur 2012). */
  async scaleStart(pace: Pace): Promise<void> {
    const { factors, terms } = this
    const { call, kp, w, size } = factors
    const { fit, along } = await this.fitOfStart(pace)
    if (!(fit > 0 && along > 0)) return
    for (const { first, count } of allBlocks(terms.rowCut)) {
      await pace.breathe()
      call.scale(along / fit, w + first * kp * size, count * kp)
    }
  }

  // <WH, WH> and <X, WH>; of Kullback-Leibler the sums of WH and of X: either way their quotient is the best multiple.
  private async fitOfStart(pace: Pace): Promise<{ fit: number; along: number }> {
    const { factors, terms, summary, own } = this
    const { call, kp, X, ht, engine } = factors
    if (terms.beta === 1) {
      return { fit: await this.modelSum(pace), along: X.total }
    }
    await this.cross(pace)
    const along = await factors.dot(this.num, ht, X.columns * kp, pace)
    if (!terms.H.lists) return { fit: call.dot(this.den, summary.gram, kp * kp), along }
    own.clear()
    for (const block of allBlocks(terms.columnCut)) {
      await pace.breathe()
      updateSquared(
        factors,
        terms.H,
        { ...block, at: ht + block.first * kp * factors.size },
        {
          method: 'none',
          clip: true,
          sweeps: 0,
          p: this.num + block.first * kp * factors.size,
          gram: this.den,
          tally: own.tally,
          work: own.work,
          speckles: own.speckles,
        },
      )
    }
    const fit = engine.arena.f64(own.tally, 2)[1] ?? 0
    own.clear()
    return { fit, along }
  }

  // The sum of WH over the entries, as they count.
  private async modelSum(pace: Pace): Promise<number> {
    const { factors, terms, summary, own } = this
    const { call, kp, w, size, engine } = factors
    let total = 0
    for (const block of allBlocks(terms.rowCut)) {
      await pace.breathe()
      const [at, count] = [w + block.first * kp * size, block.count]
      if (terms.W.lists) {
        const [sums] = denominators(factors, terms.W, block, summary.sums, own)
        total += call.dot(at, sums, count * kp)
        continue
      }
      own.clear()
      call.columnSums(count, kp, at, kp, own.sums)
      total += engine.kernels.dot_f64(own.sums, summary.wideSums, kp)
    }
    return total
  }

  /** num and den of W and H as they stand. */
  async cross(pace: Pace): Promise<void> {
    await this.run(this.crossed, pace)
  }

  /** Loss of the divided matrix after an iteration, and with the penalties. Free for the squared loss, else a pass. */
  async objective(pace: Pace): Promise<{ loss: number; objective: number }> {
    const loss = (await this.freeLoss(pace)) ?? (await this.evaluate(pace))
    return { loss, objective: loss + (await this.penalties(pace)) }
  }

  /** The objective of a start, by a walk over X. */
  async startObjective(pace: Pace): Promise<number> {
    return (await this.evaluate(pace)) + (await this.penalties(pace))
  }

  private async penalties(pace: Pace): Promise<number> {
    const smoothing = (await this.network?.penalty(this.terms.columnCut, pace)) ?? 0
    return (await this.loss.penalties(pace)) + smoothing
  }

  /** The loss of the divided matrix, by a walk over X. */
  evaluate(pace: Pace): Promise<number> {
    return this.loss.evaluate(this.executor, pace)
  }

  private async freeLoss(pace: Pace): Promise<number | undefined> {
    if (!this.terms.squared) return undefined
    const { call, kp, X, ht } = this.factors
    const along = await this.factors.dot(this.num, ht, X.columns * kp, pace)
    const fit = this.terms.H.lists ? this.quadratic : call.dot(this.den, this.summary.gram, kp * kp)
    const loss = 0.5 * (X.squares - 2 * along + fit)
    return loss > 0.5 * CANCELS[X.precision] * X.squares ? loss : undefined
  }

  // In place the first shard adds to the totals, which are zero; the others leave parts.
  private numOf(lane: NmfLane): number {
    return lane.direct ? this.num : lane.num
  }

  private denOf(lane: NmfLane): number {
    return lane.direct ? this.den : lane.den
  }

  private get denRegion(): Region {
    const { kp, size } = this.factors
    return { at: this.den, bytes: (this.terms.squared ? kp : 1) * kp * size }
  }

  private *beginRows(): Generator<void, void> {
    const { factors, terms, newton } = this
    factors.engine.arena.f64(this.sumsW, factors.kp).fill(0)
    if (newton) return yield* newton.begin('W')
    yield* factors.zeros(this.num, factors.X.columns * factors.kp)
    if (terms.beta !== 1) yield* factors.zeros(this.den, (terms.squared ? factors.kp : factors.X.columns) * factors.kp)
  }

  private *openRows(shard: Span, lane: NmfLane): Generator<void, void> {
    const { factors, terms, newton } = this
    const { kp, X, w } = factors
    lane.open(w, shard)
    if (lane.direct || newton) return
    yield* factors.zeros(lane.num, X.columns * kp)
    if (terms.beta !== 1) yield* factors.zeros(lane.den, (terms.squared ? kp : X.columns) * kp)
  }

  private *stepRows(block: Span, lane: NmfLane): Generator<void, void> {
    const { factors, terms, options, summary, newton } = this
    const { call, kp, X } = factors
    const rows = lane.rowsOf(factors.w, block)
    const [num, den] = [this.numOf(lane), this.denOf(lane)]
    if (terms.squared) {
      yield* xht(factors, rows, lane.p)
      this.solve(
        terms.W,
        { ...rows, at: rows.w },
        lane,
        lane.p,
        summary.gram,
        innerSweeps(options, factors, X.rows, X.columns),
      )
      return yield* xtw(factors, rows, num, den)
    }
    if (terms.beta !== 1) return multiplyBeta(factors, rows, terms, num, den, lane.work, lane)
    if (newton) newton.step('W', rows, lane, summary.sums)
    else yield* multiplyKl(factors, rows, terms, summary.sums, num, lane)
    call.columnSums(rows.count, kp, rows.w, kp, lane.sums)
  }

  private *combineRows(shard: Span, lane: NmfLane): Generator<void, void> {
    const { factors, terms, newton } = this
    const { kp, X, engine, w } = factors
    lane.commit(w, shard)
    this.violation += lane.violation
    if (terms.beta === 1) engine.kernels.axpy_f64(1, lane.sums, this.sumsW, kp)
    if (lane.direct || newton) return
    yield* factors.add(lane.num, this.num, X.columns * kp)
    if (terms.beta !== 1) yield* factors.add(lane.den, this.den, (terms.squared ? kp : X.columns) * kp)
  }

  private *endRows(): Generator<void, void> {
    const { factors, terms } = this
    const { kp, engine } = factors
    if (terms.beta === 1) factors.view(this.den, kp).set(engine.arena.f64(this.sumsW, kp))
    if (terms.method !== 'mu' && terms.method !== 'als') yield* this.revive()
  }

  private *beginColumns(): Generator<void, void> {
    this.quadratic = 0
    this.summary.begin()
    if (this.newton) yield* this.newton.begin('H')
    if (this.network) yield* this.network.pull(this.terms.columnCut)
  }

  private stepColumns(block: Span, lane: NmfLane): void {
    const { factors, terms, options, newton, network } = this
    const { call, k, kp, size, X, ht } = factors
    const { l1, l2, held } = terms.H
    const { first, count, w: at } = lane.rowsOf(ht, block)
    const offset = first * kp * size
    if (terms.squared) {
      const own = numerators(factors, block, this.num)
      const p = network ? network.numerators(block, own) : own
      const side = network ? { ...terms.H, l2: l2 + network.ridge } : terms.H
      this.solve(side, { first, count, at }, lane, p, this.den, innerSweeps(options, factors, X.columns, X.rows))
    } else if (newton) newton.step('H', { first, count, w: at }, lane, this.den)
    else {
      const own =
        terms.beta === 1 ? denominators(factors, terms.H, block, this.den, lane) : ([this.den + offset, 1] as const)
      call.ratioRows(count, k, kp, terms.gamma, l1, l2, ...held, at, this.num + offset, ...own)
    }
  }

  private solve(
    side: NmfSide,
    rows: Span & { readonly at: number },
    { tally, work, speckles }: NmfLane,
    p: number,
    gram: number,
    sweeps: number,
  ): void {
    const { method, clip } = this.terms
    if (method !== 'newton')
      updateSquared(this.factors, side, rows, { method, clip, sweeps, p, gram, tally, work, speckles })
  }

  // A component whose column of W is zero adds nothing: give it a random row of H, so the next sweep over W can use it
  // where the residual lets it. The objective does not change by it, but for a penalty on H.
  private *revive(): Generator<void, void> {
    const { factors, options, terms } = this
    const { k, kp, ht, call, X } = factors
    this.revived = ''
    const { l1, l2, held } = terms.H
    if (l1 > 0 || l2 > 0 || this.network || X.mean === 0) return
    const [sizes, step] = terms.squared ? [factors.view(this.den, kp * kp), kp + 1] : [factors.view(this.den, kp), 1]
    const dead = Array.from({ length: k }, (_, q) => q).filter(
      q => !((sizes[q * step] ?? 0) > DEAD[X.precision]) && !(q >= held[0] && q < held[1]),
    )
    this.revived = dead.join()
    const level = Math.sqrt(X.mean / k)
    const block = (192 * kp) / factors.size // values that fit into `work`
    for (const q of dead) {
      for (let j = 0; j < X.columns; j += block) {
        const count = Math.min(block, X.columns - j)
        factors.normals(options.seed, RESEED + q, j, this.own.work, count)
        call.absolute(this.own.work, count)
        call.unpad(count, 1, 1, level, this.own.work, ht + (j * kp + q) * factors.size, kp, 1)
        yield
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

/** What another thread makes its program from. */
export interface NmfSpec {
  readonly X: Loaded
  readonly k: number
  readonly held: Held
  readonly scaleW: number
  readonly scaleH: number
  readonly options: NmfSettings
  readonly cuts: Pick<NmfTerms, 'rowCut' | 'columnCut' | 'lossCut'>
}

export function nmfProgram(engine: Engine, { X, k, scaleW, scaleH, held, options, cuts }: NmfSpec): NmfProgram {
  const factors = new NmfFactors(engine, X, k)
  factors.held = held
  factors.scaleW = scaleW
  factors.scaleH = scaleH
  return new NmfProgram(factors, options, { ...termsOf(options, factors), ...cuts })
}
