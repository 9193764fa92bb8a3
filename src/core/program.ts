import type { Pace } from './run.js'

/** One iteration of a method over rows: `step` works on a shard with the state as it stood at the start and leaves a
 *  partial result, `combine` adds that to the total, always in shard order, `update` turns the total into new state. */
export interface Program {
  readonly shards: number
  begin(): void
  step(shard: number): void
  combine(): void
  update(): void
}

/** Runs one iteration on the calling thread. The bits do not depend on where it pauses. */
export async function iterate(program: Program, pace: Pace): Promise<void> {
  program.begin()
  for (let shard = 0; shard < program.shards; shard++) {
    await pace.breathe()
    program.step(shard)
    program.combine()
  }
  program.update()
}

/** Rows in a shard: from the shape alone, so the result does not depend on the machine. A multiple of 16 (a HALS
 *  block), sized for about `target` multiply-adds. */
export function shardRows(workPerRow: number, target = 4e6): number {
  return Math.max(16, Math.ceil(target / Math.max(1, workPerRow) / 16) * 16)
}
