import type { Engine } from '../../bindings/engine.js'
import { canShareMemory, hardwareThreads, hasWorkers, type Spawn, spawn } from '../../bindings/workers.js'
import { dispose, type Pool, type PoolOptions, type Recorded } from '../core/pool.js'
import { PoolExecutor } from './executor.js'
import { Seat } from './seat.js'

export interface Setting extends PoolOptions {
  /** How workers are made, and whether memory is shared with them: by default as the host has it. */
  readonly spawn?: Spawn
  readonly shared?: boolean
}

let sessions = 0

/** Threads of this host: the calling one and threads - 1 workers, started when they are first needed. Idle ones keep no
 *  process alive. */
export class WorkerPool implements Pool {
  readonly shared: boolean
  private readonly seats: readonly Seat[]
  private waiting: (() => void)[] = []

  constructor(
    readonly threads: number,
    source: string,
    { deadline = 60_000, spawn: start = spawn, shared = canShareMemory() }: Setting = {},
  ) {
    this.shared = shared
    const changed = (): void => {
      const waiting = this.waiting
      this.waiting = []
      for (const resolve of waiting) resolve()
    }
    this.seats = Array.from({ length: threads - 1 }, () => new Seat(source, start, deadline, changed))
  }

  executor(engine: Engine, recorded: Recorded): PoolExecutor {
    return new PoolExecutor(++sessions, engine, recorded, this.seats, milliseconds => this.news(milliseconds))
  }

  [dispose](): void {
    for (const seat of this.seats) seat.end('the pool is closed')
  }

  private async news(milliseconds: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>(resolve => {
      this.waiting.push(resolve)
      timer = setTimeout(resolve, milliseconds)
    })
    clearTimeout(timer)
  }
}

/** A pool of `threads`, 0 for as many as the host says are worth having. One thread, the calling one, where the host has
 *  no workers. */
export async function makePool(threads: number, options: Setting = {}): Promise<WorkerPool> {
  const { source } = await import('#worker')
  const possible = source !== '' && hasWorkers()
  return new WorkerPool(possible ? threads || (await hardwareThreads()) : 1, source, options)
}
