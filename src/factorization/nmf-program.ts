import type { Engine } from '../../bindings/instance.js'
import { typed, type TypedKernels } from '../../bindings/typed.js'
import { type FloatArray, type Matrix, toRowMajor } from '../core/matrix.js'
import { type Program, shardRows } from '../core/program.js'
import { betaOf, type NmfOptions } from './nmf-options.js'

// Nothing below this is told from the exact fit by <X,X> - 2<X,WH> + <WH,WH>: it cancels. Relative to <X,X>.
const CANCELS = { f32: 1e-3, f64: 1e-6 }

/** X W H on one arena. W T[n*kp]; H is kept transposed, Ht T[m*kp]; kp is k up to a multiple of four, the rest zero.
 *  Cut by rows: a step updates the shard's rows of W for the current H and adds what the update of H needs of them. */
export class NmfProgram implements Program {
  readonly shards: number
  /** KKT residual met by the last iteration's sweeps: sum of |projected gradient| over W and H. */
  violation = 0
  readonly k: number
  readonly rows: number
  readonly columns: number
  private readonly beta: number
  private readonly gamma: number
  private readonly hals: boolean
  private readonly call: TypedKernels
  private readonly precision: 'f32' | 'f64'
  private readonly size: number
  private readonly kp: number
  private readonly height: number
  private readonly nnz: number
  private readonly penalty: { l1W: number; l2W: number; l1H: number; l2H: number }
  private readonly x: number
  private readonly indptr: number = 0
  private readonly indices: number = 0
  private readonly w: number
  private readonly ht: number
  private readonly p: number
  private readonly gram: number
  private readonly num: number
  private readonly den: number
  private readonly partNum: number
  private readonly partDen: number
  private partViolation = 0
  private readonly sums: number
  private readonly wide: number
  private readonly work: number
  /** <X, X>. */
  readonly squares: number

  constructor(
    private readonly engine: Engine,
    X: Matrix,
    private readonly options: NmfOptions,
    private readonly fixedH = false,
  ) {
    const [n, m] = X.shape
    this.rows = n
    this.columns = m
    this.k = options.nComponents
    this.kp = Math.ceil(this.k / 4) * 4
    this.precision = X.data instanceof Float32Array ? 'f32' : 'f64'
    this.size = X.data.BYTES_PER_ELEMENT
    this.call = typed(engine.kernels, this.precision)
    this.beta = betaOf(options.betaLoss)
    this.gamma = this.beta < 1 ? 1 / (2 - this.beta) : this.beta > 2 ? 1 / (this.beta - 1) : 1
    this.hals = options.solver === 'hals'
    this.nnz = X.kind === 'csr' ? X.data.length : n * m
    const sklearn = options.penaltyScale === 'sklearn'
    const alphaW = options.alphaW * (sklearn ? m : 1)
    const alphaH = (options.alphaH ?? options.alphaW) * (sklearn ? n : 1)
    const { l1Ratio } = options
    this.penalty = {
      l1W: alphaW * l1Ratio,
      l2W: alphaW * (1 - l1Ratio),
      l1H: alphaH * l1Ratio,
      l2H: alphaH * (1 - l1Ratio),
    }
    // A general exponent costs about twenty times a multiply-add for every entry, and visits the zeros too.
    const entries = this.squared || this.beta === 1 ? this.nnz : n * m * 4
    this.height = Math.min(shardRows((entries / Math.max(1, n)) * this.kp), Math.max(16, Math.ceil(n / 16) * 16))
    this.shards = Math.ceil(n / this.height)

    const { arena } = engine
    if (X.kind === 'csr') {
      this.indptr = arena.alloc(X.indptr.byteLength)
      arena.i32(this.indptr, X.indptr.length).set(X.indptr)
      this.indices = arena.alloc(X.indices.byteLength)
      arena.i32(this.indices, X.indices.length).set(X.indices)
      this.x = arena.alloc(X.data.byteLength)
      this.view(this.x, X.data.length).set(X.data)
    } else {
      this.x = arena.alloc(n * m * this.size)
      this.view(this.x, n * m).set(toRowMajor(X))
    }
    const { kp, size } = this
    this.w = arena.alloc(n * kp * size)
    this.ht = arena.alloc(m * kp * size)
    this.p = arena.alloc(this.height * kp * size)
    this.gram = arena.alloc(kp * kp * size)
    this.num = arena.alloc(m * kp * size)
    this.den = arena.alloc(Math.max(m, kp) * kp * size)
    this.partNum = arena.alloc(m * kp * size)
    this.partDen = arena.alloc(Math.max(m, kp) * kp * size)
    this.sums = arena.alloc(kp * size)
    this.wide = arena.alloc(2 * kp * 8)
    this.work = arena.alloc(Math.max(128 * kp + 64, this.height * kp * size))
    this.squares = this.call.dot(this.x, this.x, X.kind === 'csr' ? X.data.length : n * m)
  }

  /** A random start (Gaussian magnitudes times sqrt(mean X / k)) from the streams of this restart. */
  randomStart(restart: number): void {
    const { rows, columns, k, kp } = this
    const mean = this.call.sum(this.x, this.nnz) / Math.max(1, rows * columns)
    const scale = Math.sqrt(mean / k)
    for (const [side, [target, count]] of [
      [this.w, rows],
      [this.ht, columns],
    ].entries() as Iterable<[number, [number, number]]>) {
      this.normals(2 * restart + side, target, count * k)
      const view = this.view(target, count * kp)
      for (let i = count - 1; i >= 0; i--) {
        for (let q = kp - 1; q >= 0; q--) view[i * kp + q] = q < k ? scale * Math.abs(view[i * k + q] ?? 0) : 0
      }
    }
  }

  /** W row-major n x k, H row-major k x m. */
  setFactors(W: FloatArray | undefined, H: FloatArray): void {
    const { rows, columns, k, kp } = this
    const w = this.view(this.w, rows * kp)
    for (let i = 0; i < rows * k && W; i++) w[Math.floor(i / k) * kp + (i % k)] = W[i] ?? 0
    const ht = this.view(this.ht, columns * kp)
    for (let q = 0; q < k; q++) for (let j = 0; j < columns; j++) ht[j * kp + q] = H[q * columns + j] ?? 0
  }

  /** Every entry of W set to sqrt(mean X / k): the start of `transform`. */
  levelStart(): void {
    const level = Math.sqrt(this.call.sum(this.x, this.nnz) / Math.max(1, this.rows * this.columns) / this.k)
    const w = this.view(this.w, this.rows * this.kp)
    for (let i = 0; i < w.length; i++) w[i] = i % this.kp < this.k ? level : 0
  }

  /** W scaled by <X, WH> / <WH, WH>: the best multiple of the start (Gillis & Glineur 2012). */
  scaleStart(): void {
    const { call, kp, columns } = this
    this.begin()
    for (let s = 0; s < this.shards; s++) {
      this.cross(s)
      this.combine()
    }
    const fit = call.dot(this.den, this.gram, kp * kp)
    const cross = call.dot(this.num, this.ht, columns * kp)
    if (fit > 0 && cross > 0) call.scale(cross / fit, this.w, this.rows * kp)
  }

  factors(): { W: FloatArray; H: FloatArray } {
    const { rows, columns, k, kp } = this
    const make = (n: number): FloatArray => (this.precision === 'f32' ? new Float32Array(n) : new Float64Array(n))
    const W = make(rows * k)
    const w = this.view(this.w, rows * kp)
    for (let i = 0; i < W.length; i++) W[i] = w[Math.floor(i / k) * kp + (i % k)] ?? 0
    const H = make(k * columns)
    const ht = this.view(this.ht, columns * kp)
    for (let q = 0; q < k; q++) for (let j = 0; j < columns; j++) H[q * columns + j] = ht[j * kp + q] ?? 0
    return { W, H }
  }

  begin(): void {
    this.violation = 0
    this.partViolation = 0
    this.zero(this.num, this.columns * this.kp)
    this.zero(this.den, Math.max(this.columns, this.kp) * this.kp)
    if (this.squared) this.gramOf(this.ht, this.columns, this.gram)
    else if (this.beta === 1) this.sumRows(this.ht, this.columns)
  }

  step(shard: number): void {
    const { call, kp, k, beta, gamma } = this
    const { l1W, l2W } = this.penalty
    const { count, w, x, indptr } = this.shard(shard)
    if (!this.squared) {
      this.clearPart()
      call.multiplicative(
        count,
        this.columns,
        k,
        kp,
        beta,
        gamma,
        l1W,
        l2W,
        indptr,
        this.indices,
        x,
        this.columns,
        w,
        this.ht,
        this.sums,
        this.fixedH ? 0 : this.partNum,
        this.partDen,
        this.work,
      )
      return
    }
    this.zero(this.p, count * kp)
    if (indptr) call.csrProduct(count, kp, indptr, this.indices, this.x, this.ht, this.p)
    else call.product(count, this.columns, kp, x, this.columns, 1, this.ht, this.p)
    if (this.hals) {
      this.partViolation = call.hals(
        count,
        k,
        kp,
        w,
        this.p,
        this.gram,
        l1W,
        l2W,
        this.sweeps(this.rows, this.columns),
        this.fixedH ? this.options.tol : 0.1,
        this.work,
      )
    } else {
      this.multiply(w, count, this.p, l1W, l2W)
    }
    if (!this.fixedH) this.cross(shard)
  }

  /** Adds what the last step left to the totals: in shard order, so the bits do not depend on who ran the steps. */
  combine(): void {
    this.violation += this.partViolation
    if (this.fixedH) return
    const { call, kp, columns } = this
    call.axpy(1, this.partNum, this.num, columns * kp)
    if (this.beta !== 1) call.axpy(1, this.partDen, this.den, (this.squared ? kp : columns) * kp)
  }

  update(): void {
    if (this.fixedH) return
    const { call, k, kp, columns } = this
    const { l1H, l2H } = this.penalty
    if (!this.squared) {
      if (this.beta === 1) {
        this.sumRows(this.w, this.rows)
        call.fillRows(columns, kp, this.sums, this.den)
      }
      call.ratio(columns * kp, this.gamma, l1H, l2H, this.ht, this.num, this.den)
      return
    }
    if (this.hals) {
      this.revive()
      this.violation += call.hals(
        columns,
        k,
        kp,
        this.ht,
        this.num,
        this.den,
        l1H,
        l2H,
        this.sweeps(columns, this.rows),
        0.1,
        this.work,
      )
      return
    }
    const block = this.height
    for (let j = 0; j < columns; j += block) {
      const count = Math.min(block, columns - j)
      this.multiply(this.ht + j * kp * this.size, count, this.num + j * kp * this.size, l1H, l2H, this.den)
    }
  }

  /** Loss after the last update, and with the penalties. Free for the squared loss, else a pass over X. */
  objective(): { loss: number; objective: number } {
    const loss = this.squared ? this.squaredLoss() : this.divergence(this.beta)
    const { l1W, l2W, l1H, l2H } = this.penalty
    const { call, kp } = this
    const part = (l1: number, l2: number, a: number, count: number): number =>
      (l1 ? l1 * call.sum(a, count * kp) : 0) + (l2 ? 0.5 * l2 * call.dot(a, a, count * kp) : 0)
    return { loss, objective: loss + part(l1W, l2W, this.w, this.rows) + part(l1H, l2H, this.ht, this.columns) }
  }

  private get squared(): boolean {
    return this.beta === 2
  }

  private squaredLoss(): number {
    const { call, kp, columns } = this
    if (!this.fixedH) {
      this.gramOf(this.ht, columns, this.gram)
      const cross = call.dot(this.num, this.ht, columns * kp)
      const loss = 0.5 * (this.squares - 2 * cross + call.dot(this.den, this.gram, kp * kp))
      if (loss > 0.5 * CANCELS[this.precision] * this.squares) return loss
    }
    return this.divergence(2)
  }

  private divergence(beta: number): number {
    const { call, kp, columns } = this
    let total = 0
    for (let s = 0; s < this.shards; s++) {
      const { count, w, x, indptr } = this.shard(s)
      total += call.betaLoss(count, columns, kp, beta, indptr, this.indices, x, columns, w, this.ht)
    }
    if (beta !== 1) return total
    call.columnSums(this.rows, kp, this.w, kp, this.wide)
    call.columnSums(columns, kp, this.ht, kp, this.wide + kp * 8)
    return total + this.engine.kernels.dot_f64(this.wide, this.wide + kp * 8, kp)
  }

  // The shard's part of X'W and W'W.
  private cross(shard: number): void {
    const { call, kp, columns } = this
    const { count, w, x, indptr } = this.shard(shard)
    this.clearPart()
    if (indptr) call.csrProductTransposed(count, kp, indptr, this.indices, this.x, w, this.partNum)
    else call.product(columns, count, kp, x, 1, columns, w, this.partNum)
    call.product(kp, count, kp, w, 1, kp, w, this.partDen)
  }

  private clearPart(): void {
    if (this.fixedH) return
    this.zero(this.partNum, this.columns * this.kp)
    this.zero(this.partDen, (this.squared ? this.kp : this.columns) * this.kp)
  }

  // A component whose column of W is zero adds nothing: give it a random H, so the next sweep over W can use it
  // where the residual lets it. The objective does not change by it, but for a penalty on H.
  private revive(): void {
    const { k, kp, columns } = this
    if (this.penalty.l1H > 0 || this.penalty.l2H > 0) return
    const gram = this.view(this.den, kp * kp)
    for (let q = 0; q < k; q++) {
      if ((gram[q * kp + q] ?? 0) > 0) continue
      this.normals(0xffff0000 + q, this.work, Math.min(columns, 16))
      const values = this.view(this.work, Math.min(columns, 16))
      const ht = this.view(this.ht, columns * kp)
      for (let j = 0; j < columns; j++) ht[j * kp + q] = Math.abs(values[j % values.length] ?? 0)
    }
  }

  // a <- a * b / (a G + l1 + l2 a), the squared loss's multiplicative step; G is the Gram matrix at `gram`.
  private multiply(a: number, count: number, b: number, l1: number, l2: number, gram = this.gram): void {
    const { call, kp } = this
    this.zero(this.work, count * kp)
    call.product(count, kp, kp, a, kp, 1, gram, this.work)
    call.ratio(count * kp, 1, l1, l2, a, b, this.work)
  }

  private sweeps(side: number, other: number): number {
    if (this.fixedH) return this.options.maxIter
    if (this.options.innerIter !== null) return this.options.innerIter
    const { k } = this
    return Math.floor(1 + 0.5 * (1 + (this.nnz + other * k) / (side * k + side)))
  }

  private shard(s: number): { count: number; w: number; x: number; indptr: number } {
    const first = s * this.height
    const count = Math.min(this.height, this.rows - first)
    const w = this.w + first * this.kp * this.size
    if (this.indptr) return { count, w, x: this.x, indptr: this.indptr + first * 4 }
    return { count, w, x: this.x + first * this.columns * this.size, indptr: 0 }
  }

  private gramOf(a: number, count: number, target: number): void {
    this.zero(target, this.kp * this.kp)
    this.call.product(this.kp, count, this.kp, a, 1, this.kp, a, target)
  }

  private sumRows(a: number, count: number): void {
    this.call.columnSums(count, this.kp, a, this.kp, this.wide)
    this.view(this.sums, this.kp).set(this.engine.arena.f64(this.wide, this.kp))
  }

  private normals(stream: number, target: number, count: number): void {
    const { seed } = this.options
    this.call.normal(seed >>> 0, Math.floor(seed / 2 ** 32), stream >>> 0, 0, target, count)
  }

  private zero(pointer: number, count: number): void {
    this.view(pointer, count).fill(0)
  }

  private view(pointer: number, count: number): FloatArray {
    return this.precision === 'f32' ? this.engine.arena.f32(pointer, count) : this.engine.arena.f64(pointer, count)
  }
}
