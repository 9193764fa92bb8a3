// Trees, consensus, silhouettes and k-means as SciPy and scikit-learn have them (scripts/golden/consensus.py).
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { pairAt, pairsOf } from '../../src/core/condensed.js'
import { consensusOf, copheneticCorrelation, dispersion, fullMatrix } from '../../src/core/consensus.js'
import { kmeans } from '../../src/core/kmeans.js'
import { averageLinkage, copheneticDistances, cutTree, leavesOf } from '../../src/core/linkage.js'
import { Pace } from '../../src/core/pace.js'
import { median, medianDeviation } from '../../src/core/quantiles.js'
import { silhouette } from '../../src/core/silhouette.js'
import { generator } from '../random.js'

interface TreeCase {
  name: string
  n: number
  k: number
  distances: number[]
  left: number[]
  right: number[]
  height: number[]
  order: number[]
  cophenetic: number[]
  correlation?: number
  clusters?: number[]
  silhouette?: number
  labels?: number[][]
  consensus?: number[]
  dispersion?: number
}
interface Golden {
  trees: TreeCase[]
  lists: { values: number[]; median: number; deviation: number }[]
  kmeans: { name: string; k: number; vectors: number[][]; inertia: number; labels: number[] }[]
}
const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/core/consensus.json', import.meta.url), 'utf8'),
) as Golden
const pace = new Pace(undefined)
const near = (got: number, wanted: number, by: number, label: string): void =>
  assert.ok(Math.abs(got - wanted) <= by, `${label}: got ${got}, wanted ${wanted}`)

test('condensed: the pairs of i < j in order, and a full matrix of them is symmetric', () => {
  for (const n of [1, 2, 5, 9]) {
    let at = 0
    for (let i = 0; i < n; i++)
      for (let j = i + 1; j < n; j++, at++) assert.equal([pairAt(n, i, j), pairAt(n, j, i)], [at, at])
    assert.is(pairsOf(n), at)
    const full = fullMatrix(
      Float64Array.from({ length: at }, (_, p) => p + 1),
      n,
      -1,
    )
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) assert.is(full[i * n + j], i === j ? -1 : pairAt(n, i, j) + 1)
  }
})

for (const wanted of golden.trees) {
  const { name, n, k } = wanted
  test(`tree of ${name}: SciPy's merges, order and cophenetic distances`, async () => {
    const distances = Float64Array.from(wanted.distances)
    const tree = await averageLinkage(distances, n, pace)
    assert.equal([...distances], wanted.distances)
    assert.equal([...tree.left], wanted.left)
    assert.equal([...tree.right], wanted.right)
    assert.equal([...tree.order], wanted.order)
    tree.height.forEach((h, i) => near(h, wanted.height[i]!, 1e-14, `height ${i}`))
    const cophenetic = await copheneticDistances(tree, pace)
    cophenetic.forEach((h, p) => near(h, wanted.cophenetic[p]!, 1e-14, `cophenetic ${p}`))
    near(copheneticCorrelation(distances, cophenetic), wanted.correlation ?? 1, 1e-13, 'correlation')
    const clusters = cutTree(tree, k)
    if (wanted.clusters) assert.equal([...clusters], wanted.clusters)
    if (wanted.silhouette !== undefined)
      near(await silhouette(distances, clusters, k, pace), wanted.silhouette, 1e-13, 'silhouette')
  })
  if (wanted.labels)
    test(`${name}: numpy's matrix and dispersion`, async () => {
      const labels = wanted.labels!.map(l => Int32Array.from(l))
      const consensus = await consensusOf(labels, n, pace)
      consensus.forEach((c, p) => near(c, wanted.consensus![p]!, 1e-15, `pair ${p}`))
      near(dispersion(consensus, n), wanted.dispersion!, 1e-14, 'dispersion')
    })
}

test('tree: heights never fall, every node has its leaves side by side, a cut into k has k clusters', async () => {
  const { uniform, below } = generator(5)
  for (let run = 0; run < 40; run++) {
    const n = 1 + below(30)
    // Coarse numbers, so that many are equal.
    const distances = Float64Array.from({ length: pairsOf(n) }, () => Math.floor(uniform() * 6) / 5)
    const tree = await averageLinkage(distances, n, pace)
    tree.height.forEach((h, i) => assert.ok(i === 0 || h >= tree.height[i - 1]!))
    assert.equal(
      [...tree.order].sort((a, b) => a - b),
      Array.from({ length: n }, (_, i) => i),
    )
    tree.left.forEach((l, i) => {
      const both = [...leavesOf(tree, l), ...leavesOf(tree, tree.right[i]!)]
      assert.equal([...leavesOf(tree, n + i)], both)
    })
    // A height is the mean distance between the two sides.
    tree.left.forEach((l, i) => {
      let [sum, count] = [0, 0]
      for (const a of leavesOf(tree, l))
        for (const b of leavesOf(tree, tree.right[i]!)) {
          sum += distances[pairAt(n, a, b)]!
          count++
        }
      near(tree.height[i]!, sum / count, 1e-12, `height ${i}`)
    })
    for (let k = 1; k <= n; k++) {
      const labels = cutTree(tree, k)
      assert.is(new Set(labels).size, k)
      assert.equal(
        [...new Set(labels)],
        Array.from({ length: k }, (_, c) => c),
      )
    }
    assert.is(new Set(cutTree(tree, n + 3)).size, n)
  }
})

test('tree of some thousand leaves: the nested clusters that the distances are made of', async () => {
  // Leaves i and j are 2^(the highest bit in which they differ) apart: an ultrametric, which its own tree gives back.
  const n = 1 << 11
  const distances = new Float64Array(pairsOf(n))
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) distances[pairAt(n, i, j)] = 32 - Math.clz32(i ^ j)
  const tree = await averageLinkage(distances, n, pace)
  assert.equal(await copheneticDistances(tree, pace), distances)
  assert.equal(
    cutTree(tree, 4),
    Int32Array.from({ length: n }, (_, i) => i >> 9),
  )
})

test('dispersion and correlation at their ends', () => {
  assert.is(dispersion(Float64Array.of(1, 0, 0), 3), 1)
  assert.is(dispersion(Float64Array.of(0.5, 0.5, 0.5), 3), 1 / 3)
  assert.is(copheneticCorrelation(Float64Array.of(0.1, 0.1, 0.1), Float64Array.of(0.1, 0.1, 0.1)), 1)
  assert.is(copheneticCorrelation(new Float64Array(0), new Float64Array(0)), 1)
})

test('silhouette: things alone and a single cluster count 0', async () => {
  assert.is(await silhouette(Float64Array.of(1, 2, 3), Int32Array.of(0, 1, 2), 3, pace), 0)
  assert.is(await silhouette(Float64Array.of(1, 2, 3), Int32Array.of(0, 0, 0), 1, pace), 0)
  assert.is(await silhouette(Float64Array.of(0, 0, 0), Int32Array.of(0, 0, 1), 2, pace), 0)
  // (b - a) / max(a, b) by hand: 1 and 2 apart in their cluster by .5, from the third by 2 and 1.
  const wanted = (1.5 / 2 + 0.5 / 1) / 3
  near(await silhouette(Float64Array.of(0.5, 2, 1), Int32Array.of(0, 0, 1), 2, pace), wanted, 1e-15, 'by hand')
})

test("median and its deviation are numpy's and SciPy's", () => {
  for (const { values, median: middle, deviation } of golden.lists) {
    assert.is(median(values), middle)
    near(medianDeviation(values), deviation, 1e-14, 'deviation')
  }
})

const gramOf = (vectors: readonly number[][]): Float64Array =>
  Float64Array.from(vectors.flatMap(a => vectors.map(b => a.reduce((sum, v, j) => sum + v * b[j]!, 0))))

for (const { name, k, vectors, inertia, labels } of golden.kmeans)
  test(`k-means, ${name}: the sum of squares and the clusters of scikit-learn's best of 50`, async () => {
    const { uniform } = generator(3)
    const draws = Float64Array.from({ length: 50 * k }, uniform)
    const found = await kmeans(gramOf(vectors), k, draws, pace)
    near(found.inertia, inertia, 1e-9 * Math.max(1, inertia), 'inertia')
    const seen = new Map<number, number>()
    const renamed = [...found.labels].map(c => {
      if (!seen.has(c)) seen.set(c, seen.size)
      return seen.get(c)
    })
    assert.equal(renamed, labels)
  })

test('k-means: every cluster has a vector, also where all vectors are alike', async () => {
  const vectors = Array.from({ length: 9 }, () => [1, 2])
  const { labels, inertia } = await kmeans(gramOf(vectors), 3, Float64Array.of(0.1, 0.5, 0.9), pace)
  assert.is(new Set(labels).size, 3)
  near(inertia, 0, 1e-12, 'inertia')
})

test.run()
