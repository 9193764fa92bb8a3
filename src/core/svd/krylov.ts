import type { Engine } from '../../../bindings/engine.js'
import { typed } from '../../../bindings/typed.js'
import type { Loaded } from '../load.js'
import type { Pace } from '../pace.js'
import { allBlocks, cutRows, type Executor } from '../program.js'
import { denseSvd } from './dense.js'
import { orthonormalise } from './orthonormal.js'
import { ritzBytes, ritzTriplets } from './ritz.js'
import { Sketch } from './sketch.js'
import { lossOf, squaresOf, type TripletStep, type Triplets, type Wanted } from './triplets.js'

const ROOM = 1 << 24 // for rows that are made orthonormal or multiplied, a block of them at a time
const STREAM = 0xfffb0000 // of the first block
const ENOUGH = 5e-3 // of the k-th eigenvalue: the residual of each of the k; the angle to their vectors is about twice that
const LOST = 0.5 // of it, where there is no room for more: some of the k are nowhere near
// Of the largest eigenvalue: where a block or the k-th eigenvalue is below it X'X has lost the digits of what is sought.
const NARROW = { f32: 1e-4, f64: 1e-8 }

export interface KrylovOptions {
  readonly seed?: number
  /** Who runs the products, of a sketch whose allocations lie as `layout` says. Asked once for the blocks, once for the
   *  triplets. */
  readonly executor?: (sketch: Sketch, layout: readonly number[]) => Executor | undefined
}

/** Columns of a block. */
export const blockWidth = (k: number): number => 8 * Math.ceil(k / 64)

/** Columns of all blocks at most. */
const mostColumns = (k: number): number => Math.max(128, 4 * k + 5 * blockWidth(k))

/** Whether X has room for the blocks: where it has not, as many columns as its side have to be looked at anyway. */
export const hasRoom = ({ rows, columns }: Pick<Loaded, 'rows' | 'columns'>, k: number): boolean =>
  mostColumns(k) <= Math.min(rows, columns)

/** The leading k triplets from the Krylov space of X'X and a random block of far fewer than k columns (Golub & Underwood
 *  1977; Musco & Musco 2015; why small blocks do: Meyer, Musco & Musco 2024): P = [Q, X'X Q, (X'X)^2 Q, ...] with
 *  orthonormal columns, T = P'X'X P and its leading k eigenvectors S, until |X'X v - t v| <= .005 t_k for all v = P s or
 *  P has 4k columns and five blocks, or 128. Then the triplets of X V. Undefined where a block depends on those before it (more equal values
 *  than it has columns, a low rank), values are too far apart for X'X or the last residual is above half of t_k; only where X has room. A step's `residual` is
 *  the largest of those of the k, over t_k; NaN where they were not looked at. */
export async function* krylovSvd(
  engine: Engine,
  X: Loaded,
  wanted: Wanted,
  { seed = 0, executor }: KrylovOptions,
  pace: Pace,
): AsyncGenerator<TripletStep, Triplets | undefined> {
  const { k, mean = 0 } = wanted
  const { arena } = engine
  const mark = arena.mark()
  const l = Math.ceil(k / 4) * 4
  const vectors = arena.alloc(X.columns * l * (X.precision === 'f32' ? 4 : 8))
  const inner = arena.mark()
  const found = yield* leadingVectors(engine, X, wanted, { seed, executor }, vectors, pace)
  arena.release(inner)
  if (!found) return void arena.release(mark)
  const { made: sketch, layout } = arena.record(() => new Sketch(engine, X, l, mean, ritzBytes(X, l)))
  arena.copy(vectors, sketch.b, X.columns * l * sketch.size)
  const cut = cutRows(X.columns, 2 * l * l)
  await orthonormalise(sketch, sketch.b, cut, pace, { width: k, dependent: 'replace' })
  sketch.executor = executor?.(sketch, layout) ?? sketch.executor
  await sketch.times(pace)
  const triplets = await ritzTriplets(sketch, k, k, pace)
  arena.release(mark)
  return triplets
}

/** V T[m*l] <- the leading k Ritz vectors. */
async function* leadingVectors(
  engine: Engine,
  X: Loaded,
  wanted: Wanted,
  { seed = 0, executor }: KrylovOptions,
  target: number,
  pace: Pace,
): AsyncGenerator<TripletStep, boolean> {
  const { k, mean = 0 } = wanted
  const { columns: m, precision } = X
  const { arena } = engine
  const [width, most] = [blockWidth(k), mostColumns(k)]
  const { made: sketch, layout } = arena.record(() => new Sketch(engine, X, width, mean, KrylovBasis.bytes(X, k)))
  const basis = new KrylovBasis(sketch, most, pace)
  sketch.executor = executor?.(sketch, layout) ?? sketch.executor
  const settings = { passes: 1, width } as const
  const cut = cutRows(m, 2 * width * width)
  const squares = squaresOf(X, wanted)
  await sketch.draw(width, seed, STREAM, pace)
  await sketch.timesTransposed(pace)
  await orthonormalise(sketch, sketch.b, cut, pace, { passes: 2, width })
  let check = Math.ceil((k + 1) / width) * width
  let loss = lossOf(squares, 0)
  for (let iter = 1; ; iter++) {
    await basis.take()
    await sketch.times(pace)
    await sketch.timesTransposed(pace)
    await basis.clear()
    const gram = await orthonormalise(sketch, sketch.b, cut, pace, settings)
    const last = basis.size + width > most
    const shortest = Math.min(...Array.from({ length: width }, (_, q) => gram[q * width + q]!))
    const dependent = !(Math.sqrt(shortest) > NARROW[precision] * basis.largest)
    if (!last && !dependent && basis.size < check) {
      // What all columns catch while they are no more than k, then what the k did when they were last looked at.
      if (basis.size <= k) loss = lossOf(squares, basis.caught)
      yield { iter, loss, residual: NaN }
      continue
    }
    if (basis.size < k) return false
    const { values, vectors, residual } = await basis.ritz(k, gram)
    const [top = 0, least = 0] = [values[0], values[k - 1]]
    yield {
      iter,
      loss: lossOf(
        squares,
        values.subarray(0, k).reduce((sum, t) => sum + t, 0),
      ),
      residual,
    }
    if ((dependent && !(residual <= ENOUGH)) || (last && !(residual <= LOST))) return false
    if (residual <= ENOUGH || last) {
      if (!(least > NARROW[precision] * top)) return false
      await basis.turn(vectors, k, target)
      return true
    }
    check = basis.size + width * Math.max(1, Math.floor(basis.size / (8 * width)))
  }
}

/** P T[m*most], a block of columns after the other, and T = P'X'X P. */
class KrylovBasis {
  /** Bytes that it takes, and what is taken for a while beside it. */
  static bytes({ columns, precision }: Loaded, k: number): number {
    const [most, size] = [mostColumns(k), precision === 'f32' ? 4 : 8]
    return most * (columns + 2 * k + blockWidth(k)) * size + 8 * most * most * 8 + ROOM
  }

  size = 0
  /** The largest entry of T's diagonal: at least a part of X's largest value, squared. */
  largest = 0
  /** |X P|^2. */
  caught = 0
  private readonly p: number
  private readonly c: number
  private readonly t: Float64Array

  constructor(
    private readonly sketch: Sketch,
    private readonly most: number,
    private readonly pace: Pace,
  ) {
    const { engine, X, size } = sketch
    this.p = engine.arena.alloc(X.columns * most * size)
    this.c = engine.arena.alloc(most * sketch.k * size)
    this.t = new Float64Array(most * most)
  }

  /** The sketch's B as the next block. */
  async take(): Promise<void> {
    const { sketch, most, size, p, pace } = this
    const { engine, X, k, b } = sketch
    const { unpad } = typed(engine.kernels, X.precision)
    for (const { first, count } of allBlocks(cutRows(X.columns, 8 * k))) {
      await pace.breathe()
      unpad(count, k, k, 1, b + first * k * sketch.size, p + (first * most + size) * sketch.size, most, 1)
    }
    this.size += k
  }

  /** B, X'X times the last block, without what P has of it; that is the last block of T. */
  async clear(): Promise<void> {
    const { sketch, most, size, p, c, t, pace } = this
    const { engine, X, k, b } = sketch
    const call = typed(engine.kernels, X.precision)
    const inner = engine.arena.floats(X.precision, c, size * k)
    inner.fill(0)
    const blocks = [...allBlocks(cutRows(X.columns, 2 * size * k))]
    for (const { first, count } of blocks) {
      await pace.breathe()
      call.product(size, count, k, p + first * most * sketch.size, 1, most, b + first * k * sketch.size, c)
    }
    for (let i = 0; i < size; i++)
      for (let q = 0; q < k; q++) {
        const j = size - k + q
        const value = inner[i * k + q]!
        if (i <= j) t[i * most + j] = t[j * most + i] = value
        inner[i * k + q] = -value
      }
    for (const { first, count } of blocks) {
      await pace.breathe()
      call.product(count, size, k, p + first * most * sketch.size, most, 1, c, b + first * k * sketch.size)
    }
    for (let j = size - k; j < size; j++) {
      this.caught += t[j * most + j]!
      this.largest = Math.max(this.largest, t[j * most + j]!)
    }
  }

  /** T's eigenvalues, falling, its vectors f64[size*size] one after another, and the largest residual of the first k over
   *  the k-th value; `gram` is that of what X'X P has outside of P. */
  async ritz(
    k: number,
    gram: Float64Array,
  ): Promise<{ values: Float64Array; vectors: Float64Array; residual: number }> {
    const { sketch, most, size, t, pace } = this
    const { engine, k: width } = sketch
    const { arena } = engine
    const mark = arena.mark()
    const a = arena.alloc(size * size * 8)
    for (let i = 0; i < size; i++) arena.f64(a + i * size * 8, size).set(t.subarray(i * most, i * most + size))
    const { v, S: values } = await denseSvd(engine, size, size, a, pace)
    const vectors = arena.f64(v, size * size).slice()
    arena.release(mark)
    let largest = 0
    for (let i = 0; i < k; i++) {
      const end = vectors.subarray((i + 1) * size - width, (i + 1) * size)
      let square = 0
      for (let p = 0; p < width; p++) for (let q = 0; q < width; q++) square += end[p]! * gram[p * width + q]! * end[q]!
      largest = Math.max(largest, square)
    }
    return { values, vectors, residual: Math.sqrt(largest) / values[k - 1]! }
  }

  /** V T[m*l] <- P times the first k of these vectors. */
  async turn(vectors: Float64Array, k: number, target: number): Promise<void> {
    const { sketch, most, size, p, pace } = this
    const { engine, X } = sketch
    const { arena } = engine
    const call = typed(engine.kernels, X.precision)
    const l = Math.ceil(k / 4) * 4
    const mark = arena.mark()
    const s = arena.alloc(size * l * sketch.size)
    const matrix = arena.floats(X.precision, s, size * l).fill(0)
    for (let i = 0; i < size; i++) for (let q = 0; q < k; q++) matrix[i * l + q] = vectors[q * size + i]!
    for (const { first, count } of allBlocks(cutRows(X.columns, 2 * size * l))) {
      await pace.breathe()
      const to = target + first * l * sketch.size
      arena.floats(X.precision, to, count * l).fill(0)
      call.product(count, size, l, p + first * most * sketch.size, most, 1, s, to)
    }
    arena.release(mark)
  }
}
