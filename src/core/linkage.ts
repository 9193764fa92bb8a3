import { pairAt, pairsOf } from './condensed.js'
import { numbered } from './labels.js'
import type { Pace } from './pace.js'

/** A binary tree over leaves 0 .. n - 1. Merge i makes node n + i of the nodes left[i] < right[i]; height[i] is their
 *  distance and never falls. `order` has the leaves from left to right; those beneath node v are the `size[v]` from
 *  place `start[v]` on. */
export interface Tree {
  readonly n: number
  readonly left: Int32Array
  readonly right: Int32Array
  readonly height: Float64Array
  readonly order: Int32Array
  readonly start: Int32Array
  readonly size: Int32Array
}

/** Average linkage (UPGMA): the distance of two clusters is the mean over their pairs. By the nearest-neighbour chain,
 *  which comes to the greedy tree in O(n^2) (Muellner 2011). Of equal distances the one to the chain's last but one
 *  counts as the nearest, else the one to the lowest leaf; of equal heights the merge that was found first is the lower
 *  (SciPy's rules, so that its tree is the same). `distances` is condensed; it is not written. */
export async function averageLinkage(distances: Float64Array, n: number, pace: Pace): Promise<Tree> {
  const d = distances.slice()
  const size = new Int32Array(n).fill(1) // of the cluster that a leaf stands for; 0 where another does
  const merges: Merge[] = []
  const chain: number[] = []
  while (merges.length < n - 1) {
    await pace.breathe()
    if (chain.length === 0) chain.push(size.findIndex(s => s > 0))
    const [x, before] = [chain.at(-1)!, chain.at(-2)]
    const { y, distance } = nearest(d, size, x, before)
    if (y !== before) {
      chain.push(y)
      continue
    }
    chain.length -= 2
    const [a, b] = x < y ? [x, y] : [y, x]
    merges.push({ a, b, height: distance })
    join(d, size, a, b)
  }
  return treeOf(n, merges)
}

/** Two clusters by the leaves that stand for them. */
interface Merge {
  readonly a: number
  readonly b: number
  readonly height: number
}

function nearest(d: Float64Array, size: Int32Array, x: number, before: number | undefined) {
  const n = size.length
  let [y, distance] = before === undefined ? [-1, Infinity] : [before, d[pairAt(n, x, before)] ?? 0]
  for (let i = 0; i < n; i++) {
    if (size[i] === 0 || i === x) continue
    const to = d[pairAt(n, x, i)] ?? 0
    if (to < distance) [y, distance] = [i, to]
  }
  return { y, distance }
}

// b stands for both from now on.
function join(d: Float64Array, size: Int32Array, a: number, b: number): void {
  const n = size.length
  const [sizeA, sizeB] = [size[a] ?? 0, size[b] ?? 0]
  size[a] = 0
  size[b] = sizeA + sizeB
  for (let i = 0; i < n; i++) {
    if (size[i] === 0 || i === b) continue
    const at = pairAt(n, i, b)
    d[at] = (sizeA * (d[pairAt(n, i, a)] ?? 0) + sizeB * (d[at] ?? 0)) / (sizeA + sizeB)
  }
}

function treeOf(n: number, found: readonly Merge[]): Tree {
  const nodes = Math.max(0, 2 * n - 1)
  const merges = [...found].sort((p, q) => p.height - q.height) // stable
  const [left, right] = [new Int32Array(merges.length), new Int32Array(merges.length)]
  const [size, start] = [new Int32Array(nodes).fill(1), new Int32Array(nodes)]
  const parent = Int32Array.from({ length: nodes }, (_, v) => v)
  const rootOf = (leaf: number): number => {
    let root = leaf
    while (parent[root] !== root) root = parent[root] ?? root
    // The way is short for whoever comes next.
    for (let v = leaf; v !== root;) [v, parent[v]] = [parent[v] ?? root, root]
    return root
  }
  merges.forEach(({ a, b }, i) => {
    const [p, q] = [rootOf(a), rootOf(b)]
    left[i] = Math.min(p, q)
    right[i] = Math.max(p, q)
    parent[p] = parent[q] = n + i
    size[n + i] = (size[p] ?? 0) + (size[q] ?? 0)
  })
  for (let i = merges.length - 1; i >= 0; i--) {
    const [l = 0, r = 0] = [left[i], right[i]]
    start[l] = start[n + i] ?? 0
    start[r] = (start[l] ?? 0) + (size[l] ?? 0)
  }
  const order = new Int32Array(n)
  for (let leaf = 0; leaf < n; leaf++) order[start[leaf] ?? 0] = leaf
  return { n, left, right, height: Float64Array.from(merges, ({ height }) => height), order, start, size }
}

/** The leaves beneath a node, from left to right. */
export const leavesOf = ({ order, start, size }: Tree, node: number): Int32Array =>
  order.subarray(start[node], (start[node] ?? 0) + (size[node] ?? 0))

/** Condensed: for each pair of leaves the height of the merge that brings them together. */
export async function copheneticDistances(tree: Tree, pace: Pace): Promise<Float64Array> {
  const { n, left, right, height } = tree
  const distances = new Float64Array(pairsOf(n))
  for (let i = 0; i < height.length; i++) {
    const others = leavesOf(tree, right[i] ?? 0)
    for (const a of leavesOf(tree, left[i] ?? 0)) {
      await pace.breathe()
      for (const b of others) distances[pairAt(n, a, b)] = height[i] ?? 0
    }
  }
  return distances
}

/** The clusters that are left with the k - 1 last merges undone (k at least 1; no more than leaves): a number for each
 *  leaf, in the order in which the clusters first appear among the leaves. */
export function cutTree(tree: Tree, k: number): Int32Array {
  const { n, left, right } = tree
  const whole = n + left.length - Math.min(n, k) + 1 // nodes from here on are undone
  const labels = new Int32Array(n)
  const roots = [...left, ...right].filter((node, at) => node < whole && n + (at % left.length) >= whole)
  if (roots.length === 0) return labels // one cluster
  for (const [c, node] of roots.entries()) for (const leaf of leavesOf(tree, node)) labels[leaf] = c
  return numbered(labels)
}
