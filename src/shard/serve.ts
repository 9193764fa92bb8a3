import { attach, type Engine } from '../../bindings/engine.js'
import { listen } from '../../bindings/worker-side.js'
import { Pace } from '../core/pace.js'
import { blocksOf, type Job, type Phase, type Region, shardOf, stepsOf } from '../core/program.js'
import type { Program } from '../core/pool.js'
import {
  type Address,
  type FromWorker,
  gather,
  type Open,
  scatter,
  sealOf,
  type Task,
  type ToWorker,
} from './protocol.js'

interface Session {
  readonly engine: Engine
  readonly works: ReadonlyMap<string, Phase | Job>
  readonly lanes: readonly { readonly made: unknown; enter(): void }[]
  readonly scratch: number
}

const TELL_MS = 25 // between two messages of a task that goes on
const BEAT_MS = 1000 // a sign that it does

/** How a worker makes a program from what it is sent. */
export type Programs = Readonly<Record<string, (engine: Engine, spec: unknown) => Program>>

let programs: Programs = {}
let post: (message: FromWorker, transfer?: Transferable[]) => void
const sessions = new Map<number, Promise<Session>>()
// One task after another: a job's pauses in its middle, and lanes share what lies beside them.
let before: Promise<void> = Promise.resolve()

/** What a worker of the pool runs: it makes the program that it is told of and does one shard after another. */
export async function serve(known: Programs): Promise<void> {
  programs = known
  post = await listen(message => take(message as ToWorker))
  post({ kind: 'hello' })
}

function take(message: ToWorker): void {
  if (message.kind === 'open') {
    const session = open(message)
    session.catch(() => {}) // told by the first task
    sessions.set(message.session, session)
  } else if (message.kind === 'close') sessions.delete(message.session)
  else before = before.then(() => work(message))
}

async function open({ module, memory, bytes, scratch, program, spec, layout, lanes, heap }: Open): Promise<Session> {
  const engine = await attach(module, memory ?? new WebAssembly.Memory({ initial: 2 }))
  const { arena } = engine
  if (!memory) arena.reach(bytes)
  const make = programs[program]
  if (!make) throw new Error(`no program ${program}`)
  const made = arena.replay(layout, () => make(engine, spec))
  return {
    engine,
    works: new Map([...made.phases, ...made.jobs].map(work => [work.name, work])),
    lanes: lanes.map(lane => ({
      made: arena.replay(lane.layout, () => made.lane()),
      enter: () => arena.confine(memory ? lane.heap : bytes, heap),
    })),
    scratch,
  }
}

async function work({ session: id, task, work: name, index, lane: at, patches }: Task): Promise<void> {
  const address = { session: id, task, work: name, index, lane: at }
  try {
    const session = await sessions.get(id)
    if (!session || !sessions.has(id)) return // closed meanwhile: nobody waits for the answer
    const { engine, works, lanes, scratch } = session
    const found = works.get(name)
    const place = lanes[at]
    if (!found || !place) throw new Error(`no work ${name} or no lane ${at}`)
    if (patches) scatter(engine, patches)
    const { made: lane } = place
    place.enter()
    const [value, regions] =
      'tasks' in found
        ? [await runTask(found, address, lane), found.part(lane, index)]
        : [undefined, runShard(found, index, lane)]
    if (!sessions.has(id)) return // left in its middle
    const part = engine.shared ? [] : regions
    const sent = engine.shared ? undefined : gather(engine, part).bytes
    const seal = sealOf(engine, address, part, value, scratch)
    post({ kind: 'done', ...address, part: sent, value, seal }, sent && [sent.buffer])
  } catch (error) {
    const { name: kind, message } = error instanceof Error ? error : new Error(String(error))
    post({ kind: 'failed', ...address, name: kind, message })
  }
}

function runShard(phase: Phase, index: number, lane: unknown): Region[] {
  const shard = shardOf(phase.cut, index)
  for (const _ of stepsOf(phase.open(shard, lane)));
  for (const block of blocksOf(phase.cut, index)) for (const _ of stepsOf(phase.step(block, lane)));
  return phase.travels.part(shard, lane)
}

async function runTask(job: Job, address: Address, lane: unknown): Promise<unknown> {
  let [values, last]: [unknown[], number] = [[], performance.now()]
  const steps = job.work(address.index, lane, new Pace(undefined))
  const tell = (told: unknown[]): void => post({ kind: 'told', ...address, values: told })
  const beat = setInterval(() => tell([]), BEAT_MS)
  try {
    for (;;) {
      const { done, value } = await steps.next()
      if (!done) values.push(value)
      const now = performance.now()
      if (values.length > 0 && (done || now - last > TELL_MS)) {
        tell(values)
        ;[values, last] = [[], now]
      }
      if (done || !sessions.has(address.session)) return value
    }
  } finally {
    clearInterval(beat)
    await steps.return(undefined)
  }
}
