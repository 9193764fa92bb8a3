import { withEngine } from '../../bindings/instance.js'
import { typed } from '../../bindings/typed.js'
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import { precisionOf } from '../core/load.js'
import { dense, type Dense, type FloatArray, type MatrixLike, toMatrix, toRowMajor } from '../core/matrix.js'
import { show } from '../core/options.js'
import { Pace } from '../core/pace.js'
import { allBlocks, cutRows } from '../core/program.js'
import type { FoldedIn, Pairs } from './als-model.js'
import { entriesOf } from './ratings.js'

/** Throws TypeError and RangeError for what are no pairs of `n` users and `m` items. */
export function checkPairs(where: string, pairs: Pairs, n: number, m: number): void {
  const lists: [string, ArrayLike<number> | undefined, number][] = [
    ['users', pairs?.users, n],
    ['items', pairs?.items, m],
  ]
  for (const [name, list, end] of lists) {
    if (typeof list?.length !== 'number' || typeof list === 'string')
      throw new TypeError(`${where}: pairs: wanted { users, items }, two lists of numbers, got ${name} ${show(list)}`)
    for (let p = 0; p < list.length; p++)
      if (!(Number.isInteger(list[p]) && list[p]! >= 0 && list[p]! < end))
        throw new RangeError(
          `${where}: pairs.${name}[${p}]: wanted an integer from 0 to ${end - 1}, got ${show(list[p])}`,
        )
  }
  if (pairs.users.length !== pairs.items.length)
    throw new RangeError(
      `${where}: pairs: wanted as many items as users, got ${pairs.items.length} and ${pairs.users.length}`,
    )
}

/** Throws TypeError and RangeError for what are no rows of a factor of k components with a bias each. */
export function checkFolded(where: string, folded: FoldedIn | undefined, k: number): void {
  if (folded === undefined) return
  const { factors, biases } = (folded ?? {}) as Partial<FoldedIn>
  if (factors?.kind !== 'dense' || typeof biases?.length !== 'number')
    throw new TypeError(`${where}: wanted what foldIn gives, { factors, biases }, got ${show(folded)}`)
  const [rows, columns] = factors.shape
  if (columns !== k || rows !== biases.length)
    throw new RangeError(
      `${where}: wanted rows of ${k} components, a bias for each, got ${rows} x ${columns} and ${biases.length} biases`,
    )
}

/** The ratings that X holds, as pairs and values. Throws RangeError for another shape than that of the fit, for one that is
 *  not finite and where there are none. */
export async function ratedOf(where: string, X: MatrixInput, [n, m]: readonly [number, number]) {
  const matrix = await readMatrix(`${where}: X`, X)
  if (matrix.shape[0] !== n || matrix.shape[1] !== m)
    throw new RangeError(`${where}: X: wanted ${n} x ${m} as in the fit, got ${matrix.shape[0]} x ${matrix.shape[1]}`)
  const { indptr, indices: items, data: values } = await entriesOf(matrix, true, new Pace(undefined))
  if (values.length === 0) throw new RangeError(`${where}: X: wanted at least one rating, got none`)
  const users = new Int32Array(items.length)
  for (let i = 0; i < n; i++) users.fill(i, indptr[i], indptr[i + 1])
  const bad = values.findIndex(v => !Number.isFinite(v))
  if (bad >= 0)
    throw new RangeError(`${where}: X[${users[bad]}, ${items[bad]}] = ${values[bad]}: entries must be finite`)
  return { users, items, values }
}

/** Z T[n x k] times H T[k x m] plus `base` of every row's place, each row given to `put`: in blocks. */
export async function multiply(
  where: string,
  Z: FloatArray,
  H: Dense,
  put: (row: number, values: FloatArray) => void,
  signal?: AbortSignal,
): Promise<void> {
  const [k, m] = H.shape
  const n = Z.length / k
  if (n === 0) return
  await withEngine(where, {}, async ({ arena, kernels }) => {
    const precision = precisionOf(H)
    const [size, call] = [H.data.BYTES_PER_ELEMENT, typed(kernels, precision)]
    const cut = cutRows(n, k * m)
    const [z, h, out] = [arena.alloc(n * k * size), arena.alloc(k * m * size), arena.alloc(cut.block * m * size)]
    const work = arena.alloc(kernels.gemmWork())
    arena.floats(precision, z, n * k).set(Z)
    arena.floats(precision, h, k * m).set(H.data)
    const pace = new Pace(signal)
    for (const { first, count } of allBlocks(cut)) {
      await pace.breathe()
      arena.floats(precision, out, count * m).fill(0)
      call.gemm(count, m, k, 1, z + first * k * size, k, 1, h, m, 1, out, m, work)
      for (let i = 0; i < count; i++) put(first + i, arena.floats(precision, out + i * m * size, m))
    }
  })
}

/** Z as rows of k numbers. */
export function rowsOf(where: string, Z: MatrixLike, k: number): FloatArray {
  const matrix = toMatrix(`${where}: Z`, Z)
  if (matrix.shape[1] !== k) throw new RangeError(`${where}: Z: wanted ${k} columns, got ${matrix.shape[1]}`)
  return toRowMajor(matrix)
}

/** Z H with `base` of row and column added to each entry. */
export async function completed(
  where: string,
  Z: MatrixLike,
  H: Dense,
  finish: (value: number, row: number, column: number) => number,
): Promise<Dense> {
  const [k, m] = H.shape
  const rows = rowsOf(where, Z, k)
  const n = rows.length / k
  const out: FloatArray = H.data instanceof Float32Array ? new Float32Array(n * m) : new Float64Array(n * m)
  await multiply(where, rows, H, (i, values) => {
    for (let j = 0; j < m; j++) out[i * m + j] = finish(values[j]!, i, j)
  })
  return dense(out, [n, m])
}

/** w_u . h_i of rows of W (n x k) and columns of H (k x m) or, where `turned`, rows of it (m x k). */
export function innerOf(W: Dense, H: Dense, turned: boolean): (user: number, item: number) => number {
  const [k, m] = turned ? [H.shape[1], H.shape[0]] : H.shape
  const [step, next] = turned ? [k, 1] : [1, m]
  return (u, i) => {
    let s = 0
    for (let q = 0; q < k; q++) s += W.data[u * k + q]! * H.data[i * step + q * next]!
    return s
  }
}
