import { typed } from '../../../bindings/typed.js'
import type { Pace } from '../pace.js'
import { allBlocks, cutRows } from '../program.js'
import { denseSvd } from './dense.js'
import { orthonormalise } from './orthonormal.js'
import type { Sketch } from './sketch.js'

export interface SubspaceOptions {
  readonly steps: number
  readonly seed: number
  readonly stream: number
  /** Columns in use, at most as many as X has rows and as it has columns. */
  readonly width: number
}

// Below this ratio of the least to the largest singular value that is caught, X'X B has lost digits of the small ones.
const NARROW = { f32: 0.03, f64: 1e-3 }

/** P in the sketch's B, orthonormal columns near the leading right vectors of X, and X P in its Y. Subspace iteration
 *  from a Gaussian matrix (Halko, Martinsson & Tropp 2011): P <- orth(X'X P - a P), the shift a rising to half of the
 *  least eigenvalue that is caught (Feng, Yu, Xie & Tang 2024), which parts the eigenvalues about the last as two steps would
 *  without it. Where singular values are too far apart for that, X P is made orthonormal before X', without a shift.
 *  Yields |X P|^2 after each product with X: what of |X|^2 the columns of P catch. */
export async function* findSubspace(
  sketch: Sketch,
  { steps, seed, stream, width }: SubspaceOptions,
  pace: Pace,
): AsyncGenerator<number, void> {
  const { engine, X, k, size, y, b } = sketch
  const { dot } = typed(engine.kernels, X.precision)
  const [rowCut, columnCut] = [cutRows(X.rows, 2 * k * k), cutRows(X.columns, 2 * k * k)]
  const catchUp = async (): Promise<number> => {
    await sketch.times(pace)
    let caught = 0
    for (const { first, count } of allBlocks(rowCut)) {
      await pace.breathe()
      const at = y + first * k * size
      caught += dot(at, at, count * k)
    }
    return caught
  }
  const settings = (last: boolean) => ({ passes: last ? 2 : 1, width, dependent: 'replace' }) as const
  await sketch.draw(width, seed, stream, pace)
  await sketch.timesTransposed(pace)
  const start = await orthonormalise(sketch, b, columnCut, pace, settings(steps === 0))
  let wide = (await extent(sketch, start, width, pace)).ratio >= NARROW[X.precision]
  let shift = 0
  for (let step = 1; step <= steps; step++) {
    yield await catchUp()
    if (!wide) await orthonormalise(sketch, y, rowCut, pace, settings(false))
    await sketch.timesTransposed(pace, wide ? shift : 0)
    const gram = await orthonormalise(sketch, b, columnCut, pace, settings(step === steps))
    const { least, ratio } = await extent(sketch, gram, width, pace)
    // Of X'X P the values are squares of X's.
    if (wide && least > shift) shift = (shift + least) / 2
    wide = wide && Math.sqrt(ratio) >= NARROW[X.precision]
  }
  yield await catchUp()
}

/** The least singular value of the columns with this Gram matrix, and its ratio to the largest. */
async function extent({ engine, k }: Sketch, gram: Float64Array, width: number, pace: Pace) {
  const { arena } = engine
  const mark = arena.mark()
  const a = arena.alloc(width * width * 8)
  const view = arena.f64(a, width * width)
  for (let i = 0; i < width; i++) for (let j = 0; j < width; j++) view[i * width + j] = gram[i * k + j]!
  const { S } = await denseSvd(engine, width, width, a, pace)
  arena.release(mark)
  const [first = 0, last = 0] = [S[0], S.at(-1)]
  if (first === 0) return { least: 0, ratio: 0 }
  return { least: Math.sqrt(last), ratio: Math.sqrt(last / first) }
}
