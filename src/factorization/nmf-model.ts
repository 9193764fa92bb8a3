import { withEngine } from '../../bindings/instance.js'
import { typed } from '../../bindings/typed.js'
import { checksum } from '../core/checksum.js'
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from '../core/codecs/safetensors.js'
import { FormatError } from '../core/errors.js'
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import { loadNonNegative, precisionOf } from '../core/load.js'
import { dense, type Dense, type FloatArray, type MatrixLike, toMatrix, toRowMajor } from '../core/matrix.js'
import { resolveOptions } from '../core/options.js'
import { allBlocks, cutRows } from '../core/program.js'
import { Pace } from '../core/pace.js'
import { checkRun, ONCE_RUN, type RunOnce } from '../core/run.js'
import { NmfFactors } from './nmf-factors.js'
import { betaOf, checkTogether, NMF_OPTIONS, type NmfOptions, type NmfSettings } from './nmf-options.js'
import type { NmfFit, NmfSums } from './nmf-fit.js'
import { type NmfProgress, NmfProjection } from './nmf-projection.js'
import { sliceWidth } from './nmf-terms.js'

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
    return this.project('NMF.transform', X, run, async (factors, _, pace) =>
      dense(await factors.rowsOfW(pace), [factors.X.rows, this.options.nComponents]),
    )
  }

  /** Z H for Z (n' x k): n' x m. */
  async inverseTransform(Z: MatrixLike): Promise<Dense> {
    const matrix = toMatrix('NMF.inverseTransform: Z', Z)
    const [k, m] = this.components.shape
    const [n, columns] = matrix.shape
    if (columns !== k) throw new RangeError(`NMF.inverseTransform: Z: wanted ${k} columns, got ${columns}`)
    return withEngine('NMF.inverseTransform', { fast: this.options.fast }, async engine => {
      const { arena, kernels } = engine
      const H = this.components.data
      const precision = precisionOf(this.components)
      const [size, call] = [H.BYTES_PER_ELEMENT, typed(kernels, precision)]
      const view = (at: number, count: number): FloatArray =>
        precision === 'f32' ? arena.f32(at, count) : arena.f64(at, count)
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

  /** Minus the mean divergence per row of X from its best reconstruction: higher is better. */
  async score(X: MatrixInput, run: RunOnce<NmfProgress> = {}): Promise<number> {
    return this.project('NMF.score', X, run, async ({ X: { rows } }, projection, pace) => {
      return 0 - projection.terms.lossOf(await projection.evaluate(pace)) / rows
    })
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

  private async project<R>(
    where: string,
    X: MatrixInput,
    run: RunOnce<NmfProgress>,
    read: (factors: NmfFactors, projection: NmfProjection, pace: Pace) => R | Promise<R>,
  ): Promise<R> {
    checkRun(where, run, ONCE_RUN)
    const matrix = await readMatrix(`${where}: X`, X, run.signal)
    const m = this.components.shape[1]
    if (matrix.shape[1] !== m)
      throw new RangeError(`${where}: X: wanted ${m} columns as in the fit, got ${matrix.shape[1]}`)
    run.signal?.throwIfAborted()
    return withEngine(where, { maxBytes: run.maxMemory, fast: this.options.fast }, async engine => {
      const pace = new Pace(run.signal)
      const precision = precisionOf(this.components)
      const positive = betaOf(this.options.betaLoss) <= 0
      const loaded = await loadNonNegative(engine, where, matrix, pace, {
        precision,
        positive,
        sliceWidth: sliceWidth(this.options),
      })
      const factors = new NmfFactors(engine, loaded, this.options.nComponents)
      await factors.setComponents(this.components.data, pace)
      const projection = new NmfProjection(factors, this.options)
      await projection.solve(pace, run.onProgress)
      return read(factors, projection, pace)
    })
  }
}

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
