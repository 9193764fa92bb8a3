import { withEngine } from '../../bindings/instance.js'
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import { precisionOf } from '../core/load.js'
import type { Csr, Dense, FloatArray, Matrix } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import { checkRun, ONCE_RUN, type RunOnce } from '../core/run.js'
import type { Engine } from '../../bindings/engine.js'
import { entriesOf } from './ratings.js'
import { loadRatings, type Ratings } from './ratings-load.js'

export interface Folding {
  readonly engine: Engine
  readonly ratings: Ratings
  readonly pace: Pace
}

/** New rows beside a factor that is held: `fit` is given their ratings in the arena, of the factor's precision. */
export async function fold<R>(
  where: string,
  X: MatrixInput,
  run: RunOnce<never>,
  { zeros, divide, held }: { readonly zeros: boolean; readonly divide: boolean; readonly held: Pick<Dense, 'data'> },
  shaped: (matrix: Matrix, pace: Pace) => Matrix | Promise<Matrix>,
  fit: (folding: Folding, entries: Csr) => Promise<R>,
): Promise<R> {
  checkRun(where, run, ONCE_RUN)
  run.signal?.throwIfAborted()
  const pace = new Pace(run.signal)
  const matrix = await readMatrix(`${where}: X`, X, run.signal)
  const entries = await entriesOf(await shaped(matrix, pace), zeros, pace)
  return withEngine(where, { maxBytes: run.maxMemory }, async engine => {
    const precision = precisionOf(held as Dense)
    const ratings = await loadRatings(engine, where, entries, { divide, both: false, precision }, pace)
    return fit({ engine, ratings, pace }, entries)
  })
}

/** Throws RangeError unless X has `m` columns. */
export function checkWidth(where: string, X: Matrix, m: number): Matrix {
  if (X.shape[1] !== m) throw new RangeError(`${where}: X: wanted ${m} columns as in the fit, got ${X.shape[1]}`)
  return X
}

/** An array of the length and precision of another. */
export const like = (data: FloatArray, length: number): FloatArray =>
  data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)
