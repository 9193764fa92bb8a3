import type { Engine } from '../../../bindings/engine.js'
import type { Loaded } from '../load.js'
import type { Pace } from '../pace.js'
import type { Cut } from '../program.js'
import { exactSvd } from './exact.js'
import { randomisedSvd, sketchWidth } from './randomised.js'
import { productCut } from './sketch.js'
import { drain, type Triplets } from './triplets.js'

const SHORT = 256 // of the shorter side at most, and so many entries in all: then all triplets cost little
const ENTRIES = 1 << 21

/** Whether the leading k triplets are best found by way of all of them. */
export const isSmall = ({ rows, columns }: Pick<Loaded, 'rows' | 'columns'>): boolean =>
  Math.min(rows, columns) <= SHORT && rows * columns <= ENTRIES

/** The leading k triplets of the divided matrix that the engine holds (of X, with S times root^2), k at most its shorter
 *  side: exactly where it is small, else randomised. The same for the same X, k and seed. Either sign of a pair of
 *  vectors may come. Of a matrix that is not held, `leadingCut` must have been reserved. */
export function leadingTriplets(engine: Engine, X: Loaded, k: number, seed: number, pace: Pace): Promise<Triplets> {
  const exact = isSmall(X) && !X.window
  return exact ? exactSvd(engine, X, { k }, pace) : drain(randomisedSvd(engine, X, { k }, { seed }, pace))
}

/** Rows of X that are read at once for it. */
export const leadingCut = (X: Loaded, k: number): Cut => productCut(X, sketchWidth(X, k).l)
