// Cuts a stream of delimited text into records, block by block, so that a file never has to be one string.
//
// A line feed ends a record unless it is inside quotes, and it is inside exactly when an odd number of quotes came before
// it (a doubled quote counts twice). So blocks are cut by counting; what is inside a block is csv-parse's work.
import { parse } from 'csv-parse/browser/esm/sync'
import { FormatError } from '../core/errors.js'

export type Delimiter = ',' | '\t' | ';' | ' '
export interface CsvRecord {
  cells: string[]
  /** Where the record starts, from 1. */
  line: number
  /** A blank line was skipped just before it. */
  afterBlank: boolean
}

/** A block is parsed once it has this many characters and, for the first one, two lines to sniff. */
const BLOCK = 1 << 16
/** A record of more characters is an error rather than the host's longest string: a quote that never closes, mostly. */
const MAX_RECORD = 1 << 27
const QUOTE = 34
const LF = 10
const CR = 13

/** The records of `pieces`, batch by batch; blank lines are skipped. Without a delimiter it is sniffed (see `sniff`).
 *  Throws FormatError with the line for quotes that are not closed or stand inside a cell and for endless records. */
export async function* csvRecords(
  pieces: AsyncIterable<string>,
  delimiter: Delimiter | undefined,
  method: string,
): AsyncGenerator<CsvRecord[]> {
  let chosen = delimiter
  let afterBlank = false
  for await (const { text, line } of blocks(pieces, method)) {
    chosen ??= sniff(text)
    const { records, blankEnd, error } = parseBlock(text, line, chosen, method)
    const first = records[0]
    if (first !== undefined) first.afterBlank ||= afterBlank
    afterBlank = blankEnd || (afterBlank && first === undefined)
    yield records
    if (error !== undefined) throw error
  }
}

/** Where the pieces or a record break off, the block before comes first: errors are reported in the order of the text,
 *  whatever the chunks it came in. */
async function* blocks(pieces: AsyncIterable<string>, method: string): AsyncGenerator<{ text: string; line: number }> {
  // `pending` only ever grows by +=, which engines keep as a rope until it is used: a very long line costs linear time.
  let pending = ''
  let line = 1
  let seen = 0 // line breaks in pending
  let cut = 0 // where the last record of pending ends
  let seenAtCut = 0
  let quoted = false
  let previous = 0
  let filled = 0 // lines with something on them, until the first block is out
  let empty = true
  try {
    for await (const piece of pieces) {
      const base = pending.length
      for (let i = 0; i < piece.length; i++) {
        const code = piece.charCodeAt(i)
        if (code === QUOTE) quoted = !quoted
        if (code === CR || (code === LF && previous !== CR)) seen++
        if (code === LF && !quoted) {
          cut = base + i + 1
          seenAtCut = seen
          if (!empty) filled++
          empty = true
        } else if (code !== CR) empty = false
        previous = code
      }
      pending += piece
      if (pending.length - cut > MAX_RECORD)
        throw new FormatError(
          `${method}: line ${line + seenAtCut}: wanted at most ${MAX_RECORD} characters to its end`,
          {
            line: line + seenAtCut,
          },
        )
      if (cut > 0 && pending.length >= BLOCK && filled >= 2) {
        yield { text: pending.slice(0, cut), line }
        pending = pending.slice(cut)
        line += seenAtCut
        seen -= seenAtCut
        seenAtCut = 0
        cut = 0
      }
    }
  } catch (error) {
    if (cut > 0) yield { text: pending.slice(0, cut), line }
    throw error
  }
  if (pending !== '') yield { text: pending, line }
}

interface Rows {
  /** undefined stands for a blank line. */
  rows: (string[] | undefined)[]
  /** What ended them early. */
  error?: FormatError
}

function parseBlock(
  text: string,
  line: number,
  delimiter: Delimiter,
  method: string,
): { records: CsvRecord[]; blankEnd: boolean; error: FormatError | undefined } {
  // Tables are mostly numbers. Without a quote in sight a block is what split() says it is, 30 times as fast.
  const { rows, error } = text.includes('"') ? quotedRows(text, line, delimiter, method) : plainRows(text, delimiter)
  const records: CsvRecord[] = []
  let at = line
  let afterBlank = false
  for (const cells of rows) {
    if (cells === undefined) {
      afterBlank = true
      at++
      continue
    }
    records.push({ cells, line: at, afterBlank })
    afterBlank = false
    at++
    // A quoted cell may hold line breaks.
    for (const cell of cells) if (/[\r\n]/.test(cell)) at += cell.match(/\r\n|\n|\r/g)?.length ?? 0
  }
  return { records, blankEnd: afterBlank, error }
}

function plainRows(text: string, delimiter: Delimiter): Rows {
  const lines = text.split(/\r\n|\n|\r/)
  if (lines.at(-1) === '') lines.pop()
  return { rows: lines.map(row => (row === '' ? undefined : row.split(delimiter))) }
}

function quotedRows(text: string, line: number, delimiter: Delimiter, method: string): Rows {
  const rows: (string[] | undefined)[] = []
  let blanks = 0
  try {
    parse(text, {
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
      relax_column_count: true, // counted by the reader, whose message names both counts
      // Taken one by one: what comes before an error is not lost with it.
      on_record: (cells: string[], { empty_lines }: { empty_lines: number }) => {
        for (; blanks < empty_lines; blanks++) rows.push(undefined)
        rows.push(cells)
        return null
      },
    })
  } catch (cause) {
    return { rows, error: quoteError(cause, line, method) }
  }
  // Blank lines at the very end of a block are not reported with any record.
  if (/(?:\r\n|\n|\r)(?:\r\n|\n|\r)$/.test(text)) rows.push(undefined)
  return { rows }
}

function quoteError(cause: unknown, line: number, method: string): FormatError {
  const { lines, code } = cause as { lines?: unknown; code?: unknown }
  const at = line - 1 + (typeof lines === 'number' ? lines : 1)
  const what = code === 'CSV_QUOTE_NOT_CLOSED' ? 'a quote is not closed' : 'a quote inside a cell'
  return new FormatError(`${method}: line ${at}: ${what}: wanted "..." with inner quotes doubled`, { line: at, cause })
}

/** The most frequent of tab, semicolon and comma (in this order when equal) outside quotes in the first line that is not
 *  blank; in the second if the first has none, which is how R writes a single column with row names; else a space if
 *  the last of these lines has one (a lone column's title may have spaces where its numbers have none); else a comma. */
function sniff(text: string): Delimiter {
  const lines = firstLines(text)
  for (const line of lines) {
    const best = (['\t', ';', ','] as const).reduce((a, b) => (count(line, b) > count(line, a) ? b : a))
    if (count(line, best) > 0) return best
  }
  return count(lines.at(-1) ?? '', ' ') > 0 ? ' ' : ','
}

function count(line: string, character: string): number {
  return line.split(character).length - 1
}

/** Up to two lines that are not blank, without what is inside quotes. */
function firstLines(text: string): string[] {
  const lines: string[] = []
  let quoted = false
  let start = true // nothing but line breaks so far
  let line = ''
  for (let i = 0; i < text.length && lines.length < 2; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) quoted = !quoted
    const ends = !quoted && (code === LF || code === CR)
    if (ends && !start) lines.push(line)
    if (ends) {
      line = ''
      start = true
    } else {
      start = false
      if (!quoted && code !== QUOTE) line += text[i]
    }
  }
  if (lines.length < 2 && !start) lines.push(line)
  return lines
}
