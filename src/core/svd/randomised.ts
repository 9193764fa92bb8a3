import type { Engine } from '../../../bindings/engine.js'
import { typed } from '../../../bindings/typed.js'
import type { Loaded } from '../load.js'
import type { Pace } from '../pace.js'
import { allBlocks, type Cut, cutRows } from '../program.js'
import { denseSvd } from './dense.js'
import { orthonormalise } from './orthonormal.js'
import { findRange } from './range.js'
import { Sketch } from './sketch.js'
import type { Triplets, Wanted } from './triplets.js'

const STREAM = 0xfffd0000 // of the test matrix

export interface RandomisedOptions {
  /** Columns of the sketch beyond k: 10. */
  readonly oversamples?: number
  /** Power steps: 4, or 7 where k < min(n, m) / 10. */
  readonly steps?: number
  readonly seed?: number
  readonly onStep?: (step: number) => void
}

/** Columns of the sketch, and that up to a multiple of four. */
export function sketchWidth({ rows, columns }: Pick<Loaded, 'rows' | 'columns'>, k: number, oversamples = 10) {
  const width = Math.min(k + oversamples, rows, columns)
  return { width, l: Math.ceil(width / 4) * 4 }
}

/** The leading k triplets by a randomised range finder (Halko, Martinsson & Tropp 2011): X ~ Q B', B = P C, and the SVD
 *  of the small C = P'B. All of U and V are orthonormal whatever the rank. Exact where k + oversamples reach the shorter
 *  side. */
export async function randomisedSvd(
  engine: Engine,
  X: Loaded,
  { k, mean = 0 }: Wanted,
  { oversamples, steps, seed = 0, onStep }: RandomisedOptions,
  pace: Pace,
): Promise<Triplets> {
  const { arena, kernels } = engine
  const call = typed(kernels, 'f64')
  const mark = arena.mark()
  const shorter = Math.min(X.rows, X.columns)
  const { width, l } = sketchWidth(X, k, oversamples)
  const sketch = new Sketch(engine, X, l, mean)
  const taken = width === shorter ? 0 : (steps ?? (k < 0.1 * shorter ? 7 : 4))
  await findRange(
    sketch,
    { steps: taken, seed, stream: STREAM, width, from: 'b', dependent: 'replace', ...(onStep && { onStep }) },
    pace,
  )
  const [rowCut, columnCut] = [cutRows(X.rows, 2 * l * l), cutRows(X.columns, 2 * l * l)]
  // From here on in f64.
  const [b, p] = [arena.alloc(X.columns * l * 8), arena.alloc(X.columns * l * 8)]
  const c = arena.alloc(l * l * 8)
  const widen = async (from: number, to: number, cut: Cut): Promise<void> => {
    for (const { first, count } of allBlocks(cut)) {
      await pace.breathe()
      const source = arena.floats(X.precision, from + first * l * sketch.size, count * l)
      arena.f64(to + first * l * 8, count * l).set(source)
    }
  }
  await widen(sketch.b, b, columnCut)
  await widen(sketch.b, p, columnCut)
  await orthonormalise({ engine, k: l, size: 8 }, p, columnCut, pace, { width, dependent: 'replace' })
  for (const { first, count } of allBlocks(columnCut)) {
    await pace.breathe()
    call.product(l, count, l, p + first * l * 8, 1, l, b + first * l * 8, c)
  }
  // The columns of C' one after another are its rows: C' = U~ S V~', so that C = V~ S U~'.
  const a = arena.alloc(width * width * 8)
  call.unpad(width, width, l, 1, c, a, width, 1)
  const { u, v, S } = await denseSvd(engine, width, width, a, pace)
  const kp = Math.ceil(k / 4) * 4
  const turn = arena.alloc(l * kp * 8)
  /** The first k columns of A T[rows*l] times these vectors. */
  const turned = async (from: number, size: number, cut: Cut, vectors: number): Promise<Float64Array> => {
    const within = arena.mark()
    arena.f64(turn, l * kp).fill(0)
    call.pad(width, k, kp, 1, vectors, 1, width, turn)
    const [wide, part] = [arena.alloc(cut.block * l * 8), arena.alloc(cut.block * kp * 8)]
    const [packed, out] = [arena.alloc(cut.block * k * 8), new Float64Array(cut.total * k)]
    for (const { first, count } of allBlocks(cut)) {
      await pace.breathe()
      arena.f64(wide, count * l).set(arena.floats(size === 4 ? 'f32' : 'f64', from + first * l * size, count * l))
      arena.f64(part, count * kp).fill(0)
      call.product(count, l, kp, wide, l, 1, turn, part)
      call.unpad(count, k, kp, 1, part, packed, k, 1)
      out.set(arena.f64(packed, count * k), first * k)
    }
    arena.release(within)
    return out
  }
  const U = await turned(sketch.y, sketch.size, rowCut, u)
  const V = await turned(p, 8, columnCut, v)
  arena.release(mark)
  return { U, S: S.slice(0, k), V }
}
