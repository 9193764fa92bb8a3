import { typed } from '../../../bindings/typed.js'
import { allBlocks, cutRows } from '../program.js'
import type { Pace } from '../pace.js'
import { orthonormalise } from './orthonormal.js'
import type { Sketch } from './sketch.js'

export interface RangeOptions {
  /** With X' and with X in turn; an odd number ends with X'. */
  readonly products: number
  readonly seed: number
  readonly stream: number
  /** Columns in use, at most as many as X has rows and as it has columns. */
  readonly width: number
  /** Columns that depend on others: become zero, or are replaced so that all are orthonormal. */
  readonly dependent: 'zero' | 'replace'
}

/** Subspace iteration from a Gaussian Y (Halko, Martinsson & Tropp 2011, algorithm 4.4): B = X'Y and Y = XB in turn,
 *  their columns made orthonormal in between. At the end the side that the last product is of is Q, orthonormal to
 *  rounding, and the other one is X'Q or XQ. Yields |Y|^2 after each product with X: what of X the columns of B catch. */
export async function* findRange(
  sketch: Sketch,
  { products, seed, stream, width, dependent }: RangeOptions,
  pace: Pace,
): AsyncGenerator<number, void> {
  const { engine, X, k, size, y, b } = sketch
  const { normal, pad, dot } = typed(engine.kernels, X.precision)
  const [rowCut, columnCut] = [cutRows(X.rows, 2 * k * k), cutRows(X.columns, 2 * k * k)]
  const mark = engine.arena.mark()
  const draws = engine.arena.alloc(rowCut.block * width * size)
  for (const { first, count } of allBlocks(rowCut)) {
    await pace.breathe()
    normal(seed >>> 0, Math.floor(seed / 2 ** 32), stream >>> 0, first * width, draws, count * width)
    pad(count, width, k, 1, draws, width, 1, y + first * k * size)
  }
  engine.arena.release(mark)
  for (let done = 1; done <= products; done++) {
    const back = done % 2 === 1
    if (back) await sketch.timesTransposed(pace)
    else {
      await sketch.times(pace)
      let caught = 0
      for (const { first, count } of allBlocks(rowCut)) {
        await pace.breathe()
        const at = y + first * k * size
        caught += dot(at, at, count * k)
      }
      yield caught
    }
    if (done === products) return
    // Between products a basis only has to keep its small directions from drowning.
    const passes = done === products - 1 ? 2 : 1
    await orthonormalise(sketch, back ? b : y, back ? columnCut : rowCut, pace, { passes, width, dependent })
  }
}
