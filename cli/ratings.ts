import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { ratings } from 'latens'
import { readCsv } from 'latens/io'
import { numbered } from './description.js'
import { type Data, type Precision, readFileOf, unreadable } from './readers.js'
import { transposed } from './transpose.js'

interface Reading {
  readonly transpose: boolean
  readonly precision: Precision
  /** The items there are, in their order: those of a model. */
  readonly items?: readonly string[] | undefined
}

/** Ratings: a matrix by the names .mtx, .npy and .npz, else lines of user, item and rating. */
export async function readRatings(input: string, { transpose, precision, items }: Reading): Promise<Data> {
  if (/\.(mtx|mtx\.gz|npy|npz)$/.test(input)) {
    const read = await readFileOf(input, precision)
    const X = transpose ? transposed(read.X) : read.X
    return { X, rowNames: numbered(X.shape[0], 'user'), columnNames: numbered(X.shape[1], 'item') }
  }
  try {
    return await readLines(input, { transpose, precision, items })
  } catch (error) {
    throw unreadable(input === '-' ? 'standard input' : input, error)
  }
}

const FIELDS = /\t|::|,|;| +/ // MovieLens has tabs or double colons

async function readLines(input: string, { transpose, precision, items }: Reading): Promise<Data> {
  const file = input === '-' ? process.stdin : createReadStream(input)
  const unpacked = input.endsWith('.gz') ? file.pipe(createGunzip()) : file
  if (unpacked !== file) file.on('error', (error: Error) => unpacked.destroy(error))
  const [rows, columns] = [new Names([]), new Names(items ?? [])]
  const [users, places, values]: [number[], number[], number[]] = [[], [], []]
  let [number, separator] = [0, '']
  for await (const line of createInterface({ input: unpacked, crlfDelay: Infinity })) {
    number++
    if (line.trim() === '') continue
    separator ||= FIELDS.exec(line)?.[0] ?? '\t'
    const fields = line
      .split(separator.startsWith(' ') ? / +/ : separator)
      .map(field => field.replace(/^"(.*)"$/, '$1'))
    const [user = '', item = '', text = ''] = fields
    const value = text.trim() === '' ? NaN : Number(text)
    if (!Number.isFinite(value)) {
      if (values.length === 0 && number === 1) continue // a header
      throw new Error(`line ${number}: wanted user, item and rating, got ${line.slice(0, 60)}`)
    }
    const place = columns.of(transpose ? user : item, items === undefined)
    if (place === undefined) throw new Error(`line ${number}: item ${transpose ? user : item} is none of the model's`)
    users.push(rows.of(transpose ? item : user, true)!)
    places.push(place)
    values.push(value)
  }
  if (values.length === 0) throw new Error('wanted lines of user, item and rating, got none')
  const given = precision === 'f32' ? Float32Array.from(values) : values
  const shape = [rows.list.length, columns.list.length] as const
  return { X: ratings({ users, items: places, values: given, shape }), rowNames: rows.list, columnNames: columns.list }
}

/** Names in the order in which they first come. */
class Names {
  readonly list: string[]
  private readonly places: Map<string, number>

  constructor(known: readonly string[]) {
    this.list = [...known]
    this.places = new Map(known.map((name, place) => [name, place]))
  }

  of(name: string, more: boolean): number | undefined {
    const found = this.places.get(name)
    if (found !== undefined || !more) return found
    this.places.set(name, this.list.length)
    return this.list.push(name) - 1
  }
}

/** The names of a model's items: of the table beside it. */
export async function itemsBeside(model: string): Promise<string[] | undefined> {
  const path = join(dirname(model), 'H.csv')
  return existsSync(path) ? (await readCsv(readFileSync(path))).columnNames : undefined
}
