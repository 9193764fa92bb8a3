import type { Engine } from '../../../bindings/engine.js'
import { typed } from '../../../bindings/typed.js'
import type { Loaded } from '../load.js'
import type { Pace } from '../pace.js'
import { denseSvd } from './dense.js'
import { take } from './exact.js'
import { Operator } from './operator.js'
import { rotate } from './rotate.js'
import { lossOf, squaresOf, type TripletStep, type Triplets, type Wanted } from './triplets.js'

const EPS = 2 ** -52
const NOTHING = 100 * EPS // of the largest value: a direction that is no longer than this is rounding
const STREAM = 0xfffc0000 // of the directions that are drawn

export interface LanczosOptions {
  /** Residual of each of the k triplets, relative to the largest value. */
  readonly tol: number
  /** Restarts at most. */
  readonly maxIter: number
  readonly seed?: number
}

export type LanczosEnd = Triplets & { readonly converged: boolean }

/** The leading k triplets by Lanczos bidiagonalisation (Golub & Kahan 1965) with full reorthogonalisation, restarted
 *  with the leading Ritz vectors (Baglama & Reichel 2005), X in f64. One vector finds one of several equal values: where
 *  the k have converged it goes on once more from a new direction orthogonal to them, and ends where that changes
 *  nothing. A step's `residual` is the largest of |X'u - s v| over the k triplets, relative to the largest value. */
export async function* lanczosSvd(
  engine: Engine,
  X: Loaded,
  wanted: Wanted,
  { tol, maxIter, seed = 0 }: LanczosOptions,
  pace: Pace,
): AsyncGenerator<TripletStep, LanczosEnd> {
  const { k } = wanted
  const { arena } = engine
  const start = arena.mark()
  const basis = new Basis(engine, new Operator(engine, X, wanted.mean ?? 0), k, seed)
  const enough = Math.max(tol, EPS)
  let [converged, sure] = [false, false]
  let before: Float64Array | undefined
  let ritz = await basis.extend(0, pace)
  for (let iter = 1; ; iter++) {
    const [top = 0] = ritz.S
    const residuals = Array.from(ritz.residuals, r => (top > 0 ? r / top : 0))
    const residual = residuals.slice(0, k).reduce((most, r) => Math.max(most, r), 0)
    converged = residual <= enough
    const same = ritz.S.subarray(0, k).every((s, i) => Math.abs(s - (before?.[i] ?? Infinity)) <= 2 * enough * top)
    sure = converged && (same || basis.whole)
    yield { iter, loss: lossOf(squaresOf(X, wanted), squared(ritz.S.subarray(0, k))), residual }
    if (sure || iter >= maxIter) break
    // Of a direction of its own the triplets that are kept must not know: all those that have converged, and no other.
    const done = residuals.findIndex(r => r > enough)
    const most = basis.size - 1
    const kept = Math.min(most, converged ? (done < 0 ? most : done) : k + Math.floor((basis.size - k) / 3))
    before = converged ? ritz.S.slice(0, k) : undefined
    await basis.restart(ritz, kept, converged, pace)
    ritz = await basis.extend(kept, pace)
  }
  await basis.rotate(ritz, k, pace)
  const { u, v, A } = basis
  const [long, short] = [await take(engine, A.rows, k, u, pace), await take(engine, A.columns, k, v, pace)]
  arena.release(start)
  return { U: A.turned ? short : long, S: ritz.S.slice(0, k), V: A.turned ? long : short, converged: sure }
}

const squared = (S: Float64Array): number => S.reduce((sum, s) => sum + s * s, 0)

/** The SVD of the projected matrix: its vectors one after another, and what the k-th triplet lacks. */
interface Ritz {
  readonly S: Float64Array
  readonly residuals: Float64Array
  /** f64[size*size] each. */
  readonly p: number
  readonly q: number
}

/** A V = U B and A'U = V B' + beta v e': U f64[size*n], V f64[(size + 1)*m], vectors one after another; B upper
 *  triangular, kept as the inner products that they are. */
class Basis {
  readonly size: number
  readonly u: number
  readonly v: number
  private readonly b: Float64Array
  private readonly t: number
  private readonly rotations: { readonly p: number; readonly q: number }
  private beta = 0
  private largest = 0
  private draws = 0

  constructor(
    private readonly engine: Engine,
    readonly A: Operator,
    k: number,
    private readonly seed: number,
  ) {
    const { arena } = engine
    this.size = Math.min(k + Math.max(20, k), A.columns)
    this.u = arena.alloc(this.size * A.rows * 8)
    this.v = arena.alloc((this.size + 1) * A.columns * 8)
    this.t = arena.alloc(this.size * 8)
    this.b = new Float64Array(this.size * this.size)
    const bytes = this.size * this.size * 8
    this.rotations = { p: arena.alloc(bytes), q: arena.alloc(bytes) }
    this.draw(this.v, A.columns)
  }

  /** Whether V spans all there is. */
  get whole(): boolean {
    return this.size === this.A.columns
  }

  /** From `first` vectors to all of them, and the SVD of B. */
  async extend(first: number, pace: Pace): Promise<Ritz> {
    const { A, size, b } = this
    const { norm2 } = typed(this.engine.kernels, 'f64')
    const [n, m] = [A.rows, A.columns]
    if (first === 0) this.unit(this.v, m, norm2(this.v, m))
    for (let j = first; j < size; j++) {
      const [u, v, next] = [this.u + j * n * 8, this.v + j * m * 8, this.v + (j + 1) * m * 8]
      await A.times(v, u, pace)
      const inner = await this.clear(this.u, n, j, u, pace)
      for (let i = 0; i < j; i++) b[i * size + j] = inner[i]!
      b[j * size + j] = await this.normalise(this.u, n, j, pace)
      await A.timesTransposed(u, next, pace)
      await this.clear(this.v, m, j + 1, next, pace)
      this.beta = j + 1 < m ? await this.normalise(this.v, m, j + 1, pace) : 0
    }
    return this.ritz(pace)
  }

  /** Goes on from the leading Ritz vectors, and from the direction at the end or, `anew`, from one of its own. */
  async restart(ritz: Ritz, kept: number, anew: boolean, pace: Pace): Promise<void> {
    const { A, size, b, engine } = this
    const m = A.columns
    await this.rotate(ritz, kept, pace)
    b.fill(0)
    for (let i = 0; i < kept; i++) b[i * size + i] = ritz.S[i]!
    const next = this.v + kept * m * 8
    if (anew) await this.fresh(this.v, m, kept, pace)
    else engine.arena.copy(this.v + size * m * 8, next, m * 8)
  }

  /** The leading Ritz vectors in the place of the first ones. */
  async rotate({ p, q }: Ritz, count: number, pace: Pace): Promise<void> {
    const { engine, A, size } = this
    await rotate(engine, [A.rows, size, count], p, this.u, pace)
    await rotate(engine, [A.columns, size, count], q, this.v, pace)
  }

  private async ritz(pace: Pace): Promise<Ritz> {
    const { engine, size, b, beta, rotations } = this
    const { arena } = engine
    const { p, q } = rotations
    const mark = arena.mark()
    const columns = arena.f64(p, size * size)
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) columns[j * size + i] = b[i * size + j]!
    const { v, S } = await denseSvd(engine, size, size, p, pace)
    arena.copy(v, q, size * size * 8)
    arena.release(mark)
    const left = arena.f64(p, size * size)
    const residuals = S.map((_, i) => Math.abs(beta * left[i * size + size - 1]!))
    this.largest = Math.max(this.largest, S[0]!)
    return { S, residuals, p, q }
  }

  /** x <- x without the first `count` vectors, twice; the inner products with them. */
  private async clear(vectors: number, n: number, count: number, x: number, pace: Pace): Promise<Float64Array> {
    const { engine, t } = this
    const { gemv } = typed(engine.kernels, 'f64')
    const sum = new Float64Array(count)
    for (let pass = 0; pass < 2; pass++) {
      await pace.breathe()
      engine.arena.f64(t, count).fill(0)
      gemv(count, n, 1, vectors, n, 1, x, t)
      gemv(n, count, -1, vectors, 1, n, t, x)
      engine.arena.f64(t, count).forEach((value, i) => (sum[i]! += value))
    }
    return sum
  }

  // The last vector made one of length 1, and the length that it had: 0 where one of its own takes its place.
  private async normalise(vectors: number, n: number, count: number, pace: Pace): Promise<number> {
    const x = vectors + count * n * 8
    const length = this.engine.kernels.norm2_f64(x, n)
    this.largest = Math.max(this.largest, length)
    if (length > NOTHING * this.largest) {
      this.unit(x, n, length)
      return length
    }
    await this.fresh(vectors, n, count, pace)
    return 0
  }

  private async fresh(vectors: number, n: number, count: number, pace: Pace): Promise<void> {
    const x = vectors + count * n * 8
    const { norm2 } = typed(this.engine.kernels, 'f64')
    this.draw(x, n)
    // One that the others leave hardly anything of is drawn again.
    for (let before = norm2(x, n); ; before = norm2(x, n)) {
      await this.clear(vectors, n, count, x, pace)
      const length = norm2(x, n)
      if (length > 1e-3 * before) return this.unit(x, n, length)
      this.draw(x, n)
    }
  }

  private draw(x: number, n: number): void {
    const { seed } = this
    this.engine.kernels.normal_f64(seed >>> 0, Math.floor(seed / 2 ** 32), (STREAM + this.draws++) >>> 0, 0, x, n)
  }

  private unit(x: number, n: number, length: number): void {
    this.engine.kernels.scale_f64(1 / length, x, n)
  }
}
