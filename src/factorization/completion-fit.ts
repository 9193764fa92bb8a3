import type { Engine } from '../../bindings/engine.js'
import { loadMatrix } from '../core/load.js'
import { csr, type Csr, dense, type Matrix } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import type { Pool } from '../core/pool.js'
import { exactSvd } from '../core/svd/exact.js'
import { leadingTriplets } from '../core/svd/leading.js'
import { knownOf } from './completion-known.js'
import type { CompletionFit, CompletionPoint } from './completion-model.js'
import type { CompletionOptions } from './completion-options.js'
import type { CompletionRun, CompletionStep } from './matrix-completion.js'
import { fitRestarts } from './nmf-restarts.js'
import { nmfWith } from './nmf-with.js'

const WHERE = 'MatrixCompletion.fit'
const SURPLUS = 1e-4 // of lambda: no direction is added for less
const NOTHING = 1e-9 // of the largest singular value: one below is none
const WORSE = 3 // values of the path in a row, after which it ends

interface Fit {
  readonly options: CompletionOptions
  readonly run: CompletionRun
  readonly pool: Pool | undefined
}

/** Z = U diag(S) V' in its leading triplets. */
interface Low {
  readonly U: Float64Array
  readonly S: Float64Array
  readonly V: Float64Array
}

/** A stage's solution. */
interface Solved extends Low {
  /** The largest singular value of the residual on the known entries. */
  readonly left: number
  readonly converged: boolean
}

/** Where a fit stands, and what its stages have in common. */
interface Stages extends Fit {
  readonly engine: Engine
  readonly pace: Pace
  /** What entries are divided by, a power of four: squares of any that there are stay within the range of numbers. */
  readonly unit: number
  iter: number
  trace: number[]
}

export async function* fitCompletion(
  engine: Engine,
  input: Matrix,
  { options, run, pool }: Fit,
): AsyncGenerator<CompletionStep, CompletionFit> {
  const pace = new Pace(run.signal)
  const { X: all } = await knownOf(WHERE, input, { ...options, holdOut: 0 }, pace)
  if (all.data.length === 0) throw new RangeError(`${WHERE}: X: wanted at least one known entry, got none`)
  const unit = unitOf(all.data)
  const stages: Stages = { engine, pace, options, run, pool, unit, iter: 0, trace: [] }
  const path: CompletionPoint[] = []
  let lambda = Math.min(Number.MAX_VALUE, (options.lambda ?? NaN) / unit)
  if (options.lambda === null) {
    const parts = await knownOf(WHERE, input, options, pace)
    const [X, heldOut] = [divided(parts.X, unit), divided(parts.heldOut, unit)]
    if (X.data.length > 0 && heldOut.data.length > 0) {
      const mean = meansOf(X, options)
      lambda = yield* followPath(stages, less(X, mean), less(heldOut, mean), path)
    } else lambda = 0 // too few entries to choose by
  }
  const whole = divided(all, unit)
  const mean = meansOf(whole, options)
  const X = less(whole, mean)
  let found = yield* solve(stages, X, lambda, nothing)
  const excess = lambda > 0 ? found.left / lambda : NaN
  const { converged } = found
  let ridge = lambda
  if (options.debias === 'values') found = { ...found, ...valuesOf(X, found) }
  if (options.debias === 'factors' && found.S.length > 0) {
    found = yield* refine(stages, X, 0, found)
    ridge = 0
  }
  const { W, H, S } = factorsOf(found, X.shape)
  const [times, root] = [(values: Float64Array, by: number) => values.map(v => v * by), Math.sqrt(unit)]
  const sized = options.lambda ?? lambda * unit
  return {
    W: times(W, root),
    H: times(H, root),
    singularValues: times(S, unit),
    mean: times(mean, unit),
    lambda: sized,
    ridge: ridge === 0 ? 0 : sized,
    excess,
    loss: 0.5 * squaresOf(residual(X, found).data) * unit * unit,
    path: path.map(({ lambda: at, rank, error, holdOut }) =>
      Object.freeze({ lambda: at * unit, rank, error: error * unit, holdOut: holdOut * unit }),
    ),
    trace: stages.trace,
    nIter: stages.iter,
    converged,
  }
}

/** The value of a falling path that does best on what is held out, each solved from the one before. */
async function* followPath(
  stages: Stages,
  X: Csr,
  heldOut: Csr,
  path: CompletionPoint[],
): AsyncGenerator<CompletionStep, number> {
  const { nLambda, lambdaRatio } = stages.options
  const highest = await largestOf(stages, X, 1)
  const most = highest.S[0] ?? 0
  let best: CompletionPoint | undefined
  let found: Low = nothing
  const share = root(lambdaRatio, nLambda)
  let lambda = most
  for (let at = 0, worse = 0; at < nLambda && worse < WORSE && most > 0; at++) {
    // The first leaves nothing: the path begins below it.
    lambda *= share
    found = yield* solve(stages, X, lambda, found)
    const rms = (part: Csr): number => Math.sqrt(squaresOf(residual(part, found).data) / part.data.length)
    const point = { lambda, rank: found.S.length, error: rms(X), holdOut: rms(heldOut) }
    path.push(point)
    worse = best && point.holdOut >= best.holdOut ? worse + 1 : 0
    if (!best || point.holdOut < best.holdOut) best = point
  }
  return best?.lambda ?? 0
}

// x^(1/n) by square roots and multiplications alone, which every host rounds alike: bisection of y^n = x on (0, 1].
function root(x: number, n: number): number {
  let [low, high] = [0, 1]
  for (let step = 0; step < 200; step++) {
    const y = 0.5 * (low + high)
    let power = 1
    for (let i = 0; i < n; i++) power *= y
    if (power < x) low = y
    else high = y
  }
  return high
}

/** The minimum for one lambda, from a solution for another: directions are added as long as the residual has singular
 *  values above lambda. */
async function* solve(stages: Stages, X: Csr, lambda: number, from: Low): AsyncGenerator<CompletionStep, Solved> {
  const most = Math.min(stages.options.nComponents, ...X.shape)
  let found: Solved = { ...from, left: NaN, converged: true }
  for (let solved = false; ; solved = true) {
    const before = found.S.length
    const room = most - before
    const { U, S, V } = await largestOf(stages, residual(X, found), Math.max(1, room))
    const left = S[0] ?? 0
    const added = Math.min(room, S.filter(s => s > lambda * (1 + SURPLUS)).length)
    if (added === 0 && (solved || before === 0)) return { ...found, left }
    const more = {
      U: columnsOf(U, S.length, added),
      S: S.slice(0, added).map(s => s - lambda),
      V: columnsOf(V, S.length, added),
    }
    const next = yield* refine(stages, X, lambda, joined(found, more))
    // What was added shrank to nothing: its surplus was rounding.
    if (solved && next.S.length <= before) return { ...next, left }
    found = next
  }
}

/** Alternating ridge regressions from Z, then its singular values. */
async function* refine(stages: Stages, X: Csr, lambda: number, from: Low): AsyncGenerator<CompletionStep, Solved> {
  const { engine, pace, options, run, pool, unit } = stages
  const { W, H, S } = factorsOf(from, X.shape)
  const k = S.length
  const nmf = nmfWith({
    nComponents: k,
    solver: 'als',
    clip: false,
    rescale: false,
    alphaW: lambda,
    penaltyScale: 'raw',
    missing: 'zeros',
    init: { W: dense(W, [X.shape[0], k]), H: dense(H, [k, X.shape[1]]) },
    maxIter: options.maxIter,
    tol: options.tol,
    seed: options.seed,
  })
  const mark = engine.arena.mark()
  const signal = run.signal && { signal: run.signal }
  const steps = fitRestarts(engine, X, { options: nmf, run: { ...signal }, pool, where: WHERE })
  stages.trace = []
  for (;;) {
    const { done, value } = await steps.next()
    if (done) {
      const { embedding, components, converged } = value
      const low = await productOf(engine, embedding.data as Float64Array, components.data as Float64Array, k, pace)
      engine.arena.release(mark)
      return { ...low, left: Infinity, converged }
    }
    const [loss, objective] = [value.loss * unit * unit, value.objective * unit * unit]
    const step = { iter: ++stages.iter, loss, objective, lambda: lambda * unit, rank: k }
    stages.trace.push(objective)
    run.onProgress?.(step)
    yield step
  }
}

/** The power of four at or below the largest size; 1 where all are zero. */
function unitOf(values: ArrayLike<number>): number {
  let most = 0
  for (let p = 0; p < values.length; p++) most = Math.max(most, Math.abs(values[p]!))
  let unit = 1
  while (unit * 4 <= most) unit *= 4
  while (unit > most && most > 0) unit /= 4
  return unit
}

const divided = (X: Csr, unit: number): Csr => csr({ ...X, data: X.data.map(v => v / unit) as Float64Array })

/** The triplets of W H: those of either factor, and of what is between. */
async function productOf(engine: Engine, W: Float64Array, H: Float64Array, k: number, pace: Pace): Promise<Low> {
  const [n, m] = [W.length / k, H.length / k]
  const svd = async (data: Float64Array, rows: number): Promise<Low> => {
    const mark = engine.arena.mark()
    const X = await loadMatrix(engine, WHERE, dense(data, [rows, data.length / rows]), pace, { signed: true })
    const found = await exactSvd(engine, X, { k: Math.min(X.rows, X.columns) }, pace)
    engine.arena.release(mark)
    return { ...found, S: found.S.map(s => s * X.root * X.root) }
  }
  const [a, b] = [await svd(W, n), await svd(H, k)]
  const [p, q] = [a.S.length, b.S.length]
  const between = new Float64Array(p * q)
  for (let i = 0; i < p; i++)
    for (let j = 0; j < q; j++) {
      let sum = 0
      for (let l = 0; l < k; l++) sum += a.V[l * p + i]! * b.U[l * q + j]!
      between[i * q + j] = a.S[i]! * sum * b.S[j]!
    }
  const c = await svd(between, p)
  const rank = c.S.filter(s => s > NOTHING * (c.S[0] ?? 0)).length
  const r = c.S.length
  const times = (A: Float64Array, inner: number, B: Float64Array, rows: number): Float64Array => {
    const out = new Float64Array(rows * rank)
    for (let i = 0; i < rows; i++)
      for (let l = 0; l < inner; l++) {
        const v = A[i * inner + l]!
        for (let t = 0; t < rank; t++) out[i * rank + t]! += v * B[l * r + t]!
      }
    return out
  }
  return { U: times(a.U, p, c.U, n), S: c.S.slice(0, rank), V: times(b.V, q, c.V, m) }
}

async function largestOf({ engine, pace, options }: Stages, X: Csr, k: number): Promise<Low> {
  const mark = engine.arena.mark()
  const loaded = await loadMatrix(engine, WHERE, X, pace, { signed: true })
  const { U, S, V } = await leadingTriplets(engine, loaded, Math.min(k, ...X.shape), options.seed, pace)
  engine.arena.release(mark)
  return { U, S: S.map(s => s * loaded.root * loaded.root), V }
}

const nothing: Low = { U: new Float64Array(0), S: new Float64Array(0), V: new Float64Array(0) }

// The first `count` of k columns.
function columnsOf(A: Float64Array, k: number, count: number): Float64Array {
  const rows = A.length / k
  const out = new Float64Array(rows * count)
  for (let i = 0; i < rows; i++) out.set(A.subarray(i * k, i * k + count), i * count)
  return out
}

function joined(a: Low, b: Low): Low {
  const [p, q] = [a.S.length, b.S.length]
  const beside = (A: Float64Array, B: Float64Array): Float64Array => {
    const rows = p > 0 ? A.length / p : B.length / q
    const out = new Float64Array(rows * (p + q))
    for (let i = 0; i < rows; i++) {
      out.set(A.subarray(i * p, (i + 1) * p), i * (p + q))
      out.set(B.subarray(i * q, (i + 1) * q), i * (p + q) + p)
    }
    return out
  }
  return { U: beside(a.U, b.U), S: Float64Array.of(...a.S, ...b.S), V: beside(a.V, b.V) }
}

/** U sqrt(S) and sqrt(S) V'; of a Z that is nothing one component of zeros. */
function factorsOf({ U, S, V }: Low, [n, m]: Csr['shape']) {
  const k = S.length
  if (k === 0) return { W: new Float64Array(n), H: new Float64Array(m), S: new Float64Array(1) }
  const [W, H] = [new Float64Array(n * k), new Float64Array(k * m)]
  for (let q = 0; q < k; q++) {
    const root_ = Math.sqrt(S[q]!)
    for (let i = 0; i < n; i++) W[i * k + q] = U[i * k + q]! * root_
    for (let j = 0; j < m; j++) H[q * m + j] = V[j * k + q]! * root_
  }
  return { W, H, S }
}

/** What Z leaves of the stored entries. */
function residual(X: Csr, { U, S, V }: Low): Csr {
  const k = S.length
  const data = new Float64Array(X.data.length)
  for (let i = 0; i < X.shape[0]; i++)
    for (let p = X.indptr[i]!; p < X.indptr[i + 1]!; p++) {
      const j = X.indices[p]!
      let fit = 0
      for (let q = 0; q < k; q++) fit += U[i * k + q]! * S[q]! * V[j * k + q]!
      data[p] = X.data[p]! - fit
    }
  return csr({ ...X, data })
}

function squaresOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let p = 0; p < values.length; p++) sum += values[p]! * values[p]!
  return sum
}

function meansOf({ indices, data, shape: [, m] }: Csr, { centre }: CompletionOptions): Float64Array {
  const [sums, counts] = [new Float64Array(m), new Float64Array(m)]
  if (centre === 'none') return sums
  for (const [p, j] of indices.entries()) {
    sums[j]! += data[p]!
    counts[j]!++
  }
  return sums.map((sum, j) => (counts[j]! > 0 ? sum / counts[j]! : 0))
}

const less = (X: Csr, mean: Float64Array): Csr =>
  csr({ ...X, data: Float64Array.from(X.data, (v, p) => v - mean[X.indices[p]!]!) })

/** Singular values anew, by least squares on the known entries with U and V held. */
function valuesOf(X: Csr, { U, S, V }: Low): Pick<Low, 'S'> & Partial<Low> {
  const k = S.length
  const [A, b] = [new Float64Array(k * k), new Float64Array(k)]
  const u = new Float64Array(k)
  for (let i = 0; i < X.shape[0]; i++)
    for (let p = X.indptr[i]!; p < X.indptr[i + 1]!; p++) {
      const j = X.indices[p]!
      for (let q = 0; q < k; q++) u[q] = U[i * k + q]! * V[j * k + q]!
      for (let q = 0; q < k; q++) {
        b[q]! += u[q]! * X.data[p]!
        for (let r = 0; r <= q; r++) A[q * k + r]! += u[q]! * u[r]!
      }
    }
  const solved = cholesky(A, b, k)
  // A value below 0 turns its vector.
  const [turned, order] = [U.slice(), [...solved.keys()].sort((q, r) => Math.abs(solved[r]!) - Math.abs(solved[q]!))]
  for (let q = 0; q < k; q++) if (solved[q]! < 0) for (let p = q; p < U.length; p += k) turned[p] = -turned[p]!
  const inOrder = (M: Float64Array): Float64Array => M.map((_, p) => M[Math.floor(p / k) * k + order[p % k]!]!)
  return { U: inOrder(turned), S: Float64Array.from(order, q => Math.abs(solved[q]!)), V: inOrder(V) }
}

// A x = b for the lower triangle of a symmetric A; a direction that depends on those before it gets 0.
function cholesky(A: Float64Array, b: Float64Array, k: number): Float64Array {
  const L = A.slice()
  const x = b.slice()
  for (let q = 0; q < k; q++) {
    for (let r = 0; r <= q; r++) {
      let sum = A[q * k + r]!
      for (let t = 0; t < r; t++) sum -= L[q * k + t]! * L[r * k + t]!
      if (r < q) L[q * k + r] = L[r * k + r]! > 0 ? sum / L[r * k + r]! : 0
      else L[q * k + q] = sum > 1e-13 * A[q * k + q]! ? Math.sqrt(sum) : 0
    }
    let sum = b[q]!
    for (let t = 0; t < q; t++) sum -= L[q * k + t]! * x[t]!
    x[q] = L[q * k + q]! > 0 ? sum / L[q * k + q]! : 0
  }
  for (let q = k - 1; q >= 0; q--) {
    let sum = x[q]!
    for (let t = q + 1; t < k; t++) sum -= L[t * k + q]! * x[t]!
    x[q] = L[q * k + q]! > 0 ? sum / L[q * k + q]! : 0
  }
  return x
}
