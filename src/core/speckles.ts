import type { Engine } from '../../bindings/instance.js'
import type { TypedKernels } from '../../bindings/typed.js'
import type { Lists, Loaded } from './load.js'
import type { Span } from './program.js'
import type { Speckle } from './speckle.js'

const ENTRIES = 1 << 18 // looked at at a time, or those of one line
const BEYOND = 4 // words that the kernel may write beyond a list

/** Some rows of a matrix, or of its columns, of `length` entries each. */
export interface Lines extends Span {
  readonly length: number
  readonly across: boolean
}

/** Lists of held-out entries, made of the hash in memory of their own when they are wanted. */
export class Speckles {
  /** That a part has at most. */
  readonly entries: number
  private readonly indptr: number
  private readonly indices: number
  private readonly weights: number
  private readonly work: number

  /** `weighted`: the lists they are joined with have weights. */
  constructor(
    { arena }: Engine,
    { rows, columns, precision }: Pick<Loaded, 'rows' | 'columns' | 'precision'>,
    weighted: boolean,
  ) {
    const most = (lines: number, length: number) => Math.min(lines, linesOf(length))
    const [down, across] = [most(rows, columns), most(columns, rows)]
    this.entries = Math.max(down * columns, across * rows)
    const room = this.entries + BEYOND
    this.indptr = arena.alloc((Math.max(down, across) + 1) * 4)
    this.indices = arena.alloc(room * 4)
    this.weights = weighted ? arena.alloc(room * (precision === 'f32' ? 4 : 8)) : 0
    this.work = arena.alloc((2 * Math.max(rows, columns) + BEYOND) * 4)
  }

  /** Some lines after others, each time with what of them does not count as one: `lists`, and what is held out; or,
   *  `tested`, with what is held out and would count. A part is gone when the next is asked for. */
  *parts(
    call: Pick<TypedKernels, 'speckle'>,
    { seed, below }: Speckle,
    { first, count, length, across }: Lines,
    { indptr, indices, weights }: Lists,
    tested = false,
  ): Generator<Span & Lists, void> {
    const step = linesOf(length)
    const to = { indptr: this.indptr, indices: this.indices, weights: weights && !tested ? this.weights : 0 }
    for (let at = 0; at < count; at += step) {
      const part = { first: first + at, count: Math.min(step, count - at) }
      const of = [part.count, length, part.first, Number(across), seed, below, Number(tested)] as const
      const given = indptr && indptr + part.first * 4
      call.speckle(...of, given, indices, weights, to.indptr, to.indices, to.weights, this.work)
      yield { ...part, ...to }
    }
  }
}

const linesOf = (length: number): number => Math.max(1, Math.floor(ENTRIES / length))
