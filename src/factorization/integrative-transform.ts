import { dense, type Dense, type FloatArray, type Matrix, type MatrixLike } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import { checkRun, ONCE_RUN, type RunOnce } from '../core/run.js'
import { below } from './below.js'
import type { IntegrativeModel } from './integrative-model.js'
import type { NmfOptions } from './nmf-options.js'
import type { NmfProgress } from './nmf-projection.js'
import { inverseTransform as multiply, score as scoreOf, transform as project } from './nmf-transform.js'
import { nmfWith } from './nmf-with.js'
import { lookThrough, readMatrices } from './views.js'

const NAME = 'IntegrativeNMF'

/** See IntegrativeModel, whose methods these are. */
export async function transform(model: IntegrativeModel, X: unknown, run: RunOnce<NmfProgress>): Promise<Dense> {
  const found: Dense[] = []
  for (const { matrix, fitted } of await given('transform', model, X, run))
    found.push(await project(fitted, matrix, run, NAME))
  const all = await below(found, new Pace(run.signal))
  return all as Dense
}

export async function score(model: IntegrativeModel, X: unknown, run: RunOnce<NmfProgress>): Promise<number> {
  let [total, rows] = [0, 0]
  for (const { matrix, fitted } of await given('score', model, X, run)) {
    total += matrix.shape[0] * (await scoreOf(fitted, matrix, run, NAME))
    rows += matrix.shape[0]
  }
  return total / rows
}

export async function inverseTransform(model: IntegrativeModel, Z: MatrixLike): Promise<Dense[]> {
  const found: Dense[] = []
  for (const V of model.specific)
    found.push(await multiply({ components: sum(model.components, V), options: optionsOf(model) }, Z, NAME))
  return found
}

const optionsOf = ({ options }: IntegrativeModel): NmfOptions => {
  const { nComponents, maxIter, tol, seed } = options
  return nmfWith({ nComponents, maxIter, tol, seed })
}

const sum = ({ data, shape }: Dense, V: Dense): Dense => dense(data.map((h, p) => h + V.data[p]!) as FloatArray, shape)

// The matrices that are there, each with what its rows are solved for by: |x - w (H + V_i)|^2 + alphaV |w V_i|^2 is the
// distance of [x 0] from w [H + V_i, sqrt(alphaV) V_i].
async function given(method: string, model: IntegrativeModel, X: unknown, run: RunOnce<NmfProgress>) {
  const where = `${NAME}.${method}`
  checkRun(where, run, ONCE_RUN)
  run.signal?.throwIfAborted()
  const input = await readMatrices(where, X, { signal: run.signal, lacking: true })
  const [k, m] = model.components.shape
  const there: { i: number; set: Matrix }[] = []
  const pace = new Pace(run.signal)
  for (const [i, set] of input.entries()) {
    if (!set) continue
    const place = `${where}: X[${i}]`
    if (set.shape[0] === 0 || set.shape[1] === 0)
      throw new RangeError(`${place}: wanted at least one row and one column, got ${set.shape[0]} x ${set.shape[1]}`)
    if (set.shape[1] !== m) throw new RangeError(`${place}: wanted ${m} columns as in the fit, got ${set.shape[1]}`)
    await lookThrough(place, set, { signed: false, missing: false }, pace)
    there.push({ i, set })
  }
  if (there.length === 0) throw new RangeError(`${where}: X: wanted at least one data set, got none`)
  const options = optionsOf(model)
  const { components: H, specific } = model
  const root = Math.sqrt(model.options.alphaV)
  const prepared: { matrix: Matrix; fitted: { components: Dense; options: NmfOptions } }[] = []
  for (const { i, set } of there) {
    const V = specific[i]
    if (!V) {
      prepared.push({ matrix: set, fitted: { components: H, options } })
      continue
    }
    const data: FloatArray = H.data instanceof Float32Array ? new Float32Array(2 * k * m) : new Float64Array(2 * k * m)
    for (let q = 0; q < k; q++)
      for (let j = 0; j < m; j++) {
        const v = V.data[q * m + j]!
        data[q * 2 * m + j] = H.data[q * m + j]! + v
        data[(q * 2 + 1) * m + j] = root * v
      }
    prepared.push({ matrix: await below([set], pace, m), fitted: { components: dense(data, [k, 2 * m]), options } })
  }
  return prepared
}
