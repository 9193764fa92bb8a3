import type { Pace } from './run.js'

/** One round of an iteration over shards of rows (or columns). `open` clears the shard's partial result, `step` works
 *  on one block of it after another with the state as `begin` left it, yielding where it may be interrupted, `combine`
 *  adds the result to the total, always in shard order; `end` makes new state of the total. */
export interface Phase {
  readonly cut: Cut
  begin(): void
  open(shard: number): void
  step(block: Span): Iterable<void>
  combine(shard: number): void
  end(): void
}

/** Runs phases, one after another, on the calling thread. The bits do not depend on where it pauses. */
export async function runPhases(phases: readonly Phase[], pace: Pace): Promise<void> {
  for (const phase of phases) {
    phase.begin()
    for (let shard = 0; shard < shardsOf(phase.cut); shard++) {
      phase.open(shard)
      for (const block of blocksOf(phase.cut, shard)) {
        await pace.breathe()
        for (const _ of phase.step(block)) await pace.breathe()
      }
      phase.combine(shard)
    }
    phase.end()
  }
}

/** Rows cut into shards of `height` rows, these into blocks of `block`; the last ones are shorter. A shard's partial
 *  result is what travels and is added up; a block is a short time's work. */
export interface Cut {
  readonly total: number
  readonly height: number
  readonly block: number
}

export interface Span {
  readonly first: number
  readonly count: number
}

/** Cuts rows so that a block is about `blockWork` multiply-adds and a shard at least twice that and at least
 *  `leastWork`: from the shape alone, so the result does not depend on the machine. Blocks are multiples of 48 rows (whole blocks of the
 *  row kernels), of 4 or 1 where fewer rows are enough. */
export function cutRows(total: number, workPerRow: number, leastWork = 0, blockWork = 1e7): Cut {
  const fitting = blockWork / Math.max(1, workPerRow)
  const unit = fitting < 4 ? 1 : fitting < 48 ? 4 : 48
  const block = Math.max(unit, Math.min(Math.floor(fitting / unit), Math.ceil(total / unit)) * unit)
  const height = Math.max(2, Math.ceil(leastWork / (block * Math.max(1, workPerRow)))) * block
  return { total, height, block }
}

export const shardsOf = ({ total, height }: Cut): number => Math.ceil(total / height)

/** The blocks of a shard. */
export function blocksOf({ total, height, block }: Cut, shard: number): Span[] {
  const [start, end] = [shard * height, Math.min(total, (shard + 1) * height)]
  return Array.from({ length: Math.ceil((end - start) / block) }, (_, b) => {
    const first = start + b * block
    return { first, count: Math.min(block, end - first) }
  })
}

/** The blocks of all shards. */
export const allBlocks = (cut: Cut): Span[] =>
  Array.from({ length: shardsOf(cut) }, (_, shard) => blocksOf(cut, shard)).flat()
