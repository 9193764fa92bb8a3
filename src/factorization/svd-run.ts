import { withEngineSteps } from '../../bindings/instance.js'
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import { dispose, poolOf } from '../core/pool.js'
import { checkRun, type Run } from '../core/run.js'
import type { Fitting, SvdStep } from './svd-fit.js'
import type { SvdFit } from './svd-found.js'

/** How a fit is run: none of it changes the result. */
export type SvdRun = Omit<Run<SvdStep>, 'checkpoint' | 'resume'>

export const SVD_RUN = ['signal', 'onProgress', 'maxMemory', 'threads'] as const

/** The steps of either estimator's fit. */
export async function* runSvd(
  where: string,
  X: MatrixInput,
  run: SvdRun,
  options: Fitting['options'],
  centre: boolean,
): AsyncGenerator<SvdStep, SvdFit> {
  checkRun(where, run, SVD_RUN)
  run.signal?.throwIfAborted()
  const input = await readMatrix(`${where}: X`, X, run.signal)
  const { fitSvd } = await import('./svd-fit.js')
  const { pool, own } = await poolOf(run.threads)
  try {
    return yield* withEngineSteps(where, { maxBytes: run.maxMemory, shared: pool?.shared ?? false }, engine =>
      fitSvd(engine, input, { where, options, centre, run, pool }),
    )
  } finally {
    if (own) pool?.[dispose]()
  }
}
