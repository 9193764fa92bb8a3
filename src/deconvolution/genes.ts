import { show } from '../core/options.js'

/** Where the genes that two lists share stand in each, in the order of their names. */
export interface SharedGenes {
  readonly names: readonly string[]
  readonly signature: Int32Array
  readonly mixture: Int32Array
}

function placesOf(where: string, names: readonly string[], what = 'genes'): Map<string, number> {
  const places = new Map<string, number>()
  names.forEach((name, i) => {
    if (typeof name !== 'string') throw new TypeError(`${where}[${i}]: wanted a name, got ${show(name)}`)
    if (places.has(name))
      throw new RangeError(`${where}[${i}]: wanted ${what} of different names, got ${name} also at ${places.get(name)}`)
    places.set(name, i)
  })
  return places
}

/** Throws TypeError and RangeError for what is no list of `count` different names. */
export function checkNames(where: string, names: unknown, count: number, what: string): asserts names is string[] {
  checkList(where, names)
  if (names.length !== count)
    throw new RangeError(`${where}: wanted the names of ${count} ${what}, got ${names.length}`)
  placesOf(where, names, what)
}

function checkList(where: string, names: unknown): asserts names is string[] {
  if (!Array.isArray(names)) throw new TypeError(`${where}: wanted a list of names, got ${show(names)}`)
}

/** Where each of the genes a signature has stands among those of mixtures. Throws RangeError for names that stand there
 *  twice, and naming those that do not stand there at all. */
export function locateGenes(where: string, wanted: readonly string[], names: readonly string[]): Int32Array {
  checkList(where, names)
  const places = placesOf(where, names)
  const missing = wanted.filter(name => !places.has(name))
  if (missing.length > 0)
    throw new RangeError(
      `${where}: wanted all ${wanted.length} genes of the signature, got ${names.length} without ${missing.length} of them: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', ...' : ''}`,
    )
  return Int32Array.from(wanted, name => places.get(name)!)
}

/** Matches genes by their names. Throws RangeError for a name that stands in a list twice, and where no gene is in both. */
export function matchGenes(signature: readonly string[], mixture: readonly string[]): SharedGenes {
  const [own, others] = [placesOf('matchGenes: signature', signature), placesOf('matchGenes: mixture', mixture)]
  // By code units, whatever the host's language.
  const names = signature.filter(name => others.has(name)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  if (names.length === 0)
    throw new RangeError(
      `matchGenes: wanted genes that both have, got none: the signature's are ${signature.slice(0, 3).join(', ')} ..., the mixture's ${mixture.slice(0, 3).join(', ')} ...`,
    )
  return {
    names,
    signature: Int32Array.from(names, name => own.get(name)!),
    mixture: Int32Array.from(names, name => others.get(name)!),
  }
}
