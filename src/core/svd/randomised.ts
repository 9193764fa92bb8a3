import type { Engine } from '../../../bindings/engine.js'
import type { Loaded } from '../load.js'
import type { Pace } from '../pace.js'
import type { Executor } from '../program.js'
import { ritzBytes, ritzTriplets } from './ritz.js'
import { Sketch } from './sketch.js'
import { findSubspace } from './subspace.js'
import { lossOf, squaresOf, type TripletStep, type Triplets, type Wanted } from './triplets.js'

const STREAM = 0xfffd0000 // of the test matrix

export interface RandomisedOptions {
  /** Columns of the sketch beyond k: 10. */
  readonly oversamples?: number
  /** Power steps: 4, or 6 where k < min(n, m) / 10. */
  readonly steps?: number | undefined
  readonly seed?: number
  /** Who runs the products, of a sketch whose allocations lie as `layout` says. */
  readonly executor?: (sketch: Sketch, layout: readonly number[]) => Executor | undefined
}

/** Columns of the sketch, and that up to a multiple of four. */
export function sketchWidth({ rows, columns }: Pick<Loaded, 'rows' | 'columns'>, k: number, oversamples = 10) {
  const width = Math.min(k + oversamples, rows, columns)
  return { width, l: Math.ceil(width / 4) * 4 }
}

/** The leading k triplets by subspace iteration from a random start: P near the leading right vectors (see findSubspace),
 *  then X P = W C with W orthonormal, and the SVD of the small C. All of U and V are orthonormal whatever the rank. Exact where
 *  k + oversamples reach the shorter side. A step's `residual` is the share by which what is caught of |X|^2 has grown. */
export async function* randomisedSvd(
  engine: Engine,
  X: Loaded,
  wanted: Wanted,
  { oversamples, steps, seed = 0, executor }: RandomisedOptions,
  pace: Pace,
): AsyncGenerator<TripletStep, Triplets> {
  const { k, mean = 0 } = wanted
  const { arena } = engine
  const mark = arena.mark()
  const shorter = Math.min(X.rows, X.columns)
  const { width, l } = sketchWidth(X, k, oversamples)
  const { made: sketch, layout } = arena.record(() => new Sketch(engine, X, l, mean, ritzBytes(X, l)))
  sketch.executor = executor?.(sketch, layout) ?? sketch.executor
  const taken = width === shorter ? 0 : (steps ?? (k < 0.1 * shorter ? 6 : 4))
  let [iter, before] = [0, 0]
  for await (const caught of findSubspace(sketch, { steps: taken, seed, stream: STREAM, width }, pace)) {
    const residual = caught > 0 ? Math.abs(caught - before) / caught : 0
    yield { iter: ++iter, loss: lossOf(squaresOf(X, wanted), caught), residual }
    before = caught
  }
  const triplets = await ritzTriplets(sketch, width, k, pace)
  arena.release(mark)
  return triplets
}
