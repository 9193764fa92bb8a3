import type { Pace } from '../core/pace.js'
import type { NmfState } from './nmf-state.js'
import type { NmfCompression } from './nmf-compress.js'
import type { NmfSettings } from './nmf-options.js'
import type { NmfProgram } from './nmf-program.js'

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

/** Follows starts to their ends. */
export class NmfDescent {
  constructor(
    readonly program: NmfProgram,
    private readonly options: NmfSettings,
    /** Where iterations on compressed data pay. */
    private readonly compression?: () => Promise<NmfCompression | undefined>,
  ) {}

  /** Makes ready for `follow`: a new start, random for `restart` or, without that, as W and H stand; or one that was
   *  left between two iterations. */
  async begin({ fresh, restart }: { fresh: boolean; restart?: number | undefined }, pace: Pace): Promise<void> {
    const { program, options } = this
    if (restart !== undefined) await program.factors.randomStart(options.seed, restart, pace)
    await program.prepare(pace)
    const { W, H } = program.factors.held
    const held = [W, H].some(([from, to]) => to > from)
    if (fresh && options.solver !== 'mu' && options.rescale && !held) await program.scaleStart(pace)
  }

  /** `state` is where the descent stands after each step. */
  async *follow(state: NmfState, pace: Pace): AsyncGenerator<NmfStep, void> {
    const { program, compression } = this
    const { solver, warmUp, maxIter, tol, lossEvery } = this.options
    const { lossOf, squared } = program.terms
    // What each update makes zero in its own factor; a clipped solution does not.
    const kkt = solver !== 'mu' && solver !== 'als'
    const every = squared ? 1 : lossEvery
    if (!kkt && state.iter === 0) state.firstError = state.lastError = errorOf(await program.startObjective(pace))
    while (state.iter < maxIter && !state.converged) {
      // After an iteration, so that tol is relative to the same violation as without.
      const refined = state.iter > 0 && state.refinedTo > 0 ? await compression?.() : undefined
      await refined?.refine(state.iter, tol * state.firstViolation, pace)
      await program.iterate(pace, state.iter < warmUp)
      const iter = ++state.iter
      let due = iter % every === 0 || iter === maxIter
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
      const violation = kkt ? (state.firstViolation > 0 ? program.violation / state.firstViolation : 0) : NaN
      state.refinedTo = violation <= FALLS * state.refinedTo ? violation : 0
      if (kkt) {
        // A component that has just got a new row of H is not yet tried.
        const tried = program.revived === '' || program.revived === state.revived
        state.converged = violation <= tol && tried && state.firstViolation < Infinity
        state.revived = program.revived
        if (state.converged && !due) {
          due = true
          reached = await program.objective(pace)
        }
      }
      if (reached) {
        state.loss = reached.loss
        state.objective = reached.objective
        state.trace.push(lossOf(reached.objective))
      }
      if (!kkt && due && iter - state.testedAt >= 10) {
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
