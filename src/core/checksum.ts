/** A running 32-bit FNV-1a hash. Every step is a bijection of the state, so one changed byte always changes the sum. */
export class Checksum {
  private state = 0x811c9dc5 | 0

  add(part: string | ArrayBufferView): this {
    const bytes =
      typeof part === 'string'
        ? new TextEncoder().encode(`${part.length}:${part}`)
        : new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
    let h = this.state
    for (const byte of bytes) h = Math.imul(h ^ byte, 0x01000193)
    this.state = h
    return this
  }

  get hex(): string {
    return (this.state >>> 0).toString(16).padStart(8, '0')
  }
}
