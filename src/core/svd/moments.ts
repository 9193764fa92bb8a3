import type { Engine } from '../../../bindings/engine.js'
import { typed } from '../../../bindings/typed.js'
import type { Loaded } from '../load.js'
import type { Pace } from '../pace.js'
import { sizeOf } from '../products.js'
import { allBlocks, cutRows } from '../program.js'

/** Means of the columns and sum_ij (X_ij - mean_j)^2, of the divided matrix. */
export interface Moments {
  /** f64[m] in the arena. */
  readonly mean: number
  readonly squares: number
}

const STRETCH = 1 << 20 // stored entries at a time

/** In two passes, the first about entries of X itself: a constant column of dense X has that constant as its mean. */
export async function momentsOf(engine: Engine, X: Loaded, pace: Pace): Promise<Moments> {
  const { arena } = engine
  const mean = arena.alloc(X.columns * 8)
  const mark = arena.mark()
  const bytes = X.columns * 8
  const [sums, squares, counts] = [arena.alloc(bytes), arena.alloc(bytes), arena.alloc(bytes)]
  if (!X.sparse) arena.f64(mean, X.columns).set(arena.floats(X.precision, X.x, X.columns))
  let total = 0
  for (let pass = 0; pass < 2; pass++) {
    for (const at of [sums, squares, counts]) arena.bytes(at, bytes).fill(0)
    await (X.sparse
      ? addStored(engine, X, mean, [sums, squares, counts], pace)
      : addRows(engine, X, mean, [sums, squares], pace))
    const [m, s, q, c] = [mean, sums, squares, counts].map(at => arena.f64(at, X.columns)) as Float64Array[]
    total = 0
    for (let j = 0; j < X.columns; j++) {
      const gaps = X.sparse ? X.rows - c![j]! : 0
      const off = (s![j]! - gaps * m![j]!) / X.rows // of the mean from the shift
      total += Math.max(0, q![j]! + gaps * m![j]! * m![j]! - X.rows * off * off)
      m![j]! += off
    }
  }
  arena.release(mark)
  return { mean, squares: total }
}

/** X <- X - 1 mu' of dense X, each entry rounded once. */
export async function subtractMean(engine: Engine, X: Loaded, mean: number, pace: Pace): Promise<void> {
  const { subtractRow } = typed(engine.kernels, X.precision)
  for (const { first, count } of allBlocks(cutRows(X.rows, X.columns))) {
    await pace.breathe()
    subtractRow(count, X.columns, X.ld, X.x + first * X.ld * sizeOf(X), mean)
  }
}

async function addRows(engine: Engine, X: Loaded, shift: number, [sums, squares]: [number, number], pace: Pace) {
  const { moments } = typed(engine.kernels, X.precision)
  for (const { first, count } of allBlocks(cutRows(X.rows, 2 * X.columns))) {
    await pace.breathe()
    moments(count, X.columns, X.ld, X.x + first * X.ld * sizeOf(X), shift, sums, squares)
  }
}

async function addStored(engine: Engine, X: Loaded, shift: number, to: [number, number, number], pace: Pace) {
  const { csrMoments } = typed(engine.kernels, X.precision)
  for (const { first: column, indptr } of X.slices) {
    const [start = 0] = engine.arena.i32(indptr, 1)
    const [end = 0] = engine.arena.i32(indptr + X.rows * 4, 1)
    const [s, a, b, c] = [shift, ...to].map(at => at + column * 8) as [number, number, number, number]
    for (let p = start; p < end; p += STRETCH) {
      await pace.breathe()
      csrMoments(Math.min(STRETCH, end - p), X.indices + p * 4, X.x + p * sizeOf(X), s, a, b, c)
    }
  }
}
