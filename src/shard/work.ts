import type { Pace } from '../core/pace.js'
import { blocksOf, type Job, type Phase, type Region, shardOf, shardsOf, stepsOf } from '../core/program.js'

/** A phase or a job, as the executor deals it out. */
export interface Work {
  readonly name: string
  readonly total: number
  /** Of a job: its pieces take long, and nothing is gained by a second one lying ready. */
  readonly long: boolean
  data(index: number): Region[]
  state(): Region[]
  rows(index: number): Region[]
  part(index: number, lane: unknown): Region[]
  /** Does a piece on the calling thread, and calls `between` whenever something may have come from the others. */
  here(index: number, lane: unknown, between: () => Promise<void>): Promise<unknown>
  /** On the thread that runs the fit: of shards in their order, of tasks as they end. */
  combine(index: number, lane: unknown, value: unknown): unknown
}

export function workOf(phase: Phase, pace: Pace): Work {
  const { name, cut, travels } = phase
  return {
    name,
    total: shardsOf(cut),
    long: false,
    data: index => travels.data(shardOf(cut, index)),
    state: () => travels.state(),
    rows: index => travels.rows(shardOf(cut, index)),
    part: (index, lane) => travels.part(shardOf(cut, index), lane),
    async here(index, lane, between) {
      for (const _ of stepsOf(phase.open(shardOf(cut, index), lane))) await between()
      for (const block of blocksOf(cut, index)) {
        // Between slices too: a worker that is done waits for the next piece until it is heard.
        for (const _ of stepsOf(phase.step(block, lane))) await between()
        await between()
      }
    },
    async combine(index, lane) {
      for (const _ of stepsOf(phase.combine(shardOf(cut, index), lane))) await pace.breathe()
    },
  }
}

export function workOfJob(job: Job, pace: Pace, told: (value: unknown) => void): Work {
  return {
    name: job.name,
    total: job.tasks,
    long: true,
    data: () => job.data(),
    state: () => [],
    rows: () => [],
    part: (index, lane) => job.part(lane, index),
    async here(index, lane, between) {
      const steps = job.work(index, lane, pace)
      for (;;) {
        const { done, value } = await steps.next()
        if (done) return value
        told(value)
        await between()
      }
    },
    combine: (index, lane, value) => job.result(index, lane, value),
  }
}
