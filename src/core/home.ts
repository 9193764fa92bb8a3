import type { Home } from '../../bindings/instance.js'

// Where the matrices of `Matrix.alloc` lie.
const homes = new WeakMap<object, Home>()

export const homeOf = (matrix: object): Home | undefined => homes.get(matrix)

export function settle(matrix: object, home: Home): void {
  homes.set(matrix, home)
}
