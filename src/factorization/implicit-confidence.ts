import type { FloatArray } from '../core/matrix.js'
import type { ImplicitOptions } from './implicit-options.js'

/** Beyond it the squares that a row is solved by leave the range of numbers. */
const MOST = { f32: 1e15, f64: 1e100 }

/** Confidences of entries. Throws RangeError for one that is too large to compute with. */
export function confidencesOf<T extends FloatArray>(where: string, options: ImplicitOptions, data: T): T {
  const counted = data.map(confidenceOf(options)) as T
  const most = data instanceof Float32Array ? MOST.f32 : MOST.f64
  const bad = counted.findIndex((c, p) => !(Math.abs(c) <= most) && Number.isFinite(data[p]))
  if (bad >= 0)
    throw new RangeError(
      `${where}: X: wanted confidences of at most ${most}, got an entry ${data[bad]} with alpha ${options.alpha}`,
    )
  return counted
}

/** What stands for r in the least squares: the confidence c, below 0 where r is: that user does not want it. */
export const confidenceOf =
  ({ confidence, alpha }: Pick<ImplicitOptions, 'confidence' | 'alpha'>) =>
  (r: number): number =>
    confidence === 'alpha*r' ? alpha * r : (r < 0 ? -1 : 1) + alpha * r
