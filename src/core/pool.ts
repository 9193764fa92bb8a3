import type { Engine } from '../../bindings/engine.js'
import { show } from './options.js'
import type { Pace } from './pace.js'
import type { Executor, Job, Phase } from './program.js'

/** What runs in several threads at once: its phases, and lanes for their steps. */
export interface Program<L = unknown> {
  readonly phases: readonly Phase<L>[]
  readonly jobs: readonly Job<L>[]
  /** Bytes that a task of a job may allocate for a while, beside its lane. */
  readonly heap: number
  /** Bytes that the fit allocates for a while on the thread that runs it: lanes leave room for them. */
  readonly spare: number
  lane(): L
}

/** A program, and how another thread makes its like: by its name and `spec`, at the places `layout` of the arena. */
export interface Recorded {
  readonly program: Program
  readonly name: string
  readonly spec: unknown
  readonly layout: readonly number[]
}

// Named by a constant of ours, as hosts of before 2025 have no Symbol.dispose.
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose')

/** Threads that fits may share. Dispose of it when they are no longer wanted. */
export interface Pool extends Disposable {
  /** Those that work, the calling one among them. */
  readonly threads: number
  /** Whether they work on one memory. */
  readonly shared: boolean
  /** How many workers have done something so far: none where the host lets none run, and fits go on without. */
  readonly worked: number
  /** Why a worker could not do a piece of work and others did it: what it lacked, in its words. */
  readonly trouble: string | undefined
  /** None where there is not enough memory for it. */
  executor(engine: Engine, recorded: Recorded): PoolRun | undefined
}

export interface PoolOptions {
  /** Milliseconds that a worker may take for a shard, or be silent in a long task; then it is ended and the shard done
   *  again. A minute by default. */
  readonly deadline?: number
}

/** An executor that holds workers until it is disposed of; those still at work then are ended. */
export interface PoolRun extends Executor, Disposable {
  /** The results of a job's tasks, in their order; `told` is given what they yield, as it comes. */
  map(job: Job, pace: Pace, told: (value: unknown) => void): Promise<unknown[]>
}

type MakePool = (threads: number, options?: PoolOptions) => Promise<Pool>
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
  if (typeof threads === 'object') return { pool: severalOf(threads), own: false }
  if (threads === undefined || threads === 1 || makePool === undefined) return { pool: undefined, own: false }
  return { pool: severalOf(await makePool(threads === 'auto' ? 0 : threads)), own: true }
}

const severalOf = (pool: Pool): Pool | undefined => (pool.threads > 1 ? pool : undefined)

/** Threads for several fits, which take them as `run.threads`: the calling one and threads - 1 workers, started when they
 *  are first needed. `using pool = await workers(4)` ends them with its block. One thread where the host has no workers.
 *  Throws RangeError where `threads` is neither 'auto' nor a whole number from 1 to 256. */
export async function workers(threads: number | 'auto' = 'auto', options: PoolOptions = {}): Promise<Pool> {
  if (typeof threads === 'object' || !isThreads(threads))
    throw new RangeError(`workers: threads: wanted 'auto' or a whole number from 1 to 256, got ${show(threads)}`)
  const { deadline } = options
  if (deadline !== undefined && !(deadline > 0))
    throw new RangeError(`workers: deadline: wanted milliseconds above 0, got ${show(deadline)}`)
  if (makePool === undefined) throw new Error('workers: this entry of the library has none')
  return makePool(threads === 'auto' ? 0 : threads, options)
}
