import type { Engine } from '../../../bindings/engine.js'
import { typed } from '../../../bindings/typed.js'
import type { FloatArray } from '../matrix.js'
import type { Pace } from '../pace.js'
import { allBlocks, type Cut } from '../program.js'
import { householder } from './householder.js'

const DEPENDENT = 1e-11 // of a column's square: no more than this beside the columns before it is rounding

/** Where columns lie: k entries a row, `size` bytes each. */
export interface Columns {
  readonly engine: Engine
  readonly k: number
  readonly size: number
}

export interface Orthonormalising {
  /** One is enough between two products; the columns are then orthonormal to about 1e-5. */
  readonly passes?: 1 | 2
  /** Columns in use, at most as many as there are rows; the rest are zero and stay so. */
  readonly width?: number
  /** Columns that depend on others: become zero, or are replaced so that all `width` are orthonormal. */
  readonly dependent?: 'zero' | 'replace'
}

/** Makes the columns of A T[rows*l] orthonormal by the Cholesky factor of their Gram matrix, in f64 (Yamamoto et al.
 *  2015); by reflections where one is to be replaced. Returns A'A, l x l, of the columns as they came. */
export async function orthonormalise(
  columns: Columns,
  a: number,
  cut: Cut,
  pace: Pace,
  { passes = 2, width = columns.k, dependent = 'zero' }: Orthonormalising = {},
): Promise<Float64Array> {
  const { engine, k: l, size } = columns
  const { arena, kernels } = engine
  const call = typed(kernels, 'f64')
  const mark = arena.mark()
  let came: Float64Array | undefined
  const [gram, inverse, upper] = [arena.alloc(l * l * 8), arena.alloc(l * l * 8), arena.alloc(l * l * 8)]
  const [t, wide, out] = [arena.alloc(l * 8), arena.alloc(cut.block * l * 8), arena.alloc(cut.block * l * 8)]
  // Rows in f64, where they lie if that is what they are.
  const widened = (first: number, count: number): number => {
    if (size === 8) return a + first * l * 8
    arena.f64(wide, count * l).set(entries(columns, a, first, count))
    return wide
  }
  for (let pass = 0; pass < passes; pass++) {
    arena.f64(gram, l * l).fill(0)
    arena.f64(inverse, l * l).fill(0)
    for (const { first, count } of allBlocks(cut)) {
      await pace.breathe()
      const rows = widened(first, count)
      call.product(l, count, l, rows, 1, l, rows, gram)
    }
    came ??= arena.f64(gram, l * l).slice()
    let pivots = 0
    // gram = L L'; row i of L is t = L^-1 gram_i and what is left of the diagonal, row i of L^-1 is (e_i - L^-T t) / L_ii.
    for (let i = 0; i < l; i++) {
      await pace.breathe()
      const [row, g] = [inverse + i * l * 8, gram + i * l * 8]
      arena.f64(t, l).fill(0)
      call.gemv(i, i, 1, inverse, l, 1, g, t)
      const square = arena.f64(g, l)[i] ?? 0
      const left = square - call.dot(t, t, i)
      if (!(left > DEPENDENT * square)) continue
      pivots++
      const pivot = Math.sqrt(left)
      call.gemv(i, i, -1 / pivot, inverse, 1, l, t, row)
      arena.f64(row, l)[i] = 1 / pivot
    }
    if (pivots < width && dependent === 'replace') {
      arena.release(mark)
      await reflect(columns, a, cut, width, pace)
      return came
    }
    call.unpad(l, l, l, 1, inverse, upper, 1, l)
    for (const { first, count } of allBlocks(cut)) {
      await pace.breathe()
      arena.f64(out, count * l).fill(0)
      call.product(count, l, l, widened(first, count), l, 1, upper, out)
      entries(columns, a, first, count).set(arena.f64(out, count * l))
    }
  }
  arena.release(mark)
  return came!
}

const entries = ({ engine, k, size }: Columns, a: number, first: number, count: number): FloatArray =>
  engine.arena.floats(size === 4 ? 'f32' : 'f64', a + first * k * size, count * k)

// The same by reflections, which give orthonormal columns whatever the rank.
async function reflect(columns: Columns, a: number, cut: Cut, width: number, pace: Pace): Promise<void> {
  const { engine, k: l } = columns
  const { arena, kernels } = engine
  const call = typed(kernels, 'f64')

  const mark = arena.mark()
  const rows = cut.total
  const [q, r, wide] = [arena.alloc(width * rows * 8), arena.alloc(width * width * 8), arena.alloc(cut.block * l * 8)]
  for (const { first, count } of allBlocks(cut)) {
    await pace.breathe()
    arena.f64(wide, count * l).set(entries(columns, a, first, count))
    call.unpad(count, width, l, 1, wide, q + first * 8, 1, rows)
  }
  await householder(engine, rows, width, q, r, pace)
  for (const { first, count } of allBlocks(cut)) {
    await pace.breathe()
    call.pad(count, width, l, 1, q + first * 8, 1, rows, wide)
    entries(columns, a, first, count).set(arena.f64(wide, count * l))
  }
  arena.release(mark)
}
