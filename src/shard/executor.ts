import type { Engine } from '../../bindings/engine.js'
import { endsAreTold } from '../../bindings/workers.js'
import { KernelTrap, OutOfMemory, WorkerLost } from '../core/errors.js'
import { Pace, turn } from '../core/pace.js'
import { dispose, type PoolRun, type Recorded } from '../core/pool.js'
import { type Job, type Phase, type Region, shardsOf, stepsOf } from '../core/program.js'
import { type Address, type Done, type Failed, gather, scatter, sealOf, type Told } from './protocol.js'
import type { Loss, Seat } from './seat.js'
import { type Work, workOf, workOfJob } from './work.js'

const DEPTH = 2 // tasks that a worker has at once: the next one lies ready
const LANES = 3 // of a worker: these, and one whose part waits to be combined
const OWN = 4 // of the calling thread; one is kept for the shard that is combined next
const HEAR_MS = 1 // between two looks of the calling thread at what has come
const LOSSES = 4 // of one piece; then the calling thread does it or, where answers were wrong, the fit is given up

let tasks = 0 // given so far, whoever's

interface Lane {
  readonly made: unknown
  readonly heap: number
  readonly layout: readonly number[]
}

interface Ready {
  readonly lane: number
  readonly seat: Seat | undefined
  readonly value: unknown
}

/** What becomes of the pieces of one phase or job. */
interface Round {
  readonly work: Work
  readonly id: number
  readonly told: (value: unknown) => void
  /** Pieces that nobody has, rising. */
  readonly pending: number[]
  /** Those that are done and not yet combined. */
  readonly ready: Map<number, Ready>
  readonly losses: Map<number, number>
  readonly results: unknown[]
  /** How many are combined; of shards, the next one. */
  next: number
  combining: Promise<void> | undefined
  failure: Error | undefined
  over: boolean
}

/** Runs a program's phases on the calling thread and the workers of a pool together. Parts are combined in shard order,
 *  from lanes of their own, so the bits are those of the inline executor, whoever did what and whenever. */
export class PoolExecutor implements PoolRun {
  private readonly lanes: Lane[] = []
  /** What each may take; the last one given back is taken first, as the caches have it. */
  private readonly free = new Map<Seat | undefined, number[]>()
  /** Without shared memory: what a worker has of the data, and the round whose state it knows. */
  private readonly sent = new Map<Seat, Set<string>>()
  private readonly owner = new Map<number, Seat | undefined>()
  private readonly informed = new Map<Seat, number>()
  private readonly hearing = new Pace(undefined, HEAR_MS)
  private readonly outstanding = new Map<Seat, number>()
  /** Seats whose worker cannot do this program's work: it has no memory for it, say. */
  private readonly unfit = new Set<Seat>()
  private readonly seats: readonly Seat[]
  private readonly scratch: number
  private readonly end: number
  private rounds = 0
  private left = false

  constructor(
    private readonly session: number,
    private readonly engine: Engine,
    private readonly recorded: Recorded,
    seats: readonly Seat[],
    /** Resolves when a worker has said something or is gone, or after so many milliseconds. */
    private readonly news: (milliseconds: number) => Promise<void>,
  ) {
    const { arena } = engine
    const { phases, jobs } = recorded.program
    this.scratch = arena.alloc(8)
    // A thread more than there are pieces would find nothing to do.
    const pieces = Math.max(...phases.map(({ cut }) => shardsOf(cut)), ...jobs.map(({ tasks }) => tasks))
    this.seats = seats.slice(0, pieces - 1)
    const own = jobs.length > 0 ? 1 : Math.min(OWN, pieces) // of a job it has one task at a time, and combines it
    const places = [undefined, ...this.seats]
    for (const seat of places) this.free.set(seat, [])
    // First one for each, then another, as far as the memory goes.
    const wanted = Array.from({ length: Math.max(own, LANES) }, (_, i) =>
      places.filter(seat => i < (seat ? LANES : own)),
    ).flat()
    for (const seat of wanted) if (!this.addSpared(seat)) break
    this.end = arena.mark()
  }

  /** Whether there was memory for a lane at all. */
  get able(): boolean {
    return this.lanes.length > 0
  }

  async run(phase: Phase, pace: Pace): Promise<void> {
    for (const _ of stepsOf(phase.begin())) await pace.breathe()
    await this.deal(workOf(phase, pace), pace, () => {})
    for (const _ of stepsOf(phase.end())) await pace.breathe()
  }

  map(job: Job, pace: Pace, told: (value: unknown) => void): Promise<unknown[]> {
    return this.deal(workOfJob(job, pace, told), pace, told)
  }

  [dispose](): void {
    this.left = true
    for (const seat of this.seats) {
      if ((this.outstanding.get(seat) ?? 0) > 0) {
        this.engine.spoiled ||= this.engine.shared
        // One that is only starting is there for the next fit; of this one it does nothing any more.
        if (seat.starting) seat.abandon(this.session)
        else seat.end('the fit is over')
      }
      seat.leave(this.session)
    }
  }

  private async deal(work: Work, pace: Pace, told: (value: unknown) => void): Promise<unknown[]> {
    const round: Round = {
      work,
      id: ++this.rounds,
      told,
      pending: Array.from({ length: work.total }, (_, index) => index),
      ready: new Map(),
      losses: new Map(),
      results: [],
      next: 0,
      combining: undefined,
      failure: undefined,
      over: false,
    }
    try {
      while (round.next < work.total) {
        pace.check()
        if (round.failure) throw round.failure
        this.handOut(round)
        const worked = await this.workHere(round, pace)
        if (!worked && ripe(round) === undefined) await this.wait()
        await this.combine(round)
      }
    } finally {
      round.over = true
      await round.combining // it writes to the arena
    }
    return round.results
  }

  private handOut(round: Round): void {
    if (round.over || this.left || round.work.total === 1) return
    try {
      this.handTo(round)
    } catch (error) {
      round.failure ??= error as Error // no memory for what a piece needs
    }
  }

  private handTo(round: Round): void {
    const { work, pending } = round
    for (const seat of this.seats) {
      if (this.unfit.has(seat)) continue
      // Towards the end a worker is given no more than it can begin at once, and of tasks, which take long, never more:
      // somebody else may be free first.
      const depth = (): number => (!work.long && pending.length > 2 * (this.seats.length + 1) ? DEPTH : 1)
      while (seat.room(depth()) > 0 && this.lanesOf(seat).length > 0) {
        const index = this.pick(round, seat)
        if (index === undefined) return
        this.give(round, index, seat)
      }
    }
  }

  // The next piece; without shared memory rather one whose data are there already, or are nobody's yet.
  private pick({ work, pending, losses }: Round, seat: Seat | undefined): number | undefined {
    const mine = seat ? pending.filter(index => (losses.get(index) ?? 0) < LOSSES) : pending
    let at = 0
    if (!this.engine.shared && !work.long) {
      const owners = mine.slice(0, 4 * (this.seats.length + 1)).map(index => placeOf(work, index))
      at = owners.findIndex(place => this.owner.has(place) && this.owner.get(place) === seat)
      if (at < 0) at = owners.findIndex(place => !this.owner.has(place))
    }
    const index = mine[Math.max(0, at)]
    if (index !== undefined) pending.splice(pending.indexOf(index), 1)
    return index
  }

  private give(round: Round, index: number, seat: Seat): void {
    const lane = this.lanesOf(seat).pop()!
    if (!seat.knows(this.session)) this.open(seat)
    const address: Address = { session: this.session, task: ++tasks, work: round.work.name, index, lane }
    const patches = this.engine.shared ? undefined : gather(this.engine, this.regionsFor(round, index, seat))
    this.outstanding.set(seat, (this.outstanding.get(seat) ?? 0) + 1)
    const settle = (): void => void this.outstanding.set(seat, (this.outstanding.get(seat) ?? 0) - 1)
    const assignment = {
      address,
      answer: (message: Told | Done | Failed): void => {
        if (message.kind === 'told') return round.over ? undefined : message.values.forEach(round.told)
        settle()
        this.answered(round, address, seat, message)
      },
      lost: (loss: Loss): void => {
        settle()
        // It ends some time soon: until then it may write to its lane, and the next fit has something else there.
        this.engine.spoiled ||= this.engine.shared
        this.lost(round, address, seat, loss)
      },
    }
    seat.give(assignment, { kind: 'task', ...address, patches }, patches ? [patches.bytes.buffer] : [])
  }

  private open(seat: Seat): void {
    const { session, scratch, end } = this
    const { module, arena, shared } = this.engine
    const { name, spec, layout, program } = this.recorded
    const { heap } = program
    const memory = shared ? arena.memory : undefined
    const lanes = this.lanes.map(lane => ({ layout: lane.layout, heap: lane.heap }))
    this.sent.set(seat, new Set())
    this.informed.delete(seat)
    seat.open({
      kind: 'open',
      session,
      module,
      memory,
      bytes: end,
      scratch,
      program: name,
      spec,
      layout,
      lanes,
      heap,
    })
  }

  private regionsFor({ work, id }: Round, index: number, seat: Seat): Region[] {
    const sent = this.sent.get(seat)!
    const data = work.data(index).filter(({ at, bytes }) => !sent.has(`${at} ${bytes}`))
    for (const { at, bytes } of data) sent.add(`${at} ${bytes}`)
    this.owner.set(placeOf(work, index), seat)
    const state = this.informed.get(seat) === id ? [] : work.state()
    this.informed.set(seat, id)
    return [...data, ...state, ...work.rows(index)]
  }

  private answered(round: Round, address: Address, seat: Seat, message: Done | Failed): void {
    const { index, lane } = address
    if (round.over) return this.release(seat, lane)
    if (message.kind !== 'done' && message.kind !== 'failed') return this.refuse(round, address, seat, 'no answer')
    if (message.kind === 'failed') {
      if (message.name === 'RuntimeError')
        round.failure = new KernelTrap(`a kernel trapped in a worker (${message.message})`)
      this.unfit.add(seat)
      seat.trouble = message.message
      return this.lost(round, address, seat, { reason: message.message, lingers: false, mute: true })
    }
    const wrong = this.take(round, address, message)
    if (wrong !== undefined) return this.refuse(round, address, seat, wrong)
    round.ready.set(index, { lane, seat, value: message.value })
    // The calling thread may be at a long piece of its own.
    if (round.work.long) void this.combine(round).then(() => this.handOut(round))
    else this.handOut(round)
  }

  // The answer into its lane; what is wrong with it, if anything.
  private take({ work }: Round, address: Address, { part, value, seal }: Done): string | undefined {
    const { engine, lanes, scratch } = this
    const regions = engine.shared ? [] : work.part(address.index, lanes[address.lane]!.made)
    if (!engine.shared) {
      const wanted = regions.reduce((sum, { bytes }) => sum + bytes, 0)
      if (!(part instanceof Uint8Array) || part.length !== wanted)
        return `an answer of ${part?.length ?? 0} bytes, wanted ${wanted}`
      scatter(engine, { regions, bytes: part })
    }
    return sealOf(engine, address, regions, value, scratch) === seal ? undefined : 'an answer with a wrong checksum'
  }

  // A worker whose answer is wrong is not trusted with another.
  private refuse(round: Round, address: Address, seat: Seat, reason: string): void {
    const { index } = address
    this.engine.spoiled ||= this.engine.shared // it may not have stopped
    this.lost(round, address, seat, { reason, lingers: !endsAreTold(), mute: false })
    const count = round.losses.get(index) ?? 0
    if (count >= LOSSES)
      round.failure ??= new WorkerLost(`${round.work.name} ${index} was lost ${count} times (${reason})`)
    seat.fail(reason)
  }

  private lost(round: Round, { index, lane }: Address, seat: Seat, { lingers, mute }: Loss): void {
    if (lingers && this.engine.shared) this.replace(round, seat)
    else this.release(seat, lane)
    if (round.over) return
    const { losses, pending } = round
    losses.set(index, (losses.get(index) ?? 0) + (mute ? 0 : 1))
    const at = pending.findIndex(other => other > index)
    pending.splice(at < 0 ? pending.length : at, 0, index)
  }

  private async workHere(round: Round, pace: Pace): Promise<boolean> {
    const { work, pending } = round
    const own = this.lanesOf(undefined)
    // The last lane is kept for the shard that is combined next, or nothing more might ever be.
    const last = own.length === 1 && !work.long
    if (own.length === 0 || (last && pending[0] !== round.next)) return false
    const index = last ? pending.shift() : this.pick(round, undefined)
    if (index === undefined) return false
    if (!this.engine.shared) this.owner.set(placeOf(work, index), undefined)
    const lane = own.pop()!
    const value = await work.here(index, this.lanes[lane]!.made, async () => {
      if (!(await this.hearing.breathe())) return
      pace.check()
      if (round.failure) throw round.failure
      for (const seat of this.seats) seat.check()
      this.handOut(round)
      await this.combine(round)
    })
    round.ready.set(index, { lane, seat: undefined, value })
    return true
  }

  // One at a time: who is at it comes to what is new.
  private combine(round: Round): Promise<void> {
    return (round.combining ??= this.combineReady(round).finally(() => (round.combining = undefined)))
  }

  private async combineReady(round: Round): Promise<void> {
    const { work, ready } = round
    try {
      for (let index = ripe(round); index !== undefined && !round.over; index = ripe(round)) {
        const { seat, lane, value } = ready.get(index)!
        round.results[index] = await work.combine(index, this.lanes[lane]!.made, value)
        this.release(seat, lane)
        ready.delete(index)
        round.next++
      }
    } catch (error) {
      round.failure ??= error as Error
    }
  }

  private async wait(): Promise<void> {
    const left = Math.min(...this.seats.map(seat => seat.left))
    if (left > 0) return this.news(Math.min(left, 25))
    await turn()
    for (const seat of this.seats) seat.check()
  }

  private lanesOf(seat: Seat | undefined): number[] {
    return this.free.get(seat) ?? []
  }

  private release(seat: Seat | undefined, lane: number): void {
    this.lanesOf(seat).push(lane)
  }

  // A lane that leaves what the fit may yet allocate, or none.
  private addSpared(seat: Seat | undefined): boolean {
    const { arena } = this.engine
    const mark = arena.mark()
    try {
      const lane = this.addLane()
      if (arena.room >= this.recorded.program.spare) {
        this.release(seat, lane)
        return true
      }
      this.lanes.pop()
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error
    }
    arena.release(mark)
    return false
  }

  private addLane(): number {
    const { arena } = this.engine
    const { program } = this.recorded
    const { made, layout } = arena.record(() => program.lane())
    return this.lanes.push({ made, layout, heap: program.heap > 0 ? arena.alloc(program.heap) : 0 }) - 1
  }

  // A lane that a worker may still write to is not used again. Without room for another the others do.
  private replace({ over, work }: Round, seat: Seat): void {
    // The calling thread's task of a job has allocations of its own on top: nothing can be added beneath them.
    if (over || work.long) return
    try {
      this.release(seat, this.addLane())
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error
    }
  }
}

// Where a piece's data lie, or its rows where it reads no others.
const placeOf = (work: Work, index: number): number => (work.data(index)[0] ?? work.rows(index)[0])?.at ?? 0

// Shards are combined in their order, tasks as they end.
const ripe = ({ work, ready, next }: Round): number | undefined =>
  work.long ? ready.keys().next().value : ready.has(next) ? next : undefined
