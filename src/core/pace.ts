const SLICE_MS = 15

/** Lets the host's event loop run between steps, at most every `slice` ms, and notices an abort. */
export class Pace {
  private last = performance.now()
  private stopped: { readonly reason: unknown } | undefined

  constructor(
    private readonly signal: AbortSignal | undefined,
    private readonly slice = SLICE_MS,
  ) {}

  /** From now on `check` and `breathe` throw `reason`. */
  stop(reason: unknown): void {
    this.stopped ??= { reason }
  }

  /** Throws the signal's reason once it is aborted. */
  check(): void {
    this.signal?.throwIfAborted()
    if (this.stopped) throw this.stopped.reason
  }

  /** Whether there was a turn. */
  async breathe(): Promise<boolean> {
    this.check()
    if (performance.now() - this.last < this.slice) return false
    await turn()
    this.last = performance.now()
    this.check()
    return true
  }
}

/** One turn of the event loop, as short as the host allows: what has come meanwhile is heard. */
export function turn(): Promise<void> {
  return new Promise(resolve => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else if (typeof MessageChannel === 'function') {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        port1.close()
        resolve()
      }
      port2.postMessage(undefined)
    } else setTimeout(resolve, 0)
  })
}

/** Seconds since it was made, for what is told of a fit's speed; no result depends on them. */
export function stopwatch(): () => number {
  const began = performance.now()
  return () => (performance.now() - began) / 1000
}
