// A typed array whose length is known only at the end of a stream. It grows with the data seen, never with a size a file
// merely declares: that is what keeps a forged header from taking all memory.

type Numbers = Float32Array | Float64Array | Int32Array

/** Push numbers, then take() them once as an array of exactly their number. Doubles, so a push is O(1) on average. */
export class Growing<T extends Numbers> {
  length = 0
  private buffer: T
  constructor(private readonly make: (length: number) => T) {
    this.buffer = make(64)
  }

  push(value: number): void {
    if (this.length === this.buffer.length) {
      const larger = this.make(2 * this.length)
      larger.set(this.buffer)
      this.buffer = larger
    }
    this.buffer[this.length++] = value
  }

  /** A copy of what was pushed, owning a buffer of exactly that size. */
  take(): T {
    const exact = this.make(this.length)
    exact.set(this.buffer.subarray(0, this.length))
    return exact
  }
}
