import type { Engine, Home } from '../../bindings/instance.js'

// Where the matrices of `Matrix.alloc` lie.
const homes = new WeakMap<object, Home>()

export const homeOf = (matrix: object): Home | undefined => homes.get(matrix)

export function settle(matrix: object, home: Home): void {
  homes.set(matrix, home)
}

/** Begins to read a matrix; of one that lies in another engine's memory nobody may begin to divide the numbers until
 *  the function that is returned was called. Throws RangeError where somebody is at it. */
export function beginReading(where: string, X: object, engine: Engine): () => void {
  const home = homes.get(X)
  if (!home || home.engine === engine) return () => {}
  if (home.busy) throw new RangeError(`${where}: X: wanted a matrix that no other fit is at work on`)
  home.readers++
  return () => void home.readers--
}

/** Reads a matrix all at once. */
export async function reading<T>(where: string, X: object, engine: Engine, work: () => Promise<T>): Promise<T> {
  const end = beginReading(where, X, engine)
  try {
    return await work()
  } finally {
    end()
  }
}
