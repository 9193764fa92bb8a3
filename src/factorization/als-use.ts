import type { MatrixInput } from '../core/blocks.js'
import { dense, type Dense, type FloatArray, type MatrixLike } from '../core/matrix.js'
import { show } from '../core/options.js'
import type { RunOnce } from '../core/run.js'
import type { AlsModel, Errors, FoldedIn, Others, Pairs } from './als-model.js'
import type { Clip } from './als-options.js'
import { entriesOf, turned } from './ratings.js'
import { takeBiases } from './ratings-bias.js'
import { putFactor, takeFactor } from './ratings-factors.js'
import { checkWidth, fold } from './ratings-fold.js'
import { checkFolded, checkPairs, completed, innerOf, ratedOf } from './ratings-predict.js'
import { RatingsProgram } from './ratings-program.js'
import { checkKnown } from './ratings-ranked.js'

/** See AlsModel, whose methods these are. */
export function foldIn(model: AlsModel, X: MatrixInput, run: RunOnce<never>, method = 'foldIn'): Promise<FoldedIn> {
  const where = `ALS.${method}`
  const { components, itemBiases } = model
  return beside(
    where,
    model,
    X,
    run,
    { factor: components.data, biases: itemBiases, damping: 'dampingUsers' },
    matrix => checkWidth(where, matrix, itemBiases.length),
  )
}

export function foldInItems(model: AlsModel, X: MatrixInput, run: RunOnce<never>): Promise<FoldedIn> {
  const where = 'ALS.foldInItems'
  const { embedding, userBiases } = model
  // W as k x n, as the items' factor is.
  const [n, k] = embedding.shape
  const factor = embedding.data.slice()
  for (let i = 0; i < n; i++) for (let q = 0; q < k; q++) factor[q * n + i] = embedding.data[i * k + q]!
  const held = { factor, biases: userBiases, damping: 'dampingItems' } as const
  return beside(where, model, X, run, held, async (matrix, pace) => {
    if (matrix.shape[0] !== n)
      throw new RangeError(`${where}: X: wanted ${n} rows as in the fit, got ${matrix.shape[0]}`)
    return turned(await entriesOf(matrix, true, pace), pace)
  })
}

interface Held {
  /** k x m. */
  readonly factor: FloatArray
  readonly biases: Float64Array
  readonly damping: 'dampingUsers' | 'dampingItems'
}

function beside(
  where: string,
  { options, mean }: AlsModel,
  X: MatrixInput,
  run: RunOnce<never>,
  { factor, biases, damping }: Held,
  shaped: Parameters<typeof fold>[4],
): Promise<FoldedIn> {
  const how = { zeros: true, divide: true, held: { data: factor } }
  return fold(where, X, run, how, shaped, async ({ engine, ratings, pace }) => {
    const { nComponents: k, lambda, lambdaPower: power, seed } = options
    const { unit, sides } = ratings
    const { arena } = engine
    const [{ rows }, { rows: m }] = sides
    const at = [arena.alloc(rows * 8), arena.alloc(m * 8)] as const
    if (options.biases) {
      arena.f64(at[1], m).set(biases.map(b => b / unit))
      const call = ratings.precision === 'f32' ? engine.kernels.ratingBiases_f32 : engine.kernels.ratingBiases_f64
      const { indptr, indices, values } = sides[0]
      call(rows, indptr, indices, values, mean / unit, options[damping], at[1], at[0])
      await takeBiases(engine, ratings, { mean: mean / unit, at }, pace)
    }
    const spec = { ratings, k, kind: 'explicit', lambda: lambda / unit, power, steps: 0, seed } as const
    const program = new RatingsProgram(engine, spec)
    putFactor(program, 1, factor, Math.sqrt(unit))
    await program.solve(0, pace)
    const factors = dense(await takeFactor(program, 0, Math.sqrt(unit), pace), [rows, k])
    return { factors, biases: arena.f64(at[0], rows).map(b => b * unit) }
  })
}

/** What a prediction is clipped to. */
export function clipping(clip: Clip, range: readonly [number, number]): (value: number) => number {
  if (clip === 'none') return value => value
  const [low, high] = clip === 'data' ? range : clip
  return value => Math.min(high, Math.max(low, value))
}

export async function predict(model: AlsModel, pairs: Pairs, others: Others): Promise<Float64Array> {
  const { embedding, components, userBiases, itemBiases, mean, options, range } = model
  checkKnown('ALS.predict', others, ['users', 'items'])
  const { users, items } = others
  checkFolded('ALS.predict: users', users, options.nComponents)
  checkFolded('ALS.predict: items', items, options.nComponents)
  const [bu, bi] = [users?.biases ?? userBiases, items?.biases ?? itemBiases]
  checkPairs('ALS.predict', pairs, bu.length, bi.length)
  const inner = innerOf(users?.factors ?? embedding, items?.factors ?? components, items !== undefined)
  const clip = clipping(options.clip, range)
  return Float64Array.from({ length: pairs.users.length }, (_, p) => {
    const [u, i] = [pairs.users[p]!, pairs.items[p]!]
    return clip(mean + bu[u]! + bi[i]! + inner(u, i))
  })
}

export async function inverseTransform(model: AlsModel, Z: MatrixLike, biases?: ArrayLike<number>): Promise<Dense> {
  const where = 'ALS.inverseTransform'
  const { components, itemBiases, mean, options, range } = model
  const clip = clipping(options.clip, range)
  const found = await completed(where, Z, components, (value, i, j) =>
    clip(value + mean + itemBiases[j]! + (biases?.[i] ?? 0)),
  )
  if (biases && biases.length !== found.shape[0])
    throw new RangeError(`${where}: biases: wanted ${found.shape[0]}, one for each row, got ${show(biases.length)}`)
  return found
}

export async function errors(model: AlsModel, X: MatrixInput): Promise<Errors> {
  const where = 'ALS.errors'
  const { values, ...pairs } = await ratedOf(where, X, [model.userBiases.length, model.itemBiases.length])
  return errorsOf(await predict(model, pairs, {}), values)
}

export function errorsOf(found: ArrayLike<number>, wanted: ArrayLike<number>): Errors {
  let [squares, sizes] = [0, 0]
  for (let p = 0; p < wanted.length; p++) {
    const off = found[p]! - wanted[p]!
    squares += off * off
    sizes += Math.abs(off)
  }
  return { rmse: Math.sqrt(squares / wanted.length), mae: sizes / wanted.length, count: wanted.length }
}
