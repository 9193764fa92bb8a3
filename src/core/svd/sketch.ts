import type { Engine } from '../../../bindings/engine.js'
import { typed } from '../../../bindings/typed.js'
import type { Loaded } from '../load.js'
import type { Pace } from '../pace.js'
import type { Program } from '../pool.js'
import { dataRegions, sizeOf, times, timesTransposed } from '../products.js'
import { allBlocks, type Cut, cutRows, type Executor, Inline, type Phase, type Region, type Span } from '../program.js'

const STRETCH = 1 << 20 // values that are set or added at a time

/** Rows of X for the products with k columns. What a shard leaves for B is cleared and added: a small part of its
 *  work. */
export const productCut = ({ rows, columns, stored, slices }: Loaded, k: number): Cut =>
  cutRows(rows, (stored / rows) * k, 32 * columns * k, 1e7 * slices.length, slices.length > 1 ? 1 : 2)

/** What another thread makes its sketch from. */
export interface SketchSpec {
  readonly X: Loaded
  readonly k: number
  readonly mean: number
  readonly cut: Cut
}

/** X (n x m), or X - 1 mu' where there is a mean, beside Y T[n*k] and B T[m*k], and the products of either with it;
 *  k is a multiple of four. The mean f64[m] is never subtracted from X: (X - 1 mu')B = XB - 1(mu'B). */
export class Sketch implements Program<SketchLane> {
  readonly phases: readonly Phase<SketchLane>[]
  readonly jobs = []
  readonly heap = 0
  readonly size: 4 | 8
  readonly y: number
  readonly b: number
  /** Who runs its phases; by default the calling thread. */
  executor: Executor
  /** Times B, what the next sum for it begins with the negative of. */
  shift = 0
  private readonly forward: Phase<SketchLane>
  private readonly backward: Phase<SketchLane>
  /** -mu' in T[m], and of B or Y what it is multiplied by or makes: T[k] and f64[k]. */
  private readonly minus: number
  private readonly row: number
  private readonly sums: number

  constructor(
    readonly engine: Engine,
    readonly X: Loaded,
    readonly k: number,
    private readonly mean = 0,
    /** Bytes that are allocated for a while on the thread that runs it. */
    readonly spare = 0,
    private readonly cut = productCut(X, k),
  ) {
    const { arena } = engine
    const size = (this.size = sizeOf(X))
    this.y = arena.alloc(X.rows * k * size)
    this.b = arena.alloc(X.columns * k * size)
    this.minus = arena.alloc(mean ? X.columns * size : 0)
    this.row = arena.alloc(k * size)
    this.sums = arena.alloc(k * 8)
    this.executor = new Inline(new SketchLane(this, cut, true))
    const load = X.window && (async (block: Span, pace: Pace) => X.window?.load(block, pace))
    const row: Region = { at: this.row, bytes: k * size }
    this.forward = {
      name: 'forward',
      cut,
      begin: () => this.beginForward(),
      open: (shard, lane) => lane.open(shard),
      load,
      step: (block, lane) => this.stepForward(block, lane),
      combine: (shard, lane) => lane.commit(shard),
      end: () => {},
      travels: {
        data: shard => dataRegions(engine, X, shard),
        state: () => [{ at: this.b, bytes: X.columns * k * size }, row],
        rows: () => [],
        part: ({ count }, lane) => [{ at: lane.rows, bytes: count * k * size }],
      },
    }
    this.backward = {
      name: 'backward',
      cut,
      begin: () => this.beginBackward(),
      open: (shard, lane) => {
        lane.open(shard)
        return lane.direct ? undefined : this.zeros(lane.part, X.columns * k)
      },
      load,
      step: (block, lane) =>
        timesTransposed(engine, X, block, k, this.y + block.first * k * size, lane.direct ? this.b : lane.part),
      combine: (_, lane) => (lane.direct ? undefined : this.add(lane.part, this.b, X.columns * k)),
      end: () => this.endBackward(),
      travels: {
        data: shard => dataRegions(engine, X, shard),
        state: () => [],
        rows: ({ first, count }) => [{ at: this.y + first * k * size, bytes: count * k * size }],
        part: (_, lane) => [{ at: lane.part, bytes: X.columns * k * size }],
      },
    }
    this.phases = [this.forward, this.backward]
  }

  get spec(): SketchSpec {
    const { X, k, mean, cut } = this
    return { X, k, mean, cut }
  }

  lane(): SketchLane {
    return new SketchLane(this, this.cut, false)
  }

  /** Y <- (X - 1 mu') B. */
  async times(pace: Pace): Promise<void> {
    await this.executor.run(this.forward as Phase, pace)
  }

  /** B <- (X - 1 mu')' Y - shift B. */
  async timesTransposed(pace: Pace, shift = 0): Promise<void> {
    this.shift = shift
    await this.executor.run(this.backward as Phase, pace)
  }

  /** Y <- Gaussian numbers in its first `width` columns, zero beyond. */
  async draw(width: number, seed: number, stream: number, pace: Pace): Promise<void> {
    const { engine, X, k, size, y } = this
    const { normal, pad } = typed(engine.kernels, X.precision)
    const cut = cutRows(X.rows, 2 * k * k)
    const mark = engine.arena.mark()
    const draws = engine.arena.alloc(cut.block * width * size)
    for (const { first, count } of allBlocks(cut)) {
      await pace.breathe()
      normal(seed >>> 0, Math.floor(seed / 2 ** 32), stream >>> 0, first * width, draws, count * width)
      pad(count, width, k, 1, draws, width, 1, y + first * k * size)
    }
    engine.arena.release(mark)
  }

  // What every row of Y begins with: -mu'B, or zero.
  private beginForward(): void {
    const { engine, X, k, size, mean, minus, row, b } = this
    engine.arena.bytes(row, k * size).fill(0)
    if (!mean) return
    this.negate()
    typed(engine.kernels, X.precision).product(1, X.columns, k, minus, X.columns, 1, b, row)
  }

  private *stepForward(block: Span, lane: SketchLane): Generator<void, void> {
    const { engine, X, k, row } = this
    const y = lane.rowsOf(block)
    typed(engine.kernels, X.precision).fillRows(block.count, k, row, y)
    yield* times(engine, X, block, k, this.b, y)
  }

  private *beginBackward(): Generator<void, void> {
    const { engine, X, k, size, shift, b } = this
    if (shift === 0) return yield* this.zeros(b, X.columns * k)
    const { scale } = typed(engine.kernels, X.precision)
    for (let first = 0; first < X.columns * k; first += STRETCH) {
      scale(-shift, b + first * size, Math.min(STRETCH, X.columns * k - first))
      yield
    }
  }

  // B -= mu (1'Y).
  private *endBackward(): Generator<void, void> {
    const { engine, X, k, size, mean, minus, row, sums, y, b } = this
    if (!mean) return
    const { arena } = engine
    const call = typed(engine.kernels, X.precision)
    arena.f64(sums, k).fill(0)
    const step = Math.max(1, Math.floor(STRETCH / k))
    for (let i = 0; i < X.rows; i += step) {
      call.columnSums(Math.min(step, X.rows - i), k, y + i * k * size, k, sums)
      yield
    }
    arena.floats(X.precision, row, k).set(arena.f64(sums, k))
    this.negate()
    call.product(X.columns, 1, k, minus, 1, 1, row, b)
  }

  private negate(): void {
    const { engine, X, mean, minus } = this
    const target = engine.arena.floats(X.precision, minus, X.columns)
    engine.arena.f64(mean, X.columns).forEach((v, j) => (target[j] = -v))
  }

  private *zeros(at: number, count: number): Generator<void, void> {
    for (let first = 0; first < count; first += STRETCH) {
      this.engine.arena.floats(this.X.precision, at + first * this.size, Math.min(STRETCH, count - first)).fill(0)
      yield
    }
  }

  private *add(from: number, to: number, count: number): Generator<void, void> {
    const { axpy } = typed(this.engine.kernels, this.X.precision)
    for (let first = 0; first < count; first += STRETCH) {
      axpy(1, from + first * this.size, to + first * this.size, Math.min(STRETCH, count - first))
      yield
    }
  }
}

/** Where the steps of one shard write: its rows of Y, and its part of B. */
export class SketchLane {
  readonly rows: number
  readonly part: number
  private first = 0

  /** A lane `inPlace` writes Y where it is committed: for the one thread that runs shard after shard. */
  constructor(
    private readonly sketch: Sketch,
    cut: Cut,
    private readonly inPlace: boolean,
  ) {
    const { X, k, size, engine } = sketch
    this.rows = inPlace ? 0 : engine.arena.alloc(Math.min(cut.total, cut.height) * k * size)
    this.part = engine.arena.alloc(X.columns * k * size)
  }

  open({ first }: Span): void {
    this.first = first
  }

  /** In place the first shard adds to B itself where that is zero. */
  get direct(): boolean {
    return this.inPlace && this.first === 0 && this.sketch.shift === 0
  }

  rowsOf({ first }: Span): number {
    const { y, k, size } = this.sketch
    return this.inPlace ? y + first * k * size : this.rows + (first - this.first) * k * size
  }

  commit({ first, count }: Span): void {
    const { y, k, size, engine } = this.sketch
    if (!this.inPlace) engine.arena.copy(this.rows, y + first * k * size, count * k * size)
  }
}

export const sketchOf = (engine: Engine, { X, k, mean, cut }: SketchSpec): Sketch =>
  new Sketch(engine, X, k, mean, 0, cut)
