import { dense, type Dense, type FloatArray, type MatrixLike } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import { checkRun, ONCE_RUN, type RunOnce } from '../core/run.js'
import type { JointModel } from './joint-model.js'
import { allowedBy, nmfOptionsOf } from './joint-settings.js'
import type { NmfProgress } from './nmf-projection.js'
import { inverseTransform as multiply, score as scoreOf, transform as project } from './nmf-transform.js'
import { beside, checkRows, lookThrough, type Part, readMatrices, widthOf } from './views.js'

/** See JointModel, whose methods these are. */
export async function transform(model: JointModel, X: unknown, run: RunOnce<NmfProgress>): Promise<Dense> {
  const { matrix, fitted } = await given('transform', model, X, run)
  return project(fitted, matrix, run, 'JointNMF')
}

export async function score(model: JointModel, X: unknown, run: RunOnce<NmfProgress>): Promise<number> {
  const { matrix, fitted } = await given('score', model, X, run)
  return scoreOf(fitted, matrix, run, 'JointNMF')
}

export async function inverseTransform(model: JointModel, Z: MatrixLike): Promise<Dense[]> {
  const found: Dense[] = []
  for (const [v, components] of model.components.entries()) {
    const all = await multiply(
      { components, options: nmfOptionsOf({ ...model.options, networks: null }) },
      Z,
      'JointNMF',
    )
    found.push(model.views[v]!.split ? difference(all) : all)
  }
  return found
}

// The first half of the columns less the second.
function difference({ data, shape: [n, width] }: Dense): Dense {
  const m = width / 2
  const out: FloatArray = data instanceof Float32Array ? new Float32Array(n * m) : new Float64Array(n * m)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) out[i * m + j] = data[i * width + j]! - data[i * width + m + j]!
  return dense(out, [n, m])
}

// The views that are there beside each other, scaled as in the fit, and the model of those.
async function given(method: string, model: JointModel, X: unknown, run: RunOnce<NmfProgress>) {
  const where = `JointNMF.${method}`
  checkRun(where, run, ONCE_RUN)
  run.signal?.throwIfAborted()
  const { views, components, options: known } = model
  const options = { ...known, networks: null }
  const input = await readMatrices(where, X, { signal: run.signal, lacking: true })
  if (input.length !== views.length)
    throw new RangeError(
      `${where}: X: wanted ${views.length} views (null for one that is not there), got ${input.length}`,
    )
  checkRows(where, input)
  const pace = new Pace(run.signal)
  const there: { readonly part: Part; readonly H: Dense }[] = []
  let gaps = false
  for (const [v, view] of input.entries()) {
    if (!view) continue
    const { split, norm, weight } = views[v]!
    const H = components[v]!
    const m = H.shape[1] / (split ? 2 : 1)
    if (view.shape[1] !== m)
      throw new RangeError(`${where}: X[${v}]: wanted ${m} columns as in the fit, got ${view.shape[1]}`)
    const facts = await lookThrough(`${where}: X[${v}]`, view, allowedBy(options), pace)
    gaps ||= facts.gaps
    // Negative parts of a view that had none in the fit have components of zeros: nothing follows from them.
    const positive = !split && facts.negative
    there.push({ part: { X: view, split, positive, factor: Math.sqrt(weight) / norm }, H })
  }
  const parts = there.map(({ part }) => part)
  const columns = parts.reduce((n, part) => n + widthOf(part), 0)
  const { nComponents: k } = options
  const single = there.every(({ H }) => H.data instanceof Float32Array)
  const all: FloatArray = single ? new Float32Array(k * columns) : new Float64Array(k * columns)
  let from = 0
  for (const { H, part } of there) {
    const m = H.shape[1]
    for (let q = 0; q < k; q++)
      for (let j = 0; j < m; j++) all[q * columns + from + j] = H.data[q * m + j]! * part.factor
    from += m
  }
  const nmf = nmfOptionsOf({ ...options, missing: gaps ? 'nan' : 'none' })
  return { matrix: await beside(parts, pace), fitted: { components: dense(all, [k, columns]), options: nmf } }
}
