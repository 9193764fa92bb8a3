// What a signature and mixtures must be, and how they come into an engine.
import { withEngine } from '../../bindings/instance.js'
import type { Engine } from '../../bindings/engine.js'
import { type Loaded, loadMatrix } from '../core/load.js'
import { csr, dense, type Dense, type Matrix, toRowMajor } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import { conditionOf } from './condition.js'
import type { DeconvolutionOptions } from './options.js'
import { unitOf } from './preparation.js'

interface Taken {
  readonly signal?: AbortSignal | undefined
  readonly maxMemory?: number | undefined
}

/** X in f64, row after row. Throws RangeError naming the first entry that is not finite or, for kl, below 0. */
export async function checkedRows(
  engine: Engine,
  where: string,
  X: Matrix,
  { method }: Pick<DeconvolutionOptions, 'method'>,
  pace: Pace,
): Promise<Float64Array> {
  const mark = engine.arena.mark()
  const loaded: Loaded = await loadMatrix(engine, where, inDouble(X), pace, { signed: method !== 'kl' })
  engine.arena.release(mark)
  return Float64Array.from(toRowMajor(X).subarray(0, loaded.rows * loaded.columns))
}

const inDouble = (X: Matrix): Matrix => {
  if (X.data instanceof Float64Array) return X
  const data = Float64Array.from(X.data)
  return X.kind === 'csr' ? csr({ ...X, data }) : dense(data, X.shape, { stride: X.stride, offset: X.offset })
}

/** The signature (types x genes) as a model has it, and the ratio of its largest singular value to its smallest. */
export function learn(
  where: string,
  X: Matrix,
  options: DeconvolutionOptions,
  { signal, maxMemory }: Taken,
): Promise<{ readonly signature: Dense; readonly condition: number }> {
  return withEngine(where, { maxBytes: maxMemory }, async engine => {
    const pace = new Pace(signal)
    const data = await checkedRows(engine, where, X, options, pace)
    const [k, g] = X.shape
    const unit = unitOf(data)
    const condition =
      k > g
        ? Infinity
        : await conditionOf(
            data.map(v => v / unit),
            g,
            k,
            pace,
          )
    return { signature: dense(data, [k, g]), condition }
  })
}
