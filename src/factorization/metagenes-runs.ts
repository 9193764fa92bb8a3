import type { FloatArray } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import { Best, fitOf } from './nmf-best.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfSettings } from './nmf-options.js'
import type { NmfState } from './nmf-state.js'

/** What the restarts of one rank leave behind, whichever ends first. */
export class RankRuns {
  /** Of those that reached a finite objective: each row's metagene, and H with rows of length 1. */
  private readonly labelled: Int32Array[] = []
  private readonly scaled: FloatArray[] = []
  /** The loss that each ended with, of the divided matrix. */
  readonly losses: Float64Array
  readonly best = new Best(undefined)

  constructor(readonly settings: NmfSettings) {
    this.losses = new Float64Array(settings.nInit).fill(NaN)
  }

  async take(state: NmfState, factors: NmfFactors, pace: Pace): Promise<void> {
    if (!Number.isFinite(state.objective)) return
    const fit = await fitOf(state, factors, pace)
    const { restart } = state
    this.losses[restart] = state.loss
    this.labelled[restart] = await labelsOf(fit.W, this.settings.nComponents, pace)
    this.scaled[restart] = await unitRows(fit.H, this.settings.nComponents, pace)
    if (this.best.isLessThan(state)) this.best.put(state, fit)
  }

  /** In the order of the restarts; `filter` skips the places of those that left nothing. */
  get labels(): Int32Array[] {
    return this.labelled.filter(() => true)
  }

  get spectra(): FloatArray[] {
    return this.scaled.filter(() => true)
  }
}

/** For each row of X the metagene it stands out in: the q with the largest W_iq / |W_q|, the columns of W having length 1,
 *  as they share their scale with H in any way. Of equals, and of zeros, the first. */
export async function labelsOf(W: FloatArray, k: number, pace: Pace): Promise<Int32Array> {
  const n = W.length / k
  const lengths = Float64Array.from({ length: k }, (_, q) => lengthOf(W, q, n, k))
  const labels = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    await pace.breathe()
    let [label, most] = [0, 0]
    for (let q = 0; q < k; q++) {
      const share = W[i * k + q]! / lengths[q]!
      if (share > most) [label, most] = [q, share]
    }
    labels[i] = label
  }
  return labels
}

/** The same numbers with rows of length 1, or of zeros. */
async function unitRows(H: FloatArray, k: number, pace: Pace): Promise<FloatArray> {
  const m = H.length / k
  const unit = H.slice()
  for (let q = 0; q < k; q++) {
    await pace.breathe()
    const length = lengthOf(H, q * m, m, 1)
    for (let at = q * m; at < q * m + m && length > 0; at++) unit[at]! /= length
  }
  return unit
}

/** Of `count` numbers from `first` on: the largest first, as squares may overflow or vanish. */
function lengthOf(values: FloatArray, first: number, count: number, step: number): number {
  const end = first + count * step
  let [most, squares] = [0, 0]
  for (let at = first; at < end; at += step) most = Math.max(most, values[at]!)
  for (let at = first; at < end && most > 0; at += step) squares += (values[at]! / most) * (values[at]! / most)
  return most * Math.sqrt(squares)
}
