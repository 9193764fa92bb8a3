import type { Engine } from '../../../bindings/engine.js'
import { typed } from '../../../bindings/typed.js'
import type { Loaded } from '../load.js'
import type { Pace } from '../pace.js'
import { allBlocks, type Cut, cutRows } from '../program.js'
import { denseSvd } from './dense.js'
import { orthonormalise } from './orthonormal.js'
import type { Sketch } from './sketch.js'
import type { Triplets } from './triplets.js'

/** The leading k triplets of what P, the first `width` columns of the sketch's B, leave of X: with X P in its Y, X P = W C
 *  with W orthonormal, and the SVD of the small C. P is orthonormal; U and V are then, whatever the rank. In f64. */
export async function ritzTriplets(sketch: Sketch, width: number, k: number, pace: Pace): Promise<Triplets> {
  const { engine, X, k: l } = sketch
  const { arena, kernels } = engine
  const call = typed(kernels, 'f64')
  const mark = arena.mark()
  const [rowCut, columnCut] = [cutRows(X.rows, 2 * l * l), cutRows(X.columns, 2 * l * l)]
  const [y, w, c] = [arena.alloc(X.rows * l * 8), arena.alloc(X.rows * l * 8), arena.alloc(l * l * 8)]
  for (const { first, count } of allBlocks(rowCut)) {
    await pace.breathe()
    const source = arena.floats(X.precision, sketch.y + first * l * sketch.size, count * l)
    for (const target of [y, w]) arena.f64(target + first * l * 8, count * l).set(source)
  }
  await orthonormalise({ engine, k: l, size: 8 }, w, rowCut, pace, { width, dependent: 'replace' })
  for (const { first, count } of allBlocks(rowCut)) {
    await pace.breathe()
    call.product(l, count, l, w + first * l * 8, 1, l, y + first * l * 8, c)
  }
  const a = arena.alloc(width * width * 8)
  call.unpad(width, width, l, 1, c, a, 1, width) // its columns one after another
  const { u, v, S } = await denseSvd(engine, width, width, a, pace)
  const U = await turned(engine, { at: w, l, size: 8, cut: rowCut }, { vectors: u, width, k }, pace)
  const basis = { at: sketch.b, l, size: sketch.size, cut: columnCut }
  const V = await turned(engine, basis, { vectors: v, width, k }, pace)
  arena.release(mark)
  return { U, S: S.slice(0, k), V }
}

/** Bytes that it takes for a while: two copies of Y and those of reflections, and of small matrices. */
export const ritzBytes = ({ rows, columns }: Loaded, l: number): number =>
  (3 * rows + Math.max(rows, columns) + 16 * l) * l * 8

/** A T[rows*l] times k vectors f64[k*width], as they lie: rows x k. */
async function turned(
  { arena, kernels }: Engine,
  { at, l, size, cut }: { readonly at: number; readonly l: number; readonly size: 4 | 8; readonly cut: Cut },
  { vectors, width, k }: { readonly vectors: number; readonly width: number; readonly k: number },
  pace: Pace,
): Promise<Float64Array> {
  const call = typed(kernels, 'f64')
  const kp = Math.ceil(k / 4) * 4
  const mark = arena.mark()
  const turn = arena.alloc(l * kp * 8)
  call.pad(width, k, kp, 1, vectors, 1, width, turn)
  const [wide, part] = [arena.alloc(cut.block * l * 8), arena.alloc(cut.block * kp * 8)]
  const [packed, out] = [arena.alloc(cut.block * k * 8), new Float64Array(cut.total * k)]
  for (const { first, count } of allBlocks(cut)) {
    await pace.breathe()
    arena.f64(wide, count * l).set(arena.floats(size === 4 ? 'f32' : 'f64', at + first * l * size, count * l))
    arena.f64(part, count * kp).fill(0)
    call.product(count, l, kp, wide, l, 1, turn, part)
    call.unpad(count, k, kp, 1, part, packed, k, 1)
    out.set(arena.f64(packed, count * k), first * k)
  }
  arena.release(mark)
  return out
}
