// The Matrix Market exchange format (Boisvert, Pozo & Remington 1996): coordinate and array, real, integer, pattern.
import { csr, dense, type Csr, type Dense } from '../core/matrix.js'
import { FormatError } from '../core/errors.js'
import { type TextInput, textPieces } from './bytes.js'
import { Growing } from './growing.js'

const METHOD = 'readMatrixMarket'
const MAX_SIDE = 2 ** 28 // a forged size line must not ask for more than a gigabyte of row pointers

interface Header {
  readonly layout: 'coordinate' | 'array'
  readonly field: 'real' | 'integer' | 'pattern'
  readonly symmetry: 'general' | 'symmetric' | 'skew-symmetric'
}

/** Reads a .mtx text, its bytes or a stream of them, gzipped or not: coordinate files give CSR (duplicates summed in
 *  the order of the file, columns rising), array files a dense matrix; both f64. Pattern entries are 1.
 *  Throws FormatError with `line` for anything the format does not allow, for complex and hermitian matrices, and for
 *  files with fewer or more entries than they announce. */
export async function readMatrixMarket(input: TextInput): Promise<Csr | Dense> {
  const reader = new Reader()
  let rest = ''
  for await (const piece of textPieces(input, METHOD)) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) reader.add(line)
  }
  if (rest !== '') reader.add(rest)
  return reader.finish()
}

class Reader {
  private line = 0
  private header: Header | undefined
  private size: { rows: number; columns: number; entries: number } | undefined
  private count = 0
  private readonly i = new Growing(n => new Int32Array(n))
  private readonly j = new Growing(n => new Int32Array(n))
  private readonly values = new Growing(n => new Float64Array(n))

  add(text: string): void {
    this.line++
    if (this.header === undefined) this.header = this.parseHeader(text)
    else if (text.startsWith('%') || text.trim() === '') return
    else if (this.size === undefined) this.size = this.parseSize(text, this.header)
    else this.addEntry(text, this.header, this.size)
  }

  finish(): Csr | Dense {
    const { header, size, count } = this
    if (!header || !size) throw this.fail('wanted a header and a size line, got the end of the input')
    if (count !== size.entries) throw this.fail(`wanted ${size.entries} entries, got ${count}`)
    const { rows, columns } = size
    const [i, j, values] = [this.i.take(), this.j.take(), this.values.take()]
    if (header.layout === 'coordinate') return compress(i, j, values, rows, columns)
    const data = new Float64Array(rows * columns)
    for (let p = 0; p < values.length; p++) data[(i[p] ?? 0) * columns + (j[p] ?? 0)] = values[p] ?? 0
    return dense(data, [rows, columns])
  }

  private parseHeader(text: string): Header {
    const [banner, object, layout, field, symmetry] = text.trim().toLowerCase().split(/\s+/)
    if (banner !== '%%matrixmarket' || object !== 'matrix') throw this.fail('wanted "%%MatrixMarket matrix ..."')
    if (layout !== 'coordinate' && layout !== 'array') throw this.fail(`wanted coordinate or array, got ${layout}`)
    if (field !== 'real' && field !== 'integer' && field !== 'pattern') {
      throw this.fail(`wanted real, integer or pattern, got ${field}`)
    }
    if (symmetry !== 'general' && symmetry !== 'symmetric' && symmetry !== 'skew-symmetric') {
      throw this.fail(`wanted general, symmetric or skew-symmetric, got ${symmetry}`)
    }
    if (field === 'pattern' && layout === 'array') throw this.fail('an array matrix cannot be a pattern')
    return { layout, field, symmetry }
  }

  private parseSize(text: string, { layout, symmetry }: Header) {
    const wanted = layout === 'coordinate' ? 3 : 2
    const parts = text.trim().split(/\s+/)
    if (parts.length !== wanted) throw this.fail(`size: wanted ${wanted} integers, got ${parts.length}`)
    const [rows = 0, columns = 0, nnz = 0] = parts.map((part, p) => this.integer(part, p + 1, 0, MAX_SIDE))
    if (symmetry !== 'general' && rows !== columns) throw this.fail(`wanted a square matrix, got ${rows} x ${columns}`)
    const triangle = symmetry === 'general' ? rows * columns : (rows * (rows + (symmetry === 'symmetric' ? 1 : -1))) / 2
    return { rows, columns, entries: layout === 'coordinate' ? nnz : triangle }
  }

  private addEntry(
    text: string,
    header: Header,
    { rows, columns, entries }: { rows: number; columns: number; entries: number },
  ): void {
    if (this.count === entries) throw this.fail(`wanted ${entries} entries, got more`)
    const parts = text.trim().split(/\s+/)
    const places = header.layout === 'coordinate' ? 2 : 0
    const wanted = places + (header.field === 'pattern' ? 0 : 1)
    if (parts.length !== wanted) throw this.fail(`wanted ${wanted} fields, got ${parts.length}`)
    const [row, column] = places ? this.place(parts, rows, columns) : this.nextPlace(header.symmetry, rows)
    const value = header.field === 'pattern' ? 1 : this.number(parts[places] ?? '', places + 1)
    this.count++
    this.push(row, column, value)
    if (header.symmetry === 'general') return
    if (row < column)
      throw this.fail(`a ${header.symmetry} matrix stores its lower triangle, got ${row + 1}, ${column + 1}`)
    if (row !== column) this.push(column, row, header.symmetry === 'symmetric' ? value : -value)
    else if (header.symmetry === 'skew-symmetric') throw this.fail('a skew-symmetric matrix stores no diagonal')
  }

  private place(parts: readonly string[], rows: number, columns: number): [number, number] {
    return [this.integer(parts[0] ?? '', 1, 1, rows) - 1, this.integer(parts[1] ?? '', 2, 1, columns) - 1]
  }

  // Array files run down the columns, from the diagonal (or below it) where the matrix is symmetric.
  private column = 0
  private row = -1
  private nextPlace(symmetry: Header['symmetry'], rows: number): [number, number] {
    this.row = this.row < 0 ? (symmetry === 'skew-symmetric' ? 1 : 0) : this.row + 1
    if (this.row >= rows) {
      this.column++
      this.row = symmetry === 'general' ? 0 : this.column + (symmetry === 'symmetric' ? 0 : 1)
    }
    return [this.row, this.column]
  }

  private push(row: number, column: number, value: number): void {
    this.i.push(row)
    this.j.push(column)
    this.values.push(value)
  }

  private integer(text: string, column: number, low: number, high: number): number {
    const value = /^\+?\d{1,10}$/.test(text) ? Number(text) : NaN
    if (!(value >= low && value <= high)) {
      throw this.fail(`${JSON.stringify(text.slice(0, 40))}: wanted an integer from ${low} to ${high}`, column)
    }
    return value
  }

  private number(text: string, column: number): number {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)([ed][+-]?\d+)?$/i.test(text) ? Number(text.replace(/d/i, 'e')) : NaN
    if (!Number.isFinite(value)) throw this.fail(`${JSON.stringify(text.slice(0, 40))}: wanted a finite number`, column)
    return value
  }

  private fail(what: string, column?: number): FormatError {
    const at = column === undefined ? '' : `, column ${column}`
    return new FormatError(`${METHOD}: line ${this.line}${at}: ${what}`, { line: this.line, ...(column && { column }) })
  }
}

// Triplets to CSR: by columns, then by rows, each a stable counting sort, so duplicates keep the order of the file.
function compress(i: Int32Array, j: Int32Array, values: Float64Array, rows: number, columns: number): Csr {
  const order = countingSort(
    i,
    rows,
    countingSort(
      j,
      columns,
      Int32Array.from(i, (_, p) => p),
    ),
  )
  const indptr = new Int32Array(rows + 1)
  const indices = new Int32Array(order.length)
  const data = new Float64Array(order.length)
  let kept = -1
  let [lastRow, lastColumn] = [-1, -1]
  for (const p of order) {
    const [row, column] = [i[p] ?? 0, j[p] ?? 0]
    if (row !== lastRow || column !== lastColumn) {
      indices[++kept] = column
      indptr[row + 1]! += 1
    }
    data[kept]! += values[p] ?? 0
    lastRow = row
    lastColumn = column
  }
  for (let r = 0; r < rows; r++) indptr[r + 1]! += indptr[r] ?? 0
  return csr({ indptr, indices: indices.slice(0, kept + 1), data: data.slice(0, kept + 1), shape: [rows, columns] })
}

function countingSort(keys: Int32Array, sides: number, order: Int32Array): Int32Array {
  const starts = new Int32Array(sides + 1)
  for (const key of keys) starts[key + 1]! += 1
  for (let s = 0; s < sides; s++) starts[s + 1]! += starts[s] ?? 0
  const sorted = new Int32Array(order.length)
  for (const p of order) sorted[starts[keys[p] ?? 0]!++] = p
  return sorted
}

/** The matrix as Matrix Market text: coordinate for CSR, array for dense, the shortest numbers that read back exactly. */
export function writeMatrixMarket(matrix: Csr | Dense): string {
  const [rows, columns] = matrix.shape
  if (matrix.kind === 'dense') {
    const lines = [`%%MatrixMarket matrix array real general`, `${rows} ${columns}`]
    const { data, stride, offset } = matrix
    for (let j = 0; j < columns; j++) {
      for (let i = 0; i < rows; i++) lines.push(String(data[offset + i * stride[0] + j * stride[1]]))
    }
    return `${lines.join('\n')}\n`
  }
  const lines = [`%%MatrixMarket matrix coordinate real general`, `${rows} ${columns} ${matrix.data.length}`]
  for (let i = 0; i < rows; i++) {
    for (let p = matrix.indptr[i] ?? 0; p < (matrix.indptr[i + 1] ?? 0); p++) {
      lines.push(`${i + 1} ${(matrix.indices[p] ?? 0) + 1} ${matrix.data[p]}`)
    }
  }
  return `${lines.join('\n')}\n`
}
