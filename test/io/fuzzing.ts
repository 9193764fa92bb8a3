// Damaged files for every reader, from one seed. The law: a result that is whole, or an error of the declared kinds that
// names its place; quickly, and in memory that grows with the input. `npm test` runs a few thousand (fuzz.test.ts), `npm run
// fuzz` as many as asked for.
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { zipSync } from 'fflate'
import { csr, dense } from 'latens'
import {
  csrFromNpz,
  decodeNpy,
  encodeNpy,
  readCsv,
  readMatrixMarket,
  readNpz,
  writeCsv,
  writeMatrixMarket,
  writeNpz,
  type NpyArray,
} from 'latens/io'
import { decodeSafetensors, encodeSafetensors } from '../../src/core/codecs/safetensors.js'
import { golden } from './fixtures.js'

export interface Target {
  readonly name: string
  /** Whole files to damage. */
  readonly seeds: readonly Uint8Array[]
  /** What makes a file of the damaged bytes, so that damage gets behind checksums. */
  readonly wrap?: (bytes: Uint8Array) => Uint8Array
  /** Reads and checks that what came out hangs together. */
  readonly read: (input: Uint8Array | AsyncIterable<Uint8Array>) => Promise<unknown>
  /** Are errors to carry a line, or an offset or the name of a part? */
  readonly text: boolean
  readonly streams: boolean
}

/** Declared limit of the readers that have one, small enough that a forged size meets it. */
const MAX_BYTES = 2 ** 24
/** One input may take this long, and leave or touch this much memory beside 64 times its size and the limit above. */
const MAX_MS = 5000
const SLACK = 128 * 2 ** 20

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const gz = (bytes: Uint8Array): Uint8Array => new Uint8Array(gzipSync(bytes))
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
const sum = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(`the result does not hang together: ${what}`)
}

const values = Float64Array.from({ length: 12 }, (_, i) => (i - 5) / 8)
const sparse = csr({
  indptr: Int32Array.of(0, 2, 2, 3),
  indices: Int32Array.of(0, 3, 1),
  data: Float64Array.of(1.5, -2, 1e300),
  shape: [3, 4],
})
const names = (word: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${word} ${i}`)
const table = { data: values, rows: 3, columns: 4, rowNames: names('r', 3), columnNames: names('c', 4) }
const bare = { ...table, rowNames: undefined, columnNames: undefined }

const csvSeeds = [
  writeCsv(table),
  writeCsv(bare),
  '\ufeff"gene","a","b, c"\r\nx,1,-2.5e3\r\n"y ""1""",NA,0.1\r\n',
  '"a" "b"\n"r1" 1 2\n"r2" 3 4\n',
  'é;€\n1;2\n\n3;-inf',
  '1\n2\n3\n',
].map(utf8)
const tsvSeeds = ['name\ta\tb\nr1\t1\t2\nr2\t\t4\n', '1\t2\r\n3\t4', 'a\tb\n\n1\t"2"\n'].map(utf8)
const mtxNames =
  'general symmetric skew pattern pattern-symmetric integer empty array array-symmetric array-skew array-integer'
const mtxSeeds = [
  ...mtxNames.split(' ').map(name => golden(`${name}.mtx`)),
  utf8(writeMatrixMarket(sparse)),
  utf8(writeMatrixMarket(dense(values, [3, 4]))),
]
const npySeeds = 'f4-be f8-le i4-le i8-be u1 b1 fortran-3d scalar no-columns-no-rows v2 v3 bytes object record'
  .split(' ')
  .map(name => golden(`${name}.npy`))
const npzSeeds = 'stored deflated one none piped piped-deflated twice text sparse-csr sparse-coo'
  .split(' ')
  .map(name => golden(`${name}.npz`))
const safetensorsSeeds = [
  encodeSafetensors(
    {
      a: { dtype: 'F64', shape: [2, 2], data: Float64Array.of(1.5, -0, NaN, 5e-324) },
      b: { dtype: 'F32', shape: [3], data: Float32Array.of(1, 2, 3) },
      c: { dtype: 'U8', shape: [5], data: Uint8Array.of(1, 2, 3, 4, 5) },
      none: { dtype: 'I32', shape: [0, 7], data: new Int32Array(0) },
    },
    { note: 'wörld', version: '1' },
  ),
  encodeSafetensors({}, {}),
]

async function csv(input: Uint8Array | AsyncIterable<Uint8Array>): Promise<unknown> {
  const result = await readCsv(input)
  const { data, rows, columns, rowNames, columnNames } = result
  demand(data.length === rows * columns && columns > 0, `${rows} x ${columns}, ${data.length} numbers`)
  demand((rowNames?.length ?? rows) === rows && (columnNames?.length ?? columns) === columns, 'names')
  return result
}
async function mtx(input: Uint8Array | AsyncIterable<Uint8Array>): Promise<unknown> {
  const matrix = await readMatrixMarket(input, { maxBytes: MAX_BYTES })
  demand(matrix.kind === 'csr' || matrix.data.length === sum(matrix.shape), 'shape')
  return matrix
}
function whole(input: Uint8Array | AsyncIterable<Uint8Array>): Uint8Array {
  if (!(input instanceof Uint8Array)) throw new Error('this format is read from bytes')
  return input
}
const checkArray = ({ data, shape }: NpyArray): void => demand(data.length === sum(shape), `shape ${shape}`)
async function npz(input: Uint8Array | AsyncIterable<Uint8Array>): Promise<unknown> {
  const arrays = await readNpz(input, { maxBytes: MAX_BYTES })
  Object.values(arrays).forEach(checkArray)
  return [arrays, csrFromNpz(arrays, { maxBytes: MAX_BYTES })]
}
/** A scipy file whose `indptr`, `indices`, `data` or `shape` is the damaged array. */
function sparseAround(bytes: Uint8Array): Uint8Array {
  const members: Record<string, Uint8Array> = {
    'indices.npy': encodeNpy(sparse.indices, [3]),
    'indptr.npy': encodeNpy(sparse.indptr, [4]),
    'format.npy': golden('bytes.npy'),
    'shape.npy': encodeNpy(Int32Array.of(3, 4), [2]),
    'data.npy': encodeNpy(sparse.data, [3]),
  }
  const which = Object.keys(members)[bytes.length % 5] ?? ''
  return zipSync({ ...members, [which]: bytes }, { level: 0 })
}
const sparseSeeds = [
  encodeNpy(sparse.indices, [3]),
  encodeNpy(sparse.indptr, [4]),
  encodeNpy(Int32Array.of(3, 4), [2]),
  golden('bytes.npy'),
]

export const targets: readonly Target[] = [
  { name: 'csv', seeds: csvSeeds, read: csv, text: true, streams: true },
  { name: 'tsv', seeds: tsvSeeds, read: csv, text: true, streams: true },
  { name: 'csv.gz', seeds: [...csvSeeds.map(gz), join(...tsvSeeds.map(gz))], read: csv, text: true, streams: true },
  { name: 'csv in gz', seeds: csvSeeds, wrap: gz, read: csv, text: true, streams: true },
  { name: 'mtx', seeds: mtxSeeds, read: mtx, text: true, streams: true },
  { name: 'mtx.gz', seeds: mtxSeeds.map(gz), read: mtx, text: true, streams: true },
  { name: 'mtx in gz', seeds: mtxSeeds, wrap: gz, read: mtx, text: true, streams: true },
  {
    name: 'npy',
    seeds: npySeeds,
    read: async input => {
      const array = decodeNpy(whole(input))
      checkArray(array)
      return array
    },
    text: false,
    streams: false,
  },
  { name: 'npz', seeds: npzSeeds, read: npz, text: false, streams: true },
  {
    name: 'npy in npz',
    seeds: npySeeds,
    wrap: bytes => zipSync({ 'X.npy': bytes }, { level: bytes.length % 2 ? 6 : 0 }),
    read: npz,
    text: false,
    streams: true,
  },
  { name: 'sparse in npz', seeds: sparseSeeds, wrap: sparseAround, read: npz, text: false, streams: true },
  {
    name: 'safetensors',
    seeds: safetensorsSeeds,
    read: async input => {
      const result = decodeSafetensors(whole(input))
      for (const { data, shape } of Object.values(result.tensors)) demand(data.length === sum(shape), `shape ${shape}`)
      return result
    },
    text: false,
    streams: false,
  },
]

/** A file of each format of about 100 kB: more than one block of every reader. */
export function largeFiles(): Record<string, Uint8Array> {
  const data = Float64Array.from({ length: 9000 }, (_, i) => ((i * 7919) % 10007) / 64 - 70)
  const wide = { data, rows: 900, columns: 10, rowNames: names('r', 900), columnNames: names('c', 10) }
  return {
    csv: utf8(writeCsv({ ...wide, rowNames: undefined })),
    'csv.gz': gz(utf8(writeCsv(wide))),
    mtx: utf8(writeMatrixMarket(dense(data, [90, 100]))),
    npy: encodeNpy(data, [900, 10]),
    npz: writeNpz({ X: dense(data, [900, 10]), y: data }, { compress: true }),
    safetensors: encodeSafetensors({ X: { dtype: 'F64', shape: [9000], data } }, {}),
  }
}

type Mutation = (bytes: Uint8Array, seeds: readonly Uint8Array[]) => Uint8Array
const place = (at: number, length: number): number => (length === 0 ? 0 : at % (length + 1))
const words =
  '-1 0 1e999 1e-999 NaN inf 2147483648 4294967295 9007199254740993 99999999999999999999 " "" , % é ( ) } { [ \' \\ L |O'
    .split(' ')
    .concat('\t', '\n', '\r\n', '\r', ' ', '\ufeff', '\0')
    .map(utf8)
const insert = (bytes: Uint8Array, at: number, what: Uint8Array): Uint8Array =>
  join(bytes.subarray(0, at), what, bytes.subarray(at))
const at = fc.nat(0xffff)
const small: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(([p, mask]): Mutation => bytes => {
    const changed = bytes.slice()
    if (changed.length > 0) changed[p % changed.length]! ^= mask
    return changed
  }),
  fc.tuple(at, fc.nat(20)).map(([p, n]): Mutation => bytes => {
    const from = place(p, bytes.length)
    return join(bytes.subarray(0, from), bytes.subarray(from + n))
  }),
  fc.tuple(at, fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.constantFrom(...words))).map(
    ([p, what]): Mutation =>
      bytes =>
        insert(bytes, place(p, bytes.length), what),
  ),
  fc.tuple(at, at, at, fc.nat(100)).map(([p, other, q, n]): Mutation => (bytes, seeds) => {
    const source = seeds[other % seeds.length] ?? bytes
    const from = place(q, source.length)
    return insert(bytes, place(p, bytes.length), source.slice(from, from + n))
  }),
  fc.tuple(at, fc.nat(60), fc.integer({ min: 1, max: 30 })).map(([p, n, times]): Mutation => bytes => {
    const from = place(p, bytes.length)
    const part = bytes.slice(from, from + n)
    return insert(bytes, from, join(...Array.from({ length: times }, () => part)))
  }),
  // A digit for a digit: what is still a file, and says something else.
  fc.tuple(at, fc.nat(9)).map(([p, digit]): Mutation => bytes => {
    const digits = [...bytes.keys()].filter(i => (bytes[i] ?? 0) >= 48 && (bytes[i] ?? 0) <= 57)
    const changed = bytes.slice()
    const where = digits[p % Math.max(1, digits.length)]
    if (where !== undefined) changed[where] = 48 + digit
    return changed
  }),
)

/** A very long run of one character with something behind it: what takes the square of its length shows. */
const long: fc.Arbitrary<Mutation> = fc
  .tuple(
    at,
    fc.constantFrom(...'11 .e,"\n\r-%()L\\'),
    fc.constantFrom('', 'x', '"', '\n', ' 1 '),
    fc.constantFrom(17, 10),
  )
  .map(([p, character, end, power]): Mutation => {
    const run = utf8(character.repeat(2 ** power) + end)
    return bytes => insert(bytes, place(p, bytes.length), run)
  })
const mutation = fc.oneof({ weight: 100, arbitrary: small }, { weight: 1, arbitrary: long })

/** Inputs for one target. */
export function inputs(target: Target): fc.Arbitrary<Uint8Array> {
  const damaged = fc
    .tuple(fc.nat(target.seeds.length - 1), fc.array(mutation, { maxLength: 5 }))
    .map(([seed, mutations]) =>
      mutations.reduce((bytes, mutate) => mutate(bytes, target.seeds), target.seeds[seed] ?? new Uint8Array(0)),
    )
  const noise = fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.string({ unit: 'grapheme' }).map(utf8))
  const bytes = fc.oneof({ weight: 30, arbitrary: damaged }, { weight: 1, arbitrary: noise })
  return target.wrap ? bytes.map(target.wrap) : bytes
}

/** One input: true for a result, false for a declared error. Throws where the law is broken. */
export async function accepts(target: Target, input: Uint8Array, maxMs = MAX_MS): Promise<boolean> {
  const limit = SLACK + MAX_BYTES * 8 + 64 * input.length
  const before = process.memoryUsage().arrayBuffers
  const peak = process.resourceUsage().maxRSS
  const started = performance.now()
  const error: unknown = await target.read(input).then(
    () => undefined,
    (caught: unknown) => caught ?? new Error('nothing was thrown'),
  )
  const ms = performance.now() - started
  if (ms > maxMs) throw new Error(`${ms} ms`)
  const grown = Math.max(process.memoryUsage().arrayBuffers - before, (process.resourceUsage().maxRSS - peak) * 1024)
  if (grown > limit) throw new Error(`${grown} bytes for an input of ${input.length}`)
  if (error === undefined) return true
  checkError(target, error)
  return false
}

function checkError(target: Target, error: unknown): void {
  // Two copies of the classes meet here: the package's and the source's.
  const { name, message, line, column, offset } = error as Record<string, unknown>
  const text = String(message)
  if (name === 'OutOfMemory' && /\d+ bytes needed, maxBytes allows \d+$/.test(text)) return
  if (name !== 'FormatError') throw new Error(`not a declared error: ${String(error)}`, { cause: error })
  if (!/^(read|decode|csrFrom)\w+: /.test(text)) throw new Error(`a message without its method: ${text}`)
  const placed = target.text
    ? /: line \d+(, column \d+)?: /.test(text) ||
      /: byte \d+: /.test(text) ||
      text.endsWith('wanted a table, got nothing')
    : offset !== undefined || /: member "|^csrFromNpz: \w+/.test(text)
  if (!placed) throw new Error(`a message without a place: ${text}`)
  if (/: line \d/.test(text) !== (line !== undefined)) throw new Error(`line ${String(line)}: ${text}`)
  if (/, column \d/.test(text) !== (column !== undefined)) throw new Error(`column ${String(column)}: ${text}`)
}

export interface Report {
  readonly accepted: number
  readonly refused: number
  readonly slowest: { readonly ms: number; readonly bytes: number }
}

/** `runs` inputs for one target; `beat` is told the number of each before it is read. fast-check's error, which holds the smallest input and how to see it again, where the law
 *  is broken. */
export async function fuzz(
  target: Target,
  runs: number,
  options: { seed: number; path?: string; beat?: (input: number) => void },
): Promise<Report> {
  let [accepted, refused, count] = [0, 0, 0]
  let slowest = { ms: 0, bytes: 0 }
  const { path, beat } = options
  // Targets that read the same seeds in other wrappings get other damage.
  const seed = options.seed + 1000 * targets.indexOf(target)
  await fc.assert(
    fc.asyncProperty(inputs(target), async input => {
      beat?.(count++)
      const started = performance.now()
      if (await accepts(target, input)) accepted++
      else refused++
      const ms = performance.now() - started
      if (ms > slowest.ms) slowest = { ms, bytes: input.length }
    }),
    { numRuns: runs, seed, ...(path !== undefined && { path }) },
  )
  return { accepted, refused, slowest }
}
