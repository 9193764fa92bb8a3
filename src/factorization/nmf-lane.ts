import { type Region, shardsOf, type Span } from '../core/program.js'
import { Speckles } from '../core/speckles.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfTerms } from './nmf-terms.js'

const VIOLATION = 0
const LOSS = 1

export type NmfSum = 'num' | 'den' | 'gram' | 'sums'

/** Where the steps of one shard write: its rows of W (or of H'), what they add to the sums, and work space. */
export class NmfLane {
  /** Parts of the sums over the rows of X: T[m*kp], and T[kp*kp] for the squared loss, else T[m*kp]. */
  readonly num: number
  readonly den: number
  /** Parts of H H' T[kp*kp] and of the sums of W's or H's columns f64[kp]. */
  readonly gram: number
  readonly sums: number
  /** P = X H' of a block, T[block*kp], for the squared loss. */
  readonly p: number
  /** Denominators of a block for Kullback-Leibler where entries do not count alike, T[block*kp]. */
  readonly own: number
  /** Where lists of held-out entries are made. */
  readonly speckles: Speckles | undefined
  readonly work: number
  /** f64[2]: the KKT violation; a loss, or the quadratic term of one. */
  readonly tally: number
  private readonly rows: number
  private readonly width: number
  private first = 0

  /** A lane `inPlace` writes the rows where they are committed: for the one thread that runs shard after shard. One
   *  without `sums` is of no use where W is updated. */
  constructor(
    private readonly factors: NmfFactors,
    { beta, squared, method, rowCut, columnCut, lossCut, W }: NmfTerms,
    readonly inPlace: boolean,
    sums = true,
  ) {
    const { X, kp, size, engine } = factors
    const { arena } = engine
    this.width = squared ? kp : beta === 1 ? 0 : X.columns
    // The first shard in place adds to the totals themselves, which are zero.
    const apart = sums && method !== 'newton' && (!inPlace || shardsOf(rowCut) > 1)
    this.num = apart ? arena.alloc(X.columns * kp * size) : 0
    this.den = apart ? arena.alloc(this.width * kp * size) : 0
    this.gram = arena.alloc(kp * kp * size)
    this.sums = arena.alloc(kp * 8)
    this.tally = arena.alloc(16)
    this.p = squared ? arena.alloc(rowCut.block * kp * size) : 0
    const tallest = Math.max(2, rowCut.block, columnCut.block)
    this.own = beta === 1 && W.lists ? arena.alloc(Math.max(tallest, lossCut.block) * kp * size) : 0
    this.speckles = X.weights?.speckle && new Speckles(engine, X, X.weights.rows.weights !== 0)
    const block = method === 'mu' ? tallest : 0
    const { kernels } = engine
    const solving = squared && (W.lists || method === 'bpp' || method === 'als') ? kernels.solveWork(kp) : 0
    // Of a sparse row the entries of H are gathered; of a dense one H is there.
    const stepping = X.turned ? kernels.newtonWork(Math.max(...X.turned.longest), X.sparse ? kp : 0) : 0
    this.work = arena.alloc(Math.max(192 * kp + 8, block * kp * size, solving, stepping))
    const most = Math.max(...[rowCut, columnCut].map(({ total, height }) => Math.min(total, height)))
    this.rows = inPlace ? 0 : arena.alloc(most * kp * size)
  }

  /** Takes a shard's rows of W or H' as they were committed, and clears what is not cleared by its own phase. */
  open(side: number, shard: Span): void {
    this.clear()
    this.first = shard.first
    if (!this.inPlace) this.move(side, shard, 'in')
  }

  clear(): void {
    const { engine, kp } = this.factors
    engine.arena.f64(this.tally, 2).fill(0)
    engine.arena.f64(this.sums, kp).fill(0)
  }

  /** Where a block of the opened shard's rows is worked on. */
  rowsOf(side: number, { first, count }: Span): { first: number; count: number; w: number } {
    const { kp, size } = this.factors
    const w = this.inPlace ? side + first * kp * size : this.rows + (first - this.first) * kp * size
    return { first, count, w }
  }

  /** The shard's rows to where they are committed. */
  commit(side: number, shard: Span): void {
    if (!this.inPlace) this.move(side, shard, 'out')
  }

  /** Whether the opened shard adds to the totals themselves. */
  get direct(): boolean {
    return this.inPlace && this.first === 0
  }

  lose(by: number): void {
    const { numbers } = this
    numbers[LOSS] = (numbers[LOSS] ?? 0) + by
  }

  get violation(): number {
    return this.numbers[VIOLATION] ?? 0
  }

  get loss(): number {
    return this.numbers[LOSS] ?? 0
  }

  /** Its rows, and of the sums those that are named. */
  part({ count }: Span, ...sums: readonly NmfSum[]): Region[] {
    const { kp, size, X } = this.factors
    const bytes = { num: X.columns * kp * size, den: this.width * kp * size, gram: kp * kp * size, sums: kp * 8 }
    return [
      { at: this.rows, bytes: count * kp * size },
      { at: this.tally, bytes: 16 },
      ...sums.map(name => ({ at: this[name], bytes: bytes[name] })),
    ]
  }

  private move(side: number, { first, count }: Span, way: 'in' | 'out'): void {
    const { kp, size, engine } = this.factors
    const [committed, bytes] = [side + first * kp * size, count * kp * size]
    if (way === 'in') engine.arena.copy(committed, this.rows, bytes)
    else engine.arena.copy(this.rows, committed, bytes)
  }

  private get numbers(): Float64Array {
    return this.factors.engine.arena.f64(this.tally, 2)
  }
}
