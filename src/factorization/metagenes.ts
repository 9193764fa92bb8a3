import { withEngineSteps } from '../../bindings/instance.js'
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import { homeOf } from '../core/home.js'
import type { Matrix } from '../core/matrix.js'
import { resolveOptions } from '../core/options.js'
import { dispose, poolOf } from '../core/pool.js'
import { checkRun } from '../core/run.js'
import { MetagenesModel } from './metagenes-model.js'
import {
  checkMetagenes,
  maskedSettings,
  masksOf,
  metagenesOptions,
  type MetagenesOptions,
  ranksOf,
  settingsOf,
} from './metagenes-options.js'
import type { MetagenesRun, MetagenesStep } from './metagenes-restarts.js'
import type { NmfInput } from './nmf.js'

export type MetagenesInput = Partial<Omit<MetagenesOptions, 'betaLoss'>> & Pick<NmfInput, 'betaLoss'>

/** What `run` of a fit takes. */
export const METAGENES_RUN = ['signal', 'onProgress', 'maxMemory', 'threads', 'weights'] as const

const MOST_ROWS = 5000 // every pair of rows has a number: 200 MB for each rank

/** Metagenes and their number: NMF from nInit seeded starts at every rank from minComponents to maxComponents, and how
 *  far the restarts of each rank agree: by the clusters of rows that their largest loadings make (consensus matrix,
 *  cophenetic correlation and dispersion: Brunet et al. 2004, Kim & Park 2007) and by their metagenes (consensus NMF:
 *  Kotliar et al. 2019). Restart r of rank k is restart r of `new NMF({ nComponents: k, ... })` to the bit.
 *
 *  With `holdOut` (0 < share <= .9; .1 where `choice` is 'holdOut') also how well each rank predicts: for each of
 *  `holdOutMasks` masks the best of `holdOutInit` restarts of their own, fitted without the entries that the mask holds
 *  out, is tested on these by their mean divergence. That is `holdOutLoss` of NMF with the seed
 *  `seed + (r + 1) * 2 ** 32` (modulo 2^53) for mask r, to the bit. Speckled hold-out: Wold (1978), Owen & Perry (2009);
 *  as RcppML does it (DeBruine et al. 2021).
 *
 *  Results are the same bits in every host, except with `fast`. Throws TypeError and RangeError for options and data it
 *  cannot take. */
export class Metagenes {
  readonly options: MetagenesOptions

  constructor(options: MetagenesInput = {}) {
    const resolved = resolveOptions<MetagenesOptions>('Metagenes', metagenesOptions(), options)
    checkMetagenes('Metagenes', resolved)
    this.options = resolved
  }

  /** Fits X (n x m, rows are samples; entries finite and >= 0, > 0 for beta <= 0; at most 5,000 rows) and returns the
   *  model. Yields every iteration of every restart; with several threads in the order in which they come. Stop it early
   *  with `return()`. Throws RangeError naming the first bad entry, OutOfMemory, KernelTrap, WorkerLost, or the reason of
   *  `run.signal`; RangeError as well where a mask holds nothing out, or where the rank is to be chosen by hold-out and
   *  none has a finite loss with every mask. */
  async *steps(X: MatrixInput, run: MetagenesRun = {}): AsyncGenerator<MetagenesStep, MetagenesModel> {
    const { options } = this
    checkRun('Metagenes.fit', run, METAGENES_RUN)
    run.signal?.throwIfAborted()
    const input = await readMatrix('Metagenes.fit: X', X, run.signal)
    const [rows] = input.shape
    if (rows > MOST_ROWS)
      throw new RangeError(
        `Metagenes.fit: X: wanted at most ${MOST_ROWS} rows (every pair of them is compared), got ${rows}`,
      )
    const { fitRanks } = await import('./metagenes-fit.js')
    const { pool, own } = await poolOf(run.threads)
    const { fast } = options
    const ranks = ranksOf(options).map(k => settingsOf(options, k))
    const masks = Array.from({ length: masksOf(options) }, (_, mask) =>
      ranksOf(options).map(k => maskedSettings(options, k, mask)),
    )
    try {
      const found = yield* withEngineSteps(
        'Metagenes.fit',
        { maxBytes: run.maxMemory, fast, shared: !fast && (pool?.shared ?? false), home: homeOf(input) },
        engine => fitRanks(engine, input, { ranks, masks, options, run, pool }),
      )
      return new MetagenesModel(options, found)
    } finally {
      if (own) pool?.[dispose]()
    }
  }

  /** `steps` to its end. */
  async fit(X: MatrixInput, run: MetagenesRun = {}): Promise<MetagenesModel> {
    const steps = this.steps(X, run)
    for (;;) {
      const { done, value } = await steps.next()
      if (done) return value
    }
  }

  /** The training rows' representation W at the chosen rank, n x k. */
  async fitTransform(X: MatrixInput, run: MetagenesRun = {}): Promise<Matrix> {
    return (await this.fit(X, run)).embedding
  }
}
