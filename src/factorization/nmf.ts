import { withEngine } from '../../bindings/instance.js'
import { checkNonNegative } from '../core/check.js'
import { type FloatArray, type Matrix, type MatrixLike, toMatrix, toRowMajor } from '../core/matrix.js'
import { resolveOptions, show } from '../core/options.js'
import { iterate } from '../core/program.js'
import { Pace, type Run } from '../core/run.js'
import { freshState, type NmfState, readCheckpoint, writeCheckpoint } from './nmf-checkpoint.js'
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

  /** Iterates the fit; returns the model. Stop early with `return()`. */
  async *steps(X: MatrixLike, run: Run<NmfStep> = {}): AsyncGenerator<NmfStep, NmfModel> {
    const queue: NmfStep[] = []
    let wake = (): void => {}
    const stop = new AbortController()
    const signal = run.signal ? AbortSignal.any([run.signal, stop.signal]) : stop.signal
    const fit = this.fit(X, {
      ...run,
      signal,
      onProgress: step => {
        queue.push(step)
        wake()
      },
    })
    const ended = fit.then(
      () => true,
      () => true,
    )
    try {
      for (;;) {
        const more = new Promise<false>(resolve => {
          wake = () => resolve(false)
        })
        const done = queue.length > 0 ? false : await Promise.race([more, ended])
        for (let step = queue.shift(); step; step = queue.shift()) {
          run.onProgress?.(step)
          yield step
        }
        if (done) return await fit
      }
    } finally {
      stop.abort()
      await ended
    }
  }

  /** Fits X (n x m, entries finite and >= 0; > 0 for beta <= 0). `converged` of the model is false where maxIter came
   *  first. Throws RangeError naming the first bad entry, OutOfMemory, KernelTrap, or the reason of `run.signal`. */
  async fit(X: MatrixLike, run: Run<NmfStep> = {}): Promise<NmfModel> {
    const { options } = this
    const matrix = checkNonNegative('NMF.fit', toMatrix('NMF.fit: X', X), betaOf(options.betaLoss))
    const [n, m] = matrix.shape
    const start = options.init === 'random' ? undefined : checkStart(options, n, m)
    run.signal?.throwIfAborted()
    checkCheckpoint(run.checkpoint)
    return withEngine('NMF.fit', run.maxMemory ?? Infinity, async engine => {
      const program = new NmfProgram(engine, matrix, options)
      const pace = new Pace(run.signal)
      let state: NmfState = run.resume ? readCheckpoint(run.resume, options, program) : freshState(0, undefined)
      const resumed = state.restart
      for (let restart = resumed; restart < options.nInit; restart++) {
        if (restart > resumed) state = freshState(restart, state.best)
        if (state.iter === 0) {
          if (start) program.setFactors(start.W, start.H)
          else program.randomStart(restart)
          if (options.solver === 'hals' && options.rescale) program.scaleStart()
        }
        await this.descend(program, pace, state, run)
      }
      if (!state.best)
        throw new RangeError('NMF.fit: no restart reached a finite objective: the entries of X are too large')
      return new NmfModel(options, [n, m], state.best)
    })
  }

  /** The training rows' representation W as an n x k matrix. */
  async fitTransform(X: MatrixLike, run: Run<NmfStep> = {}): Promise<Matrix> {
    return (await this.fit(X, run)).embedding
  }

  // Follows one start to its end and keeps it in `state.best` where it is the best so far.
  private async descend(program: NmfProgram, pace: Pace, state: NmfState, run: Run<NmfStep>): Promise<void> {
    const { solver, maxIter, tol, lossEvery } = this.options
    const hals = solver === 'hals'
    const every = betaOf(this.options.betaLoss) === 2 ? 1 : lossEvery
    while (state.iter < maxIter && !state.converged) {
      await iterate(program, pace)
      const iter = ++state.iter
      if (iter === 1) state.firstViolation = program.violation
      const violation = hals ? (state.firstViolation > 0 ? program.violation / state.firstViolation : 0) : NaN
      const due = iter % every === 0 || iter === maxIter
      if (due) {
        const { loss, objective } = program.objective()
        state.loss = loss
        state.objective = objective
        state.trace.push(objective)
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
      run.onProgress?.({ restart, iter, loss: due ? loss : NaN, objective: due ? objective : NaN, violation })
      if (run.checkpoint && iter % run.checkpoint.every === 0) {
        await run.checkpoint.write(writeCheckpoint(this.options, program, state))
      }
    }
    const better = Number.isFinite(state.objective) && !(state.best && state.best.objective <= state.objective)
    if (better) {
      const { loss, objective, converged, iter, trace } = state
      state.best = { loss, objective, converged, nIter: iter, trace, ...program.factors() }
    }
  }
}

function checkCheckpoint(checkpoint: Run<NmfStep>['checkpoint']): void {
  if (checkpoint === undefined) return
  if (!Number.isInteger(checkpoint.every) || checkpoint.every < 1) {
    throw new RangeError(`NMF.fit: run.checkpoint.every: wanted an integer >= 1, got ${show(checkpoint.every)}`)
  }
}

function checkStart(options: NmfOptions, n: number, m: number): { W: FloatArray; H: FloatArray } {
  if (options.init === 'random') throw new TypeError('NMF.fit: init: wanted { W, H }')
  const k = options.nComponents
  const take = (name: string, input: MatrixLike, rows: number, columns: number): FloatArray => {
    const matrix = checkNonNegative(`NMF.fit: init.${name}`, toMatrix(`NMF.fit: init.${name}`, input), 1)
    if (matrix.shape[0] !== rows || matrix.shape[1] !== columns) {
      throw new RangeError(
        `NMF.fit: init.${name}: wanted ${rows} x ${columns}, got ${matrix.shape[0]} x ${matrix.shape[1]}`,
      )
    }
    return toRowMajor(matrix)
  }
  return { W: take('W', options.init.W, n, k), H: take('H', options.init.H, k, m) }
}
