import type { Csr, FloatArray, Matrix } from './matrix.js'
import { csr, dense } from './matrix.js'
import type { Pace } from './pace.js'
import { exponentOf, powerOfTwo } from './scale.js'
import { isHeldOut, type Speckle, speckleOf } from './speckle.js'

/** What says how the entries of a matrix count. */
export interface Counting {
  /** Weights of its shape, finite and >= 0; what a sparse one does not store weighs nothing. */
  readonly weights: Matrix | undefined
  /** Entries that are missing: NaN; NaN and zeros, or what a sparse matrix does not store. */
  readonly missing: 'none' | 'nan' | 'zeros'
  /** Share of the counting entries that is held out, by a hash of row, column and seed. */
  readonly holdOut: number
  readonly seed: number
  /** The entries that count alone, as a list, whatever their number; but where all do, or the others are held out. */
  readonly listed: boolean
  /** They must be > 0. */
  readonly positive: boolean
  /** They may be < 0. */
  readonly signed: boolean
}

/** A matrix with its entries weighed: `X` holds m_ij x_ij, 0 for what is held out. `lists` are rows of the entries that do
 *  not weigh `base` (assembly/kernels/weighted.ts); undefined where all weigh one, and X is then the matrix itself. */
export interface Masked {
  readonly X: Matrix
  readonly lists: MaskLists | undefined
  readonly heldOut: HeldOut | undefined
}

/** The entries that are held out. */
export interface HeldOut {
  readonly count: number
  /** What they hold, row after row; with `speckle`, of a sparse matrix, those alone that it stores. */
  readonly data: FloatArray
  /** Where they lie; undefined where `speckle` says so. */
  readonly lists: Pick<Csr, 'indptr' | 'indices'> | undefined
}

export interface MaskLists {
  readonly base: 0 | 1
  /** With base 1: these are held out, and not listed for that. */
  readonly speckle: Speckle | undefined
  readonly scale: number
  readonly indptr: Int32Array
  readonly indices: Int32Array
  /** Divided by `scale`; undefined where they are 1 (base 0) or 0 (base 1). */
  readonly weights: FloatArray | undefined
  /** m_ij x_ij of the listed entries. */
  readonly data: FloatArray
  /** Entries that are held out. */
  readonly out: number
  /** The sum of all other weights, divided by `scale`. */
  readonly mass: number
}

const BREATH = 1 << 16 // entries looked at between two breaths

type Visit = (row: number, column: number, value: number, weight: number, held: boolean) => void

/** Weighs the entries of X. Throws RangeError for weights of another shape, or that are not finite and >= 0, and for a
 *  held-out entry that X may not have. */
export async function mask(where: string, X: Matrix, counting: Counting, pace: Pace): Promise<Masked> {
  const { weights } = counting
  const [rows, columns] = X.shape
  if (weights && (weights.shape[0] !== rows || weights.shape[1] !== columns))
    throw new RangeError(
      `${where}: weights: wanted ${rows} x ${columns}, got ${weights.shape[0]} x ${weights.shape[1]}`,
    )
  const { signed } = counting
  let [seen, given, ones, out, high] = [0, 0, 0, 0, 0]
  await walk(where, X, counting, pace, (i, j, value, weight, held) => {
    seen++
    if (held) out++
    if (weight > 0) given++
    if (weight === 1) ones++
    high = Math.max(high, weight)
    if (held && !(value > -Infinity && value < Infinity && (signed || value >= 0)))
      throw new RangeError(
        `${where}: X[${i}, ${j}] = ${value}: entries must be ${value < 0 && !signed ? '>= 0' : 'finite'}`,
      )
    if (counting.positive && weight > 0 && value === 0)
      throw new RangeError(
        `${where}: X[${i}, ${j}] = 0: a loss with beta <= 0 divides by the entries and needs them > 0`,
      )
  })
  const counted = given - out
  if (ones - out === rows * columns) return { X, lists: undefined, heldOut: undefined }
  if (counted === 0) throw new RangeError(`${where}: X: wanted at least one entry that counts, got none`)
  const binary = ones === given
  const scale = binary ? 1 : powerOfTwo(exponentOf(high))
  // Where entries are held out alone X stays as it is, and so does a dense one most of which counts.
  const few = counting.listed || seen < rows * columns || 2 * counted < rows * columns
  const base = few && ones < rows * columns ? 0 : 1
  const lists = new Lists(X, base === 0 ? counted : rows * columns - (binary ? ones : 0), !binary, scale)
  // What a sparse matrix does not store is not kept.
  const kept = base === 1 && X.kind === 'csr' ? Math.min(out, X.data.length) : out
  const heldOut = out > 0 ? new Lists(X, kept, false, 1, base === 0) : undefined
  const weighed = base === 0 ? undefined : copyOf(X)
  let mass = 0
  let place = -1
  await walk(where, X, counting, pace, (i, j, value, weight, held) => {
    const m = held ? 0 : weight
    mass += m / scale
    if (base === 1) place = weighed!.find(i, j, place)
    if (held && (base === 0 || place >= 0)) heldOut?.add(i, j, value, 1)
    if (base === 0) return m > 0 ? lists.add(i, j, (m / scale) * value, m) : undefined
    if (weight !== 1 || !binary) {
      // What is held out counts as 1 in them, whatever its weight becomes when it is rounded.
      lists.add(i, j, m > 0 ? (m / scale) * value : 0, held ? scale : weight)
    }
    if (place >= 0) weighed!.data[place] = m > 0 ? (m / scale) * value : 0
  })
  const { indptr, indices, data, weights: listed } = lists.done()
  return {
    X: base === 0 ? csr({ indptr, indices, data, shape: X.shape }) : weighed!.matrix,
    lists: {
      base,
      speckle: base === 1 && out > 0 ? speckleOf(counting.seed, counting.holdOut) : undefined,
      scale,
      indptr,
      indices,
      data,
      weights: listed,
      out,
      mass,
    },
    heldOut: heldOut?.heldOut(out),
  }
}

/** Visits, row by row, the entries that may count: of X where only what is stored or not zero does, else of the weights
 *  where these are sparse, else all. */
async function walk(where: string, X: Matrix, counting: Counting, pace: Pace, visit: Visit): Promise<void> {
  const { weights, missing, holdOut, seed } = counting
  const speckle = holdOut > 0 ? speckleOf(seed, holdOut) : undefined
  const [rows, columns] = X.shape
  const x = reader(X)
  const m = weights && reader(weights)
  const stored = missing === 'zeros' && X.kind === 'csr' ? X : weights?.kind === 'csr' ? weights : undefined
  let since = 0
  for (let i = 0; i < rows; i++) {
    const [start, end] = stored ? [stored.indptr[i] ?? 0, stored.indptr[i + 1] ?? 0] : [0, columns]
    for (let p = start; p < end; p++) {
      const j = stored ? (stored.indices[p] ?? 0) : p
      const value = x(i, j)
      let weight = m ? m(i, j) : 1
      if (!(weight >= 0 && weight < Infinity))
        throw new RangeError(`${where}: weights[${i}, ${j}] = ${weight}: weights must be finite and >= 0`)
      if (missing !== 'none' && Number.isNaN(value)) weight = 0
      else if (missing === 'zeros' && value === 0 && X.kind === 'dense') weight = 0
      visit(i, j, value, weight, speckle !== undefined && weight > 0 && isHeldOut(speckle, i, j))
    }
    since += end - start + 1
    if (since < BREATH) continue
    since = 0
    await pace.breathe()
  }
}

// Entries of a matrix, asked for in rising order within a row.
function reader(X: Matrix): (row: number, column: number) => number {
  if (X.kind === 'dense') {
    const { data, offset, stride } = X
    return (i, j) => data[offset + i * stride[0] + j * stride[1]] ?? NaN
  }
  const find = finder(X)
  let place = -1
  return (i, j) => {
    place = find(i, j, place)
    return place >= 0 ? (X.data[place] ?? NaN) : 0
  }
}

// Where an entry of a sparse matrix is stored, or minus one minus where it would be; `place` is the answer before.
function finder({ indptr, indices }: Csr): (row: number, column: number, place: number) => number {
  return (i, j, place) => {
    const [start = 0, end = 0] = [indptr[i], indptr[i + 1]]
    let p = place >= 0 ? place : -1 - place
    if (p < start || p > end || (p > start && (indices[p - 1] ?? 0) >= j)) p = start
    while (p < end && (indices[p] ?? 0) < j) p++
    return p < end && indices[p] === j ? p : -1 - p
  }
}

// A copy to weigh the entries of, and where they lie in it.
function copyOf(X: Matrix): {
  matrix: Matrix
  data: FloatArray
  find(row: number, column: number, place: number): number
} {
  const [rows, columns] = X.shape
  if (X.kind === 'csr') {
    const data = X.data.slice()
    return { matrix: csr({ ...X, data }), data, find: finder(X) }
  }
  const data = X.data instanceof Float32Array ? new Float32Array(rows * columns) : new Float64Array(rows * columns)
  return { matrix: dense(data, [rows, columns]), data, find: (i, j) => i * columns + j }
}

// Entries as they come, row after row.
class Lists {
  private readonly indptr: Int32Array
  private readonly indices: Int32Array | undefined
  private readonly data: FloatArray
  private readonly weights: FloatArray | undefined
  private count = 0

  /** `placed`: it is told where they lie. */
  constructor(
    { data, shape }: Matrix,
    length: number,
    weighed: boolean,
    private readonly scale: number,
    placed = true,
  ) {
    const floats = (): FloatArray =>
      data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)
    this.indptr = new Int32Array(shape[0] + 1)
    this.indices = placed ? new Int32Array(length) : undefined
    this.data = floats()
    this.weights = weighed ? floats() : undefined
  }

  add(row: number, column: number, value: number, weight: number): void {
    const { count } = this
    if (this.indices) this.indices[count] = column
    this.data[count] = value
    if (this.weights) this.weights[count] = weight / this.scale
    this.count++
    this.indptr[row + 1]!++
  }

  done() {
    const { indptr, data, weights, indices = new Int32Array(0) } = this
    for (let i = 1; i < indptr.length; i++) indptr[i]! += indptr[i - 1]!
    return { indptr, indices, data, weights }
  }

  heldOut(count: number): HeldOut {
    const { indptr, indices, data } = this.done()
    return { count, data: data.subarray(0, this.count), lists: this.indices && { indptr, indices } }
  }
}
