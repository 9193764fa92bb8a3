import type { MatrixLike } from '../core/matrix.js'
import { toMatrix, toRowMajor } from '../core/matrix.js'
import { show } from '../core/options.js'

/** What a constrained least squares problem ends with. */
export interface LeastSquares {
  readonly x: Float64Array
  /** |A x - b|. */
  readonly residual: number
}

/** x >= 0 that minimises |A x - b|, by the active set method of Lawson and Hanson on a QR factorization of A (l x k). Where
 *  columns of A depend on each other one of the solutions. Throws TypeError and RangeError for what is no matrix and no
 *  list of l finite numbers. */
export async function nnls(A: MatrixLike, b: ArrayLike<number>): Promise<LeastSquares> {
  const { nonNegative } = await import('./active-set.js')
  return solved('nnls', A, b, nonNegative, false)
}

/** x >= 0 with sum 1 that minimises |A x - b|, by the same method. */
export async function simplexLeastSquares(A: MatrixLike, b: ArrayLike<number>): Promise<LeastSquares> {
  const { onSimplex } = await import('./active-set.js')
  return solved('simplexLeastSquares', A, b, onSimplex, true)
}

async function solved(
  where: string,
  A: MatrixLike,
  b: ArrayLike<number>,
  solve: typeof import('./active-set.js').nonNegative,
  /** The sum of x is held: A and b have one unit. */
  bounded: boolean,
): Promise<LeastSquares> {
  const { Triangle } = await import('./householder.js')
  const { unitOf } = await import('./preparation.js')
  const matrix = toMatrix(`${where}: A`, A)
  const [l, k] = matrix.shape
  if (l === 0 || k === 0) throw new RangeError(`${where}: A: wanted at least one row and one column, got ${l} x ${k}`)
  const entries = toRowMajor(matrix)
  const bad = entries.findIndex(v => !Number.isFinite(v))
  if (bad >= 0)
    throw new RangeError(`${where}: A[${Math.floor(bad / k)}, ${bad % k}] = ${entries[bad]}: entries must be finite`)
  if (typeof b !== 'object' || b === null || b.length !== l)
    throw new RangeError(`${where}: b: wanted ${l} numbers, got ${show(b)}`)
  const right = Float64Array.from({ length: l }, (_, i) => {
    const value: unknown = b[i]
    if (typeof value !== 'number') throw new TypeError(`${where}: b[${i}]: wanted a number, got ${show(value)}`)
    if (!Number.isFinite(value)) throw new RangeError(`${where}: b[${i}] = ${value}: entries must be finite`)
    return value
  })
  const columns = new Float64Array(k * l)
  // By powers of two, so that no square leaves the range of numbers.
  const own = unitOf(right)
  const least = unitOf(entries)
  const size = bounded ? Math.max(own, least) : own
  // What is next to nothing beside b is no smaller than can be told.
  const unit = bounded ? Math.min(size, least * 2 ** 400) : least
  for (let i = 0; i < l; i++) for (let j = 0; j < k; j++) columns[j * l + i] = entries[i * k + j]! / unit
  for (let i = 0; i < l; i++) right[i]! /= size
  const triangle = new Triangle(columns, l, k)
  const x = solve(triangle, triangle.project(right))
  let squares = 0
  for (let i = 0; i < l; i++) {
    let rest = right[i]!
    for (let j = 0; j < k; j++) rest -= x[j]! * columns[j * l + i]!
    squares += rest * rest
  }
  const residual = Math.sqrt(squares) * size
  if (!bounded) for (let j = 0; j < k; j++) x[j]! *= size / unit
  return { x, residual }
}
