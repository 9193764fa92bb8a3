import type { Pace } from '../core/pace.js'
import { Triangle } from './householder.js'

const SWEEPS = 60 // ten are many
const EPS = 2 ** -52

/** The largest singular value of k columns of `length` >= k entries over the smallest, Infinity where that is 0: of their
 *  triangle, whose columns are turned in pairs until all are orthogonal (Hestenes 1958). */
export async function conditionOf(A: Float64Array, length: number, k: number, pace: Pace): Promise<number> {
  const { R } = new Triangle(A, length, k)
  const column = (j: number): Float64Array => R.subarray(j * k, (j + 1) * k)
  for (let sweep = 0, turned = true; turned && sweep < SWEEPS; sweep++) {
    turned = false
    for (let i = 0; i < k; i++) {
      await pace.breathe()
      for (let j = i + 1; j < k; j++) if (turn(column(i), column(j))) turned = true
    }
  }
  let [most, least] = [0, Infinity]
  for (let j = 0; j < k; j++) {
    const size = Math.sqrt(column(j).reduce((sum, v) => sum + v * v, 0))
    most = Math.max(most, size)
    least = Math.min(least, size)
  }
  return least > 0 ? most / least : Infinity
}

// Makes two columns orthogonal; false where they are.
function turn(x: Float64Array, y: Float64Array): boolean {
  let [xx, yy, xy] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    xx += x[i]! * x[i]!
    yy += y[i]! * y[i]!
    xy += x[i]! * y[i]!
  }
  if (!(Math.abs(xy) > 8 * EPS * Math.sqrt(xx) * Math.sqrt(yy))) return false
  const ratio = (yy - xx) / (2 * xy)
  const t = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.sqrt(1 + ratio * ratio))
  const c = 1 / Math.sqrt(1 + t * t)
  const s = c * t
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i]!, y[i]!]
    x[i] = c * a - s * b
    y[i] = s * a + c * b
  }
  return true
}
