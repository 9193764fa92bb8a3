import { basename } from 'node:path'
import { csr, dense, type Matrix } from 'latens'
import { numbered } from './description.js'
import { UsageError } from './errors.js'
import { type Data, NO_MATRIX, type Precision, readFileOf, unreadable } from './readers.js'
import { transposed } from './transpose.js'

interface Reading {
  readonly transpose: boolean
  readonly precision: Precision
  /** A sample that a view lacks has NaN there. */
  readonly gaps: boolean
  readonly lacking?: boolean
}

/** Reads them and brings their rows, where they have names, into the order of the first. */
export async function readViews(inputs: readonly string[], reading: Reading): Promise<Data> {
  const { transpose, precision, gaps, lacking = false } = reading
  if (inputs.includes('-')) throw new UsageError('input: wanted files, got - (several matrices cannot share one stdin)')
  const read: { path: string; X: Matrix; rowNames: string[] | undefined; columnNames: string[] }[] = []
  for (const path of inputs) {
    if (lacking && path === NO_MATRIX) continue
    const { X: found, rowNames, columnNames } = await readFileOf(path, precision)
    const X = transpose ? transposed(found) : found
    const [rows, columns] = transpose ? [columnNames, rowNames] : [rowNames, columnNames]
    read.push({ path, X, rowNames: rows, columnNames: columns ?? numbered(X.shape[1], 'column') })
  }
  const names = orderOf(read)
  const rowNames = names ?? numbered(read[0]?.X.shape[0] ?? 0, 'row')
  const aligned = read.map(view => {
    if (!names || !view.rowNames) return view
    const place = new Map(view.rowNames.map((name, i) => [name, i]))
    const from = names.map(name => place.get(name) ?? -1)
    const missing = from.indexOf(-1)
    if (missing >= 0 && !gaps)
      throw new Error(
        `${view.path}: no row ${names[missing]}, which another view has; with --missing nan a sample may lack a view`,
      )
    return from.every((i, at) => i === at) ? view : { ...view, X: rowsOf(view.X, from) }
  })
  const views = aligned.map(({ path, columnNames }) => ({ name: nameOf(path), columnNames }))
  const X = aligned.map(view => view.X as Matrix | null)
  if (lacking) inputs.forEach((path, v) => (path === NO_MATRIX ? X.splice(v, 0, null) : undefined))
  const columnNames = views.flatMap(view => view.columnNames.map(name => `${view.name}:${name}`))
  return { X, rowNames, columnNames, views }
}

/** What a file's matrix is called. */
export const nameOf = (path: string): string =>
  basename(path)
    .replace(/\.(gz)$/, '')
    .replace(/\.[^.]+$/, '')

// Every sample's name once, those of the first view first; undefined unless all views have names.
function orderOf(read: readonly { path: string; rowNames: string[] | undefined }[]): string[] | undefined {
  const names = new Set<string>()
  for (const { path, rowNames } of read) {
    if (!rowNames) return undefined
    const own = new Set(rowNames)
    if (own.size < rowNames.length) {
      const twice = rowNames.find((name, i) => rowNames.indexOf(name) < i)
      throw unreadable(path, new Error(`wanted rows of different names, got ${twice} twice`))
    }
    for (const name of own) names.add(name)
  }
  return [...names]
}

// The rows at these places; NaN where that is -1.
function rowsOf(X: Matrix, from: readonly number[]): Matrix {
  const m = X.shape[1]
  const single = X.data instanceof Float32Array
  const floats = (n: number) => (single ? new Float32Array(n) : new Float64Array(n))
  if (X.kind === 'dense') {
    const data = floats(from.length * m).fill(NaN)
    from.forEach((i, at) => {
      for (let j = 0; i >= 0 && j < m; j++) data[at * m + j] = X.data[X.offset + i * X.stride[0] + j * X.stride[1]]!
    })
    return dense(data, [from.length, m])
  }
  const lengths = from.map(i => (i < 0 ? m : X.indptr[i + 1]! - X.indptr[i]!))
  const indptr = new Int32Array(from.length + 1)
  lengths.forEach((length, at) => (indptr[at + 1] = indptr[at]! + length))
  const count = indptr[from.length]!
  const [indices, data] = [new Int32Array(count), floats(count).fill(NaN)]
  from.forEach((i, at) => {
    for (let p = 0; p < lengths[at]!; p++) {
      indices[indptr[at]! + p] = i < 0 ? p : X.indices[X.indptr[i]! + p]!
      if (i >= 0) data[indptr[at]! + p] = X.data[X.indptr[i]! + p]!
    }
  })
  return csr({ indptr, indices, data, shape: [from.length, m] })
}
