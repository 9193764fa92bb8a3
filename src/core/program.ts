import type { Pace } from './pace.js'

/** Bytes of the arena. */
export interface Region {
  readonly at: number
  readonly bytes: number
}

/** One round of an iteration over shards of rows (or columns). `open` makes a lane ready for a shard, `step` works on
 *  one of its blocks after another with the state as `begin` left it and the shard's rows as they were committed, and
 *  writes into the lane alone; `combine` commits the rows and adds the partial
 *  result to the total, always in shard order; `end` makes new state of the total. `open` and `step` run on any
 *  thread, the others on the one that runs the fit. Where the data are not held, `load` brings a block's before its
 *  step; such a phase runs on one thread. */
export interface Phase<L = unknown> {
  /** Which of its program's phases this is. */
  readonly name: string
  readonly cut: Cut
  begin(): Steps
  open(shard: Span, lane: L): Steps
  readonly load?: ((block: Span, pace: Pace) => Promise<void>) | undefined
  step(block: Span, lane: L): Steps
  combine(shard: Span, lane: L): Steps
  end(): Steps
  /** What has to travel where threads do not share their memory. */
  readonly travels: Travels<L>
}

/** Work that may be interrupted wherever it yields; or that was short and is done. */
export type Steps = Iterable<void> | void

export const stepsOf = (steps: Steps): Iterable<void> => steps ?? []

/** What steps read: `data` never changes, `state` is the same for all shards from `begin` to `end`, `rows` is the
 *  shard's own. `part` is all that `combine` reads. */
export interface Travels<L = unknown> {
  data(shard: Span): Region[]
  state(): Region[]
  rows(shard: Span): Region[]
  part(shard: Span, lane: L): Region[]
}

/** Tasks that are whole fits (restarts, folds, a grid of k), each in a lane of its own. What one yields is told on its
 *  way. */
export interface Job<L = unknown> {
  readonly name: string
  readonly tasks: number
  work(task: number, lane: L, pace: Pace): AsyncGenerator<unknown, unknown>
  /** What becomes of a task's lane and value: taken as tasks end, one after another, on the thread that runs the fit. */
  result(task: number, lane: L, value: unknown): unknown
  /** What a task reads, which never changes, and what it leaves in its lane. */
  data(): Region[]
  part(lane: L, task: number): Region[]
}

/** Runs phases; the bits are the same whoever does it. */
export interface Executor {
  run(phase: Phase, pace: Pace): Promise<void>
}

/** On the calling thread, shard after shard. The bits do not depend on where it pauses. */
export class Inline<L> implements Executor {
  constructor(private readonly lane: L) {}

  async run(phase: Phase<L>, pace: Pace): Promise<void> {
    const go = async (steps: Steps): Promise<void> => {
      for (const _ of stepsOf(steps)) await pace.breathe()
    }
    await go(phase.begin())
    for (let s = 0; s < shardsOf(phase.cut); s++) {
      const shard = shardOf(phase.cut, s)
      await go(phase.open(shard, this.lane))
      for (const block of blocksOf(phase.cut, s)) {
        await pace.breathe()
        if (phase.load) await phase.load(block, pace)
        await go(phase.step(block, this.lane))
      }
      await go(phase.combine(shard, this.lane))
    }
    await go(phase.end())
  }
}

/** Rows cut into shards, these into blocks of `block` rows; the last block of a shard may be shorter. A shard's partial
 *  result is what travels and is added up; a block is a short time's work. */
export interface Cut {
  readonly total: number
  /** Rows of the largest shard. */
  readonly height: number
  /** First row of every shard. */
  readonly starts: readonly number[]
  readonly block: number
}

export interface Span {
  readonly first: number
  readonly count: number
}

/** Cuts rows so that a block is about `blockWork` multiply-adds and a shard at least `leastBlocks` of them and at least
 *  `leastWork`: from the shape alone, so the result does not depend on the machine. Blocks are multiples of 48 rows
 *  (whole blocks of the row kernels), of 4 or 1 where fewer rows are enough. */
export function cutRows(total: number, workPerRow: number, leastWork = 0, blockWork = 1e7, leastBlocks = 2): Cut {
  const fitting = blockWork / Math.max(1, workPerRow)
  const unit = fitting < 4 ? 1 : fitting < 48 ? 4 : 48
  // As many blocks as that makes, and equal ones: of few shards a short last one would leave a thread idle.
  const blocks = Math.ceil(total / Math.max(unit, Math.floor(fitting / unit) * unit))
  const block = Math.ceil(total / blocks / unit) * unit
  const height = Math.max(leastBlocks, Math.ceil(leastWork / (block * Math.max(1, workPerRow)))) * block
  return cutBy(total, height, block, total < TAPERS * height ? height : Math.ceil(height / 4 / unit) * unit, unit)
}

const TAPERS = 4 // shards: of fewer, what each leaves to be added up would weigh too much

/** Shards of `height` rows; towards the end half of what is left, down to `least`, so that threads end together. */
export function cutBy(total: number, height: number, block: number, least = height, unit = 1): Cut {
  const starts: number[] = []
  for (let first = 0; first < total;) {
    starts.push(first)
    const half = Math.ceil((total - first) / 2 / unit) * unit
    first += Math.min(height, Math.max(least, half))
  }
  return { total, height, starts, block }
}

export const shardsOf = ({ starts }: Cut): number => starts.length

/** The rows of a shard. */
export function shardOf({ total, starts }: Cut, shard: number): Span {
  const first = starts[shard] ?? total
  return { first, count: (starts[shard + 1] ?? total) - first }
}

/** The blocks of a shard. */
export function blocksOf(cut: Cut, shard: number): Span[] {
  const { first: start, count: rows } = shardOf(cut, shard)
  return Array.from({ length: Math.ceil(rows / cut.block) }, (_, b) => {
    const first = start + b * cut.block
    return { first, count: Math.min(cut.block, start + rows - first) }
  })
}

/** The blocks of all shards. */
export const allBlocks = (cut: Cut): Span[] =>
  Array.from({ length: shardsOf(cut) }, (_, shard) => blocksOf(cut, shard)).flat()
