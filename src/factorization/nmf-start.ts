import { type FloatArray, type Matrix, type MatrixLike, toMatrix, toRowMajor } from '../core/matrix.js'
import type { NmfOptions } from './nmf-options.js'

/** A start of the caller's: W row-major n x k, H row-major k x m. */
export interface Start {
  readonly W: FloatArray
  readonly H: FloatArray
}

/** Throws where it does not belong to X's shape, or naming the first entry that is not finite and >= 0. */
export function checkStart(options: NmfOptions, [n, m]: Matrix['shape']): Start {
  if (typeof options.init === 'string') throw new TypeError('NMF.fit: init: wanted { W, H }')
  const k = options.nComponents
  const least = options.clip ? 0 : -Number.MAX_VALUE
  const take = (name: string, input: MatrixLike, rows: number, columns: number): FloatArray => {
    const matrix = toMatrix(`NMF.fit: init.${name}`, input)
    if (matrix.shape[0] !== rows || matrix.shape[1] !== columns) {
      throw new RangeError(
        `NMF.fit: init.${name}: wanted ${rows} x ${columns}, got ${matrix.shape[0]} x ${matrix.shape[1]}`,
      )
    }
    const values = toRowMajor(matrix)
    let bad = 0 // not findIndex: its callback took a tenth of a fit's set-up
    while (bad < values.length && values[bad]! >= least && values[bad]! < Infinity) bad++
    if (bad < values.length) {
      const place = `${Math.floor(bad / columns)}, ${bad % columns}`
      throw new RangeError(
        `NMF.fit: init.${name}[${place}]: wanted a finite number${options.clip ? ' >= 0' : ''}, got ${values[bad]}`,
      )
    }
    return values
  }
  return { W: take('W', options.init.W, n, k), H: take('H', options.init.H, k, m) }
}
