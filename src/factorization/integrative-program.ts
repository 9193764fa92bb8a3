import type { Engine } from '../../bindings/engine.js'
import { typed, type TypedKernels } from '../../bindings/typed.js'
import type { Loaded } from '../core/load.js'
import type { FloatArray } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import type { Program } from '../core/pool.js'
import { dataRegions, sizeOf, times, timesTransposed } from '../core/products.js'
import {
  allBlocks,
  type Cut,
  cutRows,
  type Executor,
  Inline,
  type Phase,
  type Region,
  type Span,
} from '../core/program.js'

const INNER_TOLERANCE = 0.1 // of the first sweep's step (Gillis & Glineur 2012)
const CANCELS = { f32: 1e-3, f64: 1e-6 } // of <X, X>: what the loss's formula cannot tell from an exact fit
const CHUNK = 1 << 18

/** What another thread makes its program from. `starts` are the first rows of the data sets, and the end of the last. */
export interface IntegrativeSpec {
  readonly X: Loaded
  readonly k: number
  readonly starts: readonly number[]
  readonly lambda: number
}

/** The data sets below each other as X (n x m), W T[n*kp] of all, and a column j of H with that of every V_i as one row
 *  u_j = [h v_1 .. v_d] of U T[m*K], K = (d + 1) kp. Given W the objective is a quadratic in u_j whose matrix all columns
 *  share: with B_i = W_i'W_i its blocks are sum B_i for h with h, B_i for h with v_i, (1 + lambda) B_i for v_i with
 *  itself. Given U, W_i is solved for with G_i = (H + V_i)(H + V_i)' + lambda V_i V_i'. An iteration is `rows`, HALS
 *  sweeps over W that leave X_i'W_i and B_i, and `columns`, sweeps over U that leave UU'. */
export class IntegrativeProgram implements Program<IntegrativeLane> {
  readonly phases: readonly Phase<IntegrativeLane>[]
  readonly jobs = []
  readonly heap = 0
  readonly spare: number
  readonly call: TypedKernels
  readonly size: 4 | 8
  readonly kp: number
  /** Data sets. */
  readonly d: number
  /** K. */
  readonly wide: number
  readonly w: number
  readonly u: number
  readonly rowCut: Cut
  readonly columnCut: Cut
  executor: Executor
  /** KKT residual met by the last iteration's sweeps. */
  violation = 0
  private readonly rows: Phase<IntegrativeLane>
  private readonly columns: Phase<IntegrativeLane>
  private readonly summary: Phase<IntegrativeLane>
  private readonly direct: Phase<IntegrativeLane>
  /** (H + V_i)' T[m*kp], X_i'W_i T[m*kp], B_i and G_i T[kp*kp] of each data set, one after another. */
  private readonly parts: number
  private readonly nums: number
  private readonly dens: number
  private readonly grams: number
  /** The matrix of the quadratic in u, and UU', T[K*K]. */
  private readonly matrix: number
  private readonly cross: number
  private total = 0

  constructor(
    readonly engine: Engine,
    private readonly given: IntegrativeSpec,
  ) {
    const { X, k, starts } = given
    const { arena } = engine
    this.call = typed(engine.kernels, X.precision)
    const size = (this.size = sizeOf(X))
    const kp = (this.kp = Math.ceil(k / 4) * 4)
    const d = (this.d = starts.length - 1)
    const wide = (this.wide = (d + 1) * kp)
    const m = X.columns
    this.spare = 64 + Math.max(X.rows, m) * k * size
    this.w = arena.alloc(X.rows * kp * size)
    this.u = arena.alloc(m * wide * size)
    this.parts = arena.alloc(d * m * kp * size)
    this.nums = arena.alloc(d * m * kp * size)
    this.dens = arena.alloc(d * kp * kp * size)
    this.grams = arena.alloc(d * kp * kp * size)
    this.matrix = arena.alloc(wide * wide * size)
    this.cross = arena.alloc(wide * wide * size)
    this.rowCut = belowEachOther(starts, count =>
      cutRows(count, (X.stored / X.rows) * kp + 2 * kp * kp, 32 * m * kp, 1e7 * X.slices.length),
    )
    this.columnCut = cutRows(m, 4 * wide * wide)
    this.executor = new Inline(this.lane())
    const rowsOf = ({ first, count }: Span): Region => ({ at: this.w + first * kp * size, bytes: count * kp * size })
    const columnsOf = ({ first, count }: Span): Region => ({
      at: this.u + first * wide * size,
      bytes: count * wide * size,
    })
    const model: Region[] = [
      { at: this.parts, bytes: d * m * kp * size },
      { at: this.grams, bytes: d * kp * kp * size },
    ]
    this.rows = {
      name: 'rows',
      cut: this.rowCut,
      begin: () => this.clear([this.nums, d * m * kp], [this.dens, d * kp * kp]),
      open: (shard, lane) => lane.openRows(shard),
      step: (block, lane) => this.stepRows(block, lane),
      combine: (shard, lane) => this.combineRows(shard, lane),
      end: () => this.endRows(),
      travels: {
        data: shard => dataRegions(engine, X, shard),
        state: () => model,
        rows: shard => [rowsOf(shard)],
        part: (shard, lane) => lane.rowsPart(shard),
      },
    }
    this.columns = {
      name: 'columns',
      cut: this.columnCut,
      begin: () => this.clear([this.cross, wide * wide]),
      open: (shard, lane) => lane.openColumns(shard),
      step: (block, lane) => this.stepColumns(block, lane),
      combine: (shard, lane) => this.combineColumns(shard, lane),
      end: () => this.endColumns(),
      travels: {
        data: () => [],
        state: () => [{ at: this.matrix, bytes: wide * wide * size }],
        rows: shard => [
          columnsOf(shard),
          ...this.sets.map(i => ({ at: this.numAt(i, shard.first), bytes: shard.count * kp * size })),
        ],
        part: (shard, lane) => lane.columnsPart(shard),
      },
    }
    // U as it stands, without a sweep.
    this.summary = { ...this.columns, name: 'summary', step: (block, lane) => this.addCross(block, lane) }
    this.direct = {
      name: 'direct',
      cut: this.rowCut,
      begin: () => void (this.total = 0),
      open: (shard, lane) => lane.openRows(shard),
      step: (block, lane) => this.stepLoss(block, lane),
      combine: (_, lane) => void (this.total += lane.tally),
      end: () => {},
      travels: { ...this.rows.travels, part: (_, lane) => lane.tallyPart() },
    }
    this.phases = [this.rows, this.columns, this.summary, this.direct]
  }

  get spec(): IntegrativeSpec {
    return this.given
  }

  lane(): IntegrativeLane {
    return new IntegrativeLane(this)
  }

  get sets(): number[] {
    return [...Array(this.d).keys()]
  }

  /** What sweeps need of a new start. */
  prepare(pace: Pace): Promise<void> {
    return this.executor.run(this.summary as Phase, pace)
  }

  async iterate(pace: Pace): Promise<void> {
    this.violation = 0
    await this.executor.run(this.rows as Phase, pace)
    await this.executor.run(this.columns as Phase, pace)
  }

  /** Half of sum |X_i - W_i (H + V_i)|^2 of the divided data, and with lambda |W_i V_i|^2 of each. */
  async objective(pace: Pace): Promise<{ loss: number; objective: number }> {
    const { X, lambda } = this.given
    const { call, d, kp, parts, nums, dens, grams } = this
    const along = await this.dot(nums, parts, d * X.columns * kp, pace)
    const all = call.dot(dens, grams, d * kp * kp)
    let specific = 0
    for (const i of this.sets) {
      const [own, B] = [this.block(this.cross, i + 1, i + 1), this.view(dens + i * kp * kp * this.size, kp * kp)]
      for (let q = 0; q < kp; q++) for (let r = 0; r < kp; r++) specific += B[q * kp + r]! * own(q, r)
    }
    const penalty = 0.5 * lambda * specific
    const objective = 0.5 * (X.squares - 2 * along + all)
    if (objective - penalty > 0.5 * CANCELS[X.precision] * X.squares) return { loss: objective - penalty, objective }
    await this.executor.run(this.direct as Phase, pace)
    return { loss: this.total, objective: this.total + penalty }
  }

  /** |W_i V_i|^2 / |W_i (H + V_i)|^2 of each data set. */
  shares(): number[] {
    const { kp, dens, size } = this
    return this.sets.map(i => {
      const B = this.view(dens + i * kp * kp * size, kp * kp)
      const [hh, hv, vv] = [
        this.block(this.cross, 0, 0),
        this.block(this.cross, 0, i + 1),
        this.block(this.cross, i + 1, i + 1),
      ]
      let [own, all] = [0, 0]
      for (let q = 0; q < kp; q++)
        for (let r = 0; r < kp; r++) {
          own += B[q * kp + r]! * vv(q, r)
          all += B[q * kp + r]! * (hh(q, r) + hv(q, r) + hv(r, q) + vv(q, r))
        }
      return all > 0 ? own / all : 0
    })
  }

  view(at: number, count: number): FloatArray {
    return this.engine.arena.floats(this.given.X.precision, at, count)
  }

  setOf(row: number): number {
    const { starts } = this.given
    let i = 0
    while (row >= starts[i + 1]!) i++
    return i
  }

  private numAt(i: number, column: number): number {
    return this.nums + (i * this.given.X.columns + column) * this.kp * this.size
  }

  private partAt(i: number, column = 0): number {
    return this.parts + (i * this.given.X.columns + column) * this.kp * this.size
  }

  // An entry of a block of T[K*K].
  private block(at: number, a: number, b: number): (q: number, r: number) => number {
    const { wide, kp } = this
    const values = this.view(at, wide * wide)
    return (q, r) => values[(a * kp + q) * wide + b * kp + r]!
  }

  private *stepRows(block: Span, lane: IntegrativeLane): Generator<void, void> {
    const { engine, call, kp, size } = this
    const { X, k } = this.given
    const i = this.setOf(block.first)
    const at = lane.rowAt(block)
    const b = this.partAt(i)
    this.view(lane.p, block.count * kp).fill(0)
    yield* times(engine, X, block, kp, b, lane.p)
    const gram = this.grams + i * kp * kp * size
    const sweeps = this.sweeps(k, X.rows, X.stored + X.columns * k)
    lane.tally += call.hals(block.count, k, kp, at, lane.p, gram, 0, 0, 0, 0, sweeps, INNER_TOLERANCE, lane.work)
    yield* timesTransposed(engine, X, block, kp, at, lane.num)
    call.product(kp, block.count, kp, at, 1, kp, at, lane.den)
  }

  private *combineRows(shard: Span, lane: IntegrativeLane): Generator<void, void> {
    const { kp, size, dens } = this
    const i = this.setOf(shard.first)
    this.violation += lane.tally
    this.engine.arena.copy(lane.rows, this.w + shard.first * kp * size, shard.count * kp * size)
    yield* this.add(lane.num, this.numAt(i, 0), this.given.X.columns * kp)
    this.call.axpy(1, lane.den, dens + i * kp * kp * size, kp * kp)
  }

  private endRows(): void {
    const { wide, kp, d, dens, size } = this
    const { lambda } = this.given
    const M = this.view(this.matrix, wide * wide).fill(0)
    for (let i = 0; i < d; i++) {
      const B = this.view(dens + i * kp * kp * size, kp * kp)
      const v = (i + 1) * kp
      for (let q = 0; q < kp; q++)
        for (let r = 0; r < kp; r++) {
          const value = B[q * kp + r]!
          M[q * wide + r]! += value
          M[q * wide + v + r] = value
          M[(v + q) * wide + r] = value
          M[(v + q) * wide + v + r] = (1 + lambda) * value
        }
    }
  }

  private stepColumns(block: Span, lane: IntegrativeLane): void {
    const { call, kp, wide, d } = this
    const { X, k } = this.given
    // [sum X_i'W_i, X_1'W_1, ..] of these columns.
    const P = this.view(lane.p, block.count * wide).fill(0)
    for (let i = 0; i < d; i++) {
      const num = this.view(this.numAt(i, block.first), block.count * kp)
      for (let j = 0; j < block.count; j++)
        for (let q = 0; q < kp; q++) {
          const value = num[j * kp + q]!
          P[j * wide + q]! += value
          P[j * wide + (i + 1) * kp + q] = value
        }
    }
    const sweeps = this.sweeps((d + 1) * k, X.columns, X.stored + X.rows * k)
    const at = lane.columnAt(block)
    lane.tally += call.hals(
      ...([block.count, wide, wide, at, lane.p, this.matrix, 0, 0, 0, 0, sweeps, INNER_TOLERANCE, lane.work] as const),
    )
    this.addCross(block, lane)
  }

  private addCross(block: Span, lane: IntegrativeLane): void {
    const { call, wide } = this
    const at = lane.columnAt(block)
    call.product(wide, block.count, wide, at, 1, wide, at, lane.cross)
  }

  private combineColumns(shard: Span, lane: IntegrativeLane): void {
    const { wide, size } = this
    this.violation += lane.tally
    this.engine.arena.copy(lane.rows, this.u + shard.first * wide * size, shard.count * wide * size)
    this.call.axpy(1, lane.cross, this.cross, wide * wide)
  }

  private *endColumns(): Generator<void, void> {
    const { kp, wide, size, grams, columnCut } = this
    const { lambda } = this.given
    for (const i of this.sets) {
      const [hh, hv, vv] = [
        this.block(this.cross, 0, 0),
        this.block(this.cross, 0, i + 1),
        this.block(this.cross, i + 1, i + 1),
      ]
      const G = this.view(grams + i * kp * kp * size, kp * kp)
      for (let q = 0; q < kp; q++)
        for (let r = 0; r < kp; r++) G[q * kp + r] = hh(q, r) + hv(q, r) + hv(r, q) + (1 + lambda) * vv(q, r)
      for (const { first, count } of allBlocks(columnCut)) {
        const U = this.view(this.u + first * wide * size, count * wide)
        const B = this.view(this.partAt(i, first), count * kp)
        const v = (i + 1) * kp
        for (let j = 0; j < count; j++)
          for (let q = 0; q < kp; q++) B[j * kp + q] = U[j * wide + q]! + U[j * wide + v + q]!
        yield
      }
    }
  }

  private *stepLoss(block: Span, lane: IntegrativeLane): Generator<void, void> {
    const { call, kp, size } = this
    const { X } = this.given
    const w = lane.rowAt(block)
    for (const slice of X.slices) {
      const [x, indptr] = X.sparse ? [X.x, slice.indptr + block.first * 4] : [X.x + block.first * X.ld * size, 0]
      const b = this.partAt(this.setOf(block.first), slice.first)
      lane.tally += call.betaLoss(block.count, slice.columns, kp, 2, indptr, X.indices, x, X.ld, 0, 0, w, b)
      yield
    }
  }

  // Sweeps over one side at most: about as much work as the products that its P cost (Gillis & Glineur 2012).
  private sweeps(k: number, side: number, products: number): number {
    return Math.floor(1 + 0.5 * (1 + products / (side * k + side)))
  }

  private *clear(...places: readonly (readonly [at: number, count: number])[]): Generator<void, void> {
    for (const [at, count] of places)
      for (let first = 0; first < count; first += CHUNK) {
        this.view(at + first * this.size, Math.min(CHUNK, count - first)).fill(0)
        yield
      }
  }

  private *add(from: number, to: number, count: number): Generator<void, void> {
    for (let first = 0; first < count; first += CHUNK) {
      this.call.axpy(1, from + first * this.size, to + first * this.size, Math.min(CHUNK, count - first))
      yield
    }
  }

  private async dot(a: number, b: number, count: number, pace: Pace): Promise<number> {
    let total = 0
    for (let first = 0; first < count; first += CHUNK) {
      await pace.breathe()
      total += this.call.dot(a + first * this.size, b + first * this.size, Math.min(CHUNK, count - first))
    }
    return total
  }
}

/** Where the steps of one shard write. */
export class IntegrativeLane {
  /** Its rows of W or of U. */
  readonly rows: number
  /** X_i'W_i T[m*kp] and B_i T[kp*kp] of its rows, UU' T[K*K] of its columns. */
  readonly num: number
  readonly den: number
  readonly cross: number
  readonly p: number
  readonly work: number
  private readonly at: number
  private first = 0

  constructor(private readonly program: IntegrativeProgram) {
    const { kp, wide, size, rowCut, columnCut, engine, spec } = program
    const { arena } = engine
    const tallest = ({ total, height }: Cut): number => Math.min(total, height)
    this.rows = arena.alloc(Math.max(tallest(rowCut) * kp, tallest(columnCut) * wide) * size)
    this.num = arena.alloc(spec.X.columns * kp * size)
    this.den = arena.alloc(kp * kp * size)
    this.cross = arena.alloc(wide * wide * size)
    this.p = arena.alloc(Math.max(rowCut.block * kp, columnCut.block * wide) * size)
    this.work = arena.alloc(192 * wide + 8)
    this.at = arena.alloc(8)
  }

  /** The KKT violation met, or a loss. */
  get tally(): number {
    return this.program.engine.arena.f64(this.at, 1)[0] ?? 0
  }
  set tally(value: number) {
    this.program.engine.arena.f64(this.at, 1)[0] = value
  }

  *openRows({ first, count }: Span): Generator<void, void> {
    const { program } = this
    const { kp, size, w, engine, spec } = program
    this.first = first
    this.tally = 0
    engine.arena.copy(w + first * kp * size, this.rows, count * kp * size)
    program.view(this.den, kp * kp).fill(0)
    for (let c = 0, all = spec.X.columns * kp; c < all; c += CHUNK) {
      program.view(this.num + c * size, Math.min(CHUNK, all - c)).fill(0)
      yield
    }
  }

  openColumns({ first, count }: Span): void {
    const { wide, size, u, engine } = this.program
    this.first = first
    this.tally = 0
    engine.arena.copy(u + first * wide * size, this.rows, count * wide * size)
    this.program.view(this.cross, wide * wide).fill(0)
  }

  rowAt({ first }: Span): number {
    return this.rows + (first - this.first) * this.program.kp * this.program.size
  }

  columnAt({ first }: Span): number {
    return this.rows + (first - this.first) * this.program.wide * this.program.size
  }

  rowsPart({ count }: Span): Region[] {
    const { kp, size, spec } = this.program
    return [
      { at: this.rows, bytes: count * kp * size },
      { at: this.num, bytes: spec.X.columns * kp * size },
      { at: this.den, bytes: kp * kp * size },
      ...this.tallyPart(),
    ]
  }

  columnsPart({ count }: Span): Region[] {
    const { wide, size } = this.program
    return [
      { at: this.rows, bytes: count * wide * size },
      { at: this.cross, bytes: wide * wide * size },
      ...this.tallyPart(),
    ]
  }

  tallyPart(): Region[] {
    return [{ at: this.at, bytes: 8 }]
  }
}

/** Cuts of the data sets as one: no shard is of two of them. */
function belowEachOther(starts: readonly number[], cutOf: (count: number) => Cut): Cut {
  const cuts = starts.slice(1).map((end, i) => cutOf(end - starts[i]!))
  return {
    total: starts.at(-1)!,
    height: Math.max(...cuts.map(({ total, height }) => Math.min(total, height))),
    starts: cuts.flatMap((cut, i) => cut.starts.map(first => starts[i]! + first)),
    block: Math.max(...cuts.map(({ block }) => block)),
  }
}
