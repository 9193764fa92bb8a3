import { nearest, show } from './options.js'
import { isThreads, type Threads } from './pool.js'

/** How a fit is run, for every estimator: none of it changes the result. */
export interface Run<S> {
  /** Stops the fit within one step; it rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Called after every iteration. */
  readonly onProgress?: (step: S) => void
  /** Bound on the engine's memory for this fit, bytes; beyond it OutOfMemory is thrown. */
  readonly maxMemory?: number
  /** Threads that work on the fit, the calling one among them: a number, 'auto' for as many as the host says are worth
   *  having, or a pool that fits share (`workers(n)`). One where the host has no workers. Without it one, and for a
   *  source, which is read in order. */
  readonly threads?: Threads
  /** Every `every` iterations `write` is given all that `resume` needs; the fit waits for it. */
  readonly checkpoint?: { readonly every: number; write(bytes: Uint8Array): void | Promise<void> }
  /** Bytes a checkpoint wrote for the same data and options: the fit goes on from there, to the same bits. */
  readonly resume?: Uint8Array
}

/** How a call without iterations to return to is run. */
export type RunOnce<S> = Omit<Run<S>, 'checkpoint' | 'resume' | 'threads'>

const KINDS: Readonly<Record<string, readonly [wanted: string, is: (value: unknown) => boolean]>> = {
  signal: ['an AbortSignal', v => typeof (v as AbortSignal | null)?.throwIfAborted === 'function'],
  onProgress: ['a function', v => typeof v === 'function'],
  maxMemory: ['a number of bytes', v => typeof v === 'number' && !Number.isNaN(v)],
  checkpoint: ['{ every, write }', v => typeof (v as { write?: unknown } | null)?.write === 'function'],
  threads: ["'auto', a whole number from 1 to 256 or a pool of workers(n)", isThreads],
  resume: ['a Uint8Array', v => v instanceof Uint8Array],
  forgetFactor: ['a number', v => typeof v === 'number'],
  weights: ['a matrix', v => v !== null && typeof v === 'object'],
}

/** Throws TypeError or RangeError where `run` is not what its method takes, before any work is done. */
export function checkRun(method: string, run: object, allowed: readonly string[]): void {
  if (run === null || typeof run !== 'object') throw new TypeError(`${method}: run: wanted an object, got ${show(run)}`)
  for (const [name, value] of Object.entries(run)) {
    if (!allowed.includes(name))
      throw new RangeError(`${method}: run.${name} is not known; did you mean ${nearest(name, allowed)}?`)
    const kind = KINDS[name]
    if (value !== undefined && kind && !kind[1](value))
      throw new TypeError(`${method}: run.${name}: wanted ${kind[0]}, got ${show(value)}`)
  }
  const { checkpoint } = run as Run<unknown>
  if (checkpoint && !(Number.isInteger(checkpoint.every) && checkpoint.every >= 1))
    throw new RangeError(`${method}: run.checkpoint.every: wanted an integer >= 1, got ${show(checkpoint.every)}`)
}

export const FIT_RUN = ['signal', 'onProgress', 'maxMemory', 'threads', 'checkpoint', 'resume'] as const
export const ONCE_RUN = ['signal', 'onProgress', 'maxMemory'] as const
