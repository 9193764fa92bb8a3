import type { Engine } from '../../bindings/instance.js'
import { typed, type TypedKernels } from '../../bindings/typed.js'
import type { Loaded } from '../core/load.js'
import type { FloatArray } from '../core/matrix.js'
import type { Pace } from '../core/run.js'
import { exponentOf, powerOfTwo } from '../core/scale.js'

const CHUNK = 1 << 18 // entries written between two breaths

/** X, W and H on one arena. W T[n*kp]; H is kept transposed, Ht T[m*kp]; kp is k up to a multiple of four, the rest
 *  zero. Held divided by powers of two, W by scaleW and H by scaleH, with scaleW scaleH = root^2 of X. */
export class NmfFactors {
  readonly call: TypedKernels
  readonly size: number
  readonly kp: number
  readonly w: number
  readonly ht: number
  scaleW: number
  scaleH: number

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

  /** Gaussian magnitudes times sqrt(mean X / k), from the streams of this restart. */
  async randomStart(seed: number, restart: number, pace: Pace): Promise<void> {
    const { X, k } = this
    const level = Math.sqrt(X.mean / k)
    await this.random(seed, 2 * restart, this.w, X.rows, level, pace)
    await this.random(seed, 2 * restart + 1, this.ht, X.columns, level, pace)
  }

  /** H (k x m, row-major) as it is; its scale then follows its largest entry. */
  setComponents(H: FloatArray): void {
    let high = 0
    for (const value of H) high = Math.max(high, value)
    const bound = this.size === 4 ? 60 : 500
    this.scaleH = high > 0 ? powerOfTwo(Math.max(-bound, Math.min(bound, exponentOf(high)))) : 1
    this.scaleW = (this.X.root / this.scaleH) * this.X.root
    this.put(H, this.ht, this.X.columns, 1, this.X.columns, 1 / this.scaleH)
  }

  /** W row-major n x k, H row-major k x m. */
  setFactors(W: FloatArray, H: FloatArray): void {
    const { rows, columns } = this.X
    this.put(W, this.w, rows, this.k, 1, 1 / this.scaleW)
    this.put(H, this.ht, columns, 1, columns, 1 / this.scaleH)
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

  factors(): { W: FloatArray; H: FloatArray } {
    const { rows, columns } = this.X
    return {
      W: this.take(this.w, rows, this.k, 1, this.scaleW),
      H: this.take(this.ht, columns, 1, columns, this.scaleH),
    }
  }

  normals(seed: number, stream: number, start: number, target: number, count: number): void {
    this.call.normal(seed >>> 0, Math.floor(seed / 2 ** 32), stream >>> 0, start, target, count)
  }

  zero(pointer: number, count: number): void {
    this.view(pointer, count).fill(0)
  }

  view(pointer: number, count: number): FloatArray {
    const { arena } = this.engine
    return this.size === 4 ? arena.f32(pointer, count) : arena.f64(pointer, count)
  }

  private async random(seed: number, stream: number, target: number, rows: number, level: number, pace: Pace) {
    const { engine, call, k, kp, size } = this
    const mark = engine.arena.mark()
    const step = Math.max(1, Math.floor(CHUNK / k))
    const draws = engine.arena.alloc(Math.min(step, rows) * k * size)
    for (let i = 0; i < rows; i += step) {
      await pace.breathe()
      const count = Math.min(step, rows - i)
      this.normals(seed, stream, i * k, draws, count * k)
      call.absolute(draws, count * k)
      call.pad(count, k, kp, level, draws, k, 1, target + i * kp * size)
    }
    engine.arena.release(mark)
  }

  /** Rows of k numbers, laid out by rs and cs, times `factor` into padded rows. */
  put(from: FloatArray, target: number, rows: number, rs: number, cs: number, factor: number): void {
    const { engine, call, k, kp, size } = this
    const mark = engine.arena.mark()
    const copy = engine.arena.alloc(from.length * size)
    this.view(copy, from.length).set(from)
    call.pad(rows, k, kp, factor, copy, rs, cs, target)
    engine.arena.release(mark)
  }

  /** The way back. */
  take(source: number, rows: number, rs: number, cs: number, factor: number): FloatArray {
    const { engine, call, k, kp, size } = this
    const mark = engine.arena.mark()
    const copy = engine.arena.alloc(rows * k * size)
    call.unpad(rows, k, kp, factor, source, copy, rs, cs)
    const out = this.view(copy, rows * k).slice()
    engine.arena.release(mark)
    return out
  }
}
