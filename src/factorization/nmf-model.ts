import { withEngine } from '../../bindings/instance.js'
import { typed } from '../../bindings/typed.js'
import { checksum } from '../core/checksum.js'
import { checkNonNegative } from '../core/check.js'
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from '../core/codecs/safetensors.js'
import { FormatError } from '../core/errors.js'
import {
  dense,
  type Dense,
  type FloatArray,
  type Matrix,
  type MatrixLike,
  toMatrix,
  toRowMajor,
} from '../core/matrix.js'
import { resolveOptions } from '../core/options.js'
import { iterate } from '../core/program.js'
import { Pace, type Run } from '../core/run.js'
import { betaOf, NMF_OPTIONS, type NmfOptions } from './nmf-options.js'
import { NmfProgram } from './nmf-program.js'

export interface NmfFit {
  readonly loss: number
  readonly objective: number
  readonly converged: boolean
  readonly nIter: number
  readonly trace: readonly number[]
  readonly W: FloatArray
  readonly H: FloatArray
}

/** A fitted NMF: plain data that owns its arrays. */
export class NmfModel {
  /** H, k x m. */
  readonly components: Dense
  /** W of the training rows, n x k. */
  readonly embedding: Dense
  readonly nIter: number
  readonly converged: boolean
  /** Divergence of X from WH at the end, without penalties. */
  readonly loss: number
  /** The objective (loss plus penalties) wherever it was evaluated, in order, the kept restart's. */
  readonly trace: Float64Array

  constructor(
    readonly options: NmfOptions,
    shape: readonly [number, number],
    fit: NmfFit,
  ) {
    this.components = dense(fit.H, [options.nComponents, shape[1]])
    this.embedding = dense(fit.W, [shape[0], options.nComponents])
    this.nIter = fit.nIter
    this.converged = fit.converged
    this.loss = fit.loss
    this.trace = Float64Array.from(fit.trace)
    Object.freeze(this)
  }

  /** W for new rows X (n' x m) with H held: n' x k. X takes the model's precision. */
  async transform(X: MatrixLike, run: Run<{ iter: number }> = {}): Promise<Dense> {
    const { W, rows } = await this.project('NMF.transform', X, run)
    return dense(W, [rows, this.options.nComponents])
  }

  /** Z H for Z (n' x k): n' x m. */
  async inverseTransform(Z: MatrixLike): Promise<Dense> {
    const matrix = toMatrix('NMF.inverseTransform: Z', Z)
    const [k, m] = this.components.shape
    const [n, columns] = matrix.shape
    if (columns !== k) throw new RangeError(`NMF.inverseTransform: Z: wanted ${k} columns, got ${columns}`)
    const z = toRowMajor(matrix)
    const H = this.components.data
    return withEngine('NMF.inverseTransform', Infinity, async ({ kernels, arena }) => {
      const mp = Math.ceil(m / 4) * 4
      const [a, b, c] = [arena.alloc(n * k * 8), arena.alloc(k * mp * 8), arena.alloc(n * mp * 8)]
      arena.f64(a, n * k).set(z)
      const padded = arena.f64(b, k * mp)
      for (let q = 0; q < k; q++) for (let j = 0; j < m; j++) padded[q * mp + j] = H[q * m + j] ?? 0
      typed(kernels, 'f64').product(n, k, mp, a, k, 1, b, c)
      const wide = arena.f64(c, n * mp)
      const out = H instanceof Float32Array ? new Float32Array(n * m) : new Float64Array(n * m)
      for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) out[i * m + j] = wide[i * mp + j] ?? 0
      return dense(out, [n, m])
    })
  }

  /** Minus the mean divergence per row of X from its best reconstruction: higher is better. */
  async score(X: MatrixLike, run: Run<{ iter: number }> = {}): Promise<number> {
    const { loss, rows } = await this.project('NMF.score', X, run)
    return -loss / rows
  }

  /** The model as safetensors bytes; `NmfModel.load` gives it back to the bit. */
  save(): Uint8Array {
    const tensor = (matrix: Dense): SafeTensor => ({
      dtype: matrix.data instanceof Float32Array ? 'F32' : 'F64',
      shape: [...matrix.shape],
      data: matrix.data,
    })
    const { init, ...options } = this.options
    const tensors = {
      H: tensor(this.components),
      W: tensor(this.embedding),
      trace: { dtype: 'F64', shape: [this.trace.length], data: this.trace } satisfies SafeTensor,
    }
    const metadata = {
      format: 'latens',
      estimator: 'nmf',
      options: JSON.stringify(options),
      init: typeof init === 'string' ? init : 'custom',
      nIter: String(this.nIter),
      converged: String(this.converged),
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
    const { H, W, trace } = tensors
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
      loss: Number(metadata.loss),
      objective: NaN,
    })
  }

  private async project(
    where: string,
    X: MatrixLike,
    run: Run<{ iter: number }>,
  ): Promise<{ W: FloatArray; rows: number; loss: number }> {
    const beta = betaOf(this.options.betaLoss)
    const given = checkNonNegative(where, toMatrix(`${where}: X`, X), beta)
    const m = this.components.shape[1]
    if (given.shape[1] !== m)
      throw new RangeError(`${where}: X: wanted ${m} columns as in the fit, got ${given.shape[1]}`)
    const matrix = asPrecision(given, this.components.data)
    return withEngine(where, run.maxMemory ?? Infinity, async engine => {
      const program = new NmfProgram(engine, matrix, this.options, true)
      const pace = new Pace(run.signal)
      program.setFactors(undefined, this.components.data)
      program.levelStart()
      // With H held the rows of `hals` repeat their sweeps inside the kernel; `mu` needs its iterations here.
      const iterations = this.options.solver === 'hals' ? 1 : this.options.maxIter
      for (let iter = 1; iter <= iterations; iter++) {
        await iterate(program, pace)
        run.onProgress?.({ iter })
      }
      return { W: program.factors().W, rows: given.shape[0], loss: program.objective().loss }
    })
  }
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

function asPrecision(X: Matrix, like: FloatArray): Matrix {
  const single = like instanceof Float32Array
  if (X.data instanceof Float32Array === single) return X
  const data = single ? Float32Array.from(X.data) : Float64Array.from(X.data)
  return { ...X, data }
}
