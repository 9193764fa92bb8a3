import type { Engine } from '../../bindings/instance.js'
import { homeOf, reading } from './home.js'
import type { Precision } from '../../bindings/typed.js'
import type { Csr, Matrix } from './matrix.js'
import { CHUNK, Numbers } from './numbers.js'
import type { Pace } from './pace.js'
import type { Cut, Span } from './program.js'
import type { Speckle } from './speckle.js'

/** Columns first .. first + columns of X. Sparse ones are stored apart, with column indices from `first`: `indptr`
 *  points to i32[rows + 1], positions in the matrix's `indices` and `x`. */
export interface Slice {
  readonly first: number
  readonly columns: number
  readonly indptr: number
}

/** A matrix in the arena, divided by root^2 so that its largest entry lies in [1, 4) in size: the thresholds of
 *  the kernels then mean the same for data of any size. root is a power of two and nothing is rounded: non-negative data
 *  that span more than the division leaves room for are divided by less, of signed ones the least entries round to 0. */
export interface Loaded {
  readonly rows: number
  readonly columns: number
  readonly precision: Precision
  readonly root: number
  readonly sparse: boolean
  /** T[rows*ld] row-major, zeros beyond the columns; or the stored entries of a sparse matrix. */
  readonly x: number
  readonly ld: number
  readonly indices: number
  readonly slices: readonly Slice[]
  readonly stored: number
  /** Entries may be negative. */
  readonly signed?: boolean
  /** Sum and mean over all entries that count, as they count, and <X, X>, of the divided matrix. */
  readonly total: number
  readonly mean: number
  readonly squares: number
  /** Of a matrix that is not held: only the rows that were loaded last are in the arena, at the addresses that they
   *  would have if all were. */
  readonly window?: Window
  /** How the entries count, where they do not count alike; X is then that of the numerators, m_ij x_ij. */
  readonly weights?: Weights
  /** X', for methods that walk its columns as they walk its rows. */
  readonly turned?: Turned
}

/** A side of a matrix of weights in the arena, row after row: see assembly/kernels/weighted.ts. */
export interface Lists {
  /** 0 where nothing is listed. */
  readonly indptr: number
  readonly indices: number
  /** 0 where the listed entries are missing (base 1), or are all there is and weigh one (base 0). */
  readonly weights: number
}

export interface Weights {
  /** Held divided by this power of two: 1 where all weights are 0 or 1. */
  readonly scale: number
  /** What entries weigh that are not listed. */
  readonly base: 0 | 1
  readonly rows: Lists
  readonly columns: Lists
  /** With base 1: what is held out as well, which is listed nowhere. */
  readonly speckle: Speckle | undefined
  /** Entries that sums of a row's own take, of all rows. */
  readonly taken: number
  /** sum m_ij x_ij log m_ij, of the divided matrix: Kullback-Leibler's kernel leaves it out. */
  readonly entropy: number
}

/** The transpose: dense T[columns*ld], or sparse in one piece. */
export interface Turned extends Pick<Loaded, 'x' | 'ld' | 'indices'> {
  readonly indptr: number
  /** Stored entries of the fullest row of X and of the fullest column. */
  readonly longest: readonly [row: number, column: number]
}

/** Brings blocks of rows of X into the arena, in their order; the one that begins with row 0 begins another pass. */
export interface Window {
  readonly fingerprint: string
  /** Takes the memory for a block of any of these. */
  reserve(cuts: readonly Cut[]): void
  load(block: Span, pace: Pace): Promise<void>
  /** Ends a pass that is left. */
  close(): Promise<void>
}

export interface LoadOptions {
  /** Rounded to this; by default as it is. */
  readonly precision?: Precision
  /** Entries must be > 0. */
  readonly positive?: boolean
  /** Entries may be negative. */
  readonly signed?: boolean
  /** Columns of a slice of a sparse matrix at most. */
  readonly sliceWidth?: number
}

export const precisionOf = (X: Pick<Matrix, 'data'>): Precision => (X.data instanceof Float32Array ? 'f32' : 'f64')

/** Copies X into the arena. Throws RangeError for a matrix without rows or columns, and naming the first entry that is
 *  not finite and, unless `signed`, >= 0 (> 0 where `positive`). */
export async function loadMatrix(
  engine: Engine,
  where: string,
  X: Matrix,
  pace: Pace,
  { precision = precisionOf(X), positive = false, signed = false, sliceWidth = Infinity }: LoadOptions = {},
): Promise<Loaded> {
  checkSides(where, X.shape)
  const [rows, columns] = X.shape
  const sparse = X.kind === 'csr'
  const numbers = new Numbers(engine, where, X, precision, signed)
  const { size, ld, step } = numbers
  const lines = sparse ? X.data.length : rows
  const home = homeOf(X)
  const there = home?.engine === engine
  const x = there ? home.x : engine.arena.alloc(lines * ld * size)
  const chunks = Array.from({ length: Math.ceil(lines / step) }, (_, c) => ({
    first: c * step,
    count: Math.min(step, lines - c * step),
    at: x + c * step * ld * size,
  }))
  await reading(where, X, engine, async () => {
    for (const { first, count, at } of chunks) {
      await pace.breathe()
      numbers.scan(X, first, count, at, 0, there)
    }
  })
  const all = rows * columns
  const stored = sparse ? lines : all
  const root = numbers.root(stored, stored < all, positive)
  if (there) home.root = root
  for (const { first, count, at } of chunks) {
    await pace.breathe()
    numbers.sum(at, count, root)
    if (there) home.divided = (first + count) * ld
  }
  const mean = numbers.total / all
  const known = {
    rows,
    columns,
    precision,
    root,
    sparse,
    x,
    ld,
    stored,
    total: numbers.total,
    signed,
    mean,
    squares: numbers.squares,
  }
  if (!sparse) return { ...known, indices: 0, slices: [{ first: 0, columns, indptr: 0 }] }
  const room = roomFor(engine, slicesOf(columns, sliceWidth), rows, stored)
  // In one slice the entries lie as they are.
  await putSparse(engine, X, { ...room, x: room.slices.length > 1 ? x : 0 }, numbers, root, pace)
  return { ...known, ...room }
}

/** The same of entries that must be >= 0. */
export const loadNonNegative = (
  engine: Engine,
  where: string,
  X: Matrix,
  pace: Pace,
  options: Omit<LoadOptions, 'signed'> = {},
): Promise<Loaded> => loadMatrix(engine, where, X, pace, options)

export function checkSides(where: string, [rows, columns]: Matrix['shape']): void {
  if (rows === 0 || columns === 0)
    throw new RangeError(`${where}: X: wanted at least one row and one column, got ${rows} x ${columns}`)
}

/** Stretches of columns of at most `width`, which lie nowhere yet. */
export const slicesOf = (columns: number, width: number): Slice[] =>
  Array.from({ length: Math.ceil(columns / Math.min(width, columns)) }, (_, s) => {
    const first = s * Math.min(width, columns)
    return { first, columns: Math.min(width, columns - first), indptr: 0 }
  })

/** Memory for the structure of so many rows and stored entries. */
export function roomFor({ arena }: Engine, slices: readonly Slice[], rows: number, stored: number) {
  const indices = arena.alloc(stored * 4)
  return { indices, slices: slices.map(slice => ({ ...slice, indptr: arena.alloc((rows + 1) * 4) })) }
}

/** X into its memory; its entries, divided, where `x` is not 0. */
export async function putSparse(
  { arena }: Engine,
  X: Csr,
  { x, indices, slices }: Pick<Loaded, 'x' | 'indices' | 'slices'>,
  numbers: Numbers,
  root: number,
  pace: Pace,
): Promise<void> {
  const [{ columns }] = slices as [Slice]
  const cutting = slices.length > 1 ? await import('./slices.js') : undefined
  const cut = (await cutting?.sliceColumns(X, columns, pace)) ?? { ...X, slices: [X] }
  const put = async (values: Int32Array, at: number): Promise<void> => {
    for (let first = 0; first < values.length; first += CHUNK) {
      await pace.breathe()
      const part = values.subarray(first, first + CHUNK)
      arena.i32(at + first * 4, part.length).set(part)
    }
  }
  await put(cut.indices, indices)
  for (const [s, { indptr }] of slices.entries()) await put(cut.slices[s]!.indptr, indptr)
  const { data } = cut
  for (let first = 0; x !== 0 && first < data.length; first += CHUNK) {
    await pace.breathe()
    const [at, part] = [x + first * numbers.size, data.subarray(first, first + CHUNK)]
    numbers.view(at, part.length).set(part)
    numbers.divide(at, part.length, root)
  }
}
