import { withEngine } from '../../../bindings/instance.js'
import { loadMatrix } from '../load.js'
import { dense, type Dense, type MatrixLike, toMatrix } from '../matrix.js'
import { show } from '../options.js'
import { Pace } from '../pace.js'

export interface SvdResult {
  /** n x min(n, m), or n x n. */
  readonly U: Dense
  /** min(n, m) values, falling. */
  readonly S: Float64Array
  /** m x min(n, m), or m x m: the columns beyond the rank span what X maps to zero. */
  readonly V: Dense
}

/** X = U S V' of a small matrix (n x m, finite entries; sparse ones are filled), in f64: numpy.linalg.svd's role. U and V
 *  have orthonormal columns, whatever the rank; with `fullMatrices` they are square. O(max(n, m) min(n, m)^2) flops.
 *  Throws TypeError and RangeError for what is no matrix of finite numbers. */
export async function svd(X: MatrixLike, options: { readonly fullMatrices?: boolean } = {}): Promise<SvdResult> {
  const { fullMatrices = false } = options
  if (typeof fullMatrices !== 'boolean')
    throw new TypeError(`svd: fullMatrices: wanted true or false, got ${show(fullMatrices)}`)
  const matrix = toMatrix('svd: X', X)
  const [{ exactSvd }, { complete }] = await Promise.all([import('./exact.js'), import('./complete.js')])
  return withEngine('svd', {}, async engine => {
    const pace = new Pace(undefined)
    const loaded = await loadMatrix(engine, 'svd', matrix, pace, { signed: true, precision: 'f64' })
    const k = Math.min(loaded.rows, loaded.columns)
    const { U, S, V } = await exactSvd(engine, loaded, { k }, pace)
    const side = async (A: Float64Array): Promise<Dense> => {
      const n = A.length / k
      if (!fullMatrices || n === k) return dense(A, [n, k])
      const { arena } = engine
      const vectors = arena.alloc(n * n * 8)
      const view = arena.f64(vectors, n * k)
      for (let q = 0; q < k; q++) for (let i = 0; i < n; i++) view[q * n + i] = A[i * k + q]!
      await complete(engine, n, k, n, vectors, pace)
      const all = arena.f64(vectors, n * n)
      return dense(
        Float64Array.from({ length: n * n }, (_, p) => all[(p % n) * n + Math.floor(p / n)]!),
        [n, n],
      )
    }
    return { U: await side(U), S: S.map(s => s * loaded.root * loaded.root), V: await side(V) }
  })
}
