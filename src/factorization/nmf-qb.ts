import type { Pace } from '../core/pace.js'
import { cutRows } from '../core/program.js'
import { orthonormalise } from '../core/svd/orthonormal.js'
import { Sketch } from '../core/svd/sketch.js'
import type { NmfFactors } from './nmf-factors.js'

const POWER_STEPS = 2
const STREAM = 0xfffe0000 // of the test matrix, between those of restarts and those of components that died

/** Q T[n*l] with orthonormal columns near the range of X, and B' T[m*l], B = Q'X: X ~ QB. From a Gaussian test matrix
 *  by power steps (Halko, Martinsson & Tropp 2011, algorithm 4.4, with X' before X). Where X has a rank below l, or
 *  numbers far apart, columns that depend on others are zero in both. l is a multiple of four. */
export async function qb({ X, engine }: NmfFactors, l: number, seed: number, pace: Pace) {
  const sketch = new Sketch(engine, X, l)
  const [rowCut, columnCut] = [cutRows(X.rows, 2 * l * l), cutRows(X.columns, 2 * l * l)]
  await sketch.draw(l, seed, STREAM, pace)
  for (let step = 0; step < POWER_STEPS; step++) {
    await sketch.timesTransposed(pace)
    await orthonormalise(sketch, sketch.b, columnCut, pace)
    await sketch.times(pace)
    await orthonormalise(sketch, sketch.y, rowCut, pace)
  }
  await sketch.timesTransposed(pace)
  return { q: sketch.y, bt: sketch.b }
}
