// What a worker of the pool runs: it makes the program that it is told of and does one shard after another.
import { attach, type Engine } from '../../bindings/engine.js'
import { listen } from '../../bindings/worker-side.js'
import { blocksOf, type Phase, shardOf } from '../core/program.js'
import { programs } from './programs.js'
import { type FromWorker, gather, type Open, scatter, sealOf, type Task, type ToWorker } from './protocol.js'

interface Session {
  readonly engine: Engine
  readonly phases: ReadonlyMap<string, Phase>
  readonly lanes: readonly unknown[]
  readonly scratch: number
}

const sessions = new Map<number, Promise<Session>>()
const post = await listen(message => void take(message as ToWorker))

async function take(message: ToWorker): Promise<void> {
  if (message.kind === 'open') {
    const session = open(message)
    session.catch(() => {}) // told by the first task
    sessions.set(message.session, session)
  } else if (message.kind === 'close') sessions.delete(message.session)
  else await work(message)
}

async function open({ module, memory, bytes, scratch, program, spec, layout, lanes }: Open): Promise<Session> {
  const engine = await attach(module, memory ?? new WebAssembly.Memory({ initial: 2 }))
  const { arena } = engine
  if (!memory) arena.reach(bytes)
  const make = programs[program]
  if (!make) throw new Error(`no program ${program}`)
  const made = arena.replay(layout, () => make(engine, spec))
  return {
    engine,
    phases: new Map(made.phases.map(phase => [phase.name, phase])),
    lanes: lanes.map(places => arena.replay(places, () => made.lane())),
    scratch,
  }
}

async function work({ session: id, task, phase: name, shard: index, lane: at, patches }: Task): Promise<void> {
  const address = { session: id, task, phase: name, shard: index, lane: at }
  const say = (message: FromWorker, transfer?: Transferable[]): void => post(message, transfer)
  try {
    const session = await sessions.get(id)
    if (!session) return // closed meanwhile: nobody waits for the answer
    const { engine, phases, lanes, scratch } = session
    const phase = phases.get(name)
    const lane = lanes[at]
    if (!phase || !lane) throw new Error(`no phase ${name} or no lane ${at}`)
    if (patches) scatter(engine, patches)
    const shard = shardOf(phase.cut, index)
    phase.open(shard, lane)
    for (const block of blocksOf(phase.cut, index)) for (const _ of phase.step(block, lane));
    const part = engine.shared ? [] : phase.travels.part(shard, lane)
    const sent = engine.shared ? undefined : gather(engine, part)
    const seal = sealOf(engine, address, part, scratch)
    say({ kind: 'done', ...address, part: sent, seal }, sent && [sent.bytes.buffer])
  } catch (error) {
    const { name: kind, message } = error instanceof Error ? error : new Error(String(error))
    say({ kind: 'failed', ...address, name: kind, message })
  }
}
