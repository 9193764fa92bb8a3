import { withEngine } from '../../bindings/instance.js'
import { typed } from '../../bindings/typed.js'
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import { precisionOf } from '../core/load.js'
import { dense, type Dense, type FloatArray, type MatrixLike, toMatrix, toRowMajor } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import { allBlocks, cutRows } from '../core/program.js'
import { checkRun, ONCE_RUN } from '../core/run.js'
import { NmfFactors } from './nmf-factors.js'
import { loadMatrix, type NmfRunOnce } from './nmf-load.js'
import type { NmfSettings } from './nmf-options.js'
import { NmfProjection } from './nmf-projection.js'

/** What of a model it takes. */
interface Fitted {
  readonly components: Dense
  readonly options: NmfSettings
}

/** See NmfModel, whose methods these are; `name` begins their errors. */
export function transform(model: Fitted, X: MatrixInput, run: NmfRunOnce, name = 'NMF'): Promise<Dense> {
  return project(`${name}.transform`, model, X, run, async (factors, _, pace) =>
    dense(await factors.rowsOfW(pace), [factors.X.rows, model.options.nComponents]),
  )
}

export function score(model: Fitted, X: MatrixInput, run: NmfRunOnce, name = 'NMF'): Promise<number> {
  return project(`${name}.score`, model, X, run, async ({ X: { rows } }, projection, pace) => {
    return 0 - projection.terms.lossOf(await projection.evaluate(pace)) / rows
  })
}

export async function inverseTransform({ components, options }: Fitted, Z: MatrixLike, name = 'NMF'): Promise<Dense> {
  const matrix = toMatrix(`${name}.inverseTransform: Z`, Z)
  const [k, m] = components.shape
  const [n, columns] = matrix.shape
  if (columns !== k) throw new RangeError(`${name}.inverseTransform: Z: wanted ${k} columns, got ${columns}`)
  return withEngine(`${name}.inverseTransform`, { fast: options.fast }, async engine => {
    const { arena, kernels } = engine
    const H = components.data
    const precision = precisionOf(components)
    const [size, call] = [H.BYTES_PER_ELEMENT, typed(kernels, precision)]
    const view = (at: number, count: number): FloatArray => arena.floats(precision, at, count)
    const [z, h, out] = [arena.alloc(n * k * size), arena.alloc(k * m * size), arena.alloc(n * m * size)]
    const work = arena.alloc(kernels.gemmWork())
    view(z, n * k).set(toRowMajor(matrix))
    view(h, k * m).set(H)
    const pace = new Pace(undefined)
    const result = precision === 'f32' ? new Float32Array(n * m) : new Float64Array(n * m)
    for (const { first, count } of allBlocks(cutRows(n, k * m))) {
      await pace.breathe()
      const at = out + first * m * size
      call.gemm(count, m, k, 1, z + first * k * size, k, 1, h, m, 1, at, m, work)
      result.set(view(at, count * m), first * m)
    }
    return dense(result, [n, m])
  })
}

async function project<R>(
  where: string,
  { components, options }: Fitted,
  X: MatrixInput,
  run: NmfRunOnce,
  read: (factors: NmfFactors, projection: NmfProjection, pace: Pace) => R | Promise<R>,
): Promise<R> {
  checkRun(where, run, [...ONCE_RUN, 'weights'])
  const matrix = await readMatrix(`${where}: X`, X, run.signal)
  const m = components.shape[1]
  if (matrix.shape[1] !== m)
    throw new RangeError(`${where}: X: wanted ${m} columns as in the fit, got ${matrix.shape[1]}`)
  run.signal?.throwIfAborted()
  return withEngine(where, { maxBytes: run.maxMemory, fast: options.fast }, async engine => {
    const pace = new Pace(run.signal)
    const given = { options: { ...options, holdOut: 0 }, run, pace, precision: precisionOf(components) }
    const { X: loaded } = await loadMatrix(engine, where, matrix, given)
    const factors = new NmfFactors(engine, loaded, options.nComponents)
    await factors.setComponents(components.data, pace)
    const projection = new NmfProjection(factors, options)
    await projection.solve(pace, run.onProgress)
    return read(factors, projection, pace)
  })
}
