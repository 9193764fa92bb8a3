import { csr, type Csr, type FloatArray } from '../core/matrix.js'
import { show } from '../core/options.js'

/** Ratings one by one: user users[p] gave item items[p] the rating values[p]. */
export interface RatingList {
  readonly users: ArrayLike<number>
  readonly items: ArrayLike<number>
  readonly values: ArrayLike<number>
  /** Users and items in all; by default up to the last that is named. */
  readonly shape?: readonly [users: number, items: number]
}

/** The ratings as a matrix, users x items, single where `values` is a Float32Array. Throws RangeError for a place out of
 *  range and for one that is named twice. */
export function ratings({ users, items, values, shape }: RatingList): Csr {
  const count = values.length
  for (const [name, list] of Object.entries({ users, items }))
    if (list?.length !== count)
      throw new RangeError(`ratings: ${name}: wanted ${count}, one for each value, got ${show(list?.length)}`)
  const endOf = (list: ArrayLike<number>): number => {
    let end = 0
    for (let p = 0; p < count; p++) end = Math.max(end, list[p]! + 1)
    return end
  }
  const [n, m] = shape ?? [endOf(users), endOf(items)]
  for (const [name, list, end] of [
    ['users', users, n],
    ['items', items, m],
  ] as const)
    for (let p = 0; p < count; p++)
      if (!(Number.isInteger(list[p]) && list[p]! >= 0 && list[p]! < end))
        throw new RangeError(`ratings: ${name}[${p}]: wanted an integer from 0 to ${end - 1}, got ${show(list[p])}`)
  // By items and then by users, both stable: columns rise within each row.
  const byItem = sorted(m, items, undefined)
  const order = sorted(n, users, byItem)
  const indptr = new Int32Array(n + 1)
  for (let p = 0; p < count; p++) indptr[users[p]! + 1]!++
  for (let i = 0; i < n; i++) indptr[i + 1]! += indptr[i]!
  const indices = Int32Array.from(order, p => items[p]!)
  const data: FloatArray = values instanceof Float32Array ? new Float32Array(count) : new Float64Array(count)
  order.forEach((p, at) => (data[at] = values[p]!))
  for (let i = 0; i < n; i++)
    for (let e = indptr[i]! + 1; e < indptr[i + 1]!; e++)
      if (indices[e] === indices[e - 1])
        throw new RangeError(`ratings: user ${i} and item ${indices[e]}: wanted one rating, got two`)
  return csr({ indptr, indices, data, shape: [n, m] })
}

// A counting sort of `order`, or of 0, 1, ..
function sorted(count: number, keys: ArrayLike<number>, order: Int32Array | undefined): Int32Array {
  const next = new Int32Array(count + 1)
  for (let p = 0; p < keys.length; p++) next[keys[p]! + 1]!++
  for (let i = 0; i < count; i++) next[i + 1]! += next[i]!
  const out = new Int32Array(keys.length)
  for (let p = 0; p < keys.length; p++) {
    const entry = order ? order[p]! : p
    out[next[keys[entry]!]!++] = entry
  }
  return out
}
