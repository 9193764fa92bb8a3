import type { Engine } from '../../../bindings/engine.js'
import type { Loaded } from '../load.js'
import type { Pace } from '../pace.js'
import { place } from '../products.js'
import { allBlocks, cutRows, type Span } from '../program.js'

/** X in f64, or X - 1 mu', times single vectors; turned where X is wide, so that rows >= columns. */
export class Operator {
  readonly rows: number
  readonly columns: number
  readonly turned: boolean
  private readonly blocks: readonly Span[]

  constructor(
    private readonly engine: Engine,
    private readonly X: Loaded,
    private readonly mean: number,
  ) {
    this.turned = X.rows < X.columns
    const [n, m] = [X.rows, X.columns]
    ;[this.rows, this.columns] = this.turned ? [m, n] : [n, m]
    this.blocks = allBlocks(cutRows(n, X.stored / n))
  }

  /** y f64[rows] <- A x. */
  times(x: number, y: number, pace: Pace): Promise<void> {
    return this.turned ? this.backward(x, y, pace) : this.forward(x, y, pace)
  }

  /** x f64[columns] <- A' y. */
  timesTransposed(y: number, x: number, pace: Pace): Promise<void> {
    return this.turned ? this.forward(y, x, pace) : this.backward(y, x, pace)
  }

  // y <- X x - 1 (mu . x).
  private async forward(x: number, y: number, pace: Pace): Promise<void> {
    const { engine, X, mean } = this
    const { arena, kernels } = engine
    arena.f64(y, X.rows).fill(mean ? -kernels.dot_f64(mean, x, X.columns) : 0)
    for (const { first, count } of this.blocks) {
      await pace.breathe()
      const to = y + first * 8
      for (const slice of X.slices) {
        const { x: at, indptr } = place(X, first, slice)
        if (indptr) kernels.csrGemv_f64(count, indptr, X.indices, at, x + slice.first * 8, to)
        else kernels.gemv_f64(count, X.columns, 1, at, X.ld, 1, x, to)
      }
    }
  }

  // x <- X'y - mu (1 . y).
  private async backward(y: number, x: number, pace: Pace): Promise<void> {
    const { engine, X, mean } = this
    const { arena, kernels } = engine
    arena.f64(x, X.columns).fill(0)
    for (const { first, count } of this.blocks) {
      await pace.breathe()
      const from = y + first * 8
      for (const slice of X.slices) {
        const { x: at, indptr } = place(X, first, slice)
        if (indptr) kernels.csrGemvTransposed_f64(count, indptr, X.indices, at, from, x + slice.first * 8)
        else kernels.gemv_f64(X.columns, count, 1, at, 1, X.ld, from, x)
      }
    }
    if (mean) kernels.axpy_f64(-kernels.sum_f64(y, X.rows), mean, x, X.columns)
  }
}
