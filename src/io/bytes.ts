// How bytes get in: one text stream out of a string, an array, a stream of chunks, gzipped or not. Chunk boundaries carry
// no meaning anywhere downstream.
import { gunzipChunks } from './gzip.js'
import { Utf8 } from './utf8.js'

/** What the readers of text formats take. A ReadableStream is an async iterable in most hosts and accepted in all. */
export type TextInput = string | Uint8Array | AsyncIterable<Uint8Array>

/** Pieces of text of this many characters keep parsers' temporary arrays small. */
const PIECE = 1 << 16

/** The text of `input` in pieces, without byte order mark; gzip (magic 1f 8b), one member or many, is unpacked on the way.
 *  Throws TypeError for other kinds of input, FormatError for corrupted gzip and for bytes that are not UTF-8, with the line.
 *  Errors of the caller's own stream pass through unchanged. `method` begins every message. */
export async function* textPieces(input: TextInput, method: string): AsyncGenerator<string> {
  if (typeof input === 'string') {
    const from = input.startsWith('\ufeff') ? 1 : 0
    for (let at = from; at < input.length; at += PIECE) yield input.slice(at, at + PIECE)
    return
  }
  const utf8 = new Utf8(method)
  for await (const chunk of gunzipIfNeeded(byteChunks(input, method), method)) {
    const { text, error } = utf8.decode(chunk)
    // Text first: which of two errors is reported must not hang on where the chunks end.
    if (text !== '') yield text
    if (error !== undefined) throw error
  }
  const rest = utf8.end()
  if (rest !== '') yield rest
}

/** All chunks in one array. */
export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of chunks) {
    parts.push(part)
    length += part.length
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Async iteration over any accepted source of bytes, each chunk checked to be one. */
export async function* byteChunks(
  input: unknown,
  method: string,
  kinds = 'a string, a Uint8Array or an async iterable of Uint8Array',
): AsyncGenerator<Uint8Array> {
  if (input instanceof Uint8Array) {
    for (let at = 0; at < input.length; at += PIECE) yield input.subarray(at, at + PIECE)
    return
  }
  if (typeof input !== 'object' || input === null) throw new TypeError(`${method}: input: wanted ${kinds}`)
  // Safari's ReadableStream cannot be iterated.
  const source = Symbol.asyncIterator in input ? input : input instanceof ReadableStream ? readAll(input) : undefined
  if (source === undefined) throw new TypeError(`${method}: input: wanted ${kinds}`)
  for await (const chunk of source as AsyncIterable<unknown>) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError(`${method}: input: wanted chunks that are Uint8Array`)
    if (chunk.length > 0) yield chunk
  }
}

async function* readAll(stream: ReadableStream<unknown>): AsyncGenerator<unknown> {
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    // Reached early when the consumer stops: tell the source, whose answer no longer matters.
    reader.cancel().catch(() => {})
  }
}

/** Looks at the first two bytes, however they are cut, and unpacks if they are gzip's. */
async function* gunzipIfNeeded(chunks: AsyncGenerator<Uint8Array>, method: string): AsyncGenerator<Uint8Array> {
  let head = new Uint8Array(0)
  while (head.length < 2) {
    const next = await chunks.next()
    if (next.done) break
    head = (await collect(each([head, next.value]))) as Uint8Array<ArrayBuffer>
  }
  const all = chain(head, chunks)
  yield* head[0] === 0x1f && head[1] === 0x8b ? gunzipChunks(all, method) : all
}

async function* each(parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}

async function* chain(head: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head
  yield* rest
}
