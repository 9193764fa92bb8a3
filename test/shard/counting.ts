// A program that is not NMF's, as later ones will be: whole numbers counted by shards, and a grid of tasks.
import type { Engine } from '../../bindings/engine.js'
import type { Program } from '../../src/core/pool.js'
import { cutBy, type Job, type Phase } from '../../src/core/program.js'

export interface CountingSpec {
  readonly numbers: number
  readonly bins: number
  readonly tasks: number
}

export class Counting implements Program<number> {
  readonly phases: readonly Phase<number>[]
  readonly jobs: readonly Job<number>[]
  readonly heap = 0
  readonly spare = 0
  readonly data: number
  readonly totals: number

  constructor(
    private readonly engine: Engine,
    private readonly spec: CountingSpec,
  ) {
    const { arena } = engine
    const { numbers, bins, tasks } = spec
    this.data = arena.alloc(numbers * 4)
    this.totals = arena.alloc(bins * 4)
    const view = (at: number): Int32Array => arena.i32(at, bins)
    const all = (): Int32Array => arena.i32(this.data, numbers)
    this.phases = [
      {
        name: 'count',
        cut: cutBy(numbers, 1000, 250),
        begin: () => void view(this.totals).fill(0),
        open: (_, lane) => void view(lane).fill(0),
        step: ({ first, count }, lane) => {
          const counts = view(lane)
          for (const number of arena.i32(this.data + first * 4, count)) counts[number]!++
        },
        combine: (_, lane) => {
          const totals = view(this.totals)
          view(lane).forEach((count, bin) => (totals[bin]! += count))
        },
        end: () => {},
        travels: {
          data: ({ first, count }) => [{ at: this.data + first * 4, bytes: count * 4 }],
          state: () => [],
          rows: () => [],
          part: (_, lane) => [{ at: lane, bytes: bins * 4 }],
        },
      },
    ]
    this.jobs = [
      {
        name: 'grid',
        tasks,
        // The numbers below task + 1; the first tasks take longest.
        async *work(task, lane) {
          yield `${task} begins`
          await new Promise(resolve => setTimeout(resolve, 3 * (tasks - task)))
          view(lane)[0] = all().filter(number => number <= task).length
          return { task }
        },
        result: (task, lane, value) => ({ task, told: (value as { task: number }).task, count: view(lane)[0] }),
        data: () => [{ at: this.data, bytes: numbers * 4 }],
        part: lane => [{ at: lane, bytes: bins * 4 }],
      },
    ]
  }

  lane(): number {
    return this.engine.arena.alloc(this.spec.bins * 4)
  }
}
