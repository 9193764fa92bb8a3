import type { Engine } from '../../bindings/engine.js'
import { typed, type TypedKernels } from '../../bindings/typed.js'
import type { FloatArray } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import type { Program } from '../core/pool.js'
import { type Cut, cutRows, type Executor, Inline, type Phase, type Region, type Span } from '../core/program.js'
import { type Ratings, sideRegions } from './ratings-load.js'

/** What another thread makes its program from. `kind` says what a row is solved for (assembly/kernels/ratings.ts):
 *  `draws` are of `explicit` ones with a Gaussian prior. */
export interface RatingsSpec {
  readonly ratings: Ratings
  readonly k: number
  readonly kind: 'explicit' | 'implicit' | 'draws'
  readonly lambda: number
  readonly power: number
  /** Of conjugate gradients at most; 0 for Cholesky factors. */
  readonly steps: number
  readonly seed: number
}

/** Which factor a phase sets. */
export type Which = 0 | 1

/** Two factors, W T[n*kp] of users and H T[m*kp] of items, each set row by row with the other held: a phase for either,
 *  whose steps read the other factor as state. With it go what rows of a factor share: G0 T[kp*kp] and b0 T[kp] of the
 *  normal equations. Phases leave WW' (of what is not explicit), what the ratings leave and the penalty. */
export class RatingsProgram implements Program<RatingsLane> {
  readonly phases: readonly Phase<RatingsLane>[]
  readonly jobs = []
  readonly heap = 0
  readonly spare = 1 << 16
  readonly call: TypedKernels
  readonly size: 4 | 8
  readonly kp: number
  /** W and H; of each: the Gram matrix T[kp*kp] and sums f64[k] of its rows, G0 and b0 that its rows are solved with. */
  readonly factors: readonly [number, number]
  readonly grams: readonly [number, number]
  readonly sums: readonly [number, number]
  readonly g0: readonly [number, number]
  readonly b0: readonly [number, number]
  /** f64[2]: stream and scale of the noise. */
  readonly noise: number
  readonly cuts: readonly [Cut, Cut]
  executor: Executor
  /** Of the last phase of either: what the ratings leave, half its squares, and the penalty of the factor. */
  readonly left: [number, number] = [0, 0]
  readonly penalty: [number, number] = [0, 0]
  private readonly solving: readonly [Phase<RatingsLane>, Phase<RatingsLane>]
  private readonly summing: readonly [Phase<RatingsLane>, Phase<RatingsLane>]

  constructor(
    readonly engine: Engine,
    readonly spec: RatingsSpec,
  ) {
    const { ratings, k, kind, steps } = spec
    const { arena } = engine
    this.call = typed(engine.kernels, ratings.precision)
    const size = (this.size = ratings.precision === 'f32' ? 4 : 8)
    const kp = (this.kp = Math.ceil(k / 4) * 4)
    const both = (bytes: (which: Which) => number): [number, number] => [arena.alloc(bytes(0)), arena.alloc(bytes(1))]
    this.factors = both(which => ratings.sides[which].rows * kp * size)
    this.grams = both(() => kp * kp * size)
    this.sums = both(() => kp * 8)
    this.g0 = both(() => kp * kp * size)
    this.b0 = both(() => kp * size)
    this.noise = arena.alloc(16)
    const cutOf = ({ rows }: { readonly rows: number }): Cut => {
      const each = ratings.stored / rows
      const work = steps > 0 ? steps * (4 * each * kp + kp * kp) : (each * kp * kp) / 2 + (kp * kp * kp) / 3
      return cutRows(rows, work)
    }
    this.cuts = [cutOf(ratings.sides[0]), cutOf(ratings.sides[1])]
    this.executor = new Inline(this.lane())
    this.solving = [this.phase(0, kind !== 'explicit'), this.phase(1, kind !== 'explicit')]
    this.summing = [this.summary(0), this.summary(1)]
    this.phases = [...this.solving, ...this.summing]
  }

  lane(): RatingsLane {
    return new RatingsLane(this)
  }

  /** Sets the rows of one factor. */
  solve(which: Which, pace: Pace): Promise<void> {
    return this.executor.run(this.solving[which] as Phase, pace)
  }

  /** The sums over a factor's rows as they are. */
  sum(which: Which, pace: Pace): Promise<void> {
    return this.executor.run(this.summing[which] as Phase, pace)
  }

  view(at: number, count: number): FloatArray {
    return this.engine.arena.floats(this.spec.ratings.precision, at, count)
  }

  private rowsOf(which: Which, { first, count }: Span): Region {
    const bytes = this.kp * this.size
    return { at: this.factors[which] + first * bytes, bytes: count * bytes }
  }

  private phase(which: Which, summed: boolean): Phase<RatingsLane> {
    const { spec, engine, kp, size, cuts } = this
    const { ratings } = spec
    const other = (1 - which) as Which
    return {
      name: which === 0 ? 'users' : 'items',
      cut: cuts[which],
      begin: () => this.clear(which),
      open: (shard, lane) => lane.open(which, shard),
      step: (block, lane) => this.step(which, summed, block, lane),
      combine: (shard, lane) => this.combine(which, shard, lane),
      end: () => {},
      travels: {
        data: shard => sideRegions(engine, ratings, ratings.sides[which], shard),
        state: () => [
          this.rowsOf(other, { first: 0, count: ratings.sides[other].rows }),
          { at: this.g0[which], bytes: kp * kp * size },
          { at: this.b0[which], bytes: kp * size },
          { at: this.noise, bytes: 16 },
        ],
        rows: shard => [this.rowsOf(which, shard)],
        part: (shard, lane) => lane.part(shard),
      },
    }
  }

  private summary(which: Which): Phase<RatingsLane> {
    const solving = this.solving[which]
    return {
      ...solving,
      name: `${solving.name} summed`,
      step: (block, lane) => this.addSums(block, lane),
      travels: { ...solving.travels, data: () => [], state: () => [] },
    }
  }

  private clear(which: Which): void {
    this.view(this.grams[which], this.kp * this.kp).fill(0)
    this.engine.arena.f64(this.sums[which], this.kp).fill(0)
    this.left[which] = this.penalty[which] = 0
  }

  private step(which: Which, summed: boolean, block: Span, lane: RatingsLane): void {
    const { spec, call, kp, g0, b0 } = this
    const { ratings, k, kind, lambda, power, steps } = spec
    const { indptr, indices, values } = ratings.sides[which]
    const lists = [indptr + block.first * 4, indices, values, this.factors[(1 - which) as Which]] as const
    const to = [lane.rowAt(block), 1, lane.stats, lane.work] as const
    if (steps > 0) call.ratingSteps(block.count, k, kp, ...lists, g0[which], lambda, power, steps, ENOUGH, ...to)
    else {
      const prior = kind === 'draws'
      const noise = prior ? this.drawNoise(block, lane) : 0
      const given = [kind === 'explicit' ? 0 : g0[which], prior ? b0[which] : 0, lambda, power, noise] as const
      call.ratingRows(block.count, k, kp, Number(kind === 'implicit'), ...lists, ...given, ...to)
    }
    if (summed) this.addSums(block, lane)
  }

  // Normal numbers of these rows, whichever shard they are in; none where the scale is 0.
  private drawNoise({ first, count }: Span, lane: RatingsLane): number {
    const { call, kp, engine, spec } = this
    const { k, seed } = spec
    const [stream = 0, scale = 0] = engine.arena.f64(this.noise, 2)
    if (scale === 0) return 0
    call.normal(seed >>> 0, Math.floor(seed / 2 ** 32), stream, first * k, lane.drawn, count * k)
    call.pad(count, k, kp, scale, lane.drawn, k, 1, lane.noise)
    return lane.noise
  }

  private addSums(block: Span, lane: RatingsLane): void {
    const { call, kp } = this
    const at = lane.rowAt(block)
    call.product(kp, block.count, kp, at, 1, kp, at, lane.gram)
    call.columnSums(block.count, kp, at, kp, lane.sums)
  }

  private combine(which: Which, shard: Span, lane: RatingsLane): void {
    const { call, kp, engine } = this
    const { at, bytes } = this.rowsOf(which, shard)
    engine.arena.copy(lane.rows, at, bytes)
    call.axpy(1, lane.gram, this.grams[which], kp * kp)
    engine.kernels.axpy_f64(1, lane.sums, this.sums[which], kp)
    const [left = 0, penalty = 0] = engine.arena.f64(lane.stats, 2)
    this.left[which] += left
    this.penalty[which] += penalty
  }
}

// Of the square of the right side: what conjugate gradients may leave. Further steps would only move rounding about.
const ENOUGH = 1e-28

/** Where the steps of one shard write. */
export class RatingsLane {
  readonly rows: number
  readonly gram: number
  readonly sums: number
  /** f64[2]: what is left and the penalty. */
  readonly stats: number
  readonly drawn: number
  readonly noise: number
  readonly work: number
  private first = 0

  constructor(private readonly program: RatingsProgram) {
    const { kp, size, cuts, engine, spec } = program
    const { arena, kernels } = engine
    const tallest = Math.max(...cuts.map(({ total, height }) => Math.min(total, height)))
    const block = Math.max(...cuts.map(cut => Math.min(cut.total, cut.block)))
    const drawn = spec.kind === 'draws' ? block * kp * size : 0
    this.rows = arena.alloc(tallest * kp * size)
    this.gram = arena.alloc(kp * kp * size)
    this.sums = arena.alloc(kp * 8)
    this.stats = arena.alloc(16)
    this.drawn = arena.alloc(drawn)
    this.noise = arena.alloc(drawn)
    this.work = arena.alloc(kernels.ratingWork(kp))
  }

  open(which: Which, { first, count }: Span): void {
    const { kp, size, factors, engine } = this.program
    this.first = first
    engine.arena.copy(factors[which] + first * kp * size, this.rows, count * kp * size)
    this.program.view(this.gram, kp * kp).fill(0)
    engine.arena.f64(this.sums, kp).fill(0)
    engine.arena.f64(this.stats, 2).fill(0)
  }

  rowAt({ first }: Span): number {
    return this.rows + (first - this.first) * this.program.kp * this.program.size
  }

  part({ count }: Span): Region[] {
    const { kp, size } = this.program
    return [
      { at: this.rows, bytes: count * kp * size },
      { at: this.gram, bytes: kp * kp * size },
      { at: this.sums, bytes: kp * 8 },
      { at: this.stats, bytes: 16 },
    ]
  }
}
