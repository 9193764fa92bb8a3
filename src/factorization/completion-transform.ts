import { type MatrixInput, readMatrix } from '../core/blocks.js'
import { csr, type Csr, dense, type Dense, type Matrix, type MatrixLike } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import { checkRun, ONCE_RUN, type RunOnce } from '../core/run.js'
import { knownOf } from './completion-known.js'
import type { CompletionModel } from './completion-model.js'
import type { NmfOptions } from './nmf-options.js'
import type { NmfProgress } from './nmf-projection.js'
import { inverseTransform as multiply, score as scoreOf, transform as project } from './nmf-transform.js'
import { nmfWith } from './nmf-with.js'
import { walk } from './views.js'

const NAME = 'MatrixCompletion'

/** See CompletionModel, whose methods these are. */
export async function transform(model: CompletionModel, X: MatrixInput, run: RunOnce<NmfProgress>): Promise<Dense> {
  const { known } = await read('transform', model, X, run)
  return rowsOf(model, known, run)
}

export async function score(model: CompletionModel, X: MatrixInput, run: RunOnce<NmfProgress>): Promise<number> {
  const { known } = await read('score', model, X, run)
  return known.data.length === 0
    ? 0
    : scoreOf({ components: model.components, options: optionsOf(model) }, known, run, NAME)
}

export async function inverseTransform(model: CompletionModel, Z: MatrixLike): Promise<Dense> {
  const product = await multiply({ components: model.components, options: optionsOf(model) }, Z, NAME)
  const m = model.mean.length
  return dense(product.data.map((v, p) => v + model.mean[p % m]!) as Float64Array, product.shape)
}

export async function complete(model: CompletionModel, X: MatrixInput, run: RunOnce<NmfProgress>): Promise<Dense> {
  const { input, known } = await read('complete', model, X, run)
  const out = await inverseTransform(model, await rowsOf(model, known, run))
  const m = model.mean.length
  const data = out.data.slice()
  await walk(input, new Pace(run.signal), (i, j, v) => {
    if (!Number.isNaN(v)) data[i * m + j] = v
  })
  return dense(data, out.shape)
}

const optionsOf = ({ components, ridge, options }: CompletionModel): NmfOptions =>
  nmfWith({
    nComponents: components.shape[0],
    solver: 'als',
    clip: false,
    alphaW: ridge,
    penaltyScale: 'raw',
    missing: 'zeros',
    maxIter: options.maxIter,
    tol: options.tol,
  })

async function rowsOf(model: CompletionModel, known: Csr, run: RunOnce<NmfProgress>): Promise<Dense> {
  const { components } = model
  const [rows, k] = [known.shape[0], components.shape[0]]
  if (known.data.length === 0) return dense(new Float64Array(rows * k), [rows, k])
  return project({ components, options: optionsOf(model) }, known, run, NAME)
}

// X and its known entries less the means.
async function read(
  method: string,
  model: CompletionModel,
  X: MatrixInput,
  run: RunOnce<NmfProgress>,
): Promise<{ input: Matrix; known: Csr }> {
  const where = `${NAME}.${method}`
  checkRun(where, run, ONCE_RUN)
  run.signal?.throwIfAborted()
  const input = await readMatrix(`${where}: X`, X, run.signal)
  const m = model.mean.length
  if (input.shape[1] !== m)
    throw new RangeError(`${where}: X: wanted ${m} columns as in the fit, got ${input.shape[1]}`)
  const { X: known } = await knownOf(where, input, { ...model.options, holdOut: 0 }, new Pace(run.signal))
  return { input, known: csr({ ...known, data: known.data.map((v, p) => v - model.mean[known.indices[p]!]!) }) }
}
