import type { SafeTensor } from './codecs/safetensors.js'

/** A running 32-bit hash, FNV-1a by words. Every step is a bijection of the state, so one changed word always changes the
 *  sum. */
class Checksum {
  private state = 0x811c9dc5 | 0

  add(part: string | ArrayBufferView): this {
    const bytes =
      typeof part === 'string'
        ? new TextEncoder().encode(`${part.length}:${part}`)
        : new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
    let h = this.state
    // By words: arrays are long.
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const whole = bytes.length - (bytes.length % 4)
    for (let i = 0; i < whole; i += 4) h = Math.imul(h ^ words.getInt32(i, true), 0x01000193)
    for (let i = whole; i < bytes.length; i++) h = Math.imul(h ^ (bytes[i] ?? 0), 0x01000193)
    this.state = h
    return this
  }

  get hex(): string {
    return (this.state >>> 0).toString(16).padStart(8, '0')
  }
}

/** Of a file's tensors and metadata, in the order of their names. */
export function checksum(
  tensors: Readonly<Record<string, SafeTensor>>,
  metadata: Readonly<Record<string, string>>,
): string {
  const sum = new Checksum()
  for (const name of Object.keys(metadata).sort()) sum.add(name).add(metadata[name] ?? '')
  for (const name of Object.keys(tensors).sort()) {
    const tensor = tensors[name]
    if (tensor) sum.add(name).add(tensor.dtype).add(tensor.shape.join(',')).add(tensor.data)
  }
  return sum.hex
}
