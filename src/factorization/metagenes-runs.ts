import type { FloatArray } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import { Best, fitOf } from './nmf-best.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfState } from './nmf-state.js'

/** What the restarts of one rank leave behind, whichever ends first. */
export class RankRuns {
  /** Of those that reached a finite objective: each row's metagene, and H with rows of length 1 (or 0). */
  private readonly labelled: Int32Array[] = []
  private readonly scaled: FloatArray[] = []
  /** The loss that each ended with, of the divided matrix. */
  readonly losses: Float64Array
  readonly best = new Best(undefined)

  constructor(
    readonly nComponents: number,
    readonly nInit: number,
  ) {
    this.losses = new Float64Array(nInit).fill(NaN)
  }

  async take(state: NmfState, factors: NmfFactors, pace: Pace): Promise<void> {
    if (!Number.isFinite(state.objective)) return
    const fit = await fitOf(state, factors, pace)
    const { restart } = state
    this.losses[restart] = state.loss
    this.labelled[restart] = await labelsOf(fit.W, fit.H, this.nComponents, pace)
    this.scaled[restart] = await unitRows(fit.H, this.nComponents, pace)
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

/** For each row of X the metagene that most of it is made of: the q with the largest W_iq sum_j H_qj, which does not
 *  depend on how the two share their scale. Of equals the first. */
export async function labelsOf(W: FloatArray, H: FloatArray, k: number, pace: Pace): Promise<Int32Array> {
  const m = H.length / k
  const mass = new Float64Array(k)
  for (let q = 0; q < k; q++) {
    await pace.breathe()
    for (let j = 0; j < m; j++) mass[q]! += H[q * m + j]!
  }
  const labels = new Int32Array(W.length / k)
  for (let i = 0; i < labels.length; i++) {
    if (i % 4096 === 0) await pace.breathe()
    let [label, most] = [0, 0]
    for (let q = 0; q < k; q++) {
      const share = W[i * k + q]! * mass[q]!
      if (share > most) [label, most] = [q, share]
    }
    labels[i] = label
  }
  return labels
}

async function unitRows(H: FloatArray, k: number, pace: Pace): Promise<FloatArray> {
  const m = H.length / k
  const unit = H.slice()
  for (let q = 0; q < k; q++) {
    await pace.breathe()
    const row = unit.subarray(q * m, q * m + m)
    let [most, squares] = [0, 0] // squares are of the row divided by its largest entry, which neither overflow nor vanish
    for (const v of row) most = Math.max(most, v)
    for (const v of row) squares += most > 0 ? (v / most) * (v / most) : 0
    const length = Math.sqrt(squares)
    for (let j = 0; j < m && most > 0; j++) row[j] = row[j]! / most / length
  }
  return unit
}
