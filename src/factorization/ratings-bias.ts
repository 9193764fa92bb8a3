import type { Engine } from '../../bindings/engine.js'
import { typed } from '../../bindings/typed.js'
import type { Pace } from '../core/pace.js'
import type { BiasOptions } from './als-options.js'
import type { Ratings, Side } from './ratings-load.js'

const CHUNK = 1 << 16 // ratings walked between two breaths

/** Rows of a side a breath's worth at a time. */
async function inChunks(side: Side, stored: number, pace: Pace, work: (first: number, count: number) => void) {
  const step = Math.max(1, Math.floor((CHUNK * side.rows) / Math.max(1, stored)))
  for (let first = 0; first < side.rows; first += step) {
    await pace.breathe()
    work(first, Math.min(step, side.rows - first))
  }
}

/** Mean and biases in the arena, f64 for every user and every item. */
export interface Biases {
  readonly mean: number
  readonly at: readonly [users: number, items: number]
}

/** b_i = sum (r - mu - b_u) / (n_i + damping) of the items, then the same of the users, in turn. Without biases all are
 *  0, and so is mu. */
export async function fitBiases(
  { arena, kernels }: Engine,
  { precision, stored, sides }: Ratings,
  { biases, dampingUsers, dampingItems, biasRounds }: BiasOptions,
  pace: Pace,
): Promise<Biases> {
  const at = [arena.alloc(sides[0].rows * 8), arena.alloc(sides[1].rows * 8)] as const
  if (!biases || stored === 0) return { mean: 0, at }
  const call = typed(kernels, precision)
  const mean = call.sum(sides[0].values, stored) / stored
  for (let round = 0; round < biasRounds; round++)
    for (const which of [1, 0] as const) {
      const { indptr, indices, values } = sides[which]
      const damping = which === 1 ? dampingItems : dampingUsers
      await inChunks(sides[which], stored, pace, (first, count) => {
        const [own, other] = [at[which] + first * 8, at[1 - which]!]
        call.ratingBiases(count, indptr + first * 4, indices, values, mean, damping, other, own)
      })
    }
  return { mean, at }
}

/** Takes mean and biases from the ratings, of every side that has some. */
export async function takeBiases(
  { kernels }: Engine,
  { precision, stored, sides }: Ratings,
  { mean, at }: Biases,
  pace: Pace,
): Promise<void> {
  const call = typed(kernels, precision)
  for (const which of [0, 1] as const) {
    const { indptr, indices, values } = sides[which]
    if (indptr === 0) continue
    await inChunks(sides[which], stored, pace, (first, count) =>
      call.ratingResiduals(count, indptr + first * 4, indices, values, mean, at[1 - which]!, at[which]! + first * 8),
    )
  }
}
