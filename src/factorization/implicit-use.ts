import { withEngine } from '../../bindings/instance.js'
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import { csr, type Csr, dense, type Dense, type FloatArray, type Matrix, type MatrixLike } from '../core/matrix.js'
import { show } from '../core/options.js'
import { Pace } from '../core/pace.js'
import type { RunOnce } from '../core/run.js'
import type { Pairs } from './als-model.js'
import type { Explained, ImplicitModel, Ranked, RecommendOptions } from './implicit-model.js'
import { confidenceOf, confidencesOf } from './implicit-confidence.js'
import { entriesOf, turned } from './ratings.js'
import { putFactor, takeFactor } from './ratings-factors.js'
import { checkWidth, fold, like } from './ratings-fold.js'
import { checkPairs, completed, innerOf, multiply } from './ratings-predict.js'
import { RatingsProgram } from './ratings-program.js'
import { checkKnown, checkPlaces, largest, numberOf } from './ratings-ranked.js'

/** See ImplicitModel, whose methods these are. */
export function transform(
  model: ImplicitModel,
  X: MatrixInput,
  run: RunOnce<never>,
  where = 'ImplicitALS.transform',
): Promise<Dense> {
  const { components } = model
  return beside(where, model, X, run, components.data, matrix => checkWidth(where, matrix, components.shape[1]))
}

export function transformItems(model: ImplicitModel, X: MatrixInput, run: RunOnce<never>): Promise<Dense> {
  const where = 'ImplicitALS.transformItems'
  const { embedding } = model
  const [n, k] = embedding.shape
  const factor = like(embedding.data, n * k)
  for (let i = 0; i < n; i++) for (let q = 0; q < k; q++) factor[q * n + i] = embedding.data[i * k + q]!
  return beside(where, model, X, run, factor, async (matrix, pace) => {
    if (matrix.shape[0] !== n)
      throw new RangeError(`${where}: X: wanted ${n} rows as in the fit, got ${matrix.shape[0]}`)
    return turned(await entriesOf(matrix, false, pace), pace)
  })
}

function beside(
  where: string,
  { options }: ImplicitModel,
  X: MatrixInput,
  run: RunOnce<never>,
  factor: FloatArray,
  shaped: Parameters<typeof fold>[4],
): Promise<Dense> {
  const counted = async (matrix: Matrix, pace: Pace): Promise<Matrix> => {
    const entries = await entriesOf(await shaped(matrix, pace), false, pace)
    return csr({ ...entries, data: confidencesOf(where, options, entries.data) })
  }
  const how = { zeros: true, divide: false, held: { data: factor } }
  return fold(where, X, run, how, counted, async ({ engine, ratings, pace }) => {
    const { nComponents: k, lambda, lambdaPower: power, seed } = options
    const spec = { ratings, k, kind: 'implicit', lambda, power, steps: 0, seed } as const
    const program = new RatingsProgram(engine, spec)
    putFactor(program, 1, factor, 1)
    await program.sum(1, pace)
    engine.arena.copy(program.grams[1], program.g0[0], program.kp * program.kp * program.size)
    await program.solve(0, pace)
    return dense(await takeFactor(program, 0, 1, pace), [ratings.sides[0].rows, k])
  })
}

export async function predict({ embedding, components, seen }: ImplicitModel, pairs: Pairs): Promise<Float64Array> {
  checkPairs('ImplicitALS.predict', pairs, ...seen.shape)
  const inner = innerOf(embedding, components, false)
  return Float64Array.from({ length: pairs.users.length }, (_, p) => inner(pairs.users[p]!, pairs.items[p]!))
}

export function inverseTransform({ components }: ImplicitModel, Z: MatrixLike): Promise<Dense> {
  return completed('ImplicitALS.inverseTransform', Z, components, value => value)
}

const isMatrix = (users: ArrayLike<number> | MatrixInput): users is MatrixInput =>
  typeof users === 'object' &&
  users !== null &&
  ('kind' in users || Symbol.asyncIterator in users || typeof (users as ArrayLike<unknown>)[0] === 'object')

export async function recommend(
  model: ImplicitModel,
  users: ArrayLike<number> | MatrixInput,
  options: RecommendOptions,
): Promise<Ranked[]> {
  const where = 'ImplicitALS.recommend'
  checkKnown(where, options, ['n', 'filterSeen'])
  const { n, filterSeen = true } = options
  if (typeof filterSeen !== 'boolean')
    throw new TypeError(`${where}: filterSeen: wanted true or false, got ${show(filterSeen)}`)
  const count = numberOf(where, n)
  const { embedding, components, seen } = model
  const k = components.shape[0]
  if (!isMatrix(users) && typeof users?.length !== 'number')
    throw new TypeError(`${where}: users: wanted their numbers or a matrix of their entries, got ${show(users)}`)
  let [rows, entries, at]: [FloatArray, Csr, (row: number) => number] = [embedding.data, seen, row => row]
  if (isMatrix(users)) {
    const matrix = await readMatrix(`${where}: users`, users)
    rows = (await transform(model, matrix, {}, where)).data
    entries = await entriesOf(matrix, false, new Pace(undefined))
  } else {
    checkPlaces(where, 'users', users, seen.shape[0])
    rows = like(embedding.data, users.length * k)
    for (let i = 0; i < users.length; i++) rows.set(embedding.data.subarray(users[i]! * k, (users[i]! + 1) * k), i * k)
    at = row => users[row]!
  }
  const found: Ranked[] = []
  await multiply(where, rows, components, (row, scores) => {
    const { indptr, indices } = entries
    const own = filterSeen ? new Set(indices.subarray(indptr[at(row)], indptr[at(row) + 1])) : undefined
    found.push(largest(scores, count, j => !own?.has(j)))
  })
  return found
}

export async function similarItems(
  { components }: ImplicitModel,
  items: ArrayLike<number>,
  options: Pick<RecommendOptions, 'n'>,
): Promise<Ranked[]> {
  const where = 'ImplicitALS.similarItems'
  checkKnown(where, options, ['n'])
  const count = numberOf(where, options.n)
  const [k, m] = components.shape
  if (typeof items?.length !== 'number')
    throw new TypeError(`${where}: items: wanted a list of numbers, got ${show(items)}`)
  checkPlaces(where, 'items', items, m)
  const norms = new Float64Array(m)
  for (let q = 0; q < k; q++)
    for (let j = 0; j < m; j++) norms[j]! += components.data[q * m + j]! * components.data[q * m + j]!
  const found: Ranked[] = []
  for (const i of Array.from(items)) {
    const cosines = new Float64Array(m)
    for (let q = 0; q < k; q++)
      for (let j = 0; j < m; j++) cosines[j]! += components.data[q * m + i]! * components.data[q * m + j]!
    cosines.forEach((s, j) => {
      const size = Math.sqrt(norms[i]! * norms[j]!)
      cosines[j] = size > 0 ? s / size : 0
    })
    found.push(largest(cosines, count, j => j !== i))
  }
  return found
}

export async function explain(
  model: ImplicitModel,
  user: number,
  item: number,
  how: Pick<RecommendOptions, 'n'>,
): Promise<Explained> {
  const where = 'ImplicitALS.explain'
  checkKnown(where, how, ['n'])
  const count = numberOf(where, how.n)
  const { components, seen, options } = model
  checkPairs(where, { users: [user], items: [item] }, ...seen.shape)
  const [k, m] = components.shape
  const [start, end] = [seen.indptr[user]!, seen.indptr[user + 1]!]
  const own = seen.indices.subarray(start, end)
  const counted = Array.from(seen.data.subarray(start, end), confidenceOf(options))
  const column = (j: number): number[] => Array.from({ length: k }, (_, q) => components.data[q * m + j]!)
  if (own.length === 0) return { score: 0, items: new Int32Array(0), scores: new Float64Array(0) }
  // y_i' A^-1 of the user's normal equations; what an entry adds is that times its part of the right side.
  const z = await withEngine(where, {}, async ({ arena, kernels }) => {
    const [a, b] = [arena.alloc(k * k * 8), arena.alloc(k * 8)]
    const A = arena.f64(a, k * k)
    const add = (y: readonly number[], weight: number): void => {
      for (let p = 0; p < k; p++) for (let q = 0; q <= p; q++) A[p * k + q]! += weight * y[p]! * y[q]!
    }
    for (let j = 0; j < m; j++) add(column(j), 1)
    own.forEach((j, e) => add(column(j), Math.abs(counted[e]!) - 1))
    const ridge = options.lambda * kernels.pow(own.length, options.lambdaPower)
    for (let q = 0; q < k; q++) A[q * k + q]! += ridge
    arena.f64(b, k).set(column(item))
    if (kernels.cholesky_f64(k, a, k) !== 0)
      throw new RangeError(`${where}: model: wanted lambda > 0 or as many items as components, got neither`)
    kernels.choleskySolve_f64(k, a, k, 1, b, k)
    return arena.f64(b, k).slice()
  })
  const parts = Array.from(own, (j, e) =>
    counted[e]! > 0 ? counted[e]! * column(j).reduce((s, y, q) => s + y * z[q]!, 0) : 0,
  )
  const { items, scores } = largest(parts, count)
  return { score: parts.reduce((s, v) => s + v, 0), items: items.map(p => own[p]!), scores }
}
