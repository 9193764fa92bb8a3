import type { Engine } from '../../bindings/instance.js'
import { canShareMemory, hardwareThreads, hasWorkers, type Spawn, spawn } from '../../bindings/workers.js'
import type { Pool, Recorded } from '../core/pool.js'
import { PoolExecutor } from './executor.js'
import { Seat } from './seat.js'

export interface PoolOptions {
  /** Milliseconds that a worker may take for a shard (or be silent in a long task); then it is ended and the shard done
   *  again. */
  readonly deadline?: number
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
    { deadline = 60_000, spawn: start = spawn, shared = canShareMemory() }: PoolOptions = {},
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

  [Symbol.dispose](): void {
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
export async function makePool(threads: number, options: PoolOptions = {}): Promise<WorkerPool> {
  const { source } = await import('#worker')
  const possible = source !== '' && hasWorkers()
  return new WorkerPool(possible ? threads || (await hardwareThreads()) : 1, source, options)
}
