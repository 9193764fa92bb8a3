import { MAX_PAGES } from './memory.js'
import { builtin, inNode } from './node.js'

// Workers of the host: node:worker_threads, else the Worker of browsers, Bun and Deno. None where there is neither.

/** A worker, seen from the thread that made it. */
export interface Port {
  post(message: unknown, transfer?: Transferable[]): void
  /** Ends it at once, whatever it does. */
  kill(): Promise<void>
  /** Whether it keeps the process alive while nothing else does. */
  hold(held: boolean): void
}

/** What a port tells. `lost` comes at most once, and nothing after it. */
export interface PortEvents {
  message(message: unknown): void
  lost(reason: string): void
}

export type Spawn = (source: string, events: PortEvents) => Promise<Port>

// As much of node:worker_threads and node:os as is used. Imported by a name that bundlers for the web do not follow.
interface NodeWorker {
  on(event: string, listener: (value: never) => void): void
  postMessage(message: unknown, transfer?: Transferable[]): void
  terminate(): Promise<unknown>
  ref(): void
  unref(): void
}
interface NodeThreads {
  readonly Worker: new (source: URL) => NodeWorker
}
interface NodeSystem {
  availableParallelism(): number
}

/** Starts a worker that runs `source`, a module. Rejects where the host has none or refuses; a host may also accept and
 *  then tell that the worker is lost. */
export const spawn: Spawn = async (source, events) =>
  inNode() ? spawnThread(source, events) : spawnWorker(source, events)

async function spawnThread(source: string, { message, lost }: PortEvents): Promise<Port> {
  const { Worker } = (await builtin('worker_threads')) as NodeThreads
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`))
  worker.on('message', message)
  worker.on('error', (error: unknown) => lost(reasonOf(error)))
  worker.on('exit', (code: number) => lost(`the thread ended with code ${code}`))
  return {
    post: (data, transfer) => worker.postMessage(data, transfer),
    kill: async () => void (await worker.terminate()),
    hold: held => (held ? worker.ref() : worker.unref()),
  }
}

interface WebWorker {
  onmessage: ((event: { data: unknown }) => void) | null
  onerror: ((event: { message?: string; preventDefault?(): void }) => void) | null
  onmessageerror: (() => void) | null
  postMessage(message: unknown, transfer?: Transferable[]): void
  terminate(): void
  ref?(): void
  unref?(): void
}

async function spawnWorker(source: string, { message, lost }: PortEvents): Promise<Port> {
  const { Worker } = globalThis as { Worker?: new (url: string, options: object) => WebWorker }
  if (Worker === undefined) throw new Error('this host has no workers')
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  const worker = new Worker(url, { type: 'module' })
  worker.onmessage = ({ data }) => {
    URL.revokeObjectURL(url) // it has been read
    message(data)
  }
  worker.onerror = event => {
    event.preventDefault?.() // told here, not by the host
    lost(event.message ?? 'the host does not say why')
  }
  worker.onmessageerror = () => lost('a message could not be read')
  return {
    post: (data, transfer) => worker.postMessage(data, transfer ?? []),
    async kill() {
      URL.revokeObjectURL(url)
      worker.terminate()
    },
    hold: held => (held ? worker.ref?.() : worker.unref?.()),
  }
}

/** What a host threw, in words. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Whether the host has workers at all. */
export const hasWorkers = (): boolean => inNode() || 'Worker' in globalThis

/** Whether the host says when a worker that was ended has stopped: then nothing of it can still write to memory. */
export const endsAreTold = (): boolean => inNode()

/** Whether an idle worker leaves the process free to end: Deno's does not, and must be ended instead. */
export const idleIsFree = (): boolean => !('Deno' in globalThis)

/** Whether threads can work on one memory here: browsers want cross-origin isolation for it. */
export function canShareMemory(): boolean {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean }
  if (typeof SharedArrayBuffer === 'undefined' || crossOriginIsolated === false) return false
  return (shares ??= takesShared())
}

let shares: boolean | undefined

// With all the addresses that an engine's memory takes.
function takesShared(): boolean {
  try {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true })
    return buffer instanceof SharedArrayBuffer
  } catch {
    return false // the host's own no
  }
}

/** How many threads the host says are worth having. */
export async function hardwareThreads(): Promise<number> {
  if (inNode()) return ((await builtin('os')) as NodeSystem).availableParallelism()
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } }
  return navigator?.hardwareConcurrency ?? 1
}
