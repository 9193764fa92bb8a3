import { statSync } from 'node:fs'
import { numbered } from './description.js'
import { UsageError } from './errors.js'
import { readParts } from './parts.js'
import { type Data, type Precision, readFileOf, unreadable } from './readers.js'
import { transposed } from './transpose.js'

/** The matrix that a file holds, or a folder in parts. */
export async function readData(input: string, transpose: boolean, precision: Precision): Promise<Data> {
  if (input !== '-' && isFolder(input)) {
    if (transpose)
      throw new UsageError(`--transpose: wanted a file, got a folder: the parts of ${input} are read by rows`)
    return readParts(input, precision)
  }
  const { X, ...names } = await readFileOf(input, precision)
  const [rows, columns] = X.shape
  // What has no names is numbered as it stands in the file.
  const { rowNames = numbered(rows, 'row'), columnNames = numbered(columns, 'column') } = names
  if (!transpose) return { X, rowNames, columnNames }
  return { X: transposed(X), rowNames: columnNames, columnNames: rowNames }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  } catch (error) {
    throw unreadable(path, error)
  }
}
