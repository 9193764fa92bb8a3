import { typed } from '../../bindings/typed.js'
import type { Loaded } from '../core/load.js'
import { allBlocks, type Cut, cutRows } from '../core/program.js'
import type { Pace } from '../core/pace.js'
import { NmfFactors } from './nmf-factors.js'
import { rowsOf, xht, xtw } from './nmf-rows.js'

const POWER_STEPS = 2
const STREAM = 0xfffe0000 // of the test matrix, between those of restarts and those of components that died
const DEPENDENT = 1e-11 // of a column's square: no more than this beside the columns before it is rounding

/** Rows of X for the products with l columns. */
export const productCut = ({ rows, stored, slices }: Loaded, l: number): Cut =>
  cutRows(rows, (stored / rows) * l, 0, 1e7 * slices.length)

/** Q T[n*l] with orthonormal columns near the range of X, and B' T[m*l], B = Q'X: X ~ QB. From a Gaussian test matrix
 *  by power steps (Halko, Martinsson & Tropp 2011, algorithm 4.4, with X' before X). Where X has a rank below l, or
 *  numbers far apart, columns that depend on others are zero in both. l is a multiple of four. */
export async function qb({ X, engine }: NmfFactors, l: number, seed: number, pace: Pace) {
  // X H' and X'W of these are the products wanted.
  const range = new NmfFactors(engine, X, l)
  const { w: q, ht: bt, size } = range
  const mark = engine.arena.mark()
  const blocks = allBlocks(productCut(X, l))
  const [rowCut, columnCut] = [cutRows(X.rows, 2 * l * l), cutRows(X.columns, 2 * l * l)]
  const transposed = async (): Promise<void> => {
    for (const _ of range.zeros(bt, X.columns * l)) await pace.breathe()
    for (const block of blocks) {
      await pace.breathe()
      await X.window?.load(block, pace)
      for (const _ of xtw(range, rowsOf(range, block), bt, 0)) await pace.breathe()
    }
  }
  for (const { first, count } of allBlocks(rowCut)) {
    await pace.breathe()
    range.normals(seed, STREAM, first * l, q + first * l * size, count * l)
  }
  for (let step = 0; step < POWER_STEPS; step++) {
    await transposed()
    await orthonormalise(range, bt, columnCut, pace)
    for (const block of blocks) {
      await pace.breathe()
      await X.window?.load(block, pace)
      const rows = rowsOf(range, block)
      for (const _ of xht(range, rows, rows.w)) await pace.breathe()
    }
    await orthonormalise(range, q, rowCut, pace)
  }
  await transposed()
  engine.arena.release(mark)
  return { q, bt }
}

/** Makes the columns of A T[rows*l] orthonormal: twice by the Cholesky factor of their Gram matrix, in f64 (Yamamoto et
 *  al. 2015). Columns that depend on those before them become zero. */
export async function orthonormalise({ engine, k: l, size }: NmfFactors, a: number, cut: Cut, pace: Pace) {
  const { arena, kernels } = engine
  const call = typed(kernels, 'f64')
  const mark = arena.mark()
  const [gram, inverse, upper] = [arena.alloc(l * l * 8), arena.alloc(l * l * 8), arena.alloc(l * l * 8)]
  const [t, wide, out] = [arena.alloc(l * 8), arena.alloc(cut.block * l * 8), arena.alloc(cut.block * l * 8)]
  const narrow = (first: number, count: number) =>
    size === 4 ? arena.f32(a + first * l * 4, count * l) : arena.f64(a + first * l * 8, count * l)
  for (let pass = 0; pass < 2; pass++) {
    arena.f64(gram, l * l).fill(0)
    arena.f64(inverse, l * l).fill(0)
    for (const { first, count } of allBlocks(cut)) {
      await pace.breathe()
      arena.f64(wide, count * l).set(narrow(first, count))
      call.product(l, count, l, wide, 1, l, wide, gram)
    }
    // gram = L L'; row i of L is t = L^-1 gram_i and what is left of the diagonal, row i of L^-1 is (e_i - L^-T t) / L_ii.
    for (let i = 0; i < l; i++) {
      await pace.breathe()
      const [row, g] = [inverse + i * l * 8, gram + i * l * 8]
      arena.f64(t, l).fill(0)
      call.gemv(i, i, 1, inverse, l, 1, g, t)
      const square = arena.f64(g, l)[i] ?? 0
      const left = square - call.dot(t, t, i)
      if (!(left > DEPENDENT * square)) continue
      const pivot = Math.sqrt(left)
      call.gemv(i, i, -1 / pivot, inverse, 1, l, t, row)
      arena.f64(row, l)[i] = 1 / pivot
    }
    call.unpad(l, l, l, 1, inverse, upper, 1, l)
    for (const { first, count } of allBlocks(cut)) {
      await pace.breathe()
      arena.f64(wide, count * l).set(narrow(first, count))
      arena.f64(out, count * l).fill(0)
      call.product(count, l, l, wide, l, 1, upper, out)
      narrow(first, count).set(arena.f64(out, count * l))
    }
  }
  arena.release(mark)
}
