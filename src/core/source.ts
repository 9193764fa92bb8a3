import type { Engine } from '../../bindings/instance.js'
import type { RowSource } from './blocks.js'
import type { Alike } from './stack.js'
import {
  checkSides,
  type Loaded,
  type LoadOptions,
  precisionOf,
  putSparse,
  roomFor,
  slicesOf,
  type Window,
} from './load.js'
import type { FloatArray, Matrix } from './matrix.js'
import { Numbers } from './numbers.js'
import type { Pace } from './pace.js'
import { Pass } from './pass.js'
import { allBlocks, type Cut, type Span } from './program.js'

const PART = 1 << 14 // numbers looked at between two breaths

/** Begins another reading; blocks are `like` those of the first. */
type Open = (like?: Alike) => Promise<Pass>

/** X of a source that is read for every pass: nothing of it is held but, of a sparse matrix, how long its rows are.
 *  Two readings tell what `loadNonNegative` tells of the same matrix, to the same bits: the first all that the root
 *  needs, the second the sums of the divided numbers. */
export async function loadSource(
  engine: Engine,
  where: string,
  source: RowSource,
  pace: Pace,
  { positive = false, sliceWidth = Infinity }: LoadOptions = {},
  signal?: AbortSignal,
): Promise<Loaded> {
  let passes = 0
  const open: Open = like => {
    const name = ++passes === 1 ? `${where}: X` : `${where}: X: pass ${passes}`
    return Pass.open(engine, name, source, pace, signal, like)
  }
  const seen = await within(await open(), pass => look(engine, where, pass, pace))
  const { numbers, like, rows, stored } = seen
  const columns = like.shape[1]
  const all = rows * columns
  const root = numbers.root(stored, stored < all, positive)
  await within(await open(like), pass => sum(engine, seen, root, pass, pace))
  const sparse = like.kind === 'csr'
  const X = {
    rows,
    columns,
    precision: precisionOf(like),
    root,
    sparse,
    x: 0,
    ld: numbers.ld,
    indices: 0,
    slices: slicesOf(columns, sparse ? sliceWidth : Infinity),
    stored,
    total: numbers.total,
    mean: numbers.total / all,
    squares: numbers.squares,
  }
  return Object.assign(X, { window: new SourceWindow(engine, X, seen, open) })
}

/** What the first reading finds. */
interface Seen {
  readonly numbers: Numbers
  readonly like: Alike
  readonly rows: number
  readonly stored: number
  /** Stored entries of each row of a sparse matrix. */
  readonly lengths: Int32Array
  readonly text: string
}

async function within<R>(pass: Pass, work: (pass: Pass) => Promise<R>): Promise<R> {
  try {
    return await work(pass)
  } finally {
    await pass.close()
  }
}

const linesOf = (X: Matrix): number => (X.kind === 'csr' ? X.data.length : X.shape[0])

async function look(engine: Engine, where: string, pass: Pass, pace: Pace): Promise<Seen> {
  const { arena } = engine
  let numbers: Numbers | undefined
  let [rows, stored] = [0, 0]
  const lengths: Int32Array[] = []
  for (let X = await pass.next(); X; X = await pass.next()) {
    numbers ??= new Numbers(engine, where, X, precisionOf(X))
    const lines = linesOf(X)
    const step = Math.max(1, Math.floor(PART / numbers.ld))
    const mark = arena.mark()
    const at = arena.alloc(Math.min(lines, step) * numbers.ld * numbers.size)
    for (let first = 0; first < lines; first += step) {
      await pace.breathe()
      numbers.scan(X, first, Math.min(step, lines - first), at, rows)
    }
    arena.release(mark)
    if (X.kind === 'csr') lengths.push(X.indptr.subarray(1).map((end, i) => end - (X.indptr[i] ?? 0)))
    rows += X.shape[0]
    stored += X.kind === 'csr' ? X.data.length : X.shape[0] * X.shape[1]
  }
  const { like } = pass
  if (!like) throw new RangeError(`${where}: X: wanted at least one block of rows, got none`)
  checkSides(where, [rows, like.shape[1]])
  const all = new Int32Array(lengths.reduce((n, { length }) => n + length, 0))
  let row = 0
  for (const part of lengths) {
    all.set(part, row)
    row += part.length
  }
  return { numbers: numbers!, like, rows, stored, lengths: all, text: pass.text }
}

// In the very chunks that a matrix in memory is summed in.
async function sum({ arena }: Engine, seen: Seen, root: number, pass: Pass, pace: Pace): Promise<void> {
  const { numbers, like, rows, stored, text } = seen
  const { ld, size } = numbers
  const most = Math.max(1, Math.min(numbers.step, like.kind === 'csr' ? stored : rows))
  const mark = arena.mark()
  const at = arena.alloc(most * ld * size)
  let held = 0
  for (let X = await pass.next(); X; X = await pass.next()) {
    const lines = linesOf(X)
    for (let first = 0; first < lines;) {
      await pace.breathe()
      const count = Math.min(most - held, lines - first)
      numbers.put(X, first, count, at + held * ld * size)
      first += count
      held += count
      if (held < most) continue
      numbers.sum(at, held, root)
      held = 0
    }
  }
  if (held > 0) numbers.sum(at, held, root)
  arena.release(mark)
  await pass.end(rows, text)
}

class SourceWindow implements Window {
  readonly fingerprint: string
  private pass: Pass | undefined
  private x = 0
  /** Of a sparse matrix: the structure's memory, and the rows of a block one after another before they are sliced. */
  private room: Pick<Loaded, 'indices' | 'slices'> = { indices: 0, slices: [] }
  private indptr = new Int32Array(1)
  private indices = new Int32Array(0)
  private data: FloatArray

  constructor(
    private readonly engine: Engine,
    private readonly X: { -readonly [K in keyof Loaded]: Loaded[K] },
    private readonly seen: Seen,
    private readonly open: Open,
  ) {
    this.fingerprint = seen.text
    this.data = seen.like.data
  }

  reserve(cuts: readonly Cut[]): void {
    const { engine, X, seen } = this
    const { numbers, lengths } = seen
    const blocks = cuts.flatMap(allBlocks)
    const rows = blocks.reduce((most, { count }) => Math.max(most, count), 0)
    if (!X.sparse) {
      this.x = engine.arena.alloc(rows * X.ld * numbers.size)
      return
    }
    let most = 0
    for (const { first, count } of blocks) {
      let stored = 0
      for (let i = first; i < first + count; i++) stored += lengths[i] ?? 0
      most = Math.max(most, stored)
    }
    this.x = engine.arena.alloc(most * numbers.size)
    this.room = roomFor(engine, X.slices, rows, most)
    this.indptr = new Int32Array(rows + 1)
    this.indices = new Int32Array(most)
    this.data = X.precision === 'f32' ? new Float32Array(most) : new Float64Array(most)
  }

  async load(block: Span, pace: Pace): Promise<void> {
    const { X, seen } = this
    if (block.first === 0) {
      await this.close()
      this.pass = await this.open(seen.like)
    }
    const pass = this.pass!
    const got = await (X.sparse ? this.sparse(pass, block, pace) : this.dense(pass, block, pace))
    if (got === block.count && block.first + got < X.rows) return
    // The last rows; or those that came are others than before, which the end tells.
    await pass.end(seen.rows, seen.text)
    await this.close()
  }

  async close(): Promise<void> {
    const { pass } = this
    this.pass = undefined
    await pass?.close()
  }

  /** How many of the rows came. */
  private async dense(pass: Pass, { first, count: wanted }: Span, pace: Pace): Promise<number> {
    const { X, x, seen } = this
    const { numbers } = seen
    const bytes = X.ld * numbers.size
    let row = 0
    for await (const { X: block, from, count } of pass.take(wanted)) {
      for (let i = 0; i < count; i += numbers.step) {
        await pace.breathe()
        const part = Math.min(numbers.step, count - i)
        numbers.put(block, from + i, part, x + row * bytes)
        numbers.divide(x + row * bytes, part, X.root)
        row += part
      }
    }
    X.x = x - first * bytes
    return row
  }

  private async sparse(pass: Pass, { first, count: wanted }: Span, pace: Pace): Promise<number> {
    const { engine, X, x, room, indptr, indices, data, seen } = this
    let [row, stored] = [0, 0]
    for await (const { X: block, from, count } of pass.take(wanted)) {
      await pace.breathe()
      if (block.kind !== 'csr') return row // never: blocks are alike
      const [start = 0, end = 0] = [block.indptr[from], block.indptr[from + count]]
      if (stored + end - start > data.length) return row
      data.set(block.data.subarray(start, end), stored)
      indices.set(block.indices.subarray(start, end), stored)
      for (let i = 1; i <= count; i++) indptr[row + i] = stored + (block.indptr[from + i] ?? 0) - start
      row += count
      stored += end - start
    }
    const rows = {
      kind: 'csr',
      indptr: indptr.subarray(0, row + 1),
      indices: indices.subarray(0, stored),
      data: data.subarray(0, stored),
      shape: [row, X.columns],
    } as const
    await putSparse(engine, rows, { ...room, x }, seen.numbers, X.root, pace)
    X.x = x
    X.indices = room.indices
    // Row pointers count from the block's first entry.
    X.slices = room.slices.map(slice => ({ ...slice, indptr: slice.indptr - first * 4 }))
    return row
  }
}
