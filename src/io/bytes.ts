// How bytes get in: one text stream out of a string, an array, a stream of chunks, gzipped or not. Chunk boundaries carry
// no meaning anywhere downstream.
import { FormatError } from '../core/errors.js'

/** What the readers of text formats take. A ReadableStream is an async iterable in most hosts and accepted in all. */
export type TextInput = string | Uint8Array | AsyncIterable<Uint8Array>

/** Pieces of text of this many characters keep parsers' temporary arrays small. */
const PIECE = 1 << 16

/** The text of `input` in pieces, without byte order mark; gzip (magic 1f 8b) is unpacked on the way.
 *  Throws TypeError for other kinds of input, FormatError for corrupted gzip and for bytes that are not UTF-8.
 *  Errors of the caller's own stream pass through unchanged. `method` begins every message. */
export async function* textPieces(input: TextInput, method: string): AsyncGenerator<string> {
  if (typeof input === 'string') {
    const from = input.startsWith('\ufeff') ? 1 : 0
    for (let at = from; at < input.length; at += PIECE) yield input.slice(at, at + PIECE)
    return
  }
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
    } catch (cause) {
      throw new FormatError(`${method}: input: wanted UTF-8 text`, { cause })
    }
  }
  for await (const chunk of gunzipIfNeeded(byteChunks(input, method), method)) {
    const text = decode(chunk)
    if (text !== '') yield text
  }
  const rest = decode()
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

/** Unpacks one gzip file. The checksum is verified by the host.
 *  Throws TypeError unless given a Uint8Array, FormatError when the bytes are not whole, valid gzip. */
export async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('gunzip: bytes: wanted a Uint8Array')
  return collect(gunzipChunks(byteChunks(bytes, 'gunzip'), 'gunzip'))
}

/** Async iteration over any accepted source of bytes, each chunk checked to be one. */
async function* byteChunks(input: unknown, method: string): AsyncGenerator<Uint8Array> {
  if (input instanceof Uint8Array) {
    for (let at = 0; at < input.length; at += PIECE) yield input.subarray(at, at + PIECE)
    return
  }
  if (typeof input !== 'object' || input === null)
    throw new TypeError(`${method}: input: wanted a string, a Uint8Array or an async iterable of Uint8Array`)
  // Safari's ReadableStream cannot be iterated.
  const source = Symbol.asyncIterator in input ? input : input instanceof ReadableStream ? readAll(input) : undefined
  if (source === undefined)
    throw new TypeError(`${method}: input: wanted a string, a Uint8Array or an async iterable of Uint8Array`)
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

/** The host's DecompressionStream, written and read at once (it blocks when only written). */
async function* gunzipChunks(chunks: AsyncIterable<Uint8Array>, method: string): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new DecompressionStream('gzip')
  const writer = writable.getWriter()
  const reader = readable.getReader()
  // The source's own failure is told apart from a failure to unpack, which is the file's.
  let sourceFailed = false
  let sourceError: unknown
  const pump = async (): Promise<void> => {
    const source = chunks[Symbol.asyncIterator]()
    for (;;) {
      const next = await source.next().catch((error: unknown) => {
        sourceFailed = true
        sourceError = error
        throw error
      })
      if (next.done) break
      // The stream's type excludes shared memory; copying also protects from a caller who reuses its chunk.
      await writer.write(new Uint8Array(next.value))
    }
    await writer.close()
  }
  const pumped = pump().catch((error: unknown) => writer.abort(error).catch(() => {}))
  writer.closed.catch(() => {})
  reader.closed.catch(() => {})
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } catch (cause) {
    if (sourceFailed) throw sourceError
    throw new FormatError(`${method}: input: corrupted gzip`, { cause })
  } finally {
    reader.cancel().catch(() => {})
  }
  await pumped
}
