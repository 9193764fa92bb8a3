import type { Engine } from '../../bindings/engine.js'
import { typed } from '../../bindings/typed.js'
import type { FloatArray, Matrix } from '../core/matrix.js'
import { Pace, stopwatch } from '../core/pace.js'
import { dispose, type Pool, type PoolRun } from '../core/pool.js'
import type { BayesianRun, BayesianStep } from './bayesian-mf.js'
import type { BayesianFit } from './bayesian-model.js'
import type { BayesianOptions } from './bayesian-options.js'
import { drawGamma, drawGaussian, type Gaussian } from './bayesian-prior.js'
import { entriesOf } from './ratings.js'
import { fitBiases, takeBiases } from './ratings-bias.js'
import { drawFactor } from './ratings-factors.js'
import { loadRatings } from './ratings-load.js'
import { RatingsProgram, type RatingsSpec, type Which } from './ratings-program.js'
import { rangeOf, startScale } from './ratings-range.js'

const WHERE = 'BayesianMF.fit'
const STREAMS = 8 // of random numbers, for each sweep

interface Fit {
  readonly options: BayesianOptions
  readonly run: BayesianRun
  readonly pool: Pool | undefined
}

/** Biases, then sweeps: the items' Gaussian and factor, the users', the noise. */
export async function* fitBayesian(
  engine: Engine,
  X: Matrix,
  { options, run, pool }: Fit,
): AsyncGenerator<BayesianStep, BayesianFit> {
  const { nComponents: k, noise, noiseShape, noiseRate, burnIn, nSamples, seed } = options
  const pace = new Pace(run.signal)
  const entries = await entriesOf(X, true, pace)
  const ratings = await loadRatings(engine, WHERE, entries, { divide: false, both: true }, pace)
  const { stored, sides, precision } = ratings
  if (stored === 0) throw new RangeError(`${WHERE}: X: wanted at least one rating, got none`)
  const range = await rangeOf(entries.data, pace)
  const biases = await fitBiases(engine, ratings, options, pace)
  await takeBiases(engine, ratings, biases, pace)
  const call = typed(engine.kernels, precision)
  const meanSquare = call.dot(sides[0].values, sides[0].values, stored) / stored
  if (!Number.isFinite(meanSquare))
    throw new RangeError(`${WHERE}: X: wanted ratings whose squares are within the range of numbers, got larger ones`)
  const spec: RatingsSpec = { ratings, k, kind: 'draws', lambda: 0, power: 0, steps: 0, seed }
  const { made: program, layout } = engine.arena.record(() => new RatingsProgram(engine, spec))
  const [n, m] = [sides[0].rows, sides[1].rows]
  const floats = (count: number): FloatArray =>
    precision === 'f32' ? new Float32Array(count) : new Float64Array(count)
  const [W, H] = [floats(n * nSamples * k), floats(nSamples * k * m)]
  const noises = new Float64Array(nSamples)
  const [means, precisions] = [new Float64Array(nSamples * k), new Float64Array(nSamples * k * k)]
  const trace: number[] = []
  let loss = NaN
  let alpha = noise === 'sampled' ? 1 / (meanSquare || 1) : noise
  let threads: PoolRun | undefined
  try {
    threads = pool?.executor(engine, { program, name: 'ratings', spec, layout })
    if (threads) program.executor = threads
    for (const which of [0, 1] as const) await drawFactor(program, which, which, startScale(meanSquare, k), pace)
    for (const which of [0, 1] as const) await program.sum(which, pace)
    for (let sweep = 0; sweep < burnIn + nSamples; sweep++) {
      const seconds = stopwatch()
      const stream = (of: number): number => (2 + sweep * STREAMS + of) >>> 0
      let users: Gaussian | undefined
      for (const which of [1, 0] as const) {
        const gaussian = drawRows(program, which, options.beta0, stream(which))
        givePrior(program, which, gaussian, alpha)
        setNoise(program, stream(2 + which), 1 / Math.sqrt(alpha))
        await program.solve(which, pace)
        users = gaussian
      }
      loss = program.left[0]
      const sample = sweep - burnIn
      if (sample >= 0) {
        noises[sample] = alpha
        means.set(users!.mean, sample * k)
        precisions.set(users!.precision, sample * k * k)
        await keep(program, sample, nSamples, W, H, pace)
      }
      trace.push(loss)
      const rmse = Math.sqrt((2 * loss) / stored)
      const step = { iter: sweep + 1, loss, rmse, noise: alpha, ratingsPerSecond: stored / seconds() }
      // For the next sweep: given the factors that this one ends with.
      if (noise === 'sampled')
        alpha = drawGamma({ engine, seed, stream: stream(4) }, noiseShape + stored / 2, noiseRate + loss)
      run.onProgress?.(step)
      yield step
    }
  } finally {
    threads?.[dispose]()
  }
  const taken = (which: Which): Float64Array => engine.arena.f64(biases.at[which], sides[which].rows).slice()
  return {
    mean: biases.mean,
    userBiases: taken(0),
    itemBiases: taken(1),
    W,
    H,
    noises,
    means,
    precisions,
    range,
    stored,
    loss,
    trace,
  }
}

function drawRows(program: RatingsProgram, which: Which, beta0: number, stream: number): Gaussian {
  const { engine, spec, kp, grams, sums } = program
  const sides = spec.ratings.sides
  const gram = Float64Array.from(program.view(grams[which], kp * kp))
  const sum = engine.arena.f64(sums[which], kp).slice()
  const { k, seed } = spec
  return drawGaussian(k, beta0, { count: sides[which].rows, sum, gram, ld: kp }, { engine, seed, stream })
}

/** G0 and b0 of a factor's rows: those of the Gaussian, divided by the precision of the noise as the kernel's sums are. */
export function givePrior(program: RatingsProgram, which: Which, { precision, mean }: Gaussian, alpha: number): void {
  const { kp, g0, b0, spec } = program
  const { k } = spec
  const [G, b] = [program.view(g0[which], kp * kp), program.view(b0[which], kp)]
  for (let i = 0; i < k; i++) {
    let s = 0
    for (let j = 0; j < k; j++) {
      G[i * kp + j] = precision[i * k + j]! / alpha
      s += precision[i * k + j]! * mean[j]!
    }
    b[i] = s / alpha
  }
}

export function setNoise({ engine, noise }: RatingsProgram, stream: number, scale: number): void {
  engine.arena.f64(noise, 2).set([stream, scale])
}

// A draw of both factors beside those before: W n x (draws k), H (draws k) x m.
async function keep(program: RatingsProgram, at: number, of: number, W: FloatArray, H: FloatArray, pace: Pace) {
  const { spec, kp, factors } = program
  const { k, ratings } = spec
  const [n, m] = [ratings.sides[0].rows, ratings.sides[1].rows]
  await pace.breathe()
  const w = program.view(factors[0], n * kp)
  for (let i = 0; i < n; i++) W.set(w.subarray(i * kp, i * kp + k), (i * of + at) * k)
  await pace.breathe()
  const h = program.view(factors[1], m * kp)
  for (let j = 0; j < m; j++) for (let q = 0; q < k; q++) H[(at * k + q) * m + j] = h[j * kp + q]!
}
