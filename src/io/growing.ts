// A typed array whose length is known only at the end of a stream. It grows with the data seen, never with a size a file
// merely declares: that is what keeps a forged header from taking all memory.
import { allocate } from './memory.js'

type Numbers = Float32Array | Float64Array | Int32Array

/** Push numbers, then take() them once as an array of exactly their number. Doubles, so a push is O(1) on average.
 *  Throws OutOfMemory where the host refuses to grow it further; `method` begins the message. */
export class Growing<T extends Numbers> {
  length = 0
  private buffer: T
  constructor(
    private readonly method: string,
    private readonly make: (length: number) => T,
  ) {
    this.buffer = make(64)
  }

  push(value: number): void {
    if (this.length === this.buffer.length) {
      const larger = this.allocate(2 * this.length)
      larger.set(this.buffer)
      this.buffer = larger
    }
    this.buffer[this.length++] = value
  }

  /** A copy of what was pushed, owning a buffer of exactly that size. */
  take(): T {
    const exact = this.allocate(this.length)
    exact.set(this.buffer.subarray(0, this.length))
    return exact
  }

  private allocate(length: number): T {
    return allocate(this.method, length * this.buffer.BYTES_PER_ELEMENT, () => this.make(length))
  }
}
