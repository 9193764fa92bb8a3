import type { Engine, Home } from '../../bindings/instance.js'

// Where the matrices of `Matrix.alloc` lie.
const homes = new WeakMap<object, Home>()

export const homeOf = (matrix: object): Home | undefined => homes.get(matrix)

export function settle(matrix: object, home: Home): void {
  homes.set(matrix, home)
}

/** Reads a matrix; of one that lies in another engine's memory nobody may begin to divide the numbers meanwhile. Throws
 *  RangeError where somebody is at it. */
export async function reading<T>(where: string, X: object, engine: Engine, work: () => Promise<T>): Promise<T> {
  const home = homes.get(X)
  if (!home || home.engine === engine) return work()
  if (home.busy) throw new RangeError(`${where}: X: wanted a matrix that no other fit is at work on`)
  home.readers++
  try {
    return await work()
  } finally {
    home.readers--
  }
}
