import { endsAreTold, idleIsFree, type Port, type Spawn } from '../../bindings/workers.js'
import type { Address, FromWorker, Hello, Open, ToWorker } from './protocol.js'

/** A shard that a worker has been given. */
export interface Assignment {
  readonly address: Address
  answer(message: Exclude<FromWorker, Hello>): void
  /** The worker is gone before it answered. */
  lost(loss: Loss): void
}

export interface Loss {
  readonly reason: string
  /** It may yet be writing to shared memory: the host does not say when a worker has ended. */
  readonly lingers: boolean
  /** It had never answered: the host may not let workers run at all. */
  readonly mute: boolean
}

const STARTS = 3 // without a word from a worker before the seat is given up

/** A place for a worker: the worker, started when it is first needed and again after it was lost, and what it has been
 *  given. */
export class Seat {
  private port: Promise<Port | undefined> | undefined
  private leaving = false
  private closed = false
  private readonly tasks = new Map<number, Assignment>()
  private sessions = new Set<number>()
  private silent = 0
  private since = 0
  private life = 0

  constructor(
    private readonly source: string,
    private readonly spawn: Spawn,
    /** Milliseconds that a task may take, and those that a worker may besides take to say its first word. */
    private readonly deadline: number,
    private readonly start: number,
    private readonly changed: () => void,
  ) {}

  /** Tasks that it may still be given, of `depth` at once. */
  room(depth: number): number {
    return this.leaving || this.closed || this.silent >= STARTS ? 0 : Math.max(0, depth - this.tasks.size)
  }

  get busy(): boolean {
    return this.tasks.size > 0
  }

  knows(session: number): boolean {
    return this.sessions.has(session)
  }

  open(message: Open): void {
    this.sessions.add(message.session)
    this.post(message)
  }

  give(assignment: Assignment, message: ToWorker, transfer: Transferable[]): void {
    if (this.tasks.size === 0) this.since = performance.now()
    this.tasks.set(assignment.address.task, assignment)
    this.post(message, transfer)
    this.hold()
  }

  leave(session: number): void {
    if (!this.sessions.delete(session)) return
    if (this.sessions.size === 0 && !idleIsFree()) this.end('idle')
    else this.post({ kind: 'close', session })
  }

  /** Milliseconds until its first task is late; Infinity without one. Ends the worker where that is past. */
  check(): number {
    if (this.tasks.size === 0) return Infinity
    const allowed = this.deadline + (this.silent > 0 ? this.start : 0)
    const left = this.since + allowed - performance.now()
    if (left <= 0) this.end(`no answer within ${allowed} ms`)
    return this.tasks.size === 0 ? Infinity : left
  }

  /** Ends the worker; what it was given is lost. The next task starts another. */
  end(reason: string): void {
    const { port } = this
    if (!port) return
    // Where the host tells when a thread has ended, its place is free only then.
    this.leaving = true
    const gone = port.then(started => started?.kill())
    this.forget(reason, !endsAreTold())
    void gone.then(() => {
      this.leaving = false
      this.changed()
    })
  }

  /** For good. */
  close(): void {
    this.closed = true
    this.end('the pool is closed')
  }

  private post(message: ToWorker, transfer: Transferable[] = []): void {
    this.port ??= this.begin()
    void this.port.then(port => port?.post(message, transfer))
  }

  private async begin(): Promise<Port | undefined> {
    const life = ++this.life
    this.silent++
    const lost = (reason: string): void => {
      if (life === this.life) this.end(reason)
    }
    try {
      return await this.spawn(this.source, { message: message => this.hear(life, message as FromWorker), lost })
    } catch (error) {
      // Not before `port` is set, so that it is forgotten.
      void Promise.resolve().then(() => lost(error instanceof Error ? error.message : String(error)))
      return undefined
    }
  }

  private hear(life: number, message: FromWorker): void {
    if (life !== this.life) return // of a worker that is gone
    if (message === null || typeof message !== 'object') return // not of our worker
    this.silent = 0
    if (message.kind === 'hello') {
      this.since = performance.now()
      return
    }
    const assignment = this.tasks.get(message.task)
    if (!assignment) return // a second answer, or one to what is no longer asked
    this.since = performance.now()
    if (message.kind !== 'told') this.tasks.delete(message.task)
    this.hold()
    assignment.answer(message)
    this.changed()
  }

  private forget(reason: string, lingers: boolean): void {
    this.life++
    this.port = undefined
    this.sessions = new Set()
    const lost = [...this.tasks.values()]
    this.tasks.clear()
    for (const assignment of lost) assignment.lost({ reason, lingers, mute: this.silent > 0 })
    this.changed()
  }

  // A worker keeps the process alive only while it is waited for.
  private hold(): void {
    const held = this.busy
    void this.port?.then(port => port?.hold(held))
  }
}
