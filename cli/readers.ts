import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { csr, dense, type Matrix, type RowSource } from 'latens'
import { csrFromNpz, decodeNpy, type NpyArray, readCsv, readMatrixMarket, readNpz } from 'latens/io'

export interface Data {
  /** Of a folder a source, which finds the names as it is read for the first time. */
  readonly X: Matrix | RowSource | readonly (Matrix | null)[]
  readonly rowNames: string[]
  readonly columnNames: string[]
  /** Of several matrices each one's. */
  readonly views?: readonly { readonly name: string; readonly columnNames: readonly string[] }[]
  /** The files of a folder, and an error of a fit told with the one it is about. */
  readonly parts?: readonly string[]
  readonly told?: (error: unknown) => unknown
}

/** What stands for a view or a data set that is not there. */
export const NO_MATRIX = 'none'

export type Precision = 'f32' | 'f64'
export interface Read {
  readonly X: Matrix
  readonly rowNames?: string[] | undefined
  readonly columnNames?: string[] | undefined
}

const rounded = (data: ArrayLike<number>, precision: Precision): Float32Array | Float64Array =>
  precision === 'f32' ? Float32Array.from(data) : Float64Array.from(data)

const READERS: readonly [RegExp, (input: string, precision: Precision) => Promise<Read>][] = [
  [/\.mtx(\.gz)?$/, readSparse],
  [/\.npy$/, readNpy],
  [/\.npz$/, readZip],
  [/(?:)/, readTable],
]

/** Reads a matrix: .npy, .npz, .mtx and .mtx.gz by their names, else text with a header and row names where it has them. */
export async function readFileOf(input: string, precision: Precision): Promise<Read> {
  const [, read = readTable] = READERS.find(([name]) => name.test(input)) ?? []
  try {
    return await read(input, precision)
  } catch (error) {
    throw unreadable(input === '-' ? 'standard input' : input, error)
  }
}

/** An error about a file with the file's name before it: readers know bytes only, and `read` errors of Node no path. */
export function unreadable(name: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new Error(`${name}: no such file`, { cause: error })
  if (code === 'EISDIR') return new Error(`${name}: wanted a file, got a folder`, { cause: error })
  return new Error(`${name}: ${message.replace(/^(read\w+|decodeNpy|csrFromNpz): /, '')}`, { cause: error })
}

async function readTable(input: string, precision: Precision): Promise<Read> {
  const stream = input === '-' ? process.stdin : createReadStream(input)
  const { data, rows, columns, rowNames, columnNames } = await readCsv(stream, { precision })
  return { X: dense(data, [rows, columns]), rowNames, columnNames }
}

async function readSparse(path: string, precision: Precision): Promise<Read> {
  return inPrecision(await readMatrixMarket(createReadStream(path)), precision)
}

async function readNpy(path: string, precision: Precision): Promise<Read> {
  return table(decodeNpy(await readFile(path)), precision)
}

/** The sparse matrix or the only array of the file. */
async function readZip(path: string, precision: Precision): Promise<Read> {
  const arrays = await readNpz(await readFile(path))
  const sparse = csrFromNpz(arrays)
  if (sparse !== undefined) return inPrecision(sparse, precision)
  const [array, ...more] = Object.values(arrays)
  if (array !== undefined && more.length === 0) return table(array, precision)
  const names = Object.keys(arrays)
  const list = names.slice(0, 20).join(', ') + (names.length > 20 ? ', ...' : '')
  throw new Error(`wanted one array or a sparse matrix, got ${names.length} arrays${list ? `: ${list}` : ''}`)
}

function inPrecision(matrix: Matrix, precision: Precision): Read {
  const data = rounded(matrix.data, precision)
  return { X: matrix.kind === 'csr' ? csr({ ...matrix, data }) : dense(data, matrix.shape) }
}

function table({ data, shape }: NpyArray, precision: Precision): Read {
  const [rows = 0, columns = 0] = shape
  if (shape.length !== 2) throw new Error(`wanted a matrix, got ${shape.length} dimensions`)
  return { X: dense(rounded(data, precision), [rows, columns]) }
}
