import { dense, type Dense, type FloatArray } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import { type Part, walk, widthOf } from './views.js'

/** H~ of all views, k x sum of their widths, as H_v of each: k x m_v, or k x 2 m_v of a split one. */
export function componentsOf({ data, shape: [k, columns] }: Dense, parts: readonly Part[]): Dense[] {
  let from = 0
  return parts.map(part => {
    const [m, at] = [widthOf(part), from]
    from += m
    const H = data instanceof Float32Array ? new Float32Array(k * m) : new Float64Array(k * m)
    for (let q = 0; q < k; q++) for (let j = 0; j < m; j++) H[q * m + j] = data[q * columns + at + j]! / part.factor
    return dense(H, [k, m])
  })
}

/** |X_v - W H_v|^2 / |X_v|^2 of each view over the entries that are there, of a split one by its parts. */
export async function residualsOf(
  parts: readonly Part[],
  W: Dense,
  components: readonly Dense[],
  pace: Pace,
): Promise<number[]> {
  const found: number[] = []
  const [n, k] = W.shape
  for (const [v, { X, split, factor }] of parts.entries()) {
    const {
      data: H,
      shape: [, width],
    } = components[v]!
    const m = X.shape[1]
    let [left, all] = [0, 0]
    const entry = (i: number, j: number): number => {
      let fit = 0
      for (let q = 0; q < k; q++) fit += W.data[i * k + q]! * H[q * width + j]!
      return fit * factor
    }
    const stored = X.kind === 'csr'
    // What is not stored is zero, and so is a half of what is: those are taken out of the squares of all of W H.
    const add = (i: number, j: number, x: number): void => {
      const fit = entry(i, j)
      left += (x - fit) * (x - fit) - (stored ? fit * fit : 0)
      all += x * x
    }
    await walk(X, pace, (i, j, value) => {
      if (Number.isNaN(value)) {
        if (stored) for (const h of split ? [j, j + m] : [j]) left -= entry(i, h) * entry(i, h)
        return
      }
      const x = value * factor
      if (split) {
        add(i, j, Math.max(0, x))
        add(i, j + m, Math.max(0, -x))
      } else add(i, j, x)
    })
    if (stored) left += quadratic(W.data, n, k, H, width) * factor * factor
    found.push(all > 0 ? Math.max(0, left) / all : 0)
  }
  return found
}

// |W H|^2 = <W'W, HH'>.
function quadratic(W: FloatArray, n: number, k: number, H: FloatArray, m: number): number {
  let sum = 0
  for (let a = 0; a < k; a++)
    for (let b = 0; b < k; b++) {
      let [w, h] = [0, 0]
      for (let i = 0; i < n; i++) w += W[i * k + a]! * W[i * k + b]!
      for (let j = 0; j < m; j++) h += H[a * m + j]! * H[b * m + j]!
      sum += w * h
    }
  return sum
}
