import { endsAreTold, idleIsFree, type Port, reasonOf, type Spawn } from '../../bindings/workers.js'
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
  /** It had never done anything: the host may not let workers run at all. */
  readonly mute: boolean
}

const STARTS = 3 // of workers that are lost before they have done anything; then the seat is given up

/** A place for a worker: the worker, started when it is first needed and again after it was lost, and what it has been
 *  given. */
export class Seat {
  /** Whether a worker has ever done anything here. */
  worked = false
  /** Why its worker could not do a piece of work, if that was so. */
  trouble: string | undefined
  private port: Promise<Port | undefined> | undefined
  /** The same once it is there. */
  private at: Port | undefined
  private leaving = false
  private closed = false
  private readonly tasks = new Map<number, Assignment>()
  private sessions = new Set<number>()
  private since = 0
  private life = 0
  /** Of this life: it has said its first word; it has done a task. */
  private greeted = false
  private proved = false
  private failures = 0
  /** What it was first given is no longer asked. */
  private abandoned = false

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
    const full = this.leaving || this.closed || this.mute || this.failures >= STARTS
    return full ? 0 : Math.max(0, depth - this.tasks.size)
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

  /** Whether its worker has not said a word yet. */
  get starting(): boolean {
    return this.port !== undefined && !this.greeted
  }

  /** What it was given for this session is no longer asked. */
  abandon(session: number): void {
    for (const [task, { address }] of this.tasks) if (address.session === session) this.tasks.delete(task)
    this.abandoned = true
    this.hold()
  }

  leave(session: number): void {
    if (!this.sessions.delete(session)) return
    if (this.sessions.size === 0 && !idleIsFree()) this.end('idle')
    else this.post({ kind: 'close', session })
  }

  /** Milliseconds until what it was given, or its first word, is late; Infinity where nothing is waited for. */
  get left(): number {
    return this.tasks.size > 0 || this.mute ? this.since + this.allowed - performance.now() : Infinity
  }

  /** Ends the worker where an answer is late. Only after a turn of the event loop: one may lie there unheard. */
  check(): void {
    if (this.left <= 0) this.fail(`no answer within ${this.allowed} ms`)
  }

  /** Ends the worker for a fault of its own. */
  fail(reason: string): void {
    if (this.port && !this.proved) this.failures++
    this.end(reason)
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
    const { life } = this
    const send = (port: Port | undefined): void => {
      try {
        port?.post(message, transfer)
      } catch (error) {
        // Not every host copies everything to its workers. Told later, as by a host.
        void Promise.resolve().then(() => this.lost(life, reasonOf(error)))
      }
    }
    // At once where that can be: the calling thread goes to work next.
    if (this.at) send(this.at)
    else void this.port.then(send)
  }

  private lost(life: number, reason: string): void {
    if (life === this.life) this.fail(reason)
  }

  private async begin(): Promise<Port | undefined> {
    const life = ++this.life
    this.greeted = this.proved = this.abandoned = false
    const lost = (reason: string): void => this.lost(life, reason)
    try {
      const port = await this.spawn(this.source, { message: message => this.hear(life, message as FromWorker), lost })
      // After what waits for it already.
      void Promise.resolve().then(() => (life === this.life ? (this.at = port) : undefined))
      return port
    } catch (error) {
      // Not before `port` is set, so that it is forgotten.
      void Promise.resolve().then(() => lost(reasonOf(error)))
      return undefined
    }
  }

  private hear(life: number, message: FromWorker): void {
    if (life !== this.life) return // of a worker that is gone
    if (message === null || typeof message !== 'object') return // not of our worker
    if (message.kind === 'hello') {
      this.greeted = true
      this.since = performance.now()
      return
    }
    const assignment = this.tasks.get(message.task)
    if (!assignment) return // a second answer, or one to what is no longer asked
    this.since = performance.now()
    if (message.kind !== 'told') this.tasks.delete(message.task)
    if (message.kind === 'done') {
      this.proved = this.worked = true
      this.failures = 0
    }
    this.hold()
    assignment.answer(message)
    this.changed()
  }

  private forget(reason: string, lingers: boolean): void {
    this.life++
    this.port = this.at = undefined
    this.abandoned = false
    this.sessions = new Set()
    const lost = [...this.tasks.values()]
    this.tasks.clear()
    for (const assignment of lost) assignment.lost({ reason, lingers, mute: !this.proved })
    this.changed()
  }

  // Until it speaks it is given no more: that would lie there with all that it holds.
  private get mute(): boolean {
    return this.abandoned && !this.greeted
  }

  private get allowed(): number {
    return this.deadline + (this.greeted ? 0 : this.start)
  }

  // A worker keeps the process alive only while it is waited for.
  private hold(): void {
    const held = this.busy
    if (this.at) this.at.hold(held)
    else void this.port?.then(port => port?.hold(held))
  }
}
