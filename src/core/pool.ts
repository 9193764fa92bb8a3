import type { Engine } from '../../bindings/instance.js'
import type { Executor, Phase } from './program.js'

/** What runs in several threads at once: its phases, and lanes for their steps. */
export interface Program<L = unknown> {
  readonly phases: readonly Phase<L>[]
  lane(): L
}

/** A program, and how another thread makes its like: by its name and `spec`, at the places `layout` of the arena. */
export interface Recorded {
  readonly program: Program
  readonly name: string
  readonly spec: unknown
  readonly layout: readonly number[]
}

/** Threads that fits may share. Dispose of it when they are no longer wanted. */
export interface Pool extends Disposable {
  /** Those that work, the calling one among them. */
  readonly threads: number
  /** Whether they work on one memory. */
  readonly shared: boolean
  executor(engine: Engine, recorded: Recorded): PoolRun
}

export interface PoolRun extends Executor {
  /** Lets go of the workers; those that are still at work are ended. */
  close(): void
}

type MakePool = (threads: number) => Promise<Pool>
let makePool: MakePool | undefined

/** src/index.ts says how pools are made: families do not import it. */
export function setPools(make: MakePool): void {
  makePool = make
}

export type Threads = number | 'auto' | Pool

export const isThreads = (value: unknown): value is Threads =>
  value === 'auto' ||
  (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 256) ||
  typeof (value as Pool | null | undefined)?.executor === 'function'

/** The pool for `run.threads` and whether it ends with the fit. None for one thread and where there are no workers. */
export async function poolOf(threads: Threads | undefined): Promise<{ pool: Pool | undefined; own: boolean }> {
  if (threads === undefined || threads === 1 || makePool === undefined) return { pool: undefined, own: false }
  if (typeof threads === 'object') return { pool: threads, own: false }
  const pool = await makePool(threads === 'auto' ? 0 : threads)
  return { pool: pool.threads > 1 ? pool : undefined, own: true }
}
