import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { csr, dense, type Matrix } from 'latens'
import { decodeNpy, readCsv, readMatrixMarket } from 'latens/io'
import { transposed } from './transpose.js'

export interface Data {
  readonly X: Matrix
  readonly rowNames: string[]
  readonly columnNames: string[]
}

type Precision = 'f32' | 'f64'
interface Read {
  readonly X: Matrix
  readonly rowNames?: string[] | undefined
  readonly columnNames?: string[] | undefined
}

const numbered = (count: number, word: string): string[] => Array.from({ length: count }, (_, i) => `${word} ${i + 1}`)
const rounded = (data: ArrayLike<number>, precision: Precision): Float32Array | Float64Array =>
  precision === 'f32' ? Float32Array.from(data) : Float64Array.from(data)

/** Reads a matrix: .npy, .mtx and .mtx.gz by their names, else text with a header and row names where it has them. */
export async function readData(input: string, transpose: boolean, precision: Precision): Promise<Data> {
  const read = /\.mtx(\.gz)?$/.test(input) ? readSparse : input.endsWith('.npy') ? readNpy : readTable
  let found: Read
  try {
    found = await read(input, precision)
  } catch (error) {
    throw unreadable(input === '-' ? 'standard input' : input, error)
  }
  const [rows, columns] = found.X.shape
  // What has no names is numbered as it stands in the file.
  const { rowNames = numbered(rows, 'row'), columnNames = numbered(columns, 'column') } = found
  if (!transpose) return { X: found.X, rowNames, columnNames }
  return { X: transposed(found.X), rowNames: columnNames, columnNames: rowNames }
}

/** An error about a file with the file's name before it: readers know bytes only, and `read` errors of Node no path. */
export function unreadable(name: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new Error(`${name}: no such file`, { cause: error })
  if (code === 'EISDIR') return new Error(`${name}: wanted a file, got a folder`, { cause: error })
  return new Error(`${name}: ${message.replace(/^(readCsv|readMatrixMarket|decodeNpy): /, '')}`, { cause: error })
}

async function readTable(input: string, precision: Precision): Promise<Read> {
  const stream = input === '-' ? process.stdin : createReadStream(input)
  const { data, rows, columns, rowNames, columnNames } = await readCsv(stream, { precision })
  return { X: dense(data, [rows, columns]), rowNames, columnNames }
}

async function readSparse(path: string, precision: Precision): Promise<Read> {
  const matrix = await readMatrixMarket(createReadStream(path))
  const data = rounded(matrix.data, precision)
  return { X: matrix.kind === 'csr' ? csr({ ...matrix, data }) : dense(data, matrix.shape) }
}

async function readNpy(path: string, precision: Precision): Promise<Read> {
  const { data, shape } = decodeNpy(await readFile(path))
  const [rows = 0, columns = 0] = shape
  if (shape.length !== 2) throw new Error(`wanted a matrix, got ${shape.length} dimensions`)
  return { X: dense(rounded(data, precision), [rows, columns]) }
}
