import { type Engine, withEngine, withEngineSteps } from '../../bindings/instance.js'
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import { fingerprint, loadNonNegative } from '../core/load.js'
import { type FloatArray, type Matrix, type MatrixLike, toMatrix, toRowMajor } from '../core/matrix.js'
import { resolveOptions, show } from '../core/options.js'
import { dispose, type Pool, poolOf } from '../core/pool.js'
import { Pace } from '../core/pace.js'
import { checkRun, FIT_RUN, ONCE_RUN, type Run, type RunOnce } from '../core/run.js'
import { freshState, type NmfState, readCheckpoint, startChecksum, writeCheckpoint } from './nmf-checkpoint.js'
import { compressible, NmfCompression } from './nmf-compress.js'
import { NmfFactors } from './nmf-factors.js'
import { betaOf, checkTogether, NMF_OPTIONS, type NmfOptions } from './nmf-options.js'
import { NmfModel } from './nmf-model.js'
import { takeBatch } from './nmf-online.js'
import { NmfProgram } from './nmf-program.js'
import type { NmfProgress } from './nmf-projection.js'
import { sliceWidth, startScale } from './nmf-terms.js'

export type NmfInput = Partial<Omit<NmfOptions, 'betaLoss'>> & {
  readonly betaLoss?: number | 'frobenius' | 'kullback-leibler' | 'itakura-saito'
}

// Of the violation on X that the stage before it led to: then another stage on compressed data follows.
const FALLS = 0.9

/** What `steps` yields after an iteration. `loss` and `objective` (loss plus penalties) are NaN where they were not
 *  evaluated: see `lossEvery`. `violation` is the KKT residual relative to the first one above 0, NaN for `mu`. */
export interface NmfStep {
  readonly restart: number
  readonly iter: number
  readonly loss: number
  readonly objective: number
  readonly violation: number
}

/** Non-negative matrix factorization: X (n x m) ~ W (n x k) H (k x m), all entries >= 0, minimising
 *  sum_ij d_beta(X_ij | (WH)_ij) + l1 |W|_1 + l2/2 |W|^2 + the same for H.
 *  `hals`: accelerated hierarchical least squares (Cichocki & Phan 2009; Gillis & Glineur 2012), beta = 2.
 *  `mu`: multiplicative updates with the exponent that makes each one monotone (Fevotte & Idier 2011), every beta.
 *  Results are the same bits in every host, except with `fast`. Throws TypeError and RangeError for options and data it
 *  cannot take. */
export class NMF {
  readonly options: NmfOptions

  constructor(options: NmfInput = {}) {
    const resolved = resolveOptions<NmfOptions>('NMF', NMF_OPTIONS, options)
    checkTogether('NMF', resolved)
    if (resolved.init !== 'random' && resolved.nInit !== 1) {
      throw new RangeError(`NMF: nInit: wanted 1 with an init of the caller's own, got ${resolved.nInit}`)
    }
    this.options = resolved
  }

  /** Iterates the fit and returns the model: fits X (n x m, entries finite and >= 0; > 0 for beta <= 0). `converged` of
   *  the model is false where maxIter came first. The fit waits for its consumer; stop it early with `return()`. Throws
   *  RangeError naming the first bad entry, OutOfMemory, KernelTrap, or the reason of `run.signal`. */
  async *steps(X: MatrixInput, run: Run<NmfStep> = {}): AsyncGenerator<NmfStep, NmfModel> {
    const { options } = this
    checkRun('NMF.fit', run, FIT_RUN)
    run.signal?.throwIfAborted()
    const matrix = await readMatrix('NMF.fit: X', X, run.signal)
    const start = options.init === 'random' ? undefined : checkStart(options, matrix.shape)
    const { pool, own } = await poolOf(run.threads)
    const { fast } = options
    try {
      return yield* withEngineSteps(
        'NMF.fit',
        { maxBytes: run.maxMemory, fast, shared: !fast && (pool?.shared ?? false) },
        engine => this.restarts(engine, matrix, start, run, pool),
      )
    } finally {
      if (own) pool?.[dispose]()
    }
  }

  /** `steps` to its end. */
  async fit(X: MatrixInput, run: Run<NmfStep> = {}): Promise<NmfModel> {
    const steps = this.steps(X, run)
    for (;;) {
      const { done, value } = await steps.next()
      if (done) return value
    }
  }

  /** The training rows' representation W as an n x k matrix. */
  async fitTransform(X: MatrixInput, run: Run<NmfStep> = {}): Promise<Matrix> {
    return (await this.fit(X, run)).embedding
  }

  /** Takes one batch of rows: a new model from the batch alone, or from `model` and the batch. The batch's W is solved
   *  for the H at hand, then H is updated once by the sums over all batches so far, an earlier batch weighing
   *  forgetFactor for each one after it (0 to 1; scikit-learn's forget_factor). The model's `embedding` is the batch's
   *  W, its `trace` the objective of each batch after its update. Batches have the same columns; few rows will do. */
  async partialFit(
    X: MatrixInput,
    model?: NmfModel,
    run: RunOnce<NmfProgress> & { readonly forgetFactor?: number } = {},
  ): Promise<NmfModel> {
    const { options } = this
    checkRun('NMF.partialFit', run, [...ONCE_RUN, 'forgetFactor'])
    const { forgetFactor = 0.7, signal, maxMemory, onProgress } = run
    if (!(forgetFactor >= 0 && forgetFactor <= 1))
      throw new RangeError(`NMF.partialFit: run.forgetFactor: wanted 0 to 1, got ${show(forgetFactor)}`)
    if (options.compress)
      throw new RangeError('NMF.partialFit: compress: wanted false (a batch is not iterated), got true')
    signal?.throwIfAborted()
    const batch = await readMatrix('NMF.partialFit: X', X, signal)
    checkModel(options, model, batch)
    const fit = await withEngine('NMF.partialFit', { maxBytes: maxMemory, fast: options.fast }, engine =>
      takeBatch(engine, options, batch, { model, forgetFactor, pace: new Pace(signal), onProgress }),
    )
    return new NmfModel(options, batch.shape, fit)
  }

  private async *restarts(
    engine: Engine,
    matrix: Matrix,
    start: { W: FloatArray; H: FloatArray } | undefined,
    run: Run<NmfStep>,
    pool: Pool | undefined,
  ): AsyncGenerator<NmfStep, NmfModel> {
    const { options } = this
    const pace = new Pace(run.signal)
    const X = await loadNonNegative(engine, 'NMF.fit', matrix, pace, {
      positive: betaOf(options.betaLoss) <= 0,
      sliceWidth: sliceWidth(options),
    })
    const recording = engine.arena.record(() => new NmfFactors(engine, X, options.nComponents))
    const factors = recording.made
    if (start) await factors.setStart(start.W, start.H, startScale(options), pace)
    const { made: program, layout } = engine.arena.record(() => new NmfProgram(factors, options))
    using threads = pool?.executor(engine, {
      program,
      name: 'nmf',
      spec: program.spec,
      layout: [...recording.layout, ...layout],
    })
    if (threads) program.executor = threads
    const origin = {
      data: run.checkpoint || run.resume ? await fingerprint(engine, X, pace) : '',
      start: start && (run.checkpoint || run.resume) ? startChecksum(start.W, start.H) : '',
    }
    let state = run.resume ? await readCheckpoint(run.resume, options, factors, origin, pace) : freshState(0, undefined)
    const resumed = state.restart
    const compressed = options.compress && compressible(X, options.nComponents)
    let made: NmfCompression | undefined
    const compression = async (): Promise<NmfCompression> =>
      (made ??= await NmfCompression.of(program, options.seed, pace))
    for (let restart = resumed; restart < options.nInit; restart++) {
      if (restart > resumed) state = freshState(restart, state.best)
      const fresh = state.iter === 0
      if (fresh && !start) await factors.randomStart(options.seed, restart, pace)
      await program.prepare(pace)
      if (fresh && options.solver === 'hals' && options.rescale) await program.scaleStart(pace)
      for await (const step of this.descend(program, pace, state, compressed ? compression : undefined)) {
        run.onProgress?.(step)
        yield step
        // Not where a loss was evaluated only because maxIter ended the fit: a longer fit never stands there.
        const last = step.iter === options.maxIter && !Number.isNaN(step.loss) && step.iter % options.lossEvery !== 0
        if (run.checkpoint && step.iter % run.checkpoint.every === 0 && (program.terms.squared || !last))
          await run.checkpoint.write(await writeCheckpoint(options, factors, origin, state, pace))
      }
      const better = Number.isFinite(state.objective) && !(state.best && state.best.objective <= state.objective)
      if (better) {
        const { loss, objective, converged, iter, trace } = state
        const found = await factors.factors(pace)
        state.best = { loss, objective, converged, nIter: iter, fast: engine.fast, trace, ...found }
      }
    }
    if (!state.best) throw new RangeError('NMF.fit: no restart reached a finite objective')
    return new NmfModel(options, matrix.shape, { ...state.best, loss: program.terms.lossOf(state.best.loss) })
  }

  // Follows one start to its end; `state` is where it stands after each step.
  private async *descend(
    program: NmfProgram,
    pace: Pace,
    state: NmfState,
    compression: (() => Promise<NmfCompression>) | undefined,
  ): AsyncGenerator<NmfStep, void> {
    const { solver, maxIter, tol, lossEvery } = this.options
    const { lossOf, squared } = program.terms
    const hals = solver === 'hals'
    const every = squared ? 1 : lossEvery
    if (!hals && state.iter === 0) state.firstError = state.lastError = errorOf(await program.startObjective(pace))
    while (state.iter < maxIter && !state.converged) {
      // After an iteration, so that tol is relative to the same violation as without.
      const refined = state.iter > 0 && state.refinedTo > 0 ? await compression?.() : undefined
      await refined?.refine(state.iter, tol * state.firstViolation, pace)
      await program.iterate(pace)
      const iter = ++state.iter
      const due = iter % every === 0 || iter === maxIter
      let reached = due ? await program.objective(pace) : undefined
      if (refined && reached && !(reached.objective <= state.objective)) {
        // What was left out of X counts here.
        state.refinedTo = 0
        await refined.undo(pace)
        await program.iterate(pace)
        reached = await program.objective(pace)
      }
      // The first that is told from zero: a start may be empty.
      if (!(state.firstViolation > 0)) state.firstViolation = program.violation
      const violation = hals ? (state.firstViolation > 0 ? program.violation / state.firstViolation : 0) : NaN
      state.refinedTo = violation <= FALLS * state.refinedTo ? violation : 0
      if (reached) {
        state.loss = reached.loss
        state.objective = reached.objective
        state.trace.push(lossOf(reached.objective))
      }
      if (hals) {
        // A component that has just got a new row of H is not yet tried.
        const tried = program.revived === '' || program.revived === state.revived
        state.converged = violation <= tol && tried && state.firstViolation < Infinity
        state.revived = program.revived
      } else if (due && iter - state.testedAt >= 10) {
        // scikit-learn's rule, with the penalties: the fall over ten iterations on the error's scale.
        const error = errorOf(state.objective)
        const fall = (state.lastError - error) / state.firstError / (iter - state.testedAt)
        state.converged = 10 * fall < tol || state.firstError === 0
        state.lastError = error
        state.testedAt = iter
      }
      const [loss, objective] = due ? [lossOf(state.loss), lossOf(state.objective)] : [NaN, NaN]
      yield { restart: state.restart, iter, loss, objective, violation }
    }
  }
}

const errorOf = (objective: number): number => Math.sqrt(2 * Math.max(0, objective))

function checkModel(options: NmfOptions, model: NmfModel | undefined, batch: Matrix): void {
  if (model === undefined) return
  if (!(model instanceof NmfModel)) throw new TypeError(`NMF.partialFit: model: wanted an NmfModel, got ${show(model)}`)
  const [k, m] = model.components.shape
  if (m !== batch.shape[1])
    throw new RangeError(`NMF.partialFit: X: wanted ${m} columns as in the model, got ${batch.shape[1]}`)
  if (k !== options.nComponents)
    throw new RangeError(`NMF.partialFit: model: wanted ${options.nComponents} components, got ${k}`)
  const [wanted, got] = [betaOf(options.betaLoss), betaOf(model.options.betaLoss)]
  if (model.sums && wanted !== got)
    throw new RangeError(`NMF.partialFit: model: wanted one of betaLoss ${wanted}, got one of ${got}`)
}

function checkStart(options: NmfOptions, [n, m]: Matrix['shape']): { W: FloatArray; H: FloatArray } {
  if (options.init === 'random') throw new TypeError('NMF.fit: init: wanted { W, H }')
  const k = options.nComponents
  const take = (name: string, input: MatrixLike, rows: number, columns: number): FloatArray => {
    const matrix = toMatrix(`NMF.fit: init.${name}`, input)
    if (matrix.shape[0] !== rows || matrix.shape[1] !== columns) {
      throw new RangeError(
        `NMF.fit: init.${name}: wanted ${rows} x ${columns}, got ${matrix.shape[0]} x ${matrix.shape[1]}`,
      )
    }
    const values = toRowMajor(matrix)
    let bad = 0 // not findIndex: its callback took a tenth of a fit's set-up
    while (bad < values.length && values[bad]! >= 0 && values[bad]! < Infinity) bad++
    if (bad < values.length) {
      const place = `${Math.floor(bad / columns)}, ${bad % columns}`
      throw new RangeError(`NMF.fit: init.${name}[${place}]: wanted a finite number >= 0, got ${values[bad]}`)
    }
    return values
  }
  return { W: take('W', options.init.W, n, k), H: take('H', options.init.H, k, m) }
}
