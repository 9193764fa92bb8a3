import { statSync } from 'node:fs'
import type { Entry } from 'latens'
import { numbered } from './description.js'
import { UsageError } from './errors.js'
import { readParts } from './parts.js'
import { readRatings } from './ratings.js'
import { type Data, type Precision, readFileOf, unreadable } from './readers.js'
import { readSets } from './sets.js'
import { transposed } from './transpose.js'
import { readViews } from './views.js'

interface Several {
  readonly transpose: boolean
  readonly precision: Precision
  /** A sample may lack a view. */
  readonly gaps: boolean
  /** A whole matrix may be absent. */
  readonly lacking?: boolean
  /** The names of the items of a model of ratings. */
  readonly items?: readonly string[] | undefined
}

/** What an estimator takes. */
export function readInput(kind: Entry['input'], inputs: readonly string[], given: Several): Promise<Data> {
  if (kind === 'views') return readViews(inputs, given)
  if (kind === 'sets') return readSets(inputs, given)
  if (kind === 'ratings') return readRatings(inputs[0] ?? '-', given)
  return readData(inputs[0] ?? '-', given.transpose, given.precision)
}

/** The matrix that a file holds, or a folder in parts. */
async function readData(input: string, transpose: boolean, precision: Precision): Promise<Data> {
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
