import type { Pace } from '../core/pace.js'
import { allBlocks, type Cut, type Span } from '../core/program.js'
import type { NmfFactors } from './nmf-factors.js'

/** A penalty on the columns of H that differ from those they are joined to: sum lambda/2 tr(H L H'), L = c I - S of each
 *  Laplacian, with every L <= c I. */
export interface Smoothing {
  /** sum lambda c. */
  readonly ridge: number
  /** sum lambda S by rows: symmetric, entries >= 0. */
  readonly indptr: Int32Array
  readonly indices: Int32Array
  readonly values: Float64Array
}

/** The penalty smooth/2 tr(H L H') of the divided factor, L = ridge I - S. As L <= ridge I, at H0 it is majorised by
 *  its value + smooth (<L H0, H - H0> + ridge/2 |H - H0|^2): up to a constant ridge/2 |H|^2 - <S H0, H>, in which columns
 *  are apart. An update that lowers loss and majoriser lowers loss and penalty. */
export class NmfNetwork {
  readonly ridge: number
  /** What the divided factor's penalty is multiplied by, to be added to the divided loss. */
  readonly smooth: number
  private readonly indptr: number
  private readonly indices: number
  private readonly values: number
  /** H0 S, and then the numerators of the update with it, T[m*kp]. */
  private readonly pulled: number

  constructor(
    private readonly factors: NmfFactors,
    { ridge, indptr, indices, values }: Smoothing,
  ) {
    const { engine, X, kp, size } = factors
    const { arena } = engine
    const off = factors.scaleH / X.root / X.root // of H, by root of either factor
    this.smooth = off * off
    this.ridge = this.smooth * ridge
    this.indptr = arena.alloc(indptr.length * 4)
    this.indices = arena.alloc(indices.length * 4)
    this.values = arena.alloc(values.length * size)
    this.pulled = arena.alloc(X.columns * kp * size)
    arena.i32(this.indptr, indptr.length).set(indptr)
    arena.i32(this.indices, indices.length).set(indices)
    factors.view(this.values, values.length).set(values)
  }

  /** Takes H as it stands. */
  *pull(cut: Cut): Generator<void, void> {
    const { call, kp, size, ht, X } = this.factors
    yield* this.factors.zeros(this.pulled, X.columns * kp)
    for (const { first, count } of allBlocks(cut)) {
      const at = this.pulled + first * kp * size
      call.csrProduct(count, kp, this.indptr + first * 4, this.indices, this.values, ht, at)
      yield
    }
  }

  /** Numerators of some columns with what their neighbours add. */
  numerators({ first, count }: Span, num: number): number {
    const { call, kp, size } = this.factors
    const at = this.pulled + first * kp * size
    call.scale(this.smooth, at, count * kp)
    call.axpy(1, num, at, count * kp)
    return at
  }

  /** Of H as it stands. */
  async penalty(cut: Cut, pace: Pace): Promise<number> {
    const { factors, pulled, ridge, smooth } = this
    const { kp, ht, X } = factors
    for (const _ of this.pull(cut)) await pace.breathe()
    const length = await factors.dot(ht, ht, X.columns * kp, pace)
    return Math.max(0, 0.5 * (ridge * length - smooth * (await factors.dot(pulled, ht, X.columns * kp, pace))))
  }
}
