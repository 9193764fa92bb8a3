import { OutOfMemory } from '../src/core/errors.js'

const PAGE = 65536
export const MAX_PAGES = 65535 // pointers stay below 2^32
export const MAX_BYTES = MAX_PAGES * PAGE
const ALIGN = 64

/** The arena: bump allocation in one instance's memory, 64-byte aligned, released by scope.
 *  The only file that grows memory or makes a view on it; a view is used at once and never kept. */
export class Arena {
  private top: number
  private highest = 0
  private recorded: number[] | undefined
  private replayed: Iterator<number> | undefined
  /** How many more allocations succeed; the tests lower it to make the k-th one fail. */
  failAfter = Infinity

  constructor(
    readonly memory: WebAssembly.Memory,
    readonly base: number,
    private maxBytes: number,
  ) {
    this.top = align(base)
  }

  get used(): number {
    return this.top - align(this.base)
  }

  /** Bytes that its bound leaves; the host may have fewer. */
  get room(): number {
    return this.maxBytes - (this.top - this.base)
  }

  /** `bytes` of zeroed memory; throws OutOfMemory and leaves the arena as it was. */
  alloc(bytes: number): number {
    if (this.replayed) return this.replayed.next().value as number
    const pointer = this.top
    const end = align(pointer + bytes)
    if (end - this.base > this.maxBytes || this.failAfter-- <= 0) {
      throw outOfMemory(bytes, Math.max(0, this.maxBytes - (pointer - this.base)))
    }
    this.reach(end, bytes)
    this.top = end
    // Memory that was never handed out is zero as it is.
    if (pointer < this.highest)
      new Uint8Array(this.memory.buffer, pointer, Math.min(end, this.highest) - pointer).fill(0)
    this.highest = Math.max(this.highest, end)
    this.recorded?.push(pointer)
    return pointer
  }

  /** What `make` makes, and where its allocations lie: with these `replay` makes its like in another thread. */
  record<T>(make: () => T): { readonly made: T; readonly layout: readonly number[] } {
    const layout: number[] = (this.recorded = [])
    try {
      return { made: make(), layout }
    } finally {
      this.recorded = undefined
    }
  }

  /** What `make` makes with its allocations where `record` saw them: over the same memory if that is shared, else over
   *  zeros at the same places. */
  replay<T>(layout: readonly number[], make: () => T): T {
    this.replayed = layout[Symbol.iterator]()
    try {
      return make()
    } finally {
      this.replayed = undefined
    }
  }

  /** Makes the memory reach `end`; `bytes` of it are wanted. */
  reach(end: number, bytes = end): void {
    const length = this.memory.buffer.byteLength
    if (end <= length) return
    try {
      this.memory.grow(Math.ceil((end - length) / PAGE))
    } catch {
      throw outOfMemory(bytes, Math.max(0, length - (end - bytes)))
    }
  }

  /** Later allocations lie in these bytes alone: a part of a memory that other threads work on. */
  confine(start: number, bytes: number): void {
    this.top = align(start)
    this.highest = Infinity // others may have written there
    this.maxBytes = align(start + bytes) - this.base
  }

  /** Bounds what later allocations may reach, in bytes from the base. */
  limit(maxBytes: number): void {
    this.maxBytes = maxBytes
  }

  /** Everything allocated after `mark()` is given back by `release(mark)`. */
  mark(): number {
    return this.top
  }

  release(mark: number): void {
    this.top = mark
  }

  f32(pointer: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, pointer, length)
  }

  f64(pointer: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, pointer, length)
  }

  i32(pointer: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, pointer, length)
  }

  /** In either precision. */
  floats(precision: 'f32' | 'f64', pointer: number, length: number): Float32Array | Float64Array {
    return precision === 'f32' ? this.f32(pointer, length) : this.f64(pointer, length)
  }

  bytes(pointer: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, pointer, length)
  }

  /** Copies within the arena; the two places do not overlap. */
  copy(from: number, to: number, bytes: number): void {
    this.bytes(to, bytes).set(this.bytes(from, bytes))
  }
}

const outOfMemory = (needed: number, available: number): OutOfMemory =>
  new OutOfMemory(`arena: ${needed} bytes needed, ${available} available`, needed, available)

const align = (n: number): number => Math.ceil(n / ALIGN) * ALIGN
