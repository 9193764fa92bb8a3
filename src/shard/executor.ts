import type { Engine } from '../../bindings/engine.js'
import { KernelTrap, WorkerLost } from '../core/errors.js'
import { dispose, type PoolRun, type Recorded } from '../core/pool.js'
import { blocksOf, type Phase, shardOf, shardsOf } from '../core/program.js'
import type { Pace } from '../core/pace.js'
import { type Address, type Done, type FromWorker, gather, scatter, sealOf } from './protocol.js'
import type { Loss, Seat } from './seat.js'
import { turn } from './turn.js'

const DEPTH = 2 // tasks that a worker has at once: the next one lies ready
const LANES = 3 // of a worker: these, and one whose part waits to be combined
const OWN = 3 // of the calling thread; one is kept for the shard that is combined next
const LOSSES = 3 // of one shard; with one more the fit is given up

interface Lane {
  readonly made: unknown
  readonly layout: readonly number[]
}

/** What becomes of the shards of one phase. */
interface Round {
  readonly phase: Phase
  readonly id: number
  /** Shards that nobody has, rising. */
  readonly pending: number[]
  /** Lanes of those that are done. */
  readonly ready: Map<number, { readonly lane: number; readonly seat: Seat | undefined }>
  readonly losses: Map<number, number>
  /** The next to combine. */
  next: number
  failure: Error | undefined
  over: boolean
}

/** Runs a program's phases on the calling thread and the workers of a pool together. Parts are combined in shard order,
 *  from lanes of their own, so the bits are those of the inline executor, whoever did what and whenever. */
export class PoolExecutor implements PoolRun {
  private readonly lanes: Lane[] = []
  private readonly free = new Map<Seat | undefined, number[]>()
  /** Without shared memory: what a worker has of the data, and the round whose state it knows. */
  private readonly sent = new Map<Seat, Set<string>>()
  private readonly owner = new Map<string, Seat | undefined>()
  private readonly informed = new Map<Seat, number>()
  private readonly outstanding = new Map<Seat, number>()
  private readonly scratch: number
  private readonly end: number
  private tasks = 0
  private rounds = 0

  constructor(
    private readonly session: number,
    private readonly engine: Engine,
    private readonly recorded: Recorded,
    private readonly seats: readonly Seat[],
    /** Resolves when a worker has said something or is gone, or after so many milliseconds. */
    private readonly news: (milliseconds: number) => Promise<void>,
  ) {
    this.scratch = engine.arena.alloc(8)
    for (const seat of [undefined, ...seats])
      for (let i = 0; i < (seat ? LANES : OWN); i++) this.free.set(seat, [...this.lanesOf(seat), this.addLane()])
    this.end = engine.arena.mark()
  }

  async run(phase: Phase, pace: Pace): Promise<void> {
    const total = shardsOf(phase.cut)
    const round: Round = {
      phase,
      id: ++this.rounds,
      pending: Array.from({ length: total }, (_, shard) => shard),
      ready: new Map(),
      losses: new Map(),
      next: 0,
      failure: undefined,
      over: false,
    }
    phase.begin()
    try {
      while (round.next < total) {
        pace.check()
        if (round.failure) throw round.failure
        if (total > 1) this.handOut(round)
        if (!(await this.workHere(round, pace)) && !round.ready.has(round.next)) await this.wait()
        this.combine(round)
      }
    } finally {
      round.over = true
    }
    phase.end()
  }

  [dispose](): void {
    for (const seat of this.seats) {
      if ((this.outstanding.get(seat) ?? 0) > 0) {
        this.engine.spoiled ||= this.engine.shared
        seat.end('the fit is over')
      }
      seat.leave(this.session)
    }
  }

  private handOut(round: Round): void {
    for (const seat of this.seats) {
      // Towards the end a worker is given no more than it can begin at once: somebody else may be free first.
      const depth = round.pending.length > 2 * this.seats.length ? DEPTH : 1
      while (seat.room(depth) > 0 && this.lanesOf(seat).length > 0) {
        const shard = this.pick(round, seat)
        if (shard === undefined) return
        this.give(round, shard, seat)
      }
    }
  }

  // The next shard; without shared memory rather one whose data are there already, or are nobody's yet.
  private pick({ phase, pending }: Round, seat: Seat | undefined): number | undefined {
    if (this.engine.shared || pending.length === 0) return pending.shift()
    const near = pending.slice(0, 4 * (this.seats.length + 1))
    const owners = near.map(shard => this.owner.get(`${phase.name} ${shard}`))
    let at = owners.indexOf(seat)
    if (at < 0) at = near.findIndex(shard => !this.owner.has(`${phase.name} ${shard}`))
    const [shard] = pending.splice(Math.max(0, at), 1)
    return shard
  }

  private give(round: Round, shard: number, seat: Seat): void {
    const { phase } = round
    const lane = this.lanesOf(seat).shift()!
    if (!seat.knows(this.session)) this.open(seat)
    const address: Address = { session: this.session, task: ++this.tasks, phase: phase.name, shard, lane }
    const patches = this.engine.shared ? undefined : gather(this.engine, this.regionsFor(round, shard, seat))
    this.outstanding.set(seat, (this.outstanding.get(seat) ?? 0) + 1)
    const settle = (): void => void this.outstanding.set(seat, (this.outstanding.get(seat) ?? 0) - 1)
    const assignment = {
      address,
      answer: (message: FromWorker): void => {
        settle()
        this.answered(round, address, seat, message)
      },
      lost: (loss: Loss): void => {
        settle()
        this.lost(round, address, seat, loss)
      },
    }
    seat.give(assignment, { kind: 'task', ...address, patches }, patches ? [patches.bytes.buffer] : [])
  }

  private open(seat: Seat): void {
    const { session, scratch, end } = this
    const { module, arena, shared } = this.engine
    const { name, spec, layout } = this.recorded
    const memory = shared ? arena.memory : undefined
    const lanes = this.lanes.map(lane => lane.layout)
    this.sent.set(seat, new Set())
    this.informed.delete(seat)
    seat.open({ kind: 'open', session, module, memory, bytes: end, scratch, program: name, spec, layout, lanes })
  }

  private regionsFor({ phase, id }: Round, shard: number, seat: Seat) {
    const { travels, cut } = phase
    const span = shardOf(cut, shard)
    const sent = this.sent.get(seat)!
    const data = travels.data(span).filter(({ at, bytes }) => !sent.has(`${at} ${bytes}`))
    for (const { at, bytes } of data) sent.add(`${at} ${bytes}`)
    this.owner.set(`${phase.name} ${shard}`, seat)
    const state = this.informed.get(seat) === id ? [] : travels.state()
    this.informed.set(seat, id)
    return [...data, ...state, ...travels.rows(span)]
  }

  private answered(round: Round, address: Address, seat: Seat, message: FromWorker): void {
    const { shard, lane } = address
    if (round.over) return this.release(seat, lane)
    if (message.kind === 'failed') {
      if (message.name === 'RuntimeError')
        round.failure = new KernelTrap(`a kernel trapped in a worker (${message.message})`)
      return this.refuse(round, address, seat, message.message)
    }
    if (message.kind !== 'done') return
    const wrong = this.take(round, address, message)
    if (wrong !== undefined) return this.refuse(round, address, seat, wrong)
    round.ready.set(shard, { lane, seat })
  }

  // The answer into its lane; what is wrong with it, if anything.
  private take({ phase }: Round, address: Address, { part, seal }: Done): string | undefined {
    const { engine, lanes, scratch } = this
    const lane = lanes[address.lane]!
    const regions = engine.shared ? [] : phase.travels.part(shardOf(phase.cut, address.shard), lane.made)
    if (!engine.shared) {
      const wanted = regions.reduce((sum, { bytes }) => sum + bytes, 0)
      if (!(part?.bytes instanceof Uint8Array) || part.bytes.length !== wanted)
        return `an answer of ${part?.bytes.length ?? 0} bytes, wanted ${wanted}`
      scatter(engine, { regions, bytes: part.bytes })
    }
    return sealOf(engine, address, regions, scratch) === seal ? undefined : 'an answer with a wrong checksum'
  }

  // A worker whose answer is wrong is not trusted with another.
  private refuse(round: Round, address: Address, seat: Seat, reason: string): void {
    this.lost(round, address, seat, { reason, lingers: false, mute: false })
    seat.end(reason)
  }

  private lost(round: Round, { shard, lane }: Address, seat: Seat, { reason, lingers, mute }: Loss): void {
    if (lingers && this.engine.shared) this.replace(seat)
    else this.release(seat, lane)
    if (round.over) return
    const losses = (round.losses.get(shard) ?? 0) + (mute ? 0 : 1)
    round.losses.set(shard, losses)
    if (losses > LOSSES)
      round.failure ??= new WorkerLost(`${round.phase.name}: shard ${shard} was lost ${losses} times (${reason})`)
    const at = round.pending.findIndex(other => other > shard)
    round.pending.splice(at < 0 ? round.pending.length : at, 0, shard)
  }

  private async workHere(round: Round, pace: Pace): Promise<boolean> {
    const { phase } = round
    const own = this.lanesOf(undefined)
    if (own.length === 0 || (own.length === 1 && round.pending[0] !== round.next)) return false
    const shard = own.length === 1 ? round.pending.shift() : this.pick(round, undefined)
    if (shard === undefined) return false
    const lane = own.shift()!
    const { made } = this.lanes[lane]!
    phase.open(shardOf(phase.cut, shard), made)
    for (const block of blocksOf(phase.cut, shard)) {
      for (const _ of phase.step(block, made));
      await turn()
      pace.check()
      for (const seat of this.seats) seat.check()
      if (round.pending.length > 0) this.handOut(round)
      this.combine(round)
    }
    round.ready.set(shard, { lane, seat: undefined })
    return true
  }

  private combine(round: Round): void {
    const { phase, ready } = round
    for (let done = ready.get(round.next); done; done = ready.get(round.next)) {
      phase.combine(shardOf(phase.cut, round.next), this.lanes[done.lane]!.made)
      this.release(done.seat, done.lane)
      ready.delete(round.next++)
    }
  }

  private async wait(): Promise<void> {
    const left = Math.min(...this.seats.map(seat => seat.check()))
    if (left > 0) await this.news(Math.min(left, 25))
  }

  private lanesOf(seat: Seat | undefined): number[] {
    return this.free.get(seat) ?? []
  }

  private release(seat: Seat | undefined, lane: number): void {
    this.lanesOf(seat).push(lane)
  }

  private addLane(): number {
    const { made, layout } = this.engine.arena.record(() => this.recorded.program.lane())
    return this.lanes.push({ made, layout }) - 1
  }

  // A lane that a worker may still write to is not used again. Without room for another the others do.
  private replace(seat: Seat): void {
    try {
      this.release(seat, this.addLane())
    } catch (error) {
      if (!(error instanceof Error && error.name === 'OutOfMemory')) throw error
    }
  }
}
