import { type Matrix, toRowMajor } from './matrix.js'

/** X as it is where it is not empty and all its entries are finite and >= 0 (> 0 for beta <= 0), else a RangeError
 *  that names the first bad entry. */
export function checkNonNegative(where: string, X: Matrix, beta: number): Matrix {
  const [n, m] = X.shape
  if (n === 0 || m === 0) throw new RangeError(`${where}: X: wanted at least one row and one column, got ${n} x ${m}`)
  const values = X.kind === 'csr' ? X.data : toRowMajor(X)
  let bad = -1
  let count = 0
  for (let p = 0; p < values.length; p++) {
    const v = values[p] ?? 0
    if (v >= 0 && v < Infinity) continue
    if (bad < 0) bad = p
    count++
  }
  if (bad >= 0) {
    const value = values[bad] ?? 0
    const place = X.kind === 'csr' ? csrPlace(X.indptr, X.indices, bad) : `${Math.floor(bad / m)}, ${bad % m}`
    const wanted = value < 0 ? '>= 0' : 'finite'
    throw new RangeError(
      `${where}: X[${place}] = ${value}: entries must be ${wanted} (${count} of ${values.length} are not finite and >= 0)`,
    )
  }
  const zeros = X.kind === 'csr' && X.data.length < n * m
  if (beta <= 0 && (zeros || values.includes(0))) {
    throw new RangeError(
      `${where}: X has zeros: a loss with beta = ${beta} needs entries > 0 (beta <= 0 divides by them)`,
    )
  }
  return X
}

function csrPlace(indptr: Int32Array, indices: Int32Array, p: number): string {
  let row = 0
  while ((indptr[row + 1] ?? 0) <= p) row++
  return `${row}, ${indices[p]}`
}
