import type { Engine } from '../../bindings/instance.js'
import { typed, type TypedKernels } from '../../bindings/typed.js'
import type { Loaded } from '../core/load.js'
import type { FloatArray } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import { exponentOf, powerOfTwo } from '../core/scale.js'

const CHUNK = 1 << 18 // entries written between two breaths
const STRETCH = 1 << 20 // values that are set or added at a time

/** Whether the first update does away with the scale of a start's W; if not, whether it at least grows from nothing. */
export interface StartScale {
  readonly free: boolean
  readonly grows: boolean
}

/** Components from .. to of either factor, and the divided factors that hold them, T[n*kp] and T[m*kp]; 0 for none. */
export interface Held {
  readonly W: readonly [from: number, to: number]
  readonly H: readonly [from: number, to: number]
  readonly w: number
  readonly ht: number
}
export const NOTHING: Held = { W: [0, 0], H: [0, 0], w: 0, ht: 0 }

/** X~ = Q B, which the products stand in for X with: Q T[n*l], orthonormal columns, B' T[m*l]. */
export interface Low {
  readonly l: number
  readonly q: number
  readonly bt: number
  /** B H' T[l*kp] of H as it stands, a shard's part of it, and the numerators of a block of columns. */
  readonly bh: number
  readonly partBh: number
  readonly p: number
}

/** X, W and H on one arena. W T[n*kp]; H is kept transposed, Ht T[m*kp]; kp is k up to a multiple of four, the rest
 *  zero. Held divided by powers of two, W by scaleW and H by scaleH, with scaleW scaleH = root^2 of X. */
export class NmfFactors {
  /** Components that are known and held, on either side: from .. to. */
  held: Held = NOTHING
  readonly call: TypedKernels
  readonly size: number
  readonly kp: number
  readonly w: number
  readonly ht: number
  scaleW: number
  scaleH: number
  /** Stands for X in the squared loss's products while it is set. */
  low: Low | undefined

  constructor(
    readonly engine: Engine,
    readonly X: Loaded,
    readonly k: number,
  ) {
    this.call = typed(engine.kernels, X.precision)
    this.size = X.precision === 'f32' ? 4 : 8
    this.kp = Math.ceil(k / 4) * 4
    this.scaleW = X.root
    this.scaleH = X.root
    this.w = engine.arena.alloc(X.rows * this.kp * this.size)
    this.ht = engine.arena.alloc(X.columns * this.kp * this.size)
  }

  /** Bytes that `randomStart` takes for a while. */
  static heap({ rows, columns, precision }: Loaded, k: number): number {
    const most = Math.min(Math.max(1, Math.floor(CHUNK / k)), Math.max(rows, columns))
    return most * k * (precision === 'f32' ? 4 : 8)
  }

  /** Bytes that `factors` and its like take for a while. */
  static spare({ rows, columns, precision }: Loaded, k: number): number {
    return 64 + Math.max(rows, columns) * k * (precision === 'f32' ? 4 : 8)
  }

  /** The same of a compression: QB and a part of B, its copies of W and H, and the work of making columns orthonormal, in f64. */
  static spareForCompression({ rows, columns, precision }: Loaded, kp: number): number {
    const size = precision === 'f32' ? 4 : 8
    return ((rows + columns) * (3 * kp + 12) + columns * (kp + 12)) * size + Math.max(rows, columns) * (kp + 12) * 16
  }

  /** Gaussian magnitudes times sqrt(mean X / k), from the streams of this restart. */
  async randomStart(seed: number, restart: number, pace: Pace): Promise<void> {
    const { X, k } = this
    // Data of either sign may well have no mean.
    const level = Math.sqrt((X.signed ? Math.sqrt(X.squares / X.rows / X.columns) : X.mean) / k)
    await this.random(seed, 2 * restart, this.w, X.rows, level, pace)
    await this.random(seed, 2 * restart + 1, this.ht, X.columns, level, pace)
    await this.keep(pace)
  }

  /** What is held into its place. */
  private async keep(pace: Pace): Promise<void> {
    const { call, kp, size, held, X } = this
    for (const [from, to, rows, [first, end]] of [
      [held.w, this.w, X.rows, held.W],
      [held.ht, this.ht, X.columns, held.H],
    ] as const) {
      if (end === first) continue
      for (let i = 0, step = this.rowsAtOnce; i < rows; i += step) {
        await pace.breathe()
        const o = (i * kp + first) * size
        call.unpad(Math.min(step, rows - i), end - first, kp, 1, from + o, to + o, kp, 1)
      }
    }
  }

  /** A start of the caller's: W row-major n x k, H row-major k x m. Where the first update does away with W's scale
   *  (`free`), either is held on its own scale, so that a start far from X in size overflows nothing. */
  async setStart(W: FloatArray, H: FloatArray, { free, grows }: StartScale, pace: Pace): Promise<void> {
    if (free) await this.scaleBy(H, pace)
    else {
      const [w, h] = [await this.exponentOf(W, pace), await this.exponentOf(H, pace)]
      const off = w + h - 2 * exponentOf(this.X.root)
      const room = this.size === 4 ? 90 : 900
      if (off > room || (off < -room && !grows))
        throw new RangeError(
          `NMF.fit: init: wanted W H of a size near that of X, got one about 2^${off} times as large`,
        )
    }
    await this.setFactors(W, H, pace, free ? await this.sizeOf(W, pace) : this.scaleW)
    await this.keep(pace)
  }

  /** H alone (k x m, row-major), held on the scale of its largest entry. */
  async setComponents(H: FloatArray, pace: Pace): Promise<void> {
    await this.scaleBy(H, pace)
    await this.put(H, this.ht, this.X.columns, 1, this.X.columns, 1 / this.scaleH, pace)
  }

  /** W row-major n x k, H row-major k x m; the way back of `factors`. */
  async setFactors(
    W: FloatArray,
    H: FloatArray,
    pace: Pace,
    scaleW = this.scaleW,
    scaleH = this.scaleH,
  ): Promise<void> {
    const { rows, columns } = this.X
    await this.put(W, this.w, rows, this.k, 1, 1 / scaleW, pace)
    await this.put(H, this.ht, columns, 1, columns, 1 / scaleH, pace)
  }

  /** Each row of W set to the level at which WH has the row's sum: a start that knows nothing of other rows. */
  async rowStart(pace: Pace): Promise<void> {
    const { engine, X, k, kp, size, call } = this
    const { arena } = engine
    const mark = arena.mark()
    const sums = arena.alloc(kp * 8)
    call.columnSums(X.columns, kp, this.ht, kp, sums)
    const total = arena.f64(sums, k).reduce((s, v) => s + v, 0)
    for (let i = 0; i < X.rows; i++) {
      if (i % 256 === 0) await pace.breathe()
      let sum = 0
      for (const { indptr, columns } of X.slices) {
        const [first = 0, end = 0] = X.sparse ? arena.i32(indptr + i * 4, 2) : [i * X.ld, i * X.ld + columns]
        sum += call.sum(X.x + first * size, end - first)
      }
      const level = total > 0 ? sum / total : 0
      this.view(this.w + i * kp * size, k).fill(level)
    }
    arena.release(mark)
  }

  /** W and H, of X or, with scales of 1, as they are held: a checkpoint loses nothing by a scale that the precision has
   *  no room for. */
  async factors(pace: Pace, scaleW = this.scaleW, scaleH = this.scaleH): Promise<{ W: FloatArray; H: FloatArray }> {
    const { columns } = this.X
    const W = await this.rowsOfW(pace, scaleW)
    return { W, H: await this.take(this.ht, columns, 1, columns, scaleH, pace) }
  }

  rowsOfW(pace: Pace, scaleW = this.scaleW): Promise<FloatArray> {
    return this.take(this.w, this.X.rows, this.k, 1, scaleW, pace)
  }

  /** <a, b> of T[n] each, with breaths. */
  async dot(a: number, b: number, n: number, pace: Pace): Promise<number> {
    let total = 0
    for (let first = 0; first < n; first += CHUNK) {
      await pace.breathe()
      total += this.call.dot(a + first * this.size, b + first * this.size, Math.min(CHUNK, n - first))
    }
    return total
  }

  /** T[count] into another place. */
  async copy(from: number, to: number, count: number, pace: Pace): Promise<void> {
    for (let first = 0; first < count; first += CHUNK) {
      await pace.breathe()
      const part = Math.min(CHUNK, count - first)
      this.view(to + first * this.size, part).set(this.view(from + first * this.size, part))
    }
  }

  normals(seed: number, stream: number, start: number, target: number, count: number): void {
    this.call.normal(seed >>> 0, Math.floor(seed / 2 ** 32), stream >>> 0, start, target, count)
  }

  zero(pointer: number, count: number): void {
    this.view(pointer, count).fill(0)
  }

  /** The same of what may be long, in steps. */
  *zeros(pointer: number, count: number): Generator<void, void> {
    for (let first = 0; first < count; first += STRETCH) {
      this.zero(pointer + first * this.size, Math.min(STRETCH, count - first))
      yield
    }
  }

  /** T[count] added to another, in steps. */
  *add(from: number, to: number, count: number): Generator<void, void> {
    const { call, size } = this
    for (let first = 0; first < count; first += STRETCH) {
      call.axpy(1, from + first * size, to + first * size, Math.min(STRETCH, count - first))
      yield
    }
  }

  view(pointer: number, count: number): FloatArray {
    return this.engine.arena.floats(this.X.precision, pointer, count)
  }

  private async random(seed: number, stream: number, target: number, rows: number, level: number, pace: Pace) {
    const { engine, call, k, kp, size } = this
    const step = Math.max(1, Math.floor(CHUNK / k))
    for (let i = 0; i < rows; i += step) {
      await pace.breathe()
      // Given back before the next pause: another restart's factors may be taken in it, from the same stack.
      const mark = engine.arena.mark()
      const count = Math.min(step, rows - i)
      const draws = engine.arena.alloc(count * k * size)
      this.normals(seed, stream, i * k, draws, count * k)
      call.absolute(draws, count * k)
      call.pad(count, k, kp, level, draws, k, 1, target + i * kp * size)
      engine.arena.release(mark)
    }
  }

  /** Rows of k numbers, laid out by rs and cs, times `factor` into padded rows. */
  async put(from: FloatArray, target: number, rows: number, rs: number, cs: number, factor: number, pace: Pace) {
    const { engine, call, k, kp, size } = this
    const mark = engine.arena.mark()
    const copy = engine.arena.alloc(from.length * size)
    for (let first = 0; first < from.length; first += CHUNK) {
      await pace.breathe()
      const part = from.subarray(first, first + CHUNK)
      this.view(copy + first * size, part.length).set(part)
    }
    for (let i = 0, step = this.rowsAtOnce; i < rows; i += step) {
      await pace.breathe()
      call.pad(Math.min(step, rows - i), k, kp, factor, copy + i * rs * size, rs, cs, target + i * kp * size)
    }
    engine.arena.release(mark)
  }

  /** The way back, into an array of the caller's own. */
  async take(source: number, rows: number, rs: number, cs: number, factor: number, pace: Pace): Promise<FloatArray> {
    const { engine, call, k, kp, size } = this
    const mark = engine.arena.mark()
    const copy = engine.arena.alloc(rows * k * size)
    for (let i = 0, step = this.rowsAtOnce; i < rows; i += step) {
      await pace.breathe()
      call.unpad(Math.min(step, rows - i), k, kp, factor, source + i * kp * size, copy + i * rs * size, rs, cs)
    }
    const out = size === 4 ? new Float32Array(rows * k) : new Float64Array(rows * k)
    for (let first = 0; first < out.length; first += CHUNK) {
      await pace.breathe()
      out.set(this.view(copy + first * size, Math.min(CHUNK, out.length - first)), first)
    }
    engine.arena.release(mark)
    return out
  }

  private get rowsAtOnce(): number {
    return Math.max(1, Math.floor(CHUNK / this.kp))
  }

  private async scaleBy(H: FloatArray, pace: Pace): Promise<void> {
    this.scaleH = await this.sizeOf(H, pace)
    this.scaleW = (this.X.root / this.scaleH) * this.X.root
  }

  // The power of two at or below the largest entry, within what may be divided by without loss.
  private async sizeOf(values: FloatArray, pace: Pace): Promise<number> {
    const bound = this.size === 4 ? 60 : 500
    return powerOfTwo(Math.max(-bound, Math.min(bound, await this.exponentOf(values, pace))))
  }

  // Of the largest entry; 0 where all are zero.
  private async exponentOf(values: FloatArray, pace: Pace): Promise<number> {
    const { engine, call, size } = this
    const mark = engine.arena.mark()
    const copy = engine.arena.alloc(Math.min(CHUNK, values.length) * size)
    let high = 0
    for (let first = 0; first < values.length; first += CHUNK) {
      await pace.breathe()
      const part = values.subarray(first, first + CHUNK)
      this.view(copy, part.length).set(part)
      high = Math.max(high, call.maxAbs(copy, part.length))
    }
    engine.arena.release(mark)
    return high > 0 ? exponentOf(high) : 0
  }
}
