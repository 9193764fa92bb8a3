import type { Engine } from '../../bindings/engine.js'
import type { RowSource } from '../core/blocks.js'
import { type Matrix, toMatrix } from '../core/matrix.js'
import { Pace } from '../core/pace.js'
import { dispose, type Pool, type PoolRun } from '../core/pool.js'
import { fitOf, isBetter } from './nmf-best.js'
import type { NmfOrigin } from './nmf-checkpoint.js'
import type { NmfCompression } from './nmf-compress.js'
import { NmfDescent, type NmfStep } from './nmf-descent.js'
import { loadFor, type NmfRun } from './nmf-load.js'
import { NmfFactors } from './nmf-factors.js'
import { NmfModel } from './nmf-model.js'
import { type NmfOptions, settingsOf } from './nmf-options.js'
import { NmfProgram } from './nmf-program.js'
import type { Smoothing } from './nmf-network.js'
import { checkStart } from './nmf-start.js'
import { freshState, type NmfState } from './nmf-state.js'
import { startScale } from './nmf-terms.js'

export interface Fit {
  readonly options: NmfOptions
  readonly run: NmfRun
  readonly pool: Pool | undefined
  /** How errors name the method. */
  readonly where?: string
  readonly smoothing?: Smoothing | undefined
}

/** All restarts of a fit, from the one that a checkpoint stands in; the best becomes the model. */
export async function* fitRestarts(
  engine: Engine,
  input: Matrix | RowSource,
  { options, run, pool, where = 'NMF.fit', smoothing }: Fit,
): AsyncGenerator<NmfStep, NmfModel> {
  const pace = new Pace(run.signal)
  const checkpoint = run.checkpoint || run.resume ? await import('./nmf-checkpoint.js') : undefined
  // Before X is loaded: in an engine's own memory that divides it where it lies.
  const print = async (matrix: Matrix) => (await checkpoint?.fingerprintOf(engine, matrix, pace)) ?? ''
  const weights = run.weights && toMatrix('NMF.fit: run.weights', run.weights)
  const data =
    typeof input === 'function'
      ? undefined
      : (await print(input)) +
        (weights ? await print(weights) : '') +
        ((smoothing && checkpoint?.smoothingChecksum(smoothing)) ?? '')
  const { X, heldOut } = await loadFor(engine, input, { options, run, pace, where })
  const { init } = options
  const start = typeof init === 'string' ? undefined : checkStart(options, [X.rows, X.columns])
  const { fixedW, fixedH } = options
  const held = fixedW || fixedH ? await (await import('./nmf-held.js')).hold(engine, X, options, pace) : undefined
  const { made: factors, layout: places } = engine.arena.record(() => new NmfFactors(engine, X, options.nComponents))
  if (held) factors.held = held
  if (start) await factors.setStart(start.W, start.H, startScale(options), pace)
  const { NmfNetwork } = smoothing ? await import('./nmf-network.js') : {}
  const network = smoothing && NmfNetwork && new NmfNetwork(factors, smoothing)
  const { made: program, layout } = engine.arena.record(() => new NmfProgram(factors, options, undefined, network))
  const compression = options.compress ? await import('./nmf-compress.js') : undefined
  const compressed = compression?.compressible(X, options.nComponents) ?? false
  const named = typeof init === 'string' && init !== 'random' ? await import('./nmf-nndsvd.js') : undefined
  const { rowCut, lossCut } = program.terms
  X.window?.reserve([
    rowCut,
    lossCut,
    ...(compression && compressed ? [compression.readCut(X, options.nComponents)] : []),
    ...(named ? [named.leadingCut(X, options.nComponents)] : []),
  ])
  if (named && typeof init === 'string' && init !== 'random') {
    const { W, H } = await named.nndsvd(engine, X, init, options, pace)
    await factors.setStart(W, H, { free: false, grows: true }, pace)
  }
  let made: NmfCompression | undefined
  const compress = async () => (made ??= await compression?.NmfCompression.of(program, options.seed, pace))
  const descent = new NmfDescent(program, options, compressed ? compress : undefined)
  const origin: NmfOrigin = {
    data: data ?? X.window?.fingerprint ?? '',
    start: start ? (checkpoint?.startChecksum(start.W, start.H) ?? '') : '',
  }
  const save = async (state: NmfState): Promise<void> => {
    if (run.checkpoint && checkpoint)
      await run.checkpoint.write(await checkpoint.writeCheckpoint(options, factors, origin, state, pace))
  }
  let state =
    run.resume && checkpoint
      ? await checkpoint.readCheckpoint(where, run.resume, options, factors, origin, pace)
      : freshState(0, undefined)
  // Side by side, or, where a checkpoint within one is wanted, one after another, each on all threads.
  const sideBySide = pool !== undefined && !compressed && !run.checkpoint && !network
  let threads: PoolRun | undefined
  let share = pool // until it has been asked
  try {
    while (state.restart < options.nInit) {
      if (sideBySide && state.iter === 0 && options.nInit - state.restart > 1) {
        const { mapRestarts, restartsOn } = await import('./nmf-map.js')
        const prepared = restartsOn(pool, engine, {
          X,
          held: factors.held,
          options: settingsOf(options),
          from: state.restart,
        })
        if (prepared) {
          state = yield* mapRestarts({ ...prepared, run, state })
          break
        }
      }
      threads ??= share?.executor(engine, { program, name: 'nmf', spec: program.spec, layout: [...places, ...layout] })
      share = undefined
      if (threads) program.executor = threads
      const fresh = state.iter === 0
      await descent.begin({ fresh, restart: fresh && init === 'random' ? state.restart : undefined }, pace)
      for await (const step of descent.follow(state, pace)) {
        run.onProgress?.(step)
        yield step
        // Not where a loss was evaluated only because maxIter ended the fit: a longer fit never stands there.
        const last = step.iter === options.maxIter && !Number.isNaN(step.loss) && step.iter % options.lossEvery !== 0
        if (run.checkpoint && step.iter % run.checkpoint.every === 0 && (program.terms.squared || !last))
          await save(state)
      }
      const best = isBetter(state.objective, state.best) ? await fitOf(state, factors, pace) : state.best
      state = freshState(state.restart + 1, best)
    }
  } finally {
    threads?.[dispose]()
    await X.window?.close()
  }
  if (!state.best) throw new RangeError(`${where}: no restart reached a finite objective`)
  const loss = program.terms.lossOf(state.best.loss)
  const each = heldOut && (await heldOut(factors, state.best, pace))
  const tested = each !== undefined && { holdOutLoss: program.terms.lossOf(each) / (X.weights?.scale ?? 1) }
  return new NmfModel(options, [X.rows, X.columns], { ...state.best, loss, ...tested })
}
