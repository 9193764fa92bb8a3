import type { Pace } from '../core/pace.js'

/** The least and the largest of the ratings. */
export async function rangeOf(data: ArrayLike<number>, pace: Pace): Promise<readonly [number, number]> {
  let [low, high] = [Infinity, -Infinity]
  for (let p = 0; p < data.length; p++) {
    if (p % 65536 === 0) await pace.breathe()
    low = Math.min(low, data[p]!)
    high = Math.max(high, data[p]!)
  }
  return [low, high]
}

/** Of either factor's entries at the start: products of two rows of k such numbers are as large as the ratings. */
export const startScale = (meanSquare: number, k: number): number => Math.sqrt(Math.sqrt(meanSquare / k)) || 1
