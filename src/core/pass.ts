import type { Engine } from '../../bindings/instance.js'
import type { RowSource } from './blocks.js'
import { Fingerprint } from './fingerprint.js'
import { type Matrix, type MatrixLike, toMatrix } from './matrix.js'
import { show } from './options.js'
import { type Alike, checkAlike, checkIdle } from './stack.js'
import type { Pace } from './pace.js'

/** Rows from .. from + count of a block. */
export interface Part {
  readonly X: Matrix
  readonly from: number
  readonly count: number
}

/** One reading of a source, from its first row to the end. Whoever opens one closes it. */
export class Pass {
  private readonly fingerprint: Fingerprint
  private blocks = 0
  /** Rows read so far. */
  private rows = 0
  private block: Matrix | undefined
  private used = 0
  /** The source is being waited for. */
  private waits = false

  private constructor(
    engine: Engine,
    private readonly where: string,
    private iterator: Blocks | undefined,
    private readonly pace: Pace,
    private readonly signal: AbortSignal | undefined,
    /** What blocks are like: by the first one of all. */
    public like: Alike | undefined,
  ) {
    this.fingerprint = new Fingerprint(engine)
  }

  static async open(
    engine: Engine,
    where: string,
    source: RowSource,
    pace: Pace,
    signal?: AbortSignal,
    like?: Alike,
  ): Promise<Pass> {
    pace.check()
    const rows = (await unlessAborted(signal, source())) as
      Partial<AsyncIterable<MatrixLike> & Iterable<MatrixLike>> | null | undefined
    const open = (rows?.[Symbol.asyncIterator] ?? rows?.[Symbol.iterator]) as (() => Blocks) | undefined
    if (typeof open !== 'function')
      throw new TypeError(`${where}: wanted a function that returns an iterable of blocks of rows, got ${show(rows)}`)
    return new Pass(engine, where, open.call(rows), pace, signal, like)
  }

  /** The next block with rows in it; none at the end. */
  async next(): Promise<Matrix | undefined> {
    while (this.iterator) {
      await this.pace.breathe()
      const { done, value } = await this.ask(this.iterator)
      if (done) this.iterator = undefined
      // An array without rows does not say how wide they are.
      else if (!Array.isArray(value) || value.length > 0) {
        const where = `${this.where}: block ${this.blocks++}`
        const block = toMatrix(where, value as MatrixLike)
        this.like ??= { kind: block.kind, data: block.data.slice(0, 0), shape: block.shape }
        checkAlike(where, this.like, block)
        checkIdle(where, block)
        if (block.shape[0] === 0) continue
        this.rows += block.shape[0]
        await this.fingerprint.add(block, this.pace)
        return block
      }
    }
    return undefined
  }

  /** The next rows in the parts that they come in; fewer where the source ends before. */
  async *take(count: number): AsyncGenerator<Part, void> {
    for (let left = count; left > 0;) {
      this.block ??= await this.next()
      if (!this.block) return
      const [X, from] = [this.block, this.used]
      const part = Math.min(left, X.shape[0] - from)
      yield { X, from, count: part }
      left -= part
      this.used += part
      if (this.used < X.shape[0]) continue
      this.block = undefined
      this.used = 0
    }
  }

  /** Reads what is left. Throws RangeError where all that was read is not what another pass gave. */
  async end(rows: number, text: string): Promise<void> {
    while (await this.next());
    if (this.rows !== rows)
      throw new RangeError(`${this.where}: wanted the ${rows} rows of the first pass, got ${this.rows}`)
    if (this.text !== text) throw new RangeError(`${this.where}: wanted the numbers of the first pass, got others`)
  }

  /** Tells what was read from anything else. */
  get text(): string {
    return this.fingerprint.text
  }

  /** Tells a source that is left before its end. What it answers is no matter any more, and one that is being waited
   *  for may never answer. */
  async close(): Promise<void> {
    const { iterator, waits } = this
    this.iterator = undefined
    const closing = (async () => iterator?.return?.())().catch(() => {})
    if (!waits) await unlessAborted(this.signal, closing).catch(() => {}) // the abort is thrown by whoever closes
  }

  private async ask(iterator: Blocks) {
    this.waits = true
    const answer = await unlessAborted(this.signal, this.answer(iterator))
    this.waits = false
    return answer
  }

  // One that fails has ended itself.
  private async answer(iterator: Blocks) {
    try {
      return await iterator.next()
    } catch (error) {
      this.iterator = undefined
      throw error
    }
  }
}

type Blocks = AsyncIterator<MatrixLike> | Iterator<MatrixLike>

async function unlessAborted<T>(signal: AbortSignal | undefined, answer: T | Promise<T>): Promise<T> {
  let stop = (): void => {}
  const aborted = new Promise<never>((_, reject) => (stop = () => reject(signal?.reason)))
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop() // meanwhile, by the source itself
  try {
    return await Promise.race([answer, aborted])
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}
