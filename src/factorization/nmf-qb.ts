import type { Pace } from '../core/pace.js'
import { findRange } from '../core/svd/range.js'
import { Sketch } from '../core/svd/sketch.js'
import type { NmfFactors } from './nmf-factors.js'

const PRODUCTS = 5 // with X' and X in turn: two power steps
const STREAM = 0xfffe0000 // of the test matrix, between those of restarts and those of components that died

/** Q T[n*l] with orthonormal columns near the range of X, and B' T[m*l], B = Q'X: X ~ QB. Where X has a rank below l, or
 *  numbers far apart, columns that depend on others are zero in both. l is a multiple of four. */
export async function qb({ X, engine }: NmfFactors, l: number, seed: number, pace: Pace) {
  const sketch = new Sketch(engine, X, l)
  const options = { products: PRODUCTS, seed, stream: STREAM, width: l, dependent: 'zero' } as const
  for await (const _ of findRange(sketch, options, pace));
  return { q: sketch.y, bt: sketch.b }
}
