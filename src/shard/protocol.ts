import type { Engine } from '../../bindings/engine.js'
import { checksum } from '../core/checksum.js'
import type { Region } from '../core/program.js'

/** What the threads of a pool say to each other. */
export type ToWorker = Open | Task | Close
export type FromWorker = Hello | Done | Told | Failed

/** A program to work for: `memory` is the fit's own where it is shared, else the worker makes one of `bytes`. The
 *  program is made from `spec` at the places `layout`, and a lane at each of `lanes`; what a task allocates for a while
 *  lies in its lane's `heap` where memory is shared. */
export interface Open {
  readonly kind: 'open'
  readonly session: number
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory | undefined
  readonly bytes: number
  /** 8 bytes of the worker's own. */
  readonly scratch: number
  readonly program: string
  readonly spec: unknown
  readonly layout: readonly number[]
  readonly lanes: readonly { readonly layout: readonly number[]; readonly heap: number }[]
  readonly heap: number
}

export interface Task extends Address {
  readonly kind: 'task'
  /** What the task reads, where memory is not shared. */
  readonly patches: Patches | undefined
}

export interface Close {
  readonly kind: 'close'
  readonly session: number
}

/** One shard of a phase, or one task of a job, done in one lane. */
export interface Address {
  readonly session: number
  readonly task: number
  readonly work: string
  readonly index: number
  readonly lane: number
}

/** The first word of a worker. */
export interface Hello {
  readonly kind: 'hello'
}

export interface Done extends Address {
  readonly kind: 'done'
  /** The bytes of its part, where memory is not shared. */
  readonly part: Uint8Array<ArrayBuffer> | undefined
  /** What a job's task returns. */
  readonly value: unknown
  readonly seal: string
}

/** What a job's task tells on its way; nothing, now and then, to show that it is at work. */
export interface Told extends Address {
  readonly kind: 'told'
  readonly values: readonly unknown[]
}

export interface Failed extends Address {
  readonly kind: 'failed'
  readonly name: string
  readonly message: string
}

/** Bytes of regions, one after another. */
export interface Patches {
  readonly regions: readonly Region[]
  readonly bytes: Uint8Array<ArrayBuffer>
}

export function gather({ arena }: Engine, regions: readonly Region[]): Patches {
  const bytes = new Uint8Array(regions.reduce((sum, region) => sum + region.bytes, 0))
  let at = 0
  for (const region of regions) {
    bytes.set(arena.bytes(region.at, region.bytes), at)
    at += region.bytes
  }
  return { regions, bytes }
}

export function scatter({ arena }: Engine, { regions, bytes }: Patches): void {
  let at = 0
  for (const region of regions) {
    arena.bytes(region.at, region.bytes).set(bytes.subarray(at, at + region.bytes))
    at += region.bytes
  }
}

/** An answer's address, its value and 64 bits of what its part holds, worked out at `state`, 8 bytes of the arena. */
export function sealOf(
  { arena, kernels }: Engine,
  { session, task, work, index, lane }: Address,
  part: readonly Region[],
  value: unknown,
  state: number,
): string {
  arena.i32(state, 2).fill(0)
  for (const { at, bytes } of part) kernels.fingerprint(at, bytes / 4, state)
  const [low, high] = arena.i32(state, 2)
  return [
    session,
    task,
    work,
    index,
    lane,
    low,
    high,
    value === undefined ? '' : checksum({}, { value: JSON.stringify(value) }),
  ].join()
}
