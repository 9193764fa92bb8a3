import type { Engine } from '../../bindings/engine.js'
import { loadMatrix } from '../core/load.js'
import type { FloatArray, Matrix } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import { dispose, type Pool, type PoolRun } from '../core/pool.js'
import { allBlocks } from '../core/program.js'
import { below } from './below.js'
import type { IntegrativeFit } from './integrative-model.js'
import type { IntegrativeRun, IntegrativeStep } from './integrative-nmf.js'
import type { IntegrativeOptions } from './integrative-options.js'
import { IntegrativeProgram } from './integrative-program.js'
import { leftOf } from './integrative-left.js'
import { lookThrough } from './views.js'

export { readMatrices } from './views.js'

const WHERE = 'IntegrativeNMF.fit'
const SLICE = 1024 // columns of sparse X at least whose rows of a factor stay in the cache

interface Fit {
  readonly options: IntegrativeOptions
  readonly run: IntegrativeRun
  readonly pool: Pool | undefined
}

/** Restarts one after another, each on all threads; the best becomes the model. */
export async function* fitSets(
  engine: Engine,
  input: readonly (Matrix | undefined)[],
  { options, run, pool }: Fit,
): AsyncGenerator<IntegrativeStep, IntegrativeFit> {
  const pace = new Pace(run.signal)
  const sets = input.filter(set => set !== undefined)
  checkColumns(WHERE, sets)
  for (const [i, X] of sets.entries())
    await lookThrough(`${WHERE}: X[${i}]`, X, { signed: false, missing: false }, pace)
  const { nComponents: k, alphaV: lambda, nInit, maxIter, tol, seed } = options
  const starts = [0]
  for (const { shape } of sets) starts.push(starts.at(-1)! + shape[0])
  const X = await loadMatrix(engine, WHERE, await below(sets, pace), pace, {
    sliceWidth: Math.max(SLICE, Math.floor(131072 / k)),
  })
  const spec = { X, k, starts, lambda }
  const { made: program, layout } = engine.arena.record(() => new IntegrativeProgram(engine, spec))
  let threads: PoolRun | undefined
  let best: (Omit<IntegrativeFit, 'sets'> & { readonly objective: number; readonly shares: number[] }) | undefined
  const unit = X.root * X.root
  try {
    threads = pool?.executor(engine, { program, name: 'integrative', spec, layout })
    if (threads) program.executor = threads
    for (let restart = 0; restart < nInit; restart++) {
      await randomStart(program, seed, restart, pace)
      await program.prepare(pace)
      const trace: number[] = []
      let [iter, first, converged] = [0, 0, false]
      let reached = { loss: NaN, objective: NaN }
      while (iter < maxIter && !converged) {
        await program.iterate(pace)
        iter++
        reached = await program.objective(pace)
        if (!(first > 0)) first = program.violation
        const violation = first > 0 ? program.violation / first : 0
        converged = violation <= tol
        trace.push(reached.objective * unit * unit)
        const step = { restart, iter, loss: reached.loss * unit * unit, objective: trace.at(-1)!, violation }
        run.onProgress?.(step)
        yield step
      }
      const { loss, objective } = reached
      if (!Number.isFinite(objective) || (best && best.objective <= objective)) continue
      const factors = await take(program, spec, pace)
      best = {
        objective,
        loss: loss * unit * unit,
        trace,
        nIter: iter,
        converged,
        shares: program.shares(),
        ...factors,
      }
    }
  } finally {
    threads?.[dispose]()
  }
  if (!best) throw new RangeError(`${WHERE}: no restart reached a finite objective`)
  const { shares, objective: _, ...fit } = best
  const residuals: number[] = []
  for (const [i, set] of sets.entries()) residuals.push(await leftOf(set, fit, i, starts[i]!, k, pace))
  return {
    ...fit,
    sets: sets.map((_set, i) =>
      Object.freeze({ from: starts[i]!, to: starts[i + 1]!, residual: residuals[i]!, specific: shares[i]! }),
    ),
  }
}

/** Throws RangeError where there is none, one is empty, or columns differ. */
export function checkColumns(where: string, sets: readonly Matrix[], columns = sets[0]?.shape[1]): void {
  if (columns === undefined) throw new RangeError(`${where}: X: wanted at least one data set, got none`)
  for (const [i, { shape }] of sets.entries()) {
    if (shape[0] === 0 || shape[1] === 0)
      throw new RangeError(`${where}: X[${i}]: wanted at least one row and one column, got ${shape[0]} x ${shape[1]}`)
    if (shape[1] !== columns)
      throw new RangeError(`${where}: X[${i}]: wanted ${columns} columns as in X[0], got ${shape[1]}`)
  }
}

const CHUNK = 1 << 16 // values drawn between two breaths

// Gaussian magnitudes times sqrt(mean X / k): of W, H and, half as large, every V_i. A stream for each.
async function randomStart(program: IntegrativeProgram, seed: number, restart: number, pace: Pace): Promise<void> {
  const { engine, call, size, kp, wide, w, u, d, spec } = program
  const { X, k } = spec
  const level = Math.sqrt(X.mean / k)
  const stream = restart * (d + 2)
  const draw = async (which: number, rows: number, at: number, ld: number, factor: number): Promise<void> => {
    const step = Math.max(1, Math.floor(CHUNK / k))
    for (let i = 0; i < rows; i += step) {
      await pace.breathe()
      const count = Math.min(step, rows - i)
      const mark = engine.arena.mark()
      const draws = engine.arena.alloc(count * k * size)
      call.normal(seed >>> 0, Math.floor(seed / 2 ** 32), (stream + which) >>> 0, i * k, draws, count * k)
      const [from, to] = [program.view(draws, count * k), program.view(at + i * ld * size, (count - 1) * ld + kp)]
      for (let r = 0; r < count; r++)
        for (let q = 0; q < kp; q++) to[r * ld + q] = q < k ? factor * Math.abs(from[r * k + q]!) : 0
      engine.arena.release(mark)
    }
  }
  await draw(0, X.rows, w, kp, level)
  await draw(1, X.columns, u, wide, level)
  for (let i = 0; i < d; i++) await draw(2 + i, X.columns, u + (i + 1) * kp * size, wide, level / 2)
}

// W, H and V_i of X.
async function take(
  program: IntegrativeProgram,
  { X, k }: IntegrativeProgram['spec'],
  pace: Pace,
): Promise<{ W: FloatArray; H: FloatArray; V: FloatArray[] }> {
  const { kp, wide, size, w, u, rowCut, columnCut } = program
  const floats = (n: number): FloatArray => (size === 4 ? new Float32Array(n) : new Float64Array(n))
  const W = floats(X.rows * k)
  for (const { first, count } of allBlocks(rowCut)) {
    await pace.breathe()
    const from = program.view(w + first * kp * size, count * kp)
    for (let i = 0; i < count; i++) for (let q = 0; q < k; q++) W[(first + i) * k + q] = from[i * kp + q]! * X.root
  }
  const m = X.columns
  const parts = [-1, ...program.sets].map(() => floats(k * m))
  for (const { first, count } of allBlocks(columnCut)) {
    await pace.breathe()
    const from = program.view(u + first * wide * size, count * wide)
    for (const [p, part] of parts.entries())
      for (let j = 0; j < count; j++)
        for (let q = 0; q < k; q++) part[q * m + first + j] = from[j * wide + p * kp + q]! * X.root
  }
  const [H, ...V] = parts
  return { W, H: H!, V }
}
