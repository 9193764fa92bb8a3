import { show } from '../core/options.js'

/** Where the genes that two lists share stand in each, in the order of their names. */
export interface SharedGenes {
  readonly names: readonly string[]
  readonly signature: Int32Array
  readonly mixture: Int32Array
}

function placesOf(where: string, names: readonly string[]): Map<string, number> {
  const places = new Map<string, number>()
  names.forEach((name, i) => {
    if (typeof name !== 'string') throw new TypeError(`${where}[${i}]: wanted a gene's name, got ${show(name)}`)
    if (places.has(name))
      throw new RangeError(`${where}[${i}]: wanted genes of different names, got ${name} also at ${places.get(name)}`)
    places.set(name, i)
  })
  return places
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
