import { dense, type FloatArray, type Matrix } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import { residualsOf } from './joint-parts.js'

interface Factors {
  readonly W: FloatArray
  readonly H: FloatArray
  readonly V: readonly FloatArray[]
}

/** |X_i - W_i (H + V_i)|^2 / |X_i|^2, of the rows of W from `from` on. */
export async function leftOf(X: Matrix, { W, H, V }: Factors, i: number, from: number, k: number, pace: Pace) {
  const n = X.shape[0]
  const own = dense(W.slice(from * k, (from + n) * k), [n, k])
  const B = H.map((h, p) => h + V[i]![p]!)
  const [residual = 0] = await residualsOf([{ X, split: false, factor: 1 }], own, [dense(B, [k, X.shape[1]])], pace)
  return residual
}
