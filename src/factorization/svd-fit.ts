import type { Engine } from '../../bindings/engine.js'
import { loadMatrix, precisionOf } from '../core/load.js'
import type { FloatArray, Matrix } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import { dispose, type Pool, type PoolRun } from '../core/pool.js'
import type { Run } from '../core/run.js'
import { covarianceSvd } from '../core/svd/covariance.js'
import { exactSvd } from '../core/svd/exact.js'
import { type LanczosEnd, lanczosSvd } from '../core/svd/lanczos.js'
import { hasRoom, krylovSvd } from '../core/svd/krylov.js'
import { isSmall } from '../core/svd/leading.js'
import { momentsOf, subtractMean } from '../core/svd/moments.js'
import { randomisedSvd } from '../core/svd/randomised.js'
import { setSigns } from '../core/svd/signs.js'
import type { Sketch } from '../core/svd/sketch.js'
import { lossOf, type TripletStep, type Triplets } from '../core/svd/triplets.js'
import { isRounding, type SvdFit } from './svd-found.js'
import type { PcaOptions, SvdOptions } from './svd-options.js'

/** Told after every iteration: a power step, a restart, or the one of the exact algorithm. `loss` is half the squared
 *  distance of X (about its mean for PCA) from what is found of it; `residual` is, for lanczos, the largest |X'u - s v|
 *  relative to the largest s, for krylov the largest |X'X v - s^2 v| relative to the least s^2 (NaN where not looked
 *  at), for randomized the share by which what is found has grown. */
export type SvdStep = TripletStep

export interface Fitting {
  /** As errors begin. */
  readonly where: string
  readonly options: SvdOptions<number | null> & Partial<PcaOptions>
  readonly centre: boolean
  readonly run: Run<SvdStep>
  readonly pool: Pool | undefined
}

/** Where an entry's row of B (the sketch) is not in the cache it is waited for: columns of a slice of sparse X. */
export const sliceWidth = (k: number): number => Math.max(1024, Math.floor(262144 / k))

// Triplets at most that `auto` finds so: with more, the eigenvalues of the small matrix take too long.
const KRYLOV = 128

/** Where X is dense and far taller than wide its X'X is soon made, and soon taken apart for few triplets. */
const hasCovariance = ({ kind, shape: [rows, columns] }: Matrix, k: number): boolean =>
  kind === 'dense' && columns <= 1024 && rows >= 4 * columns && 10 * k <= columns

export async function* fitSvd(engine: Engine, X: Matrix, fitting: Fitting): AsyncGenerator<SvdStep, SvdFit> {
  const { where, options, centre, run } = fitting
  const pace = new Pace(run.signal)
  const [rows, columns] = X.shape
  const k = options.nComponents ?? Math.min(rows, columns)
  if (rows > 0 && columns > 0 && k > Math.min(rows, columns))
    throw new RangeError(
      `${where}: nComponents: wanted at most ${Math.min(rows, columns)}, the shorter side of X (${rows} x ${columns}), got ${k}`,
    )
  const small = isSmall({ rows, columns })
  const chosen =
    options.algorithm !== 'auto'
      ? options.algorithm
      : small
        ? 'exact'
        : hasCovariance(X, k)
          ? 'covariance'
          : X.kind === 'csr' && k <= KRYLOV
            ? 'krylov'
            : 'randomized'
  const narrow = chosen === 'randomized' || chosen === 'krylov' || (chosen === 'covariance' && rows < columns)
  const loaded = await loadMatrix(engine, where, X, pace, {
    signed: true,
    precision: narrow ? precisionOf(X) : 'f64',
    sliceWidth: narrow ? sliceWidth(k) : Infinity,
  })
  const { mean, squares: about } = await momentsOf(engine, loaded, pace)
  if (centre && !loaded.sparse) await subtractMean(engine, loaded, mean, pace)
  const squares = centre ? about : loaded.squares
  const wanted = { k, squares, mean: centre && loaded.sparse ? mean : 0 }
  let threads: PoolRun | undefined
  const unit = loaded.root * loaded.root
  let [nIter, converged] = [0, true]
  let triplets: Triplets
  const told = (step: TripletStep): SvdStep => {
    nIter = step.iter
    return { ...step, loss: step.loss * unit * unit }
  }
  try {
    const { seed, tol, maxIter } = options
    const square =
      chosen === 'covariance' && rows >= columns
        ? await covarianceSvd(engine, loaded, wanted, { seed, maxIter }, pace)
        : undefined
    // What its values are too far apart for, or X too small, goes the other way.
    const algorithm =
      chosen === 'covariance' || (chosen === 'krylov' && !hasRoom(loaded, k))
        ? small
          ? 'exact'
          : 'randomized'
        : chosen
    if (square || algorithm === 'exact') {
      triplets = square ?? (await exactSvd(engine, loaded, wanted, pace))
      const found = triplets.S.reduce((sum, s) => sum + s * s, 0)
      const step = told({ iter: 1, loss: lossOf({ squares }, found), residual: 0 })
      run.onProgress?.(step)
      yield step
    } else {
      const { nIter: steps, nOversamples: oversamples } = options
      const executor = (program: Sketch, layout: readonly number[]): PoolRun | undefined => {
        threads?.[dispose]()
        return (threads = fitting.pool?.executor(engine, { program, name: 'svd', spec: program.spec, layout }))
      }
      const randomised = () =>
        randomisedSvd(engine, loaded, wanted, { oversamples, steps: steps ?? undefined, seed, executor }, pace)
      let running: AsyncGenerator<TripletStep, Triplets | undefined> =
        algorithm === 'lanczos'
          ? lanczosSvd(engine, loaded, wanted, { tol, maxIter, seed }, pace)
          : algorithm === 'krylov'
            ? krylovSvd(engine, loaded, wanted, { seed, executor }, pace)
            : randomised()
      for (let before = 0; ;) {
        const { done, value } = await running.next()
        if (!done) {
          const step = told({ ...value, iter: before + value.iter })
          run.onProgress?.(step)
          yield step
        } else if (value) {
          triplets = value
          converged = (value as Partial<LanczosEnd>).converged ?? true
          break
        } else {
          before = nIter
          running = randomised()
        }
      }
    }
  } finally {
    threads?.[dispose]()
  }
  await setSigns(triplets, k, options.signConvention, pace)
  const means = engine.arena.f64(mean, columns).map(v => v * unit)
  return { ...(await described(triplets, { fitting, X, k, unit, about, pace })), mean: means, nIter, converged }
}

/** What is told of the triplets of the divided matrix, in the units of X. */
async function described(
  { U, S, V }: Triplets,
  {
    fitting,
    X,
    k,
    unit,
    about,
    pace,
  }: { fitting: Fitting; X: Matrix; k: number; unit: number; about: number; pace: Pace },
) {
  const { centre, options } = fitting
  const [rows, columns] = X.shape
  const array = (length: number): FloatArray =>
    X.data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)
  const [components, embedding] = [array(k * columns), array(rows * k)]
  for (let j = 0; j < columns; j++) {
    if (j % 1024 === 0) await pace.breathe()
    for (let q = 0; q < k; q++) components[q * columns + j] = V[j * k + q]!
  }
  const root = Math.sqrt(Math.max(1, rows - 1))
  const side = Math.max(rows, columns)
  const scales = S.map(s => (!options.whiten ? s * unit : isRounding(s, S, side) ? 0 : root))
  for (let i = 0; i < rows; i++) {
    if (i % 1024 === 0) await pace.breathe()
    for (let q = 0; q < k; q++) embedding[i * k + q] = U[i * k + q]! * scales[q]!
  }
  const freedom = centre ? Math.max(1, rows - 1) : rows
  const variances = centre ? S.map(s => (s * s) / freedom) : await spread(U, S, k, pace)
  const total = about / freedom
  const left = total - variances.reduce((sum, v) => sum + v, 0)
  const others = Math.min(rows, columns) - k
  return {
    components,
    embedding,
    singularValues: S.map(s => s * unit),
    explainedVariance: variances.map(v => v * unit * unit),
    explainedVarianceRatio: variances.map(v => (total > 0 ? v / total : 0)),
    noiseVariance: centre && others > 0 ? Math.max(0, left / others) * unit * unit : 0,
  }
}

// Variances of the columns of U S, about their means, over n.
async function spread(U: Float64Array, S: Float64Array, k: number, pace: Pace): Promise<Float64Array> {
  const n = U.length / k
  const means = new Float64Array(k)
  const variances = new Float64Array(k)
  for (let p = 0; p < U.length; p += k) {
    if (p % (1024 * k) === 0) await pace.breathe()
    for (let q = 0; q < k; q++) means[q]! += U[p + q]!
  }
  for (let q = 0; q < k; q++) means[q]! /= n
  for (let p = 0; p < U.length; p += k) {
    if (p % (1024 * k) === 0) await pace.breathe()
    for (let q = 0; q < k; q++) {
      const off = U[p + q]! - means[q]!
      variances[q]! += off * off
    }
  }
  return variances.map((v, q) => (v / n) * S[q]! * S[q]!)
}
