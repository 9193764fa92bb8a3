import type { MatrixInput } from '../core/blocks.js'
import { checksum } from '../core/checksum.js'
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from '../core/codecs/safetensors.js'
import { FormatError } from '../core/errors.js'
import { dense, type Dense, type FloatArray, type MatrixLike } from '../core/matrix.js'
import { resolveOptions } from '../core/options.js'
import type { RunOnce } from '../core/run.js'
import type { NmfFit, NmfSums } from './nmf-fit.js'
import { betaOf, checkTogether, NMF_OPTIONS, type NmfOptions, type NmfSettings } from './nmf-options.js'
import type { NmfProgress } from './nmf-projection.js'

export type NmfModelOptions = NmfSettings & { readonly init: 'random' | 'custom' }

/** A fitted NMF: plain data that owns its arrays. */
export class NmfModel {
  /** H, k x m. */
  readonly components: Dense
  /** W of the training rows, n x k. */
  readonly embedding: Dense
  readonly nIter: number
  readonly converged: boolean
  /** Whether the relaxed engine had a part in it: `fast` was asked for and the host has relaxed SIMD. */
  readonly fast: boolean
  /** Divergence of X from WH at the end, without penalties. */
  readonly loss: number
  /** The objective (loss plus penalties) wherever it was evaluated, in order, the kept restart's. */
  readonly trace: Float64Array
  /** What `partialFit` goes on from; undefined for a model of `fit`. */
  readonly sums: NmfSums | undefined

  /** The options of the fit; of a start of the caller's, that it was one. */
  readonly options: NmfModelOptions

  constructor({ init, ...settings }: NmfOptions | NmfModelOptions, shape: readonly [number, number], fit: NmfFit) {
    const options = Object.freeze({ ...settings, init: typeof init === 'string' ? init : ('custom' as const) })
    this.options = options
    this.components = dense(fit.H, [options.nComponents, shape[1]])
    this.embedding = dense(fit.W, [shape[0], options.nComponents])
    this.nIter = fit.nIter
    this.converged = fit.converged
    this.fast = fit.fast
    this.loss = fit.loss
    this.trace = Float64Array.from(fit.trace)
    this.sums = fit.sums
    Object.freeze(this)
  }

  /** W for new rows X (n' x m) with H held: n' x k, each row for itself. X takes the model's precision. */
  async transform(X: MatrixInput, run: RunOnce<NmfProgress> = {}): Promise<Dense> {
    return (await use()).transform(this, X, run)
  }

  /** Z H for Z (n' x k): n' x m. */
  async inverseTransform(Z: MatrixLike): Promise<Dense> {
    return (await use()).inverseTransform(this, Z)
  }

  /** Minus the mean divergence per row of X from its best reconstruction: higher is better. */
  async score(X: MatrixInput, run: RunOnce<NmfProgress> = {}): Promise<number> {
    return (await use()).score(this, X, run)
  }

  /** The model as safetensors bytes; `NmfModel.load` gives it back to the bit. */
  save(): Uint8Array {
    const tensor = (matrix: Dense): SafeTensor => ({
      dtype: matrix.data instanceof Float32Array ? 'F32' : 'F64',
      shape: [...matrix.shape],
      data: matrix.data,
    })
    const k = this.options.nComponents
    const rowsOfK = (data: FloatArray): SafeTensor => tensor(dense(data, [data.length / k, k]))
    const { init, ...options } = this.options
    const tensors = {
      H: tensor(this.components),
      W: tensor(this.embedding),
      trace: { dtype: 'F64', shape: [this.trace.length], data: this.trace } satisfies SafeTensor,
      ...(this.sums && { 'sums.num': rowsOfK(this.sums.num), 'sums.den': rowsOfK(this.sums.den) }),
    }
    const metadata = {
      format: 'latens',
      estimator: 'nmf',
      options: JSON.stringify(options),
      init,
      nIter: String(this.nIter),
      converged: String(this.converged),
      fast: String(this.fast),
      loss: String(this.loss),
      ...(this.sums && {
        numExponent: String(this.sums.numExponent),
        denExponent: String(this.sums.denExponent),
      }),
    }
    return encodeSafetensors(tensors, { ...metadata, checksum: checksum(tensors, metadata) })
  }

  /** Throws FormatError for bytes that `save` did not write. */
  static load(bytes: Uint8Array): NmfModel {
    const { tensors, metadata } = decodeSafetensors(bytes)
    const { checksum: stored, ...rest } = metadata
    const found = checksum(tensors, rest)
    if (stored !== found)
      throw new FormatError(`NmfModel.load: checksum: wanted ${stored}, got ${found}: the file is damaged`)
    return readModel(tensors, rest)
  }
}

// What is done with a model is fetched when it is.
const use = () => import('./nmf-transform.js')

// The checksum says that the bytes are those that were written, not that a program of ours wrote them.
function readModel(
  { H, W, trace, 'sums.num': num, 'sums.den': den, ...more }: Readonly<Record<string, SafeTensor | undefined>>,
  metadata: Readonly<Record<string, string>>,
): NmfModel {
  const need = (fact: boolean, what: string): void => {
    if (!fact) throw new FormatError(`NmfModel.load: wanted ${what}`)
  }
  const options = parseOptions(metadata)
  const k = options.nComponents
  const like = H?.data instanceof Float32Array ? Float32Array : Float64Array
  const factor = (tensor: SafeTensor | undefined, name: string, rows: number, columns: number): FloatArray => {
    const { shape = [], data } = tensor ?? {}
    const shaped = shape.length === 2 && (rows < 0 || shape[0] === rows) && (columns < 0 || shape[1] === columns)
    need(shaped && data instanceof like, `a tensor ${name} of the model's shape and precision`)
    const values = data as FloatArray
    need(
      values.every(v => v >= 0 && v < Infinity),
      `finite numbers >= 0 in ${name}`,
    )
    return values
  }
  const components = factor(H, 'H', k, -1)
  const m = components.length / k
  need(m >= 1, 'at least one column')
  const embedding = factor(W, 'W', -1, k)
  need(trace?.data instanceof Float64Array && trace.shape.length === 1, 'a tensor trace, f64 of one dimension')
  need(Object.keys(more).length === 0, `no tensors but H, W, trace and sums, got ${Object.keys(more).join(', ')}`)
  const number = (name: string): number => {
    const value = Number(metadata[name] ?? 'none')
    need(!Number.isNaN(value), `a number ${name}, got ${metadata[name]}`)
    return value
  }
  const flag = (name: string): boolean => {
    need(['true', 'false'].includes(metadata[name] ?? ''), `${name} true or false, got ${metadata[name]}`)
    return metadata[name] === 'true'
  }
  const nIter = number('nIter')
  need(Number.isInteger(nIter) && nIter >= 0, `nIter an integer >= 0, got ${nIter}`)
  const sums = (num || den) && {
    num: factor(num, 'sums.num', m, k),
    den: factor(den, 'sums.den', betaOf(options.betaLoss) === 2 ? k : m, k),
    numExponent: number('numExponent'),
    denExponent: number('denExponent'),
  }
  return new NmfModel(options, [embedding.length / k, m], {
    W: embedding,
    H: components,
    trace: [...((trace?.data as Float64Array | undefined) ?? [])],
    nIter,
    converged: flag('converged'),
    fast: flag('fast'),
    loss: number('loss'),
    objective: NaN,
    ...(sums && { sums }),
  })
}

function parseOptions(metadata: Readonly<Record<string, string>>): NmfModelOptions {
  if (metadata.format !== 'latens' || metadata.estimator !== 'nmf') {
    throw new FormatError(
      `NmfModel.load: wanted a latens nmf model, got format ${metadata.format}, estimator ${metadata.estimator}`,
    )
  }
  try {
    const given = JSON.parse(metadata.options ?? '') as unknown
    const { init: _, ...settings } = resolveOptions<NmfOptions>('NmfModel.load', NMF_OPTIONS, given)
    checkTogether('NmfModel.load', settings)
    const { init } = metadata
    if (init !== 'random' && init !== 'custom') throw new RangeError(`init: wanted random or custom, got ${init}`)
    return { ...settings, init }
  } catch (cause) {
    throw new FormatError(`NmfModel.load: options: ${(cause as Error).message}`, { cause })
  }
}
