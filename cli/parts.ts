import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Matrix } from 'latens'
import { type Data, type Precision, type Read, readFileOf, unreadable } from './readers.js'

const KINDS: readonly (readonly [string, RegExp])[] = [
  ['tables', /\.(csv|tsv)(\.gz)?$/],
  ['.mtx files', /\.mtx(\.gz)?$/],
  ['.npy files', /\.npy$/],
  ['.npz files', /\.npz$/],
]
const WANTED = '.csv, .tsv or .mtx (each may be .gz), .npy or .npz'

/** The rows of a folder's files under each other, in the order of the files' names by their code units. A file is read
 *  whole, once for every pass, and let go. */
export function readParts(folder: string, precision: Precision): Data {
  const parts = list(folder)
  const [rowNames, columnNames, ends] = [[] as string[], [] as string[], [] as number[]]
  let first: First | undefined
  const note = ({ X, ...found }: Read): void => {
    const before = rowNames.length
    for (let i = 0; i < X.shape[0]; i++) rowNames.push(found.rowNames?.[i] ?? `row ${before + i + 1}`)
    if (ends.length === 0)
      for (let j = 0; j < X.shape[1]; j++) columnNames.push(found.columnNames?.[j] ?? `column ${j + 1}`)
    ends.push(rowNames.length)
  }
  async function* source(): AsyncGenerator<Matrix> {
    for (const [p, path] of parts.entries()) {
      const found = await readFileOf(path, precision)
      const { kind, shape } = found.X
      first ??= { ...found, X: { kind, shape } }
      checkAlike(path, found, parts[0] ?? '', first)
      if (p === ends.length) note(found)
      yield found.X
    }
  }
  const told = (error: unknown): unknown => {
    const { message } = error as Error
    if (/^\w+\.fit: X: pass \d+: /.test(message))
      return new Error(`${folder}: its files changed while they were read: ${message}`, { cause: error })
    const [, row] = /^\w+\.fit: X\[(\d+),/.exec(message) ?? []
    const p = ends.findIndex(end => Number(row) < end)
    const own = Number(row) - (ends[p - 1] ?? 0)
    return p < 0 ? error : new Error(`${parts[p]}: ${message.replace(`X[${row},`, `X[${own},`)}`, { cause: error })
  }
  return { X: source, rowNames, columnNames, parts, told }
}

// Files of one kind; hidden ones are none of the user's.
function list(folder: string): string[] {
  let names: string[]
  try {
    names = readdirSync(folder).filter(name => !name.startsWith('.'))
  } catch (error) {
    throw unreadable(folder, error)
  }
  names.sort() // by code units, whatever the locale
  const kinds = names.map(name => KINDS.find(([, pattern]) => pattern.test(name))?.[0])
  const other = kinds.findIndex(kind => kind === undefined || kind !== kinds[0])
  if (names.length === 0) throw new Error(`${folder}: wanted parts that end in ${WANTED}, got none`)
  if (other >= 0)
    throw new Error(
      kinds[other] === undefined
        ? `${join(folder, names[other] ?? '')}: wanted a part that ends in ${WANTED}`
        : `${folder}: wanted parts of one kind, got ${kinds[0]} and ${kinds[other]} (${names[other]})`,
    )
  return names.map(name => join(folder, name))
}

/** What the first part says of the others. */
type First = Omit<Read, 'X'> & { readonly X: Pick<Matrix, 'kind' | 'shape'> }

function checkAlike(path: string, { X, rowNames, columnNames }: Read, before: string, first: First): void {
  const refuse = (wanted: string, got: string): void => {
    throw new Error(`${path}: wanted ${wanted} as in ${before}, got ${got}`)
  }
  const form = (matrix: First['X']): string => (matrix.kind === 'csr' ? 'a sparse matrix' : 'a dense matrix')
  const names = (list: string[] | undefined, what: string): string => `${list ? '' : 'no '}${what} names`
  if (X.kind !== first.X.kind) refuse(form(first.X), form(X))
  if (X.shape[1] !== first.X.shape[1]) refuse(`${first.X.shape[1]} columns`, `${X.shape[1]}`)
  if (!rowNames !== !first.rowNames) refuse(names(first.rowNames, 'row'), names(rowNames, 'row'))
  if (!columnNames !== !first.columnNames) refuse(names(first.columnNames, 'column'), names(columnNames, 'column'))
  const differs = columnNames?.findIndex((name, j) => name !== first.columnNames?.[j]) ?? -1
  if (differs >= 0)
    refuse(`column ${differs + 1} named ${quoted(first.columnNames?.[differs])}`, quoted(columnNames?.[differs]))
}

const quoted = (name = ''): string => JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}...` : name)
