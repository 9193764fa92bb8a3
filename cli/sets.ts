import { csr, dense, type Matrix } from 'latens'
import { nameOf } from './views.js'
import { numbered } from './description.js'
import { UsageError } from './errors.js'
import { type Data, NO_MATRIX, type Precision, readFileOf } from './readers.js'
import { transposed } from './transpose.js'

interface Reading {
  readonly transpose: boolean
  readonly precision: Precision
  readonly lacking?: boolean
}

/** Reads data sets with the same columns and brings these, where they have names, into the order of the first. Rows are
 *  called `set:row`. */
export async function readSets(
  inputs: readonly string[],
  { transpose, precision, lacking = false }: Reading,
): Promise<Data> {
  if (inputs.includes('-')) throw new UsageError('input: wanted files, got - (several matrices cannot share one stdin)')
  const X: (Matrix | null)[] = []
  const rowNames: string[] = []
  const views: { name: string; columnNames: string[] }[] = []
  let known: { path: string; names: readonly string[] } | undefined
  for (const path of inputs) {
    if (lacking && path === NO_MATRIX) {
      X.push(null)
      continue
    }
    const read = await readFileOf(path, precision)
    const found = transpose ? transposed(read.X) : read.X
    const [rows, columns] = transpose ? [read.columnNames, read.rowNames] : [read.rowNames, read.columnNames]
    const name = nameOf(path)
    rowNames.push(...(rows ?? numbered(found.shape[0], 'row')).map(row => `${name}:${row}`))
    views.push({ name, columnNames: columns ?? numbered(found.shape[1], 'column') })
    if (columns && !known) known = { path, names: columns }
    X.push(columns && known ? inOrder(path, found, columns, known) : found)
  }
  return { X, rowNames, columnNames: [...(known?.names ?? views[0]?.columnNames ?? [])], views }
}

function inOrder(
  path: string,
  X: Matrix,
  names: readonly string[],
  known: { readonly path: string; readonly names: readonly string[] },
): Matrix {
  if (names.every((name, j) => name === known.names[j]) && names.length === known.names.length) return X
  const place = new Map(known.names.map((name, j) => [name, j]))
  const extra = names.find(name => !place.has(name))
  if (extra !== undefined) throw new Error(`${path}: column ${extra} is not in ${known.path}: data sets have the same`)
  const there = new Set(names)
  const lacking = known.names.find(name => !there.has(name))
  if (lacking !== undefined) throw new Error(`${path}: no column ${lacking}, which ${known.path} has`)
  const to = names.map(name => place.get(name)!)
  const [n, m] = X.shape
  if (m !== known.names.length) throw new Error(`${path}: wanted columns of different names`)
  const floats = (count: number) => (X.data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count))
  if (X.kind === 'dense') {
    const data = floats(n * m)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < m; j++) data[i * m + to[j]!] = X.data[X.offset + i * X.stride[0] + j * X.stride[1]]!
    return dense(data, [n, m])
  }
  const [indices, data] = [new Int32Array(X.indices.length), floats(X.data.length)]
  for (let i = 0; i < n; i++) {
    const [start, end] = [X.indptr[i]!, X.indptr[i + 1]!]
    const order = Array.from({ length: end - start }, (_, p) => start + p).sort(
      (a, b) => to[X.indices[a]!]! - to[X.indices[b]!]!,
    )
    order.forEach((p, at) => {
      indices[start + at] = to[X.indices[p]!]!
      data[start + at] = X.data[p]!
    })
  }
  return csr({ indptr: X.indptr, indices, data, shape: [n, m] })
}
