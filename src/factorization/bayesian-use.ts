import { withEngine } from '../../bindings/instance.js'
import type { MatrixInput } from '../core/blocks.js'
import { dense, type Dense, type MatrixLike } from '../core/matrix.js'
import { show } from '../core/options.js'
import { Pace } from '../core/pace.js'
import type { RunOnce } from '../core/run.js'
import type { FoldedIn, Pairs } from './als-model.js'
import { clipping, errorsOf } from './als-use.js'
import { givePrior, setNoise } from './bayesian-fit.js'
import type { BayesianModel, CoveredErrors, Predicted, PredictOptions } from './bayesian-model.js'
import { takeBiases } from './ratings-bias.js'
import { putFactor } from './ratings-factors.js'
import { checkWidth, fold, like } from './ratings-fold.js'
import { checkFolded, checkPairs, completed, ratedOf } from './ratings-predict.js'
import { RatingsProgram } from './ratings-program.js'
import { checkKnown } from './ratings-ranked.js'

/** See BayesianModel, whose methods these are. */
export async function transform(model: BayesianModel, X: MatrixInput, run: RunOnce<never>): Promise<Dense> {
  return (await given(model, X, run, false)).factors
}

export function foldIn(model: BayesianModel, X: MatrixInput, run: RunOnce<never>): Promise<FoldedIn> {
  return given(model, X, run, true)
}

const FOLDED = 0x40000000 // streams of random numbers from here on, which no sweep of a fit has used

function given(model: BayesianModel, X: MatrixInput, run: RunOnce<never>, drawn: boolean): Promise<FoldedIn> {
  const where = `BayesianMF.${drawn ? 'foldIn' : 'transform'}`
  const { options, components, itemBiases, mean, noises, userMeans, userPrecisions } = model
  const { nComponents: k, seed } = options
  const m = itemBiases.length
  const how = { zeros: true, divide: false, held: components }
  return fold(
    where,
    X,
    run,
    how,
    matrix => checkWidth(where, matrix, m),
    async ({ engine, ratings, pace }) => {
      const { arena } = engine
      const { rows } = ratings.sides[0]
      const at = [arena.alloc(rows * 8), arena.alloc(m * 8)] as const
      if (options.biases) {
        arena.f64(at[1], m).set(itemBiases)
        const call = ratings.precision === 'f32' ? engine.kernels.ratingBiases_f32 : engine.kernels.ratingBiases_f64
        const { indptr, indices, values } = ratings.sides[0]
        call(rows, indptr, indices, values, mean, options.dampingUsers, at[1], at[0])
        await takeBiases(engine, ratings, { mean, at }, pace)
      }
      const spec = { ratings, k, kind: 'draws', lambda: 0, power: 0, steps: 0, seed } as const
      const program = new RatingsProgram(engine, spec)
      const draws = noises.length
      const out = like(components.data, rows * draws * k)
      for (let s = 0; s < draws; s++) {
        await pace.breathe()
        putFactor(program, 1, components.data.subarray(s * k * m, (s + 1) * k * m), 1)
        const precision = userPrecisions.subarray(s * k * k, (s + 1) * k * k)
        givePrior(program, 0, { precision, mean: userMeans.subarray(s * k, (s + 1) * k) }, noises[s]!)
        setNoise(program, FOLDED + s, drawn ? 1 / Math.sqrt(noises[s]!) : 0)
        await program.solve(0, pace)
        const w = program.view(program.factors[0], rows * program.kp)
        for (let i = 0; i < rows; i++) out.set(w.subarray(i * program.kp, i * program.kp + k), (i * draws + s) * k)
      }
      return { factors: dense(out, [rows, draws * k]), biases: arena.f64(at[0], rows).slice() }
    },
  )
}

export async function predict(
  model: BayesianModel,
  pairs: Pairs,
  asked: PredictOptions,
  where = 'BayesianMF.predict',
): Promise<Predicted> {
  checkKnown(where, asked, ['level', 'users'])
  const { level = 0.9, users } = asked
  const { embedding, components, itemBiases, userBiases, mean: mu, noises, options, range } = model
  if (!(typeof level === 'number' && level > 0 && level < 1))
    throw new RangeError(`${where}: level: wanted a number between 0 and 1, got ${show(level)}`)
  checkFolded(`${where}: users`, users, embedding.shape[1])
  const [W, bu] = [users?.factors ?? embedding, users?.biases ?? userBiases]
  const m = itemBiases.length
  checkPairs(where, pairs, bu.length, m)
  const z = await withEngine(where, {}, async ({ kernels }) => kernels.normalQuantile((1 + level) / 2))
  const { nComponents: k } = options
  const draws = noises.length
  const noise = noises.reduce((s, alpha) => s + 1 / alpha, 0) / draws
  const clip = clipping(options.clip, range)
  const count = pairs.users.length
  const [mean, deviation, low, high] = [0, 1, 2, 3].map(() => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const each = new Float64Array(draws)
  const pace = new Pace(undefined)
  for (let p = 0; p < count; p++) {
    if (p % 256 === 0) await pace.breathe()
    const [u, i] = [pairs.users[p]!, pairs.items[p]!]
    let sum = 0
    for (let s = 0; s < draws; s++) {
      let inner = 0
      for (let q = s * k; q < (s + 1) * k; q++) inner += W.data[u * draws * k + q]! * components.data[q * m + i]!
      each[s] = inner
      sum += inner
    }
    const middle = sum / draws
    let squares = 0
    for (const inner of each) squares += (inner - middle) * (inner - middle)
    const value = mu + bu[u]! + itemBiases[i]! + middle
    deviation[p] = Math.sqrt(squares / Math.max(1, draws - 1) + noise)
    mean[p] = clip(value)
    low[p] = clip(value - z * deviation[p]!)
    high[p] = clip(value + z * deviation[p]!)
  }
  return { mean, deviation, low, high }
}

export async function inverseTransform(
  { components, itemBiases, mean, noises, options, range }: BayesianModel,
  Z: MatrixLike,
  biases?: ArrayLike<number>,
): Promise<Dense> {
  const where = 'BayesianMF.inverseTransform'
  const clip = clipping(options.clip, range)
  const found = await completed(where, Z, components, (value, i, j) =>
    clip(value / noises.length + mean + itemBiases[j]! + (biases?.[i] ?? 0)),
  )
  if (biases && biases.length !== found.shape[0])
    throw new RangeError(`${where}: biases: wanted ${found.shape[0]}, one for each row, got ${show(biases.length)}`)
  return found
}

export async function errors(
  model: BayesianModel,
  X: MatrixInput,
  options: Pick<PredictOptions, 'level'>,
): Promise<CoveredErrors> {
  const where = 'BayesianMF.errors'
  checkKnown(where, options, ['level'])
  const { values, ...pairs } = await ratedOf(where, X, [model.userBiases.length, model.itemBiases.length])
  const { mean, low, high } = await predict(model, pairs, options, where)
  let covered = 0
  for (let p = 0; p < values.length; p++) if (values[p]! >= low[p]! && values[p]! <= high[p]!) covered++
  return { ...errorsOf(mean, values), coverage: covered / values.length }
}
