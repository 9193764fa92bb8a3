import { generator } from '../random.js'

/** How the weights of a row are told: with base 0 the listed entries are all that counts, with base 1 the others weigh
 *  one; without weights the listed ones weigh one, or nothing. */
export interface Kind {
  readonly name: string
  readonly base: 0 | 1
  readonly weighted: boolean
  /** The share of entries that count, of a row that has neither all nor none. */
  readonly share: number
}

export const KINDS: readonly Kind[] = [
  { name: 'few missing', base: 1, weighted: false, share: 0.8 },
  { name: 'most missing', base: 1, weighted: false, share: 0.3 },
  { name: 'some there', base: 0, weighted: false, share: 0.4 },
  { name: 'some there, weighted', base: 0, weighted: true, share: 0.4 },
  { name: 'some weighted', base: 1, weighted: true, share: 0.7 },
]

/** Weights of `rows` rows of m entries: of every fifth one none count, of every fifth one all do. */
export function weightsOf({ weighted, share }: Kind, rows: number, m: number, seed: number): number[][] {
  const random = generator(seed)
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: m }, () => {
      const counts = i % 5 === 3 || (i % 5 !== 4 && random.uniform() < share)
      const weight = weighted && random.uniform() < 0.7 ? Math.fround(0.2 + random.uniform()) : 1
      return counts ? weight : 0
    }),
  )
}

/** The lists that tell these weights, among them entries that need not be there. */
export function listed({ base, weighted }: Kind, M: readonly (readonly number[])[]) {
  const [indptr, indices, weights]: number[][] = [[0], [], []]
  M.forEach((row, i) => {
    row.forEach((m, j) => {
      const needed = base === 0 ? m !== 0 : m !== 1
      if (!needed && !(weighted && (i + 2 * j) % 5 === 0)) return
      indices!.push(j)
      weights!.push(m)
    })
    indptr!.push(indices!.length)
  })
  return { indptr: indptr!, indices: indices!, weights: weights! }
}
