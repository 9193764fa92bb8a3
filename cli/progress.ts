import type { NmfOptions, NmfStep } from 'latens'

type Curve = { iter: number; loss: number; objective: number }[]

const REDRAW_MS = 100
const WIDTH = 24

/** The losses of every restart for the report, and a bar on stderr where that is a terminal. */
export class Progress {
  readonly restarts: Curve[]
  private readonly bar: boolean
  private drawn = -Infinity
  private loss = NaN
  private furthest = 0

  constructor(
    private readonly options: NmfOptions,
    quiet: boolean,
  ) {
    this.restarts = Array.from({ length: options.nInit }, () => [])
    this.bar = process.stderr.isTTY === true && !quiet
  }

  add({ restart, iter, loss, objective }: NmfStep): void {
    if (!Number.isNaN(loss)) {
      this.restarts[restart]?.push({ iter, loss, objective })
      this.loss = loss
    }
    // Restarts may run side by side: the bar follows the last one begun.
    this.furthest = Math.max(this.furthest, restart)
    if (!this.bar || restart < this.furthest || performance.now() - this.drawn < REDRAW_MS) return
    this.drawn = performance.now()
    const { nInit, maxIter } = this.options
    const width = Math.round((WIDTH * (restart + iter / maxIter)) / nInit)
    const text = [
      `[${'#'.repeat(width)}${'.'.repeat(WIDTH - width)}]`,
      ...(nInit > 1 ? [`restart ${restart + 1} of ${nInit},`] : []),
      `iteration ${iter} of at most ${maxIter}`,
      ...(Number.isNaN(this.loss) ? [] : [`, loss ${this.loss.toPrecision(6)}`]),
    ]
    // Cut to the terminal's width: a line that wraps cannot be drawn over.
    const line = text.join(' ').replace(' ,', ',')
    process.stderr.write(`\r${line.slice(0, (process.stderr.columns ?? 80) - 1)}\u001b[K`)
  }

  clear(): void {
    if (this.bar) process.stderr.write('\r\u001b[K')
  }
}
