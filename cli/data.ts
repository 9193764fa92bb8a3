import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dense, type Dense } from 'latens'
import { decodeNpy, readCsv } from 'latens/io'

export interface Data {
  readonly X: Dense
  readonly rowNames: string[]
  readonly columnNames: string[]
}

/** Reads a table: .npy by its extension, else text with a header and row names where it has them. */
export async function readData(input: string, transpose: boolean, precision: 'f32' | 'f64'): Promise<Data> {
  const table = input.endsWith('.npy')
    ? await readNpy(input)
    : await readCsv(input === '-' ? process.stdin : createReadStream(input))
  const { rows, columns } = table
  const names = (given: string[] | undefined, count: number, word: string): string[] =>
    given ?? Array.from({ length: count }, (_, i) => `${word} ${i + 1}`)
  const data = precision === 'f32' ? Float32Array.from(table.data) : Float64Array.from(table.data)
  const [rowNames, columnNames] = [names(table.rowNames, rows, 'row'), names(table.columnNames, columns, 'column')]
  if (!transpose) return { X: dense(data, [rows, columns]), rowNames, columnNames }
  return { X: dense(data, [columns, rows], { stride: [1, columns] }), rowNames: columnNames, columnNames: rowNames }
}

async function readNpy(path: string) {
  const { data, shape } = decodeNpy(await readFile(path))
  if (shape.length !== 2) throw new Error(`${path}: wanted a matrix, got ${shape.length} dimensions`)
  return { data, rows: shape[0] ?? 0, columns: shape[1] ?? 0, rowNames: undefined, columnNames: undefined }
}
