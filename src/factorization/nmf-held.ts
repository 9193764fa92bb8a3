import type { Engine } from '../../bindings/instance.js'
import type { Loaded } from '../core/load.js'
import { type MatrixLike, toMatrix, toRowMajor } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import { type Held, NmfFactors } from './nmf-factors.js'
import type { NmfOptions } from './nmf-options.js'

/** The known parts of W and H in the arena, divided as the factors are: fixedH is of the first components, fixedW of
 *  those after them. Throws RangeError where they do not belong to X's shape or have entries that may not be. */
export async function hold(engine: Engine, X: Loaded, options: NmfOptions, pace: Pace): Promise<Held> {
  const { fixedW, fixedH, nComponents: k, clip } = options
  const take = (name: 'fixedW' | 'fixedH', input: MatrixLike | null, side: 0 | 1, wanted: number) => {
    if (input === null) return undefined
    const where = `NMF.fit: ${name}`
    const matrix = toMatrix(where, input)
    if (matrix.shape[side] !== wanted)
      throw new RangeError(`${where}: wanted ${wanted} ${side ? 'columns' : 'rows'}, got ${matrix.shape[side]}`)
    const values = toRowMajor(matrix)
    const bad = values.findIndex(v => !(v > -Infinity && v < Infinity && (v >= 0 || !clip)))
    if (bad >= 0) {
      const place = `${Math.floor(bad / matrix.shape[1])}, ${bad % matrix.shape[1]}`
      throw new RangeError(`${where}[${place}]: wanted a finite number${clip ? ' >= 0' : ''}, got ${values[bad]}`)
    }
    return { values, count: matrix.shape[side ? 0 : 1] }
  }
  const [H, W] = [take('fixedH', fixedH, 1, X.columns), take('fixedW', fixedW, 0, X.rows)]
  const [first, end] = [H?.count ?? 0, (H?.count ?? 0) + (W?.count ?? 0)]
  if (end > k)
    throw new RangeError(`NMF.fit: fixedW and fixedH: wanted at most nComponents = ${k} together, got ${end}`)
  const kp = Math.ceil(k / 4) * 4
  // Factors of their own, each of whose rows is written where it will be copied from.
  const factors = new NmfFactors(engine, X, k)
  const columns = async (values: ArrayLike<number>, at: number, rows: number, rs: number, cs: number, from: number) => {
    const count = values.length / rows
    const view = factors.view(at, rows * kp)
    for (let i = 0; i < rows; i++) {
      if (i % 4096 === 0) await pace.breathe()
      for (let q = 0; q < count; q++) view[i * kp + from + q] = (values[i * rs + q * cs] ?? 0) / X.root
    }
  }
  if (H) await columns(H.values, factors.ht, X.columns, 1, X.columns, 0)
  if (W) await columns(W.values, factors.w, X.rows, W.count, 1, first)
  return {
    H: [0, first],
    W: [first, end],
    ht: H ? factors.ht : 0,
    w: W ? factors.w : 0,
  }
}
