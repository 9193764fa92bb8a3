// The Matrix Market exchange format (Boisvert, Pozo & Remington 1996): coordinate and array, real, integer, pattern.
import { dense, type Csr, type Dense } from '../core/matrix.js'
import { FormatError } from '../core/errors.js'
import { type TextInput, textPieces } from './bytes.js'
import { Growing } from './growing.js'
import { allocate, maxBytesOf } from './memory.js'
import { formatNumber } from './number.js'
import { compress, EMPTY_ROWS_BYTES } from './triplets.js'

const METHOD = 'readMatrixMarket'
/** Indices are int32, and so are positions among the stored entries. */
const MAX_INT32 = 2 ** 31 - 1
/** The format says 1,024; comments in the wild are longer. A line without end must not fill the memory. */
const MAX_LINE = 2 ** 20

interface Header {
  readonly layout: 'coordinate' | 'array'
  readonly field: 'real' | 'integer' | 'pattern'
  readonly symmetry: 'general' | 'symmetric' | 'skew-symmetric'
}
interface Size {
  readonly rows: number
  readonly columns: number
  readonly entries: number
}
export interface MatrixMarketOptions {
  /** Bytes that the row pointers of rows without any entry may take, 2^28 (67 million rows) by default. */
  maxBytes?: number
}

/** Reads a .mtx text, its bytes or a stream of them, gzipped or not: coordinate files give CSR (duplicates summed in
 *  the order of the file, columns rising), array files a dense matrix; both f64. Pattern entries are 1.
 *  Memory grows with the entries read, not with the sizes declared.
 *  Throws FormatError with `line` (and `column`, the field) for anything the format does not allow, for complex and
 *  hermitian matrices, and for files with fewer or more entries than they announce; OutOfMemory for more empty rows than
 *  `maxBytes` allows and for arrays the host refuses. */
export async function readMatrixMarket(input: TextInput, options: MatrixMarketOptions = {}): Promise<Csr | Dense> {
  const reader = new Reader(maxBytesOf(METHOD, options, EMPTY_ROWS_BYTES))
  let rest = ''
  for await (const piece of textPieces(input, METHOD)) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) reader.add(line)
    if (rest.length > MAX_LINE) reader.add(rest)
  }
  if (rest !== '') reader.add(rest)
  return reader.finish()
}

class Reader {
  private line = 0
  private header: Header | undefined
  private size: Size | undefined
  private count = 0
  private readonly i = new Growing(METHOD, n => new Int32Array(n))
  private readonly j = new Growing(METHOD, n => new Int32Array(n))
  private readonly values = new Growing(METHOD, n => new Float64Array(n))

  constructor(private readonly maxBytes: number) {}

  add(text: string): void {
    this.line++
    if (text.length > MAX_LINE) throw this.fail(`wanted at most ${MAX_LINE} characters`)
    if (this.header === undefined) this.header = this.parseHeader(text)
    else if (text.startsWith('%') || text.trim() === '') return
    else if (this.size === undefined) this.size = this.parseSize(text, this.header)
    else this.addEntry(text, this.header, this.size)
  }

  finish(): Csr | Dense {
    const { header, size, count } = this
    if (!header || !size) throw this.fail('wanted a header and a size line, got the end of the input')
    if (count !== size.entries) throw this.fail(`wanted ${size.entries} entries, got ${count}`)
    if (header.layout === 'array') return this.unfold(header, size)
    if (this.values.length > MAX_INT32) throw this.fail(`wanted at most ${MAX_INT32} entries with the mirrored ones`)
    const [i, j, values] = [this.i.take(), this.j.take(), this.values.take()]
    return compress(METHOD, { i, j, values, shape: [size.rows, size.columns] }, this.maxBytes)
  }

  private parseHeader(text: string): Header {
    const [banner, object, layout, field, symmetry] = text.trim().toLowerCase().split(/\s+/)
    if (banner !== '%%matrixmarket' || object !== 'matrix') throw this.fail('wanted "%%MatrixMarket matrix ..."')
    if (layout !== 'coordinate' && layout !== 'array')
      throw this.fail(`wanted coordinate or array, got ${show(layout)}`)
    if (field !== 'real' && field !== 'integer' && field !== 'pattern') {
      throw this.fail(`wanted real, integer or pattern, got ${show(field)}`)
    }
    if (symmetry !== 'general' && symmetry !== 'symmetric' && symmetry !== 'skew-symmetric') {
      throw this.fail(`wanted general, symmetric or skew-symmetric, got ${show(symmetry)}`)
    }
    if (field === 'pattern' && layout === 'array') throw this.fail('an array matrix cannot be a pattern')
    return { layout, field, symmetry }
  }

  private parseSize(text: string, { layout, symmetry }: Header): Size {
    const wanted = layout === 'coordinate' ? 3 : 2
    const parts = text.trim().split(/\s+/)
    if (parts.length !== wanted) throw this.fail(`size: wanted ${wanted} integers, got ${parts.length}`)
    const [rows = 0, columns = 0, nnz = 0] = parts.map((part, p) => this.place(part, p + 1, 0, MAX_INT32))
    if (symmetry !== 'general' && rows !== columns) throw this.fail(`wanted a square matrix, got ${rows} x ${columns}`)
    const triangle = symmetry === 'general' ? rows * columns : (rows * (rows + (symmetry === 'symmetric' ? 1 : -1))) / 2
    return { rows, columns, entries: layout === 'coordinate' ? nnz : triangle }
  }

  private addEntry(text: string, { layout, field, symmetry }: Header, { rows, columns, entries }: Size): void {
    if (this.count === entries) throw this.fail(`wanted ${entries} entries, got more`)
    const parts = text.trim().split(/\s+/)
    const places = layout === 'coordinate' ? 2 : 0
    const wanted = places + (field === 'pattern' ? 0 : 1)
    if (parts.length !== wanted) throw this.fail(`wanted ${wanted} fields, got ${parts.length}`)
    this.count++
    if (layout === 'array') {
      this.values.push(this.number(parts[0] ?? '', 1, field))
      return
    }
    const row = this.place(parts[0] ?? '', 1, 1, rows) - 1
    const column = this.place(parts[1] ?? '', 2, 1, columns) - 1
    const value = field === 'pattern' ? 1 : this.number(parts[2] ?? '', 3, field)
    this.push(row, column, value)
    if (symmetry === 'general') return
    if (row < column) throw this.fail(`a ${symmetry} matrix stores its lower triangle, got ${row + 1}, ${column + 1}`)
    if (row !== column) this.push(column, row, symmetry === 'symmetric' ? value : -value)
    else if (symmetry === 'skew-symmetric') throw this.fail('a skew-symmetric matrix stores no diagonal')
  }

  /** Array files run down the columns, from the diagonal (or below it) where the matrix is symmetric. */
  private unfold({ symmetry }: Header, { rows, columns }: Size): Dense {
    const values = this.values.take()
    const data = allocate(METHOD, 8 * rows * columns, () => new Float64Array(rows * columns))
    for (let j = 0, p = 0; j < columns; j++) {
      for (let i = symmetry === 'general' ? 0 : symmetry === 'symmetric' ? j : j + 1; i < rows; i++) {
        const value = values[p++] ?? 0
        data[i * columns + j] = value
        if (symmetry !== 'general' && i !== j) data[j * columns + i] = symmetry === 'symmetric' ? value : -value
      }
    }
    return dense(data, [rows, columns])
  }

  private push(row: number, column: number, value: number): void {
    this.i.push(row)
    this.j.push(column)
    this.values.push(value)
  }

  private place(text: string, column: number, low: number, high: number): number {
    const value = /^\+?\d+$/.test(text) ? Number(text) : NaN
    if (value >= low && value <= high) return value
    throw this.fail(`${show(text)}: wanted an integer from ${low} to ${high}`, column)
  }

  private number(text: string, column: number, field: Header['field']): number {
    if (field === 'integer') {
      const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN
      // Beyond it neighbours are lost: an error, not a rounding.
      if (Number.isSafeInteger(value)) return value
      throw this.fail(`${show(text)}: wanted an integer, at most 2^53 - 1 in size (the header says integer)`, column)
    }
    const value = /^[+-]?(\d+(\.\d*)?|\.\d+)([ed][+-]?\d+)?$/i.test(text) ? Number(text.replace(/d/i, 'e')) : NaN
    if (Number.isFinite(value)) return value
    throw this.fail(`${show(text)}: wanted a finite number`, column)
  }

  private fail(what: string, column?: number): FormatError {
    const line = Math.max(1, this.line)
    const at = column === undefined ? '' : `, column ${column}`
    return new FormatError(`${METHOD}: line ${line}${at}: ${what}`, { line, ...(column && { column }) })
  }
}

/** A field as messages quote it: cut, for a line may be long. */
function show(text: string | undefined): string {
  return text === undefined ? 'nothing' : JSON.stringify(text.slice(0, 40))
}

/** The matrix as Matrix Market text: coordinate for CSR, array for dense, the shortest numbers that read back to the same
 *  bits (-0 too). The format spells numbers as decimals and has no word for NaN and infinity, so these are refused.
 *  Throws TypeError unless given a matrix, RangeError naming the first entry that is not finite, OutOfMemory for text
 *  longer than the host's strings. */
export function writeMatrixMarket(matrix: Csr | Dense): string {
  const { kind } = (matrix as Csr | Dense | null | undefined) ?? {}
  if (kind !== 'csr' && kind !== 'dense')
    throw new TypeError('writeMatrixMarket: matrix: wanted dense(...) or csr(...)')
  const lines = matrix.kind === 'csr' ? coordinateLines(matrix) : arrayLines(matrix)
  const length = lines.reduce((sum, line) => sum + line.length + 1, 0)
  return allocate('writeMatrixMarket', length, () => `${lines.join('\n')}\n`)
}

function arrayLines({ data, stride, offset, shape: [rows, columns] }: Dense): string[] {
  const lines = ['%%MatrixMarket matrix array real general', `${rows} ${columns}`]
  for (let j = 0; j < columns; j++)
    for (let i = 0; i < rows; i++) lines.push(decimal(data[offset + i * stride[0] + j * stride[1]] ?? NaN, i, j))
  return lines
}

function coordinateLines({ data, indices, indptr, shape: [rows, columns] }: Csr): string[] {
  const lines = ['%%MatrixMarket matrix coordinate real general', `${rows} ${columns} ${data.length}`]
  for (let i = 0; i < rows; i++) {
    for (let p = indptr[i] ?? 0; p < (indptr[i + 1] ?? 0); p++) {
      const j = indices[p] ?? 0
      lines.push(`${i + 1} ${j + 1} ${decimal(data[p] ?? NaN, i, j)}`)
    }
  }
  return lines
}

function decimal(value: number, i: number, j: number): string {
  if (!Number.isFinite(value))
    throw new RangeError(
      `writeMatrixMarket: matrix[${i}, ${j}] = ${value}: wanted a finite number, the format has no word for this one`,
    )
  return formatNumber(value, false)
}
