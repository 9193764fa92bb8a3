/** How a fit is run, for every estimator: none of it changes the result. */
export interface Run<S> {
  /** Stops the fit within one step; it rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Called after every iteration. */
  readonly onProgress?: (step: S) => void
  /** Bound on the engine's memory for this fit, bytes; beyond it OutOfMemory is thrown. */
  readonly maxMemory?: number
  /** Every `every` iterations `write` is given all that `resume` needs; the fit waits for it. */
  readonly checkpoint?: { readonly every: number; write(bytes: Uint8Array): void | Promise<void> }
  /** Bytes a checkpoint wrote for the same data and options: the fit goes on from there, to the same bits. */
  readonly resume?: Uint8Array
}

/** How a call without iterations to return to is run. */
export type RunOnce<S> = Omit<Run<S>, 'checkpoint' | 'resume'>

const SLICE_MS = 25

/** Lets the host's event loop run between steps, at most every SLICE_MS, and notices an abort. */
export class Pace {
  private last = performance.now()
  constructor(private readonly signal: AbortSignal | undefined) {}

  async breathe(): Promise<void> {
    this.signal?.throwIfAborted()
    if (performance.now() - this.last < SLICE_MS) return
    await new Promise(resolve => setTimeout(resolve, 0))
    this.last = performance.now()
    this.signal?.throwIfAborted()
  }
}
