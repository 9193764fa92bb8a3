const SLICE_MS = 25

/** Lets the host's event loop run between steps, at most every SLICE_MS, and notices an abort. */
export class Pace {
  private last = performance.now()
  constructor(private readonly signal: AbortSignal | undefined) {}

  /** Throws the signal's reason once it is aborted. */
  check(): void {
    this.signal?.throwIfAborted()
  }

  async breathe(): Promise<void> {
    this.check()
    if (performance.now() - this.last < SLICE_MS) return
    await new Promise(resolve => setTimeout(resolve, 0))
    this.last = performance.now()
    this.signal?.throwIfAborted()
  }
}
