import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type Csr, csr, dense, type Dense, type Matrix } from 'latens'
import { csrFromNpz, decodeNpy, type NpyArray, readCsv, readMatrixMarket, readNpz } from 'latens/io'

export interface Data {
  readonly X: Matrix
  readonly rowNames: string[]
  readonly columnNames: string[]
}

type Precision = 'f32' | 'f64'

const numbered = (count: number, word: string): string[] => Array.from({ length: count }, (_, i) => `${word} ${i + 1}`)
const rounded = (data: ArrayLike<number>, precision: Precision): Float32Array | Float64Array =>
  precision === 'f32' ? Float32Array.from(data) : Float64Array.from(data)

/** Reads a matrix: .npy, .npz, .mtx and .mtx.gz by their names, else text with a header and row names where it has them. */
export async function readData(input: string, transpose: boolean, precision: Precision): Promise<Data> {
  if (/\.mtx(\.gz)?$/.test(input)) {
    if (transpose) throw new Error(`--transpose: ${input}: wanted a dense input, got a Matrix Market file`)
    return fromMatrix(await readMatrixMarket(createReadStream(input)), precision)
  }
  const read = input.endsWith('.npz') ? await readZip(input) : undefined
  if (read !== undefined && 'kind' in read) {
    if (transpose) throw new Error(`--transpose: ${input}: wanted a dense input, got a sparse matrix`)
    return fromMatrix(read, precision)
  }
  const { rows, columns, ...table } = read
    ? table2d(input, read)
    : input.endsWith('.npy')
      ? table2d(input, decodeNpy(await readFile(input)))
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

function fromMatrix(matrix: Csr | Dense, precision: Precision): Data {
  const [rows, columns] = matrix.shape
  const data = rounded(matrix.data, precision)
  const X = matrix.kind === 'csr' ? csr({ ...matrix, data }) : dense(data, matrix.shape)
  return { X, rowNames: numbered(rows, 'row'), columnNames: numbered(columns, 'column') }
}

/** The sparse matrix or the only array of the file. */
async function readZip(path: string): Promise<Csr | NpyArray> {
  const arrays = await readNpz(await readFile(path))
  const sparse = csrFromNpz(arrays)
  if (sparse !== undefined) return sparse
  const [array, ...more] = Object.values(arrays)
  if (array !== undefined && more.length === 0) return array
  const names = Object.keys(arrays)
  const list = names.slice(0, 20).join(', ') + (names.length > 20 ? ', ...' : '')
  throw new Error(`${path}: wanted one array or a sparse matrix, got ${names.length} arrays${list ? `: ${list}` : ''}`)
}

function table2d(path: string, { data, shape }: NpyArray) {
  if (shape.length !== 2) throw new Error(`${path}: wanted a matrix, got ${shape.length} dimensions`)
  return { data, rows: shape[0] ?? 0, columns: shape[1] ?? 0, rowNames: undefined, columnNames: undefined }
}
