import type { Engine } from '../../bindings/engine.js'
import { canShareMemory, hardwareThreads, hasWorkers, type Spawn, spawn } from '../../bindings/workers.js'
import { dispose, type Pool, type PoolOptions, type Recorded } from '../core/pool.js'
import { PoolExecutor } from './executor.js'
import { Seat } from './seat.js'

export interface Setting extends PoolOptions {
  /** How workers are made, and whether memory is shared with them: by default as the host has it. */
  readonly spawn?: Spawn
  readonly shared?: boolean
  /** Milliseconds that a worker may take to start, beside those for its task. */
  readonly start?: number
  /** The worker's module as text. */
  readonly source?: string
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
    { deadline = 60_000, start = 10_000, spawn: make = spawn, shared = canShareMemory() }: Setting = {},
  ) {
    this.shared = shared && threads > 1
    const changed = (): void => {
      const waiting = this.waiting
      this.waiting = []
      for (const resolve of waiting) resolve()
    }
    this.seats = Array.from({ length: threads - 1 }, () => new Seat(source, make, deadline, start, changed))
  }

  get worked(): number {
    return this.seats.filter(seat => seat.worked).length
  }

  get trouble(): string | undefined {
    return this.seats.find(seat => seat.trouble !== undefined)?.trouble
  }

  executor(engine: Engine, recorded: Recorded): PoolExecutor | undefined {
    const { seats } = this
    const executor = new PoolExecutor(++sessions, engine, recorded, seats, milliseconds => this.news(milliseconds))
    return executor.able ? executor : undefined
  }

  [dispose](): void {
    for (const seat of this.seats) seat.close()
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
export async function makePool(threads: number, setting: Setting = {}): Promise<WorkerPool> {
  const source = setting.source ?? (await import('#worker')).source
  const possible = hasWorkers() && (source !== '' || setting.source !== undefined)
  return new WorkerPool(possible ? threads || (await hardwareThreads()) : 1, source, setting)
}
