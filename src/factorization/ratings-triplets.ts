import { csr, type Csr, type FloatArray } from '../core/matrix.js'
import { nearest, show } from '../core/options.js'

/** Ratings one by one: user users[p] gave item items[p] the rating values[p]. */
export interface RatingList {
  readonly users: ArrayLike<number>
  readonly items: ArrayLike<number>
  readonly values: ArrayLike<number>
  /** Users and items in all; by default up to the last that is named. */
  readonly shape?: readonly [users: number, items: number]
}

const LISTS = ['users', 'items', 'values'] as const
const MOST = 2 ** 31 - 2 // users or items

/** The ratings as a matrix, users x items, single where `values` is a Float32Array. Throws TypeError for what are no lists of
 *  numbers, RangeError for a place out of range, for one that is named twice and for a rating that is not finite. */
export function ratings(list: RatingList): Csr {
  if (list === null || typeof list !== 'object')
    throw new TypeError(`ratings: wanted { users, items, values }, got ${show(list)}`)
  for (const name of Object.keys(list))
    if (name !== 'shape' && !LISTS.some(known => known === name))
      throw new RangeError(`ratings: ${name} is not known; did you mean ${nearest(name, [...LISTS, 'shape'])}?`)
  const { users, items, values, shape } = list
  for (const name of LISTS) {
    const given: unknown = list[name]
    if (typeof given !== 'object' || typeof (given as ArrayLike<number> | null)?.length !== 'number')
      throw new TypeError(`ratings: ${name}: wanted a list of numbers, got ${show(given)}`)
  }
  const count = values.length
  for (const [name, own] of Object.entries({ users, items }))
    if (own.length !== count)
      throw new RangeError(`ratings: ${name}: wanted ${count}, one for each value, got ${show(own.length)}`)
  for (let p = 0; p < count; p++) {
    const value: unknown = values[p]
    if (typeof value !== 'number') throw new TypeError(`ratings: values[${p}]: wanted a number, got ${show(value)}`)
    if (!Number.isFinite(value)) throw new RangeError(`ratings: values[${p}] = ${value}: ratings must be finite`)
  }
  const sound = (side: unknown): boolean => Number.isInteger(side) && (side as number) >= 0 && (side as number) <= MOST
  if (shape !== undefined && !(Array.isArray(shape) && shape.length === 2 && shape.every(sound)))
    throw new RangeError(
      `ratings: shape: wanted [users, items], integers from 0 to ${MOST}, got ${JSON.stringify(shape)}`,
    )
  const endOf = (own: ArrayLike<number>): number => {
    let end = 0
    // What is no such integer is told below.
    for (let p = 0; p < count; p++) if (sound(own[p])) end = Math.max(end, own[p]! + 1)
    return end
  }
  const [n, m] = shape ?? [endOf(users), endOf(items)]
  for (const [name, own, end] of [
    ['users', users, n],
    ['items', items, m],
  ] as const)
    for (let p = 0; p < count; p++)
      if (!(Number.isInteger(own[p]) && own[p]! >= 0 && own[p]! < end))
        throw new RangeError(
          `ratings: ${name}[${p}]: wanted an integer from 0 to ${shape ? end - 1 : MOST - 1}, got ${show(own[p])}`,
        )
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
