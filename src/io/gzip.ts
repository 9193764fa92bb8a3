// gzip (RFC 1952): members one after another (bgzip, `cat a.gz b.gz`) are one text, and each member's checksum and length
// are verified.
//
// Not the host's DecompressionStream: some hosts read the members after the first, some refuse them, some drop what follows
// without a word. The same file must be the same table everywhere. fflate inflates and leaves the framing, the checksum
// and the position to us.
import { Inflate } from 'fflate'
import { FormatError } from '../core/errors.js'
import { crc32 } from './crc32.js'

/** Deflate gives up to 1,032 bytes a byte: pieces of this many keep what comes out at once below 17 MB. */
const STEP = 1 << 14
/** File name and comment of a member may be this long each. */
const MAX_NAME = 1 << 16
const [FHCRC, FEXTRA, FNAME, FCOMMENT, RESERVED] = [2, 4, 8, 16, 0xe0]

/** The unpacked bytes of `chunks`. FormatError with `offset` for all that is not whole, valid gzip; errors of the source pass
 *  unchanged. */
export async function* gunzipChunks(chunks: AsyncIterable<Uint8Array>, method: string): AsyncGenerator<Uint8Array> {
  const source = new Source(chunks, method)
  try {
    do {
      await readHeader(source)
      yield* readMember(source)
    } while (await source.fill())
  } finally {
    await source.close()
  }
}

async function readHeader(source: Source): Promise<void> {
  const header: number[] = []
  const next = async (): Promise<number> => {
    const byte = await source.byte()
    header.push(byte)
    return byte
  }
  const [id1, id2, deflate] = [await next(), await next(), await next()]
  if (id1 !== 0x1f || id2 !== 0x8b) throw source.fail('wanted another member or the end', header.length)
  const flags = await next()
  if (deflate !== 8 || flags & RESERVED) throw source.fail('wanted deflate and known flags')
  for (let i = 0; i < 6; i++) await next() // time, level and system: nothing to verify
  if (flags & FEXTRA) for (let n = (await next()) + 256 * (await next()); n > 0; n--) await next()
  for (const name of [FNAME, FCOMMENT]) {
    let length = 0
    while (flags & name && (await next()) !== 0)
      if (++length > MAX_NAME) throw source.fail(`wanted a name of at most ${MAX_NAME} bytes`)
  }
  if (flags & FHCRC) {
    const wanted = crc32(Uint8Array.from(header)) & 0xffff
    if ((await source.byte()) + 256 * (await source.byte()) !== wanted) throw source.fail('header checksum', 2)
  }
}

async function* readMember(source: Source): AsyncGenerator<Uint8Array> {
  let crc = 0
  let length = 0
  let out: Uint8Array = new Uint8Array(0)
  const inflate = new Inflate(part => {
    out = part
  })
  for (let unread: number | undefined; unread === undefined;) {
    if (!(await source.fill())) throw source.fail('cut off')
    const piece = source.take(STEP)
    try {
      inflate.push(piece)
    } catch (cause) {
      throw source.fail('broken deflate data', piece.length, cause)
    }
    unread = unreadAtEnd(inflate)
    if (unread !== undefined) source.giveBack(unread)
    crc = crc32(out, crc)
    length += out.length
    if (out.length > 0) yield out
  }
  const trailer = new DataView(new ArrayBuffer(8))
  for (let i = 0; i < 8; i++) trailer.setUint8(i, await source.byte())
  if (trailer.getUint32(0, true) !== crc) throw source.fail('wrong checksum', 8)
  if (trailer.getUint32(4, true) !== length % 2 ** 32) throw source.fail('wrong length', 4)
}

/** How many of the bytes pushed lie behind the end of the deflate data; undefined before that end.
 *  fflate's own Gunzip tells it by these fields (the version is pinned and bundled; the tests cut and join members everywhere):
 *  s.f the last block has begun, s.l a block is open, p the bytes not used up, s.p the bits of them that are. */
function unreadAtEnd(inflate: Inflate): number | undefined {
  const { s, p } = inflate as unknown as { s: { f?: number; l?: unknown; p?: number }; p: Uint8Array }
  return s.f && !s.l ? p.length - Math.ceil((s.p ?? 0) / 8) : undefined
}

/** Chunks read byte by byte and piece by piece, with the position for messages. */
class Source {
  private readonly chunks: AsyncIterator<Uint8Array>
  private chunk: Uint8Array = new Uint8Array(0)
  private at = 0
  private before = 0

  constructor(
    chunks: AsyncIterable<Uint8Array>,
    private readonly method: string,
  ) {
    this.chunks = chunks[Symbol.asyncIterator]()
  }

  /** Is there a byte left? */
  async fill(): Promise<boolean> {
    while (this.at === this.chunk.length) {
      const next = await this.chunks.next()
      if (next.done) return false
      this.before += this.chunk.length
      this.chunk = next.value
      this.at = 0
    }
    return true
  }

  async byte(): Promise<number> {
    if (this.at === this.chunk.length && !(await this.fill())) throw this.fail('cut off')
    return this.chunk[this.at++] ?? 0
  }

  /** At most `length` bytes of the chunk at hand. */
  take(length: number): Uint8Array {
    const piece = this.chunk.subarray(this.at, this.at + length)
    this.at += piece.length
    return piece
  }

  giveBack(length: number): void {
    this.at -= length
  }

  fail(what: string, back = 0, cause?: unknown): FormatError {
    const offset = this.before + this.at - back
    return new FormatError(`${this.method}: input: corrupted gzip: byte ${offset}: ${what}`, { offset, cause })
  }

  async close(): Promise<void> {
    await this.chunks.return?.()
  }
}
