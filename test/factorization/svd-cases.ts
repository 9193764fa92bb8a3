import { generator } from '../random.js'
import type { Triplets } from '../../src/core/svd/triplets.js'

export interface Named {
  readonly name: string
  readonly n: number
  readonly m: number
  readonly data: Float64Array
}

/** A' A of A (rows x k). */
export function gram(a: ArrayLike<number>, k: number): Float64Array {
  const out = new Float64Array(k * k)
  for (let p = 0; p < a.length; p += k)
    for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) out[i * k + j]! += a[p + i]! * a[p + j]!
  return out
}

/** The largest entry of G - I. */
export const identityError = (G: ArrayLike<number>, k: number): number =>
  Array.from(G).reduce((most, v, p) => Math.max(most, Math.abs(v - (Math.floor(p / k) === p % k ? 1 : 0))), 0)

/** U S V'. */
export function reconstructed({ U, S, V }: Triplets, k: number): Float64Array {
  const [n, m] = [U.length / k, V.length / k]
  const out = new Float64Array(n * m)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) for (let q = 0; q < k; q++) out[i * m + j]! += U[i * k + q]! * S[q]! * V[j * k + q]!
  return out
}

const make = (name: string, n: number, m: number, at: (i: number, j: number) => number): Named => ({
  name,
  n,
  m,
  data: Float64Array.from({ length: n * m }, (_, p) => at(Math.floor(p / m), p % m)),
})

/** Traps and random matrices, tall and wide: `count` of them. */
export function matrices(count: number): Named[] {
  const { uniform } = generator(7)
  const normal = (): number => uniform() + uniform() + uniform() - 1.5
  const low = (n: number, m: number, r: number): Named => {
    const [a, b] = [Array.from({ length: n * r }, normal), Array.from({ length: m * r }, normal)]
    return make(`rank ${r}`, n, m, (i, j) => {
      let s = 0
      for (let q = 0; q < r; q++) s += a[i * r + q]! * b[j * r + q]!
      return s
    })
  }
  const named = [
    make('one', 1, 1, () => -3),
    make('row', 1, 9, (_, j) => j - 4),
    make('column', 9, 1, i => i - 4),
    make('zero', 6, 4, () => 0),
    make('one entry', 5, 8, (i, j) => (i === 3 && j === 6 ? -2 : 0)),
    make('identity', 12, 12, (i, j) => (i === j ? 1 : 0)),
    make('identity of 3', 3, 3, (i, j) => (i === j ? 1 : 0)),
    make('permuted columns', 8, 10, (i, j) => (j === (3 * i) % 7 ? i + 1 : 0)),
    make('rank 1 of 2 x 4', 2, 4, (i, j) => (i + 1) * (j + 1)),
    make('Hilbert', 12, 12, (i, j) => 1 / (i + j + 1)),
    make('Hilbert, wide', 10, 25, (i, j) => 1 / (i + j + 1)),
    make('graded rows', 20, 12, i => 10 ** -i * normal()),
    make('graded columns', 12, 20, (_, j) => 10 ** -j * normal()),
    make('Kahan', 14, 14, (i, j) => (j < i ? 0 : 0.9 ** i * (i === j ? 1 : -0.4))),
    make('multiple', 15, 9, (i, j) => (i === j ? (j < 3 ? 5 : 1) : 0)),
    make('equal columns', 11, 6, i => i + 1),
    make('two sizes', 10, 10, (i, j) => (i < 5 === j < 5 ? (i < 5 ? 1e8 : 1e-8) * normal() : 0)),
    { ...low(30, 20, 4), name: 'rank 4 by 1e150', data: low(30, 20, 4).data.map(v => v * 1e150) },
    { ...low(20, 30, 4), name: 'rank 4 by 1e-150', data: low(20, 30, 4).data.map(v => v * 1e-150) },
  ]
  while (named.length < count) {
    const [n, m] = [1 + Math.floor(40 * uniform()), 1 + Math.floor(40 * uniform())]
    const kind = named.length % 3
    if (kind === 0) named.push(make('random', n, m, normal))
    else if (kind === 1) named.push(make('sparse', n, m, () => (uniform() < 0.2 ? normal() : 0)))
    else named.push(low(n, m, 1 + Math.floor((Math.min(n, m) - 1) * uniform())))
  }
  return named
}

/** The columns of a k x m matrix as rows. */
export const transposed = (a: ArrayLike<number>, k: number): Float64Array =>
  Float64Array.from({ length: a.length }, (_, p) => a[(p % k) * (a.length / k) + Math.floor(p / k)]!)
