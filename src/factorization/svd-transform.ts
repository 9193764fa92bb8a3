import { withEngine } from '../../bindings/instance.js'
import type { Engine } from '../../bindings/engine.js'
import { typed } from '../../bindings/typed.js'
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import { loadMatrix, precisionOf } from '../core/load.js'
import { dense, type Dense, type FloatArray, type MatrixLike, toMatrix, toRowMajor } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import { readRow } from '../core/products.js'
import { allBlocks, cutRows } from '../core/program.js'
import { checkRun, ONCE_RUN, type RunOnce } from '../core/run.js'
import { subtractMean } from '../core/svd/moments.js'
import { Sketch } from '../core/svd/sketch.js'
import { sliceWidth } from './svd-fit.js'
import type { SvdProjection } from './svd-model.js'

const LOG_2PI = 1.8378770664093453

/** See SvdModel, whose methods these are. */
export function transform(model: SvdProjection, X: MatrixInput, run: RunOnce<unknown>): Promise<Dense> {
  return project(`${model.name}.transform`, model, X, run, async ({ sketch, unit, pace }) => {
    const { X: loaded, y, k: kp, size, engine } = sketch
    const k = model.components.shape[0]
    const out = arrayLike(model.components.data, loaded.rows * k)
    const scales = Array.from({ length: k }, (_, q) => {
      const deviation = model.deviations?.[q]
      return deviation === undefined ? unit : deviation === 0 ? 0 : unit / deviation
    })
    for (let i = 0; i < loaded.rows; i++) {
      if (i % 256 === 0) await pace.breathe()
      const row = engine.arena.floats(loaded.precision, y + i * kp * size, k)
      for (let q = 0; q < k; q++) out[i * k + q] = row[q]! * scales[q]!
    }
    return dense(out, [loaded.rows, k])
  })
}

/** Z V' + 1 mu'. */
export async function inverseTransform(model: SvdProjection, Z: MatrixLike): Promise<Dense> {
  const where = `${model.name}.inverseTransform`
  const { components, mean, deviations } = model
  const matrix = toMatrix(`${where}: Z`, Z)
  const [k, m] = components.shape
  const [n, columns] = matrix.shape
  if (columns !== k) throw new RangeError(`${where}: Z: wanted ${k} columns, got ${columns}`)
  return withEngine(where, {}, async ({ arena, kernels }) => {
    const precision = precisionOf(components)
    const [size, call] = [components.data.BYTES_PER_ELEMENT, typed(kernels, precision)]
    const cut = cutRows(Math.max(1, n), k * m)
    const [z, v, out] = [arena.alloc(n * k * size), arena.alloc(k * m * size), arena.alloc(cut.block * m * size)]
    const work = arena.alloc(kernels.gemmWork())
    arena.floats(precision, z, n * k).set(toRowMajor(matrix))
    arena.floats(precision, v, k * m).set(components.data)
    deviations?.forEach((deviation, q) => call.scale(deviation, v + q * m * size, m))
    const pace = new Pace(undefined)
    const result = arrayLike(components.data, n * m)
    for (const { first, count } of n > 0 ? allBlocks(cut) : []) {
      await pace.breathe()
      const view = arena.floats(precision, out, count * m).fill(0)
      if (mean) for (let i = 0; i < count; i++) view.set(mean, i * m)
      call.gemm(count, m, k, 1, z + first * k * size, k, 1, v, m, 1, out, m, work)
      result.set(view, first * m)
    }
    return dense(result, [n, m])
  })
}

/** - sum_i |x_i - V V'x_i|^2 / n. */
export function score(model: SvdProjection, X: MatrixInput, run: RunOnce<unknown>): Promise<number> {
  return project(`${model.name}.score`, model, X, run, async ({ left, unit, sketch, pace }) => {
    let sum = 0
    for (let i = 0; i < sketch.X.rows; i++) sum += await left(i, pace)
    return 0 - (sum / sketch.X.rows) * unit * unit
  })
}

/** The mean over rows of log N(x | mu, C), C = V diag(max(variance, noise)) V' + noise (I - VV'). */
export function logLikelihood(model: SvdProjection, X: MatrixInput, run: RunOnce<unknown>): Promise<number> {
  const where = `${model.name}.score`
  const { components, explainedVariance, noiseVariance: noise = 0 } = model
  const [k, m] = components.shape
  const variances = explainedVariance.map(v => Math.max(v, noise))
  if (!(noise > 0 || k === m) || !variances.every(v => v > 0))
    throw new RangeError(
      `${where}: model: wanted a variance above 0 in every direction, got ${k < m ? `noiseVariance ${noise}` : 'a component without any'}`,
    )
  return project(where, model, X, run, async ({ left, unit, sketch, pace }) => {
    const { X: loaded, y, k: kp, size, engine } = sketch
    const { log } = engine.kernels
    let logs = m * LOG_2PI
    for (const v of variances) logs += log(v)
    if (k < m) logs += (m - k) * log(noise)
    // In units of the divided rows, whose squares are within the range.
    const inner = variances.map(v => v / unit / unit)
    let sum = 0
    for (let i = 0; i < loaded.rows; i++) {
      if (k < m) sum += (await left(i, pace)) / (noise / unit / unit)
      else await pace.breathe()
      const row = engine.arena.floats(loaded.precision, y + i * kp * size, k)
      for (let q = 0; q < k; q++) sum += (row[q]! * row[q]!) / inner[q]!
    }
    return -0.5 * (logs + sum / loaded.rows)
  })
}

const arrayLike = (data: FloatArray, length: number): FloatArray =>
  data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)

interface Projected {
  /** With X, about the mean where there is one and divided by `unit`, its Y = X V. */
  readonly sketch: Sketch
  readonly unit: number
  /** |x - V V'x|^2 of row i. */
  left(i: number, pace: Pace): Promise<number>
  readonly pace: Pace
}

async function project<R>(
  where: string,
  { components, mean: means }: SvdProjection,
  X: MatrixInput,
  run: RunOnce<unknown>,
  read: (projected: Projected) => Promise<R>,
): Promise<R> {
  checkRun(where, run, ONCE_RUN)
  const matrix = await readMatrix(`${where}: X`, X, run.signal)
  const [k, m] = components.shape
  if (matrix.shape[1] !== m)
    throw new RangeError(`${where}: X: wanted ${m} columns as in the fit, got ${matrix.shape[1]}`)
  run.signal?.throwIfAborted()
  return withEngine(where, { maxBytes: run.maxMemory }, async engine => {
    const { arena } = engine
    const pace = new Pace(run.signal)
    const precision = precisionOf(components)
    const loaded = await loadMatrix(engine, where, matrix, pace, { signed: true, precision, sliceWidth: sliceWidth(k) })
    const { root, sparse } = loaded
    const mean = means ? arena.alloc(m * 8) : 0
    if (means) arena.f64(mean, m).set(means.map(v => v / root / root))
    if (mean && !sparse) await subtractMean(engine, loaded, mean, pace)
    const kp = Math.ceil(k / 4) * 4
    const sketch = new Sketch(engine, loaded, kp, sparse ? mean : 0)
    const v = arena.alloc(k * m * sketch.size)
    arena.floats(precision, v, k * m).set(components.data)
    typed(engine.kernels, precision).pad(m, k, kp, 1, v, 1, m, sketch.b)
    await sketch.times(pace)
    return read({ sketch, unit: root * root, left: residuals(engine, sketch, v, k, sparse ? mean : 0), pace })
  })
}

// Rows of what V V' leaves, one at a time: a difference, as |x|^2 - |V'x|^2 would cancel.
function residuals(engine: Engine, { X, y, k: kp, size }: Sketch, v: number, k: number, mean: number) {
  const { arena, kernels } = engine
  const call = typed(kernels, X.precision)
  const m = X.columns
  const row = arena.alloc(m * size)
  return async (i: number, pace: Pace): Promise<number> => {
    await pace.breathe()
    readRow(engine, X, i, arena.floats(X.precision, row, m))
    if (mean) call.subtractRow(1, m, m, row, mean)
    call.gemv(m, k, -1, v, 1, m, y + i * kp * size, row)
    return call.dot(row, row, m)
  }
}
