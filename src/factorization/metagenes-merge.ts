import type { Engine } from '../../bindings/engine.js'
import { pairAt, pairsOf } from '../core/condensed.js'
import { kmeans } from '../core/kmeans.js'
import { numbered } from '../core/labels.js'
import type { FloatArray } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import { median } from '../core/quantiles.js'
import { silhouette } from '../core/silhouette.js'
import { innerProducts } from './metagenes-gram.js'

const STARTS = 10
const STREAM = 0xfffe0000 // plus k: the draws of k-means, above the streams of restarts

export interface MergeOptions {
  readonly nInit: number
  readonly seed: number
  readonly neighbours: number
  readonly densityThreshold: number
}

/** Metagenes of all restarts brought together. */
export interface Merged {
  /** k x m, rows summing to 1; undefined where fewer than k metagenes were dense enough. */
  readonly H: FloatArray | undefined
  /** Mean silhouette of the k clusters; NaN without H. */
  readonly stability: number
  /** The share of the metagenes that were dense enough. */
  readonly kept: number
}

/** Consensus NMF (Kotliar et al. 2019). Of all restarts' metagenes, rows of length 1 (`spectra`: k x m each), those whose
 *  mean distance to their nearest ones is above the threshold are left out; the others fall into k clusters by k-means,
 *  whose medians, gene by gene, are the merged metagenes. Clusters are in the order in which they first appear. */
export async function merge(
  engine: Engine,
  spectra: readonly FloatArray[],
  k: number,
  options: MergeOptions,
  pace: Pace,
): Promise<Merged> {
  const m = (spectra[0]?.length ?? 0) / k
  const all = spectra
    .flatMap(H => Array.from({ length: k }, (_, q) => H.subarray(q * m, q * m + m)))
    .filter(row => row.some(v => v > 0)) // of a component that died there is nothing to compare
  const gram = await innerProducts(engine, all, m, pace)
  const dense = await denseOnes(gram, all.length, options, pace)
  const kept = dense.length / (spectra.length * k)
  if (dense.length < k) return { H: undefined, stability: NaN, kept }
  const inner = gramOf(gram, all.length, dense)
  const found = await kmeans(inner, k, draws(engine, options.seed, k), pace)
  const labels = numbered(found.labels)
  const stability = await silhouette(distancesOf(inner, dense.length), labels, k, pace)
  const rows = dense.map(i => all[i]!)
  return { H: await medians(rows, labels, k, m, pace), stability, kept }
}

/** Those whose mean distance to the nearest others, as many as `neighbours` says, is at most the threshold. */
async function denseOnes(gram: Float64Array, n: number, options: MergeOptions, pace: Pace): Promise<number[]> {
  const { nInit, neighbours, densityThreshold } = options
  const near = Math.min(n - 1, Math.max(1, Math.floor(neighbours * nInit)))
  const dense: number[] = []
  for (let i = 0; i < n; i++) {
    await pace.breathe()
    const others = Float64Array.from({ length: n }, (_, j) => (i === j ? Infinity : distance(gram, n, i, j))).sort()
    const sum = others.subarray(0, near).reduce((total, d) => total + d, 0)
    if (sum <= densityThreshold * near) dense.push(i)
  }
  return dense
}

const distance = (gram: Float64Array, n: number, i: number, j: number): number =>
  Math.sqrt(Math.max(0, gram[i * n + i]! - 2 * gram[i * n + j]! + gram[j * n + j]!))

function distancesOf(gram: Float64Array, n: number): Float64Array {
  const distances = new Float64Array(pairsOf(n))
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) distances[pairAt(n, i, j)] = distance(gram, n, i, j)
  return distances
}

const gramOf = (gram: Float64Array, n: number, some: readonly number[]): Float64Array =>
  Float64Array.from({ length: some.length ** 2 }, (_, at) => {
    const [i, j] = [some[Math.floor(at / some.length)]!, some[at % some.length]!]
    return gram[i * n + j]!
  })

function draws({ arena, kernels }: Engine, seed: number, k: number): Float64Array {
  const mark = arena.mark()
  const at = arena.alloc(STARTS * k * 8)
  kernels.uniform_f64(seed >>> 0, Math.floor(seed / 2 ** 32), STREAM + k, 0, at, STARTS * k)
  const values = arena.f64(at, STARTS * k).slice()
  arena.release(mark)
  return values
}

async function medians(
  rows: readonly FloatArray[],
  labels: Int32Array,
  k: number,
  m: number,
  pace: Pace,
): Promise<FloatArray> {
  const H = rows[0] instanceof Float32Array ? new Float32Array(k * m) : new Float64Array(k * m)
  for (let c = 0; c < k; c++) {
    const members = rows.filter((_, i) => labels[i] === c)
    let sum = 0
    for (let j = 0; j < m; j++) {
      if (j % 256 === 0) await pace.breathe()
      sum += H[c * m + j] = median(members.map(row => row[j]!))
    }
    for (let j = 0; j < m && sum > 0; j++) H[c * m + j]! /= sum
  }
  return H
}
