import type { Engine } from '../../bindings/engine.js'

/** A Gaussian of rows of a factor: its precision, k x k, and its mean. */
export interface Gaussian {
  readonly precision: Float64Array
  readonly mean: Float64Array
}

export interface RowSums {
  readonly count: number
  readonly sum: ArrayLike<number>
  /** sum x x', rows `ld` numbers apart. */
  readonly gram: ArrayLike<number>
  readonly ld: number
}

export interface Draws {
  readonly engine: Engine
  readonly seed: number
  readonly stream: number
}

/** A draw of the Gaussian that rows come from, given them: Normal-Wishart with mean 0, beta0, k degrees of freedom and the
 *  scale I (Salakhutdinov & Mnih 2008). The Wishart draw is Bartlett's: Lambda = TT', T = C'^-1 A with CC' the inverse of
 *  the scale, A lower with roots of chi-squared numbers on its diagonal (twice Gamma ones, by Marsaglia & Tsang's method
 *  in the engine) and normal ones below. */
export function drawGaussian(k: number, beta0: number, { count, sum, gram, ld }: RowSums, draws: Draws): Gaussian {
  const C = new Float64Array(k * k)
  const weight = 1 / (beta0 + count)
  for (let i = 0; i < k; i++)
    for (let j = 0; j <= i; j++) C[i * k + j] = gram[i * ld + j]! - weight * sum[i]! * sum[j]! + Number(i === j)
  factorise(C, k)
  const { normals, gammas } = randoms(k, count, draws)
  const A = new Float64Array(k * k)
  let next = k
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < i; j++) A[i * k + j] = normals[next++]!
    A[i * k + i] = Math.sqrt(2 * gammas[i]!)
  }
  // C'T = A, a column at a time from below.
  const T = A.slice()
  for (let c = 0; c < k; c++)
    for (let i = k - 1; i >= 0; i--) {
      let s = T[i * k + c]!
      for (let j = i + 1; j < k; j++) s -= C[j * k + i]! * T[j * k + c]!
      T[i * k + c] = s / C[i * k + i]!
    }
  const precision = new Float64Array(k * k)
  for (let i = 0; i < k; i++)
    for (let j = 0; j <= i; j++) {
      let s = 0
      for (let c = 0; c < k; c++) s += T[i * k + c]! * T[j * k + c]!
      precision[i * k + j] = precision[j * k + i] = s
    }
  // The mean's covariance is Lambda^-1 weight: T'^-1 = C A'^-1 times a normal row.
  const z = normals.slice(0, k)
  for (let i = k - 1; i >= 0; i--) {
    for (let j = i + 1; j < k; j++) z[i]! -= A[j * k + i]! * z[j]!
    z[i]! /= A[i * k + i]!
  }
  const mean = Float64Array.from({ length: k }, (_, i) => {
    let s = 0
    for (let j = 0; j <= i; j++) s += C[i * k + j]! * z[j]!
    return weight * sum[i]! + Math.sqrt(weight) * s
  })
  return { precision, mean }
}

/** The lower triangle of A <- C, CC' = A. Throws RangeError where a pivot is not above 0. */
function factorise(A: Float64Array, k: number): void {
  for (let i = 0; i < k; i++)
    for (let j = 0; j <= i; j++) {
      let s = A[i * k + j]!
      for (let q = 0; q < j; q++) s -= A[i * k + q]! * A[j * k + q]!
      if (i === j && !(s > 0 && s < Infinity))
        throw new RangeError(
          'BayesianMF.fit: X: wanted ratings of a size that factors can be drawn for in their precision',
        )
      A[i * k + j] = i === j ? Math.sqrt(s) : s / A[j * k + j]!
    }
}

// k normal numbers of the mean and those below a diagonal; a Gamma number for each entry of it.
function randoms(k: number, count: number, { engine, seed, stream }: Draws) {
  const { arena, kernels } = engine
  const mark = arena.mark()
  const many = k + (k * (k - 1)) / 2
  const at = arena.alloc(many * 8)
  const [low, high] = [seed >>> 0, Math.floor(seed / 2 ** 32)]
  kernels.normal_f64(low, high, stream, 0, at, many)
  const normals = arena.f64(at, many).slice()
  for (let i = 0; i < k; i++) kernels.gamma_f64(low, high, stream, i, (k + count - i) / 2, at + i * 8, 1)
  const gammas = arena.f64(at, k).slice()
  arena.release(mark)
  return { normals, gammas }
}

/** A Gamma number of this shape and rate. */
export function drawGamma({ engine, seed, stream }: Draws, shape: number, rate: number): number {
  const { arena, kernels } = engine
  const mark = arena.mark()
  const at = arena.alloc(8)
  kernels.gamma_f64(seed >>> 0, Math.floor(seed / 2 ** 32), stream, 0, shape, at, 1)
  const [value = 0] = arena.f64(at, 1)
  arena.release(mark)
  return value / rate
}
