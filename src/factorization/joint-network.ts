import type { Matrix, MatrixLike } from '../core/matrix.js'
import { toMatrix } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import type { Network } from './joint-options.js'
import type { Smoothing } from './nmf-network.js'
import { walk } from './views.js'

/** A view's columns among all: of a split one twice as many, positive parts before negative ones. */
export interface Place {
  readonly from: number
  readonly columns: number
  readonly split: boolean
}

/** The Laplacians of the networks over the features of all views. Throws RangeError for a network that does not belong to the views. */
export async function smoothingOf(
  where: string,
  networks: readonly Network[],
  places: readonly Place[],
  pace: Pace,
): Promise<Smoothing> {
  const total = places.reduce((n, { columns, split }) => n + columns * (split ? 2 : 1), 0)
  const rows: Map<number, number>[] = Array.from({ length: total }, () => new Map())
  const add = (i: number, j: number, v: number): void => void rows[i]!.set(j, (rows[i]!.get(j) ?? 0) + v)
  let ridge = 0
  for (const [t, network] of networks.entries()) {
    const edges = await edgesOf(`${where}: networks[${t}]`, network, places, pace)
    const degree = new Float64Array(total)
    for (const { a, b, weight } of edges) {
      degree[a]! += weight
      degree[b]! += weight
    }
    const symmetric = (network.laplacian ?? 'symmetric') === 'symmetric'
    // The largest eigenvalue is at most 2, or the largest sum of the degrees of two ends (Anderson and Morley).
    const bound = symmetric ? 2 : edges.reduce((most, { a, b }) => Math.max(most, degree[a]! + degree[b]!), 0)
    const lambda = network.weight
    ridge += lambda * bound
    for (let i = 0; i < total; i++) add(i, i, lambda * (bound - (symmetric ? (degree[i]! > 0 ? 1 : 0) : degree[i]!)))
    for (const { a, b, weight } of edges) {
      const v = lambda * (symmetric ? weight / Math.sqrt(degree[a]!) / Math.sqrt(degree[b]!) : weight)
      add(a, b, v)
      add(b, a, v)
    }
  }
  const indptr = Int32Array.from([0, ...rows.map(row => row.size)])
  for (let i = 0; i < total; i++) indptr[i + 1]! += indptr[i]!
  const [indices, values] = [new Int32Array(indptr[total]!), new Float64Array(indptr[total]!)]
  for (const [i, row] of rows.entries())
    [...row]
      .sort(([a], [b]) => a - b)
      .forEach(([j, v], p) => {
        indices[indptr[i]! + p] = j
        values[indptr[i]! + p] = v
      })
  return { ridge, indptr, indices, values }
}

interface Edge {
  readonly a: number
  readonly b: number
  readonly weight: number
}

// Each once. A split view's features are joined sign by sign.
async function edgesOf(
  where: string,
  { views, adjacency }: Network,
  places: readonly Place[],
  pace: Pace,
): Promise<Edge[]> {
  const [one, other = one] = views
  const [left, right] = [places[one], places[other]]
  if (!left || !right)
    throw new RangeError(`${where}.views: wanted places below ${places.length}, got ${views.join(', ')}`)
  const within = one === other
  const A: Matrix = toMatrix(`${where}.adjacency`, adjacency as MatrixLike)
  if (A.shape[0] !== left.columns || A.shape[1] !== right.columns)
    throw new RangeError(
      `${where}.adjacency: wanted ${left.columns} x ${right.columns}, got ${A.shape[0]} x ${A.shape[1]}`,
    )
  const found = new Map<number, number>()
  await walk(A, pace, (i, j, v) => {
    if (!(v >= 0 && v < Infinity))
      throw new RangeError(`${where}.adjacency[${i}, ${j}] = ${v}: entries must be finite and >= 0`)
    if (v > 0) found.set(i * right.columns + j, v)
  })
  const edges: Edge[] = []
  for (const [place, weight] of found) {
    const [i, j] = [Math.floor(place / right.columns), place % right.columns]
    if (within) {
      const back = found.get(j * right.columns + i) ?? 0
      if (back !== weight)
        throw new RangeError(
          `${where}.adjacency[${i}, ${j}] = ${weight}: wanted a symmetric matrix, got ${back} across`,
        )
      if (j <= i) continue // an edge to itself draws nothing together
    }
    edges.push({ a: left.from + i, b: right.from + j, weight })
    if (left.split && right.split)
      edges.push({ a: left.from + left.columns + i, b: right.from + right.columns + j, weight })
  }
  return edges
}
