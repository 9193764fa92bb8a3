// Bytes to text, strictly, with the line of the first byte that is not UTF-8. TextDecoder alone says only that there is one.
import { FormatError } from '../core/errors.js'

/** A decoder of chunks; a byte order mark at the start is dropped. Where a chunk breaks off, `text` is what came before. */
export class Utf8 {
  private readonly decoder = new TextDecoder('utf-8', { fatal: true })
  private lines = 1
  private afterReturn = false
  private offset = 0
  /** The last bytes seen: a character may have begun in them. */
  private recent: Uint8Array = new Uint8Array(0)

  constructor(private readonly method: string) {}

  decode(chunk: Uint8Array): { text: string; error?: FormatError } {
    let text: string
    try {
      text = this.decoder.decode(chunk, { stream: true })
    } catch (cause) {
      return this.locate(chunk, cause)
    }
    this.count(text)
    this.offset += chunk.length
    this.recent = join(this.recent, chunk.subarray(-3)).slice(-3)
    return { text }
  }

  /** Throws if the input ended inside a character. */
  end(): string {
    try {
      return this.decoder.decode()
    } catch (cause) {
      throw this.fail('the end of the input inside a character', this.offset, cause)
    }
  }

  private count(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code === 13 || (code === 10 && !this.afterReturn)) this.lines++
      this.afterReturn = code === 13
    }
  }

  private locate(chunk: Uint8Array, cause: unknown): { text: string; error: FormatError } {
    const begun = unfinished(this.recent)
    const bytes = join(begun, chunk)
    const fresh = (): TextDecoder => new TextDecoder('utf-8', { fatal: true, ignoreBOM: this.offset > begun.length })
    // The longest prefix that decodes, by bisection.
    let [good, bad] = [begun.length, bytes.length]
    let text = ''
    while (good < bad) {
      const middle = (good + bad + 1) >> 1
      try {
        text = fresh().decode(bytes.subarray(0, middle), { stream: true })
        good = middle
      } catch {
        bad = middle - 1 // that it fails is what was asked
      }
    }
    this.count(text)
    const byte = (bytes[good] ?? 0).toString(16).padStart(2, '0')
    return { text, error: this.fail(`byte 0x${byte}`, this.offset + good - begun.length, cause) }
  }

  private fail(what: string, offset: number, cause: unknown): FormatError {
    const line = this.lines
    return new FormatError(`${this.method}: line ${line}: wanted UTF-8 text, got ${what}`, { line, offset, cause })
  }
}

/** The bytes at the end of `recent` that begin a character and do not finish it. */
function unfinished(recent: Uint8Array): Uint8Array {
  for (let k = 1; k <= recent.length; k++) {
    const byte = recent[recent.length - k] ?? 0
    if (byte < 0x80) break
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > k ? recent.subarray(-k) : new Uint8Array(0)
  }
  return new Uint8Array(0)
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
