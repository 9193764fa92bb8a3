import { type Engine, withEngineSteps } from '../../bindings/instance.js'
import { fingerprint, loadNonNegative } from '../core/load.js'
import { type FloatArray, type Matrix, type MatrixLike, toMatrix, toRowMajor } from '../core/matrix.js'
import { resolveOptions, show } from '../core/options.js'
import { Pace, type Run } from '../core/run.js'
import { freshState, type NmfState, readCheckpoint, writeCheckpoint } from './nmf-checkpoint.js'
import { NmfFactors } from './nmf-factors.js'
import { betaOf, NMF_OPTIONS, type NmfOptions } from './nmf-options.js'
import { NmfModel } from './nmf-model.js'
import { NmfProgram } from './nmf-program.js'

export type NmfInput = Partial<Omit<NmfOptions, 'betaLoss'>> & {
  readonly betaLoss?: number | 'frobenius' | 'kullback-leibler' | 'itakura-saito'
}

/** What `steps` yields after an iteration. `loss` and `objective` (loss plus penalties) are NaN where they were not
 *  evaluated: see `lossEvery`. `violation` is the KKT residual relative to the first iteration's, NaN for `mu`. */
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
 *  Results are the same bits in every host. Throws TypeError and RangeError for options and data it cannot take. */
export class NMF {
  readonly options: NmfOptions

  constructor(options: NmfInput = {}) {
    const resolved = resolveOptions<NmfOptions>('NMF', NMF_OPTIONS, options)
    if (resolved.solver === 'hals' && betaOf(resolved.betaLoss) !== 2) {
      throw new RangeError(
        `NMF: betaLoss: solver 'hals' wants frobenius (2), got ${resolved.betaLoss}; use solver 'mu'`,
      )
    }
    if (resolved.init !== 'random' && resolved.nInit !== 1) {
      throw new RangeError(`NMF: nInit: wanted 1 with an init of the caller's own, got ${resolved.nInit}`)
    }
    this.options = resolved
  }

  /** Iterates the fit and returns the model: fits X (n x m, entries finite and >= 0; > 0 for beta <= 0). `converged` of
   *  the model is false where maxIter came first. The fit waits for its consumer; stop it early with `return()`. Throws
   *  RangeError naming the first bad entry, OutOfMemory, KernelTrap, or the reason of `run.signal`. */
  async *steps(X: MatrixLike, run: Run<NmfStep> = {}): AsyncGenerator<NmfStep, NmfModel> {
    const { options } = this
    const matrix = toMatrix('NMF.fit: X', X)
    const start = options.init === 'random' ? undefined : checkStart(options, matrix.shape)
    run.signal?.throwIfAborted()
    checkCheckpoint(run.checkpoint)
    return yield* withEngineSteps('NMF.fit', run.maxMemory ?? Infinity, engine =>
      this.restarts(engine, matrix, start, run),
    )
  }

  /** `steps` to its end. */
  async fit(X: MatrixLike, run: Run<NmfStep> = {}): Promise<NmfModel> {
    const steps = this.steps(X, run)
    for (;;) {
      const { done, value } = await steps.next()
      if (done) return value
    }
  }

  /** The training rows' representation W as an n x k matrix. */
  async fitTransform(X: MatrixLike, run: Run<NmfStep> = {}): Promise<Matrix> {
    return (await this.fit(X, run)).embedding
  }

  private async *restarts(
    engine: Engine,
    matrix: Matrix,
    start: { W: FloatArray; H: FloatArray } | undefined,
    run: Run<NmfStep>,
  ): AsyncGenerator<NmfStep, NmfModel> {
    const { options } = this
    const pace = new Pace(run.signal)
    const X = await loadNonNegative(engine, 'NMF.fit', matrix, pace, { positive: betaOf(options.betaLoss) <= 0 })
    const factors = new NmfFactors(engine, X, options.nComponents)
    const program = new NmfProgram(factors, options)
    const data = run.checkpoint || run.resume ? await fingerprint(engine, X, pace) : ''
    let state = run.resume ? readCheckpoint(run.resume, options, factors, data) : freshState(0, undefined)
    const resumed = state.restart
    for (let restart = resumed; restart < options.nInit; restart++) {
      if (restart > resumed) state = freshState(restart, state.best)
      const fresh = state.iter === 0
      if (fresh && start) factors.setFactors(start.W, start.H)
      else if (fresh) await factors.randomStart(options.seed, restart, pace)
      await program.prepare(pace)
      if (fresh && options.solver === 'hals' && options.rescale) await program.scaleStart(pace)
      for await (const step of this.descend(program, pace, state)) {
        run.onProgress?.(step)
        yield step
        // Not where a loss was evaluated only because maxIter ended the fit: a longer fit never stands there.
        const last = step.iter === options.maxIter && !Number.isNaN(step.loss) && step.iter % options.lossEvery !== 0
        if (run.checkpoint && step.iter % run.checkpoint.every === 0 && (program.terms.squared || !last))
          await run.checkpoint.write(writeCheckpoint(options, factors, data, state))
      }
      const better = Number.isFinite(state.objective) && !(state.best && state.best.objective <= state.objective)
      if (better) {
        const { loss, objective, converged, iter, trace } = state
        state.best = { loss, objective, converged, nIter: iter, trace, ...factors.factors() }
      }
    }
    if (!state.best) throw new RangeError('NMF.fit: no restart reached a finite objective')
    return new NmfModel(options, matrix.shape, state.best)
  }

  // Follows one start to its end; `state` is where it stands after each step.
  private async *descend(program: NmfProgram, pace: Pace, state: NmfState): AsyncGenerator<NmfStep, void> {
    const { solver, maxIter, tol, lossEvery } = this.options
    const { lossScale, squared } = program.terms
    const hals = solver === 'hals'
    const every = squared ? 1 : lossEvery
    while (state.iter < maxIter && !state.converged) {
      await program.iterate(pace)
      const iter = ++state.iter
      if (iter === 1) state.firstViolation = program.violation
      const violation = hals ? (state.firstViolation > 0 ? program.violation / state.firstViolation : 0) : NaN
      const due = iter % every === 0 || iter === maxIter
      if (due) {
        const { loss, objective } = await program.objective(pace)
        state.loss = loss * lossScale
        state.objective = objective * lossScale
        state.trace.push(state.objective)
      }
      if (hals) state.converged = violation <= tol
      else if (due && (iter % 10 === 0 || every > 1)) {
        // scikit-learn's rule, on the error's scale.
        const error = Math.sqrt(2 * Math.max(0, state.objective))
        if (Number.isNaN(state.firstError)) state.firstError = error
        else state.converged = (state.lastError - error) / state.firstError < tol
        if (state.firstError === 0) state.converged = true
        state.lastError = error
      }
      const { restart, loss, objective } = state
      yield { restart, iter, loss: due ? loss : NaN, objective: due ? objective : NaN, violation }
    }
  }
}

function checkCheckpoint(checkpoint: Run<NmfStep>['checkpoint']): void {
  if (checkpoint === undefined) return
  if (!Number.isInteger(checkpoint.every) || checkpoint.every < 1) {
    throw new RangeError(`NMF.fit: run.checkpoint.every: wanted an integer >= 1, got ${show(checkpoint.every)}`)
  }
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
    const bad = values.findIndex(v => !(v >= 0 && v < Infinity))
    if (bad >= 0) {
      const place = `${Math.floor(bad / columns)}, ${bad % columns}`
      throw new RangeError(`NMF.fit: init.${name}[${place}]: wanted a finite number >= 0, got ${values[bad]}`)
    }
    return values
  }
  return { W: take('W', options.init.W, n, k), H: take('H', options.init.H, k, m) }
}
