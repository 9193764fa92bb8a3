import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { csr, dense, type Matrix } from 'latens'
import { decodeNpy, readCsv, readMatrixMarket } from 'latens/io'

export interface Data {
  readonly X: Matrix
  readonly rowNames: string[]
  readonly columnNames: string[]
}

type Precision = 'f32' | 'f64'

const numbered = (count: number, word: string): string[] => Array.from({ length: count }, (_, i) => `${word} ${i + 1}`)
const rounded = (data: ArrayLike<number>, precision: Precision): Float32Array | Float64Array =>
  precision === 'f32' ? Float32Array.from(data) : Float64Array.from(data)

/** Reads a matrix: .npy, .mtx and .mtx.gz by their names, else text with a header and row names where it has them. */
export async function readData(input: string, transpose: boolean, precision: Precision): Promise<Data> {
  if (/\.mtx(\.gz)?$/.test(input)) return readSparse(input, transpose, precision)
  const { rows, columns, ...table } = input.endsWith('.npy')
    ? await readNpy(input)
    : await readCsv(input === '-' ? process.stdin : createReadStream(input))
  const data = rounded(table.data, precision)
  const rowNames = table.rowNames ?? numbered(rows, 'row')
  const columnNames = table.columnNames ?? numbered(columns, 'column')
  if (!transpose) return { X: dense(data, [rows, columns]), rowNames, columnNames }
  return {
    X: dense(data, [columns, rows], { stride: [1, columns] }),
    rowNames: columnNames,
    columnNames: rowNames,
  }
}

async function readSparse(path: string, transpose: boolean, precision: Precision): Promise<Data> {
  if (transpose) throw new Error(`--transpose: ${path}: wanted a dense input, got a Matrix Market file`)
  const matrix = await readMatrixMarket(createReadStream(path))
  const [rows, columns] = matrix.shape
  const data = rounded(matrix.data, precision)
  const X = matrix.kind === 'csr' ? csr({ ...matrix, data }) : dense(data, matrix.shape)
  return { X, rowNames: numbered(rows, 'row'), columnNames: numbered(columns, 'column') }
}

async function readNpy(path: string) {
  const { data, shape } = decodeNpy(await readFile(path))
  if (shape.length !== 2) throw new Error(`${path}: wanted a matrix, got ${shape.length} dimensions`)
  return { data, rows: shape[0] ?? 0, columns: shape[1] ?? 0, rowNames: undefined, columnNames: undefined }
}
