// Blocks without a quote are split by hand, blocks with one by csv-parse: the reader must not show which it was. The judge
// is csv-parse over the whole text at once, in its strictest setting, and the same table with needless quotes.
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { FormatError } from 'latens'
import { readCsv, type CsvOptions, type Table } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bits, chunked, failure } from './fixtures.js'

type Outcome =
  { table: Omit<Table, 'data'> & { bits: Uint8Array } } | { refused: string; line?: number; column?: number }
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

async function outcome(input: string | AsyncIterable<Uint8Array>, options: CsvOptions): Promise<Outcome> {
  try {
    const { data, ...rest } = await readCsv(input, options)
    return { table: { ...rest, bits: bits(data) } }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    const { message, line, column } = error
    return { refused: message, ...(line && { line }), ...(column && { column }) }
  }
}

/** What csv-parse makes of the text: numbers row by row, or undefined where it, a cell or a row's length is refused. */
function byCsvParse(text: string): number[][] | undefined {
  let rows: string[][]
  try {
    rows = parse(text, { record_delimiter: ['\r\n', '\n', '\r'], skip_empty_lines: true, bom: true })
  } catch (error) {
    assert.match((error as { code?: string }).code ?? '', /^(CSV_|INVALID_OPENING_QUOTE)/)
    return undefined
  }
  const number = (cell: string): number => (/^\s*(NA)?\s*$/.test(cell) ? NaN : Number(cell))
  const numbers = rows.map(row => row.map(number))
  const isWord = (cell: string, value: number): boolean => Number.isNaN(value) && !/^\s*(NA)?\s*$/.test(cell)
  if (rows.some((row, i) => row.some((cell, j) => isWord(cell, numbers[i]?.[j] ?? NaN)))) return undefined
  return numbers
}

/** Little texts of the characters that matter, few enough that structures meet. */
const piece = fc.constantFrom(
  '1',
  '2.5',
  '-3e2',
  ',',
  ',',
  '\n',
  '\n',
  '\r\n',
  '\r',
  '"',
  '""',
  ' ',
  'x',
  'NA',
  '\ufeff',
)
const texts = (quotes: boolean): fc.Arbitrary<string> =>
  fc.array(quotes ? piece : piece.filter(p => !p.includes('"')), { maxLength: 14 }).map(parts => parts.join(''))

for (const quotes of [false, true]) {
  test(`csv: 5,000 texts ${quotes ? 'with' : 'without'} quotes read as csv-parse reads them whole`, async () => {
    let [read, refused] = [0, 0]
    await fc.assert(
      fc.asyncProperty(texts(quotes), async text => {
        const ours = await outcome(text, { delimiter: ',', header: false, rowNames: false })
        const wanted = byCsvParse(text)
        if (wanted === undefined || wanted.length === 0) {
          assert.ok('refused' in ours, JSON.stringify(ours))
          refused++
        } else if ('refused' in ours) {
          // The one thing csv-parse lets pass: a blank line in a table of one column could be a missing number.
          assert.match(ours.refused, /blank: wanted a number/)
          assert.ok(wanted.every(row => row.length === 1) && /[\r\n]{2}/.test(text))
          refused++
        } else {
          assert.equal([ours.table.rows, ours.table.columns], [wanted.length, wanted[0]!.length])
          assert.equal(ours.table.bits, bits(Float64Array.from(wanted.flat())))
          read++
        }
      }),
      { numRuns: 5000, seed: 5 },
    )
    assert.ok(read > 200 && refused > 200, `${read} read, ${refused} refused`)
  })
}

/** Tables whose every cell could be quoted; some rows too short or too long, some cells no numbers. */
const cell = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(x => (Object.is(x, -0) ? '-0' : `${x}`)),
  },
  { weight: 2, arbitrary: fc.constantFrom('1e5', '-.5', '+3.', '1E-300', 'NA', 'NaN', '-inf', ' 7 ', '1e999', '0x1') },
  { weight: 1, arbitrary: fc.constantFrom('name', 'é', '') },
)
const table = fc
  .record({ columns: fc.integer({ min: 1, max: 4 }), rows: fc.integer({ min: 1, max: 6 }), ragged: fc.boolean() })
  .chain(({ columns, rows, ragged }) =>
    fc.record({
      grid: fc.array(fc.array(cell, { minLength: ragged ? 1 : columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      }),
      quoted: fc.infiniteStream(fc.boolean()),
      breaks: fc.array(fc.constantFrom('\n', '\r\n', '\n\n', '\r\n\r\n', '\r'), { minLength: rows, maxLength: rows }),
      last: fc.boolean(),
      bom: fc.boolean(),
      delimiter: fc.constantFrom(',', ';', '\t'),
      header: fc.constantFrom(true, false, 'auto'),
      rowNames: fc.constantFrom(true, false, 'auto'),
      precision: fc.constantFrom('f32', 'f64'),
      cuts: fc.array(fc.nat(200), { maxLength: 3 }),
    }),
  )

test('csv: quotes around cells that need none change nothing: 3,000 tables, the place of an error among it', async () => {
  let [read, refused] = [0, 0]
  await fc.assert(
    fc.asyncProperty(table, async ({ grid, quoted, breaks, last, bom, cuts, ...options }) => {
      let needless = 0
      const render = (quote: (text: string, alone: boolean) => string): string =>
        (bom ? '\ufeff' : '') +
        grid
          .map((row, i) => {
            const line = row.map(text => quote(text, row.length === 1)).join(options.delimiter)
            return line + (i < grid.length - 1 || last ? breaks[i] : '')
          })
          .join('')
      const bare = render(text => text)
      const dressed = render((text, alone) => {
        // An empty cell alone in its row is a blank line, and in quotes it is not.
        if ((alone && text === '') || !quoted.next().value) return text
        needless++
        return `"${text}"`
      })
      const plain = await outcome(bare, options as CsvOptions)
      assert.equal(await outcome(dressed, options as CsvOptions), plain)
      if (needless > 0) assert.ok(dressed.includes('"'))
      // Through bytes and chunks as well.
      const bytes = utf8(dressed)
      const places = cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b)
      assert.equal(await outcome(chunked(bytes, places), options as CsvOptions), plain)
      if ('refused' in plain) refused++
      else read++
    }),
    { numRuns: 3000, seed: 6 },
  )
  assert.ok(read > 500 && refused > 500, `${read} read, ${refused} refused`)
})

test('csv: many blocks, a quote in one of them, blank lines at every border', async () => {
  const rows = Array.from({ length: 30_000 }, (_, i) => [i, i / 8, -i])
  const text = (quotedRow: number): string =>
    rows
      .map((row, i) => (i === quotedRow ? row.map(x => `"${x}"`) : row).join(',') + (i % 997 ? '\n' : '\r\n\n'))
      .join('')
  const plain = await readCsv(text(-1))
  assert.equal([...plain.data], rows.flat())
  for (const quotedRow of [0, 1, 15_000, 29_999]) {
    const dressed = await readCsv(text(quotedRow))
    assert.equal(bits(dressed.data), bits(plain.data), `${quotedRow}`)
  }
  const broken = text(15_000).replace('\n29999,', '\n29999,x')
  const error = await failure(readCsv(broken), FormatError)
  // Row 29,999 lies behind 29,999 rows and the 31 blank lines behind the rows 0, 997, ..., 29,910.
  assert.equal([error.line, error.column], [29_999 + 31 + 1, 2])
})

test('csv: a quote that never closes is an error, not the end of the memory', async () => {
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    yield utf8('1,2\n3,4\n5,"')
    for (const chunk = utf8('6,7\n'.repeat(1 << 16)); ;) yield chunk
  }
  const error = await failure(readCsv(endless()), FormatError)
  assert.match(error.message, /line 3: wanted at most 134217728 characters to its end/)
})

test.run()
