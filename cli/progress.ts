import type { Step } from 'latens'

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
    private readonly options: { readonly nInit?: number; readonly maxIter?: number },
    quiet: boolean,
  ) {
    this.restarts = Array.from({ length: options.nInit ?? 1 }, () => [])
    this.bar = process.stderr.isTTY === true && !quiet
  }

  add(step: Step): void {
    if (step.of !== undefined) return this.count(step.done ?? 0, step.of)
    const { restart = 0, iter, loss, objective = loss } = step
    if (!Number.isNaN(loss)) {
      this.restarts[restart]?.push({ iter, loss, objective })
      this.loss = loss
    }
    // Restarts may run side by side: the bar follows the last one begun.
    this.furthest = Math.max(this.furthest, restart)
    if (!this.bar || restart < this.furthest || performance.now() - this.drawn < REDRAW_MS) return
    this.drawn = performance.now()
    const { nInit = 1, maxIter } = this.options
    const share = maxIter === undefined ? undefined : (restart + iter / maxIter) / nInit
    const text = [
      ...(share === undefined ? [] : [barOf(share)]),
      ...(nInit > 1 ? [`restart ${restart + 1} of ${nInit},`] : []),
      `iteration ${iter}${maxIter === undefined ? '' : ` of at most ${maxIter}`}`,
      ...(Number.isNaN(this.loss) ? [] : [`, loss ${this.loss.toPrecision(6)}`]),
    ]
    write(text.join(' ').replace(' ,', ','))
  }

  /** Pieces of work that are done in any order. */
  tasks(done: number, of: number): void {
    this.count(done, of, 'fits')
  }

  // Of restarts of several fits none is the one to follow.
  private count(done: number, of: number, what = 'restarts'): void {
    if (!this.bar || performance.now() - this.drawn < REDRAW_MS) return
    this.drawn = performance.now()
    write(`${barOf(done / of)} ${done} of ${of} ${what} done`)
  }

  clear(): void {
    if (this.bar) process.stderr.write('\r\u001b[K')
  }
}

function barOf(share: number): string {
  const width = Math.round(WIDTH * share)
  return `[${'#'.repeat(width)}${'.'.repeat(WIDTH - width)}]`
}

// Cut to the terminal's width: a line that wraps cannot be drawn over.
function write(line: string): void {
  process.stderr.write(`\r${line.slice(0, (process.stderr.columns ?? 80) - 1)}\u001b[K`)
}
