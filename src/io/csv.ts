// Tables of numbers with names around them: CSV, TSV and what R and pandas write.
import { FormatError } from '../core/errors.js'
import { textPieces } from './bytes.js'
import type { TextInput } from './bytes.js'
import { csvRecords } from './csv-blocks.js'
import type { CsvRecord, Delimiter } from './csv-blocks.js'
import { Growing } from './growing.js'
import { formatNumber, parseNumber } from './number.js'

export interface Table {
  /** rows x columns, row-major. */
  data: Float64Array | Float32Array
  rows: number
  columns: number
  rowNames: string[] | undefined
  columnNames: string[] | undefined
}
export interface CsvOptions {
  /** Sniffed from the first line by default. */
  delimiter?: Delimiter
  /** Does the first line name the columns? */
  header?: boolean | 'auto'
  /** Does the first column name the rows? */
  rowNames?: boolean | 'auto'
  /** Float64Array ('f64', the default) or Float32Array. */
  precision?: 'f32' | 'f64'
}

const METHOD = 'readCsv'
const CHOICES: Record<string, readonly unknown[]> = {
  delimiter: [undefined, ',', '\t', ';', ' '],
  header: [undefined, true, false, 'auto'],
  rowNames: [undefined, true, false, 'auto'],
  precision: [undefined, 'f32', 'f64'],
}

/** Reads a table of numbers from text, UTF-8 bytes or a stream of them, gzipped or not.
 *
 *  Cells are decimals, Inf, or missing (empty, NA, NaN), which become NaN. Blank lines are skipped, except that between the
 *  rows of a table with one cell a row they are an error: nothing tells them from a missing number.
 *  `header: 'auto'`: the first line is a header if a cell outside its first column is no number, or any cell when it
 *  has one cell only or is one shorter than the rows (R's write.table). A header of bare numbers needs `header: true`.
 *  `rowNames: 'auto'`: the first column names the rows if its first cell below the header is no number, if the header is
 *  one shorter than the rows, or if the header starts with an empty cell (R's write.csv, pandas).
 *
 *  Throws TypeError and RangeError for wrong arguments; FormatError with `line` and `column` (the cell's place in its
 *  line, both from 1) for a cell that is no number or beyond the range of the precision, with `line` for rows of unequal
 *  length, stray quotes and bytes that are not UTF-8, with `offset` for corrupted gzip, and without for empty input. */
export async function readCsv(input: TextInput, options: CsvOptions = {}): Promise<Table> {
  checkOptions(options)
  const builder = new TableBuilder(options)
  for await (const batch of csvRecords(textPieces(input, METHOD), options.delimiter, METHOD))
    for (const record of batch) builder.add(record)
  return builder.finish()
}

function checkOptions(options: CsvOptions): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${METHOD}: options: wanted an object`)
  for (const [name, value] of Object.entries(options)) {
    const choices = Object.hasOwn(CHOICES, name) ? CHOICES[name] : undefined
    if (choices === undefined)
      throw new TypeError(`${METHOD}: unknown option ${name}: wanted one of ${Object.keys(CHOICES).join(', ')}`)
    if (!choices.includes(value)) {
      const wanted = choices.slice(1).map(choice => JSON.stringify(choice))
      throw new RangeError(`${METHOD}: options.${name} = ${JSON.stringify(value)}: wanted one of ${wanted.join(', ')}`)
    }
  }
}

interface Layout {
  header: boolean
  names: boolean
  /** Cells in a row, the name included. */
  width: number
  columnNames: string[] | undefined
}

/** What the first line and the one below it say about the table. */
function layoutOf(first: string[], second: string[] | undefined, options: CsvOptions): Layout {
  const { header: wantsHeader = 'auto', rowNames = 'auto' } = options
  const oneShorter = second?.length === first.length + 1
  const isTitle = (cell: string, i: number): boolean =>
    (i > 0 || first.length === 1 || oneShorter) && cellValue(cell) === undefined
  const header = wantsHeader === 'auto' ? first.some(isTitle) : wantsHeader
  const row = header ? second : first
  const noCorner = header && oneShorter && rowNames !== false
  const cornerEmpty = header && first[0] === ''
  const firstIsName = row !== undefined && cellValue(row[0] ?? '') === undefined
  const names = rowNames === 'auto' ? noCorner || ((row ?? first).length > 1 && (cornerEmpty || firstIsName)) : rowNames
  return {
    header,
    names,
    width: first.length + (noCorner ? 1 : 0),
    columnNames: header ? first.slice(names && !noCorner ? 1 : 0) : undefined,
  }
}

class TableBuilder {
  private held: CsvRecord | undefined
  private layout: Layout | undefined
  private rows = 0
  private readonly rowNames: string[] = []
  private readonly values: Growing<Float64Array | Float32Array>
  private readonly single: boolean

  constructor(private readonly options: CsvOptions) {
    this.single = options.precision === 'f32'
    this.values = new Growing(METHOD, (n): Float64Array | Float32Array =>
      this.single ? new Float32Array(n) : new Float64Array(n),
    )
  }

  /** The first record is held back: the second one helps to tell what it is. */
  add(record: CsvRecord): void {
    if (this.layout !== undefined) this.addRow(this.layout, record)
    else if (this.held === undefined) this.held = record
    else {
      const layout = this.start(this.held, record)
      this.addRow(layout, record)
    }
  }

  finish(): Table {
    if (this.layout === undefined) {
      if (this.held === undefined) throw new FormatError(`${METHOD}: input: wanted a table, got nothing`)
      this.start(this.held, undefined)
    }
    const { names = false, width = 0, columnNames } = this.layout ?? {}
    return {
      data: this.values.take(),
      rows: this.rows,
      columns: width - (names ? 1 : 0),
      rowNames: names ? this.rowNames : undefined,
      columnNames,
    }
  }

  private start(first: CsvRecord, second: CsvRecord | undefined): Layout {
    const layout = layoutOf(first.cells, second?.cells, this.options)
    if (layout.names && layout.width === 1)
      throw new FormatError(`${METHOD}: line ${first.line}: wanted cells beside the row names, got none`, {
        line: first.line,
      })
    this.layout = layout
    if (!layout.header) this.addRow(layout, { ...first, afterBlank: false })
    return layout
  }

  private addRow({ names, width, header }: Layout, { cells, line, afterBlank }: CsvRecord): void {
    if (cells.length !== width)
      throw new FormatError(`${METHOD}: line ${line}: wanted ${width} cells, got ${cells.length}`, { line })
    if (width === 1 && afterBlank && (header || this.rows > 0))
      throw new FormatError(`${METHOD}: line ${line - 1}: blank: wanted a number, or NA for a missing one`, {
        line: line - 1,
      })
    if (names) this.rowNames.push(cells[0] ?? '')
    for (let i = names ? 1 : 0; i < width; i++) this.values.push(this.number(cells[i] ?? '', line, i + 1))
    this.rows++
  }

  private number(cell: string, line: number, column: number): number {
    const value = cellValue(cell)
    if (value === undefined) throw badCell(cell, 'wanted a number', line, column)
    if (this.single && Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
      throw badCell(cell, 'wanted a number within the range of f32', line, column)
    return value
  }
}

function badCell(cell: string, what: string, line: number, column: number): FormatError {
  const shown = JSON.stringify(cell.slice(0, 80))
  return new FormatError(`${METHOD}: line ${line}, column ${column}: ${shown}: ${what}`, { line, column })
}

/** A cell's number; NaN when it is missing, undefined when it is something else. */
function cellValue(cell: string): number | undefined {
  const value = parseNumber(cell)
  if (value !== undefined) return value
  const trimmed = cell.trim()
  return trimmed === '' || trimmed === 'NA' ? NaN : undefined
}

/** The table as comma-separated text: quoted names, an empty corner above row names, the shortest numbers that read back
 *  to the same bits in the data's own precision; NaN, Inf and -Inf by these names; every line ended by \n.
 *  `readCsv(text, { header: columnNames !== undefined, rowNames: rowNames !== undefined, precision })` gives the table
 *  back if it has at least one row or column names. Throws TypeError for wrong kinds, RangeError for lengths that disagree
 *  and for a table without columns, which text cannot hold. */
export function writeCsv(table: Table): string {
  const { data, rows, columns, rowNames, columnNames } = table
  if (!(data instanceof Float64Array || data instanceof Float32Array))
    throw new TypeError('writeCsv: table.data: wanted a Float64Array or Float32Array')
  if (!Number.isSafeInteger(rows) || rows < 0)
    throw new RangeError(`writeCsv: table.rows = ${rows}: wanted an integer >= 0`)
  if (!Number.isSafeInteger(columns) || columns < 1)
    throw new RangeError(`writeCsv: table.columns = ${columns}: wanted an integer >= 1`)
  if (data.length !== rows * columns)
    throw new RangeError(
      `writeCsv: table.data: wanted ${rows} x ${columns} = ${rows * columns} numbers, got ${data.length}`,
    )
  checkNames('rowNames', rowNames, rows)
  checkNames('columnNames', columnNames, columns)
  const single = data instanceof Float32Array
  const lines: string[] = []
  if (columnNames !== undefined)
    lines.push((rowNames === undefined ? columnNames : ['', ...columnNames]).map(quote).join(','))
  for (let i = 0; i < rows; i++) {
    const cells = Array.from(data.subarray(i * columns, (i + 1) * columns), value => formatNumber(value, single))
    const name = rowNames?.[i]
    lines.push((name === undefined ? cells : [quote(name), ...cells]).join(','))
  }
  return lines.map(line => `${line}\n`).join('')
}

function checkNames(which: string, names: string[] | undefined, wanted: number): void {
  if (names === undefined) return
  if (!Array.isArray(names) || names.some(name => typeof name !== 'string'))
    throw new TypeError(`writeCsv: table.${which}: wanted an array of strings`)
  if (names.length !== wanted)
    throw new RangeError(`writeCsv: table.${which}: wanted ${wanted} names, got ${names.length}`)
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
