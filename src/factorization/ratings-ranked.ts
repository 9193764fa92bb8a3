import { nearest, show } from '../core/options.js'
import type { Ranked } from './implicit-model.js'

/** The `n` places with the largest values of those that `taken` lets in, the largest first; among equals the first. */
export function largest(values: ArrayLike<number>, n: number, taken: (place: number) => boolean = () => true): Ranked {
  const items: number[] = []
  const scores: number[] = []
  for (let j = 0; j < values.length; j++) {
    const value = values[j]!
    if (items.length === n && !(value > scores[n - 1]!)) continue
    if (!taken(j)) continue
    let p = items.length === n ? n - 1 : items.length
    for (; p > 0 && scores[p - 1]! < value; p--) {
      items[p] = items[p - 1]!
      scores[p] = scores[p - 1]!
    }
    items[p] = j
    scores[p] = value
  }
  return { items: Int32Array.from(items), scores: Float64Array.from(scores) }
}

/** Throws TypeError and RangeError for what are no options of these names. */
export function checkKnown(where: string, options: object, known: readonly string[]): void {
  if (options === null || typeof options !== 'object')
    throw new TypeError(`${where}: options: wanted an object, got ${show(options)}`)
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw new RangeError(`${where}: option ${name} is not known; did you mean ${nearest(name, known)}?`)
}

/** How many are wanted. */
export function numberOf(where: string, n: number | undefined): number {
  if (n === undefined) return 10
  if (!(Number.isInteger(n) && n >= 1)) throw new RangeError(`${where}: n: wanted an integer >= 1, got ${show(n)}`)
  return n
}

/** Throws RangeError for what are no numbers of `end` users or items. */
export function checkPlaces(where: string, name: string, places: ArrayLike<number>, end: number): void {
  for (let p = 0; p < places.length; p++)
    if (!(Number.isInteger(places[p]) && places[p]! >= 0 && places[p]! < end))
      throw new RangeError(`${where}: ${name}[${p}]: wanted an integer from 0 to ${end - 1}, got ${show(places[p])}`)
}
