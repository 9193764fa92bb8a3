import type { Engine } from '../../bindings/engine.js'
import { loadMatrix } from '../core/load.js'
import { dense, type Matrix } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import { leadingTriplets } from '../core/svd/leading.js'
import { beside, type Part, walk } from './views.js'

/** A view that k components explain to this share of its squares counts no more for being explained further. */
const FLOOR = 1e-4

/** Share of a view's squares that the best k components of either sign leave: sum over its entries of (X - X_k)^2 by that
 *  of X^2, X_k from the leading k singular triplets. Samples that lack the view have no part in it; single entries that
 *  are missing are set to their column's mean for the triplets, and have none in the sums. */
export async function residualOf(
  engine: Engine,
  part: Part,
  nComponents: number,
  seed: number,
  pace: Pace,
): Promise<number> {
  const X = await beside([part], pace)
  const { filled, there } = await fill(X, pace)
  const [rows, columns] = filled.shape
  if (nComponents >= Math.min(rows, columns)) return FLOOR
  const mark = engine.arena.mark()
  const loaded = await loadMatrix(engine, 'JointNMF.fit', filled, pace)
  const { U, S, V } = await leadingTriplets(engine, loaded, nComponents, seed, pace)
  engine.arena.release(mark)
  if (!there) {
    const explained = S.reduce((sum, s) => sum + s * s, 0)
    return Math.max(FLOOR, 1 - explained / loaded.squares)
  }
  const k = S.length
  const scale = loaded.root * loaded.root
  let [left, all] = [0, 0]
  await walk(filled, pace, (i, j, v) => {
    if (there[i * columns + j] === 0) return
    const x = v / scale
    let fit = 0
    for (let q = 0; q < k; q++) fit += U[i * k + q]! * S[q]! * V[j * k + q]!
    left += (x - fit) * (x - fit)
    all += x * x
  })
  return Math.max(FLOOR, left / all)
}

// Without the rows that have nothing, and which of its entries are there: undefined where all are.
async function fill(X: Matrix, pace: Pace): Promise<{ filled: Matrix; there: Uint8Array | undefined }> {
  const [rows, columns] = X.shape
  const known = new Int32Array(rows).fill(X.kind === 'csr' ? columns : 0)
  const [sums, counts] = [new Float64Array(columns), new Float64Array(columns).fill(X.kind === 'csr' ? rows : 0)]
  let gaps = false
  await walk(X, pace, (i, j, v) => {
    if (Number.isNaN(v)) {
      gaps = true
      if (X.kind === 'csr') [known[i], counts[j]] = [known[i]! - 1, counts[j]! - 1]
      return
    }
    if (X.kind === 'dense') [known[i], counts[j]] = [known[i]! + 1, counts[j]! + 1]
    sums[j]! += v
  })
  if (!gaps) return { filled: X, there: undefined }
  const kept = [...known.keys()].filter(i => known[i]! > 0)
  const place = new Int32Array(rows).fill(-1)
  kept.forEach((i, at) => (place[i] = at))
  const single = X.data instanceof Float32Array
  const data = single ? new Float32Array(kept.length * columns) : new Float64Array(kept.length * columns)
  const there = new Uint8Array(data.length).fill(1)
  await walk(X, pace, (i, j, v) => {
    const at = place[i]! * columns + j
    if (at < 0) return
    if (Number.isNaN(v)) there[at] = 0
    data[at] = Number.isNaN(v) ? sums[j]! / Math.max(1, counts[j]!) : v
  })
  return { filled: dense(data, [kept.length, columns]), there }
}
