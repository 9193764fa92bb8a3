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
import { Pace, type RunOnce } from '../core/run.js'
import { NmfFactors } from './nmf-factors.js'
import { betaOf, NMF_OPTIONS, type NmfOptions } from './nmf-options.js'
import type { NmfFit, NmfSums } from './nmf-fit.js'
import { type NmfProgress, NmfProjection } from './nmf-projection.js'
import { sliceWidth } from './nmf-terms.js'

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

  constructor(
    readonly options: NmfOptions,
    shape: readonly [number, number],
    fit: NmfFit,
  ) {
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
      for (const { first, count } of allBlocks(cutRows(n, k * m))) {
        await pace.breathe()
        call.gemm(count, m, k, 1, z + first * k * size, k, 1, h, m, 1, out + first * m * size, m, work)
      }
      return dense(view(out, n * m).slice(), [n, m])
    })
  }

  /** Minus the mean divergence per row of X from its best reconstruction: higher is better. */
  async score(X: MatrixInput, run: RunOnce<NmfProgress> = {}): Promise<number> {
    return this.project('NMF.score', X, run, async ({ X: { rows } }, { loss, terms }, pace) => {
      return -terms.lossOf(await loss.evaluate(pace)) / rows
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
      init: typeof init === 'string' ? init : 'custom',
      nIter: String(this.nIter),
      converged: String(this.converged),
      fast: String(this.fast),
      loss: String(this.loss),
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
    const { H, W, trace, 'sums.num': num, 'sums.den': den } = tensors
    const options = parseOptions(metadata)
    const shaped =
      H?.shape.length === 2 &&
      W?.shape.length === 2 &&
      H.shape[0] === options.nComponents &&
      W.shape[1] === options.nComponents
    const floats = H && W && trace && isFloats(H.data) && isFloats(W.data) && trace.data instanceof Float64Array
    if (!shaped || !floats) throw new FormatError('NmfModel.load: wanted tensors H (k x m), W (n x k) and trace')
    return new NmfModel(options, [W.shape[0] ?? 0, H.shape[1] ?? 0], {
      W: W.data as FloatArray,
      H: H.data as FloatArray,
      trace: [...(trace.data as Float64Array)],
      nIter: Number(metadata.nIter),
      converged: metadata.converged === 'true',
      fast: metadata.fast === 'true',
      loss: Number(metadata.loss),
      objective: NaN,
      ...(num && den && { sums: sumsOf(num.data, den.data, H.shape) }),
    })
  }

  private async project<R>(
    where: string,
    X: MatrixInput,
    run: RunOnce<NmfProgress>,
    read: (factors: NmfFactors, projection: NmfProjection, pace: Pace) => R | Promise<R>,
  ): Promise<R> {
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

function sumsOf(num: unknown, den: unknown, [k = 0, m = 0]: readonly number[]): NmfSums {
  if (isFloats(num) && isFloats(den) && num.length === m * k && [k * k, m * k].includes(den.length)) return { num, den }
  throw new FormatError(`NmfModel.load: sums: wanted m x k and k x k or m x k numbers for k = ${k}, m = ${m}`)
}

const isFloats = (data: unknown): data is FloatArray => data instanceof Float32Array || data instanceof Float64Array

function parseOptions(metadata: Readonly<Record<string, string>>): NmfOptions {
  if (metadata.format !== 'latens' || metadata.estimator !== 'nmf') {
    throw new FormatError(
      `NmfModel.load: wanted a latens nmf model, got format ${metadata.format}, estimator ${metadata.estimator}`,
    )
  }
  try {
    return resolveOptions<NmfOptions>('NmfModel.load', NMF_OPTIONS, JSON.parse(metadata.options ?? ''))
  } catch (cause) {
    throw new FormatError(`NmfModel.load: options: ${(cause as Error).message}`, { cause })
  }
}
