import type { Pace } from './run.js'

/** One round of an iteration over shards of rows (or columns). `step` works on a shard with the state as `begin` left
 *  it and leaves a partial result; `combine` adds that to the total, always in shard order; `end` makes new state of
 *  the total. */
export interface Phase {
  readonly shards: number
  begin(): void
  step(shard: number): void
  combine(shard: number): void
  end(): void
}

/** Runs phases, one after another, on the calling thread. The bits do not depend on where it pauses. */
export async function runPhases(phases: readonly Phase[], pace: Pace): Promise<void> {
  for (const phase of phases) {
    phase.begin()
    for (let shard = 0; shard < phase.shards; shard++) {
      await pace.breathe()
      phase.step(shard)
      phase.combine(shard)
    }
    phase.end()
  }
}

/** Equal stretches of `total` rows, the last one shorter. */
export interface Cut {
  readonly total: number
  readonly height: number
  readonly shards: number
}

/** Cuts rows so that one shard is about `target` multiply-adds: from the shape alone, so the result does not depend on
 *  the machine. Heights are multiples of 48 (two blocks of the row kernels). */
export function cutRows(total: number, workPerRow: number, target = 2e7): Cut {
  const fitting = Math.ceil(target / Math.max(1, workPerRow) / 48) * 48
  const height = Math.min(Math.max(48, fitting), Math.max(48, Math.ceil(total / 48) * 48))
  return { total, height, shards: Math.ceil(total / height) }
}

export function shardOf({ total, height }: Cut, shard: number): { first: number; count: number } {
  const first = shard * height
  return { first, count: Math.min(height, total - first) }
}
