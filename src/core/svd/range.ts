import { typed } from '../../../bindings/typed.js'
import { allBlocks, cutRows } from '../program.js'
import type { Pace } from '../pace.js'
import { orthonormalise } from './orthonormal.js'
import type { Sketch } from './sketch.js'

export interface RangeOptions {
  /** Power steps, each a product with X' and one with X. */
  readonly steps: number
  readonly seed: number
  readonly stream: number
  /** Columns in use, at most as many as X has rows and as it has columns. */
  readonly width: number
  /** The side that the Gaussian test matrix is drawn on: B's takes one product more. */
  readonly from: 'y' | 'b'
  /** Columns that depend on others: become zero in both, or are replaced so that all of Q are orthonormal. */
  readonly dependent: 'zero' | 'replace'
  readonly onStep?: (step: number) => void
}

/** Q in the sketch's Y, orthonormal columns near the range of X, and X'Q in its B: X ~ Q B'. From a Gaussian test matrix
 *  by power steps (Halko, Martinsson & Tropp 2011, algorithm 4.4). */
export async function findRange(
  sketch: Sketch,
  { steps, seed, stream, width, from, dependent, onStep }: RangeOptions,
  pace: Pace,
): Promise<void> {
  const { engine, X, k, size, y, b } = sketch
  const { normal, pad } = typed(engine.kernels, X.precision)
  const [rowCut, columnCut] = [cutRows(X.rows, 2 * k * k), cutRows(X.columns, 2 * k * k)]
  const [start, cut] = from === 'y' ? [y, rowCut] : [b, columnCut]
  const mark = engine.arena.mark()
  const draws = engine.arena.alloc(cut.block * width * size)
  for (const { first, count } of allBlocks(cut)) {
    await pace.breathe()
    normal(seed >>> 0, Math.floor(seed / 2 ** 32), stream >>> 0, first * width, draws, count * width)
    pad(count, width, k, 1, draws, width, 1, start + first * k * size)
  }
  engine.arena.release(mark)
  // Between products a basis only has to keep its small directions from drowning.
  const tidy = (a: number, passes: 1 | 2) =>
    orthonormalise(sketch, a, a === y ? rowCut : columnCut, pace, { passes, width, dependent })
  if (from === 'b') {
    await sketch.times(pace)
    await tidy(y, steps === 0 ? 2 : 1)
  }
  for (let step = 1; step <= steps; step++) {
    await sketch.timesTransposed(pace)
    await tidy(b, 1)
    await sketch.times(pace)
    await tidy(y, step === steps ? 2 : 1)
    onStep?.(step)
  }
  await sketch.timesTransposed(pace)
}
