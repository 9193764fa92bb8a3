// The zip container, read strictly: the members fill the file from its first byte to the directory, the directory and each
// member's own header say the same, and what is unpacked has the length and the CRC-32 they say. fflate inflates; its own
// unzip checks none of this.
//
//   | header, name, extra, data [, descriptor] | ... | directory entry | ... | end record (22 bytes)
import { inflateSync } from 'fflate'
import { FormatError } from '../core/errors.js'
import { crc32 } from './crc32.js'
import { allocate, checkBudget } from './memory.js'

export interface ZipMember {
  readonly name: string
  /** Checked on the way out; shares the file's memory where the member is stored. */
  unpack(): Uint8Array
}

const [LOCAL, ENTRY, END, DESCRIPTOR, LOCATOR] = [0x04034b50, 0x02014b50, 0x06054b50, 0x08074b50, 0x07064b50]
/** Sizes behind the data (bit 3) and names in UTF-8 (bit 11); bits 1 and 2 tell how hard deflate tried. */
const [SIZES_BEHIND, UTF8, KNOWN_FLAGS] = [0x8, 0x800, 0x80e]
const FULL = 0xffffffff
/** Deflate cannot do better (258 bytes from 2 bits), so a larger declared size is a lie. */
const MAX_RATIO = 1032

interface Entry {
  readonly name: string
  readonly rawName: Uint8Array
  readonly flags: number
  readonly method: number
  readonly time: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  readonly offset: number
}

/** The members of a zip file, in its order, before anything is unpacked.
 *  Throws FormatError with `offset` for everything that is not as above, zip64 (4 GB and more), encryption, other methods
 *  than stored and deflated, comments, and names given twice; OutOfMemory for more than `maxBytes` unpacked. */
export function zipMembers(bytes: Uint8Array, method: string, maxBytes: number): ZipMember[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fail = (what: string, offset: number): FormatError =>
    new FormatError(`${method}: byte ${offset}: ${what}`, { offset })
  const { count, start } = directory(view, fail)
  const entries = readDirectory(bytes, view, count, start, fail)
  const total = entries.reduce((sum, { size }) => sum + size, 0)
  checkBudget(method, `${entries.length} members`, total, maxBytes)
  let at = 0
  const members = entries.map((entry, i): ZipMember => {
    if (entry.offset !== at) throw fail(`wanted ${show(entry.name)} here, the directory says ${entry.offset}`, at)
    const dataAt = checkLocal(bytes, view, entry, fail)
    at = entries[i + 1]?.offset ?? start
    checkTail(view, entry, dataAt + entry.packed, at, fail)
    const packed = bytes.subarray(dataAt, dataAt + entry.packed)
    return { name: entry.name, unpack: () => unpack(packed, entry, method, dataAt) }
  })
  if (at !== start) throw fail(`wanted the directory here, got it at ${start}`, at)
  return members
}

type Fail = (what: string, offset: number) => FormatError

function directory(view: DataView, fail: Fail): { count: number; start: number } {
  const end = view.byteLength - 22
  if (end < 0 || view.getUint32(end, true) !== END)
    throw fail('wanted a zip file, whole and without a comment: its last 22 bytes are no end record', Math.max(0, end))
  const [count, size, start] = [
    view.getUint16(end + 10, true),
    view.getUint32(end + 12, true),
    view.getUint32(end + 16, true),
  ]
  const located = end >= 20 && view.getUint32(end - 20, true) === LOCATOR
  if (located || count === 0xffff || size === FULL || start === FULL)
    throw fail('zip64: wanted a file below 4 GB with fewer than 65,535 members', end)
  if (view.getUint32(end + 4, true) !== 0 || view.getUint16(end + 8, true) !== count) throw fail('wanted one disk', end)
  if (view.getUint16(end + 20, true) !== 0) throw fail('wanted no comment', end + 20)
  if (start + size !== end) throw fail(`wanted a directory that ends here, got one at ${start} of ${size} bytes`, end)
  return { count, start }
}

function readDirectory(bytes: Uint8Array, view: DataView, count: number, start: number, fail: Fail): Entry[] {
  const end = view.byteLength - 22
  const entries: Entry[] = []
  const names = new Set<string>()
  let at = start
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== ENTRY) throw fail('wanted a directory entry', at)
    const [nameLength, extra] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true)]
    const next = at + 46 + nameLength + extra
    if (next > end) throw fail('directory entry: cut off', at)
    const flags = view.getUint16(at + 8, true)
    const rawName = bytes.subarray(at + 46, at + 46 + nameLength)
    const entry: Entry = {
      name: decodeName(rawName, flags, at, fail),
      rawName,
      flags,
      method: view.getUint16(at + 10, true),
      time: view.getUint32(at + 12, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    }
    const where = show(entry.name)
    if (view.getUint16(at + 32, true) || view.getUint16(at + 34, true))
      throw fail(`${where}: wanted no comment, one disk`, at)
    if (flags & 1) throw fail(`${where}: encrypted`, at)
    if (flags & ~KNOWN_FLAGS) throw fail(`${where}: unknown flags ${flags}`, at)
    if (entry.method !== 0 && entry.method !== 8)
      throw fail(`${where}: method ${entry.method}: wanted stored (0) or deflated (8)`, at)
    if (entry.packed === FULL || entry.size === FULL || entry.offset === FULL)
      throw fail(`${where}: zip64: wanted a member below 4 GB`, at)
    const most = entry.method === 0 ? entry.packed : entry.packed * MAX_RATIO
    if (entry.size > most || (entry.method === 0 && entry.size !== entry.packed))
      throw fail(`${where}: ${entry.size} bytes cannot be packed in ${entry.packed}`, at)
    if (names.has(entry.name)) throw fail(`${where}: given twice`, at)
    names.add(entry.name)
    entries.push(entry)
    at = next
  }
  if (at !== end) throw fail(`wanted ${count} directory entries, got bytes behind them`, at)
  return entries
}

function decodeName(raw: Uint8Array, flags: number, at: number, fail: Fail): string {
  if (!(flags & UTF8) && raw.some(byte => byte >= 0x80)) throw fail('member name: wanted ASCII or UTF-8', at + 46)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw)
  } catch (cause) {
    throw new FormatError(fail('member name: wanted UTF-8', at + 46).message, { offset: at + 46, cause })
  }
}

/** The member's own header against the directory; gives the place of its data. */
function checkLocal(bytes: Uint8Array, view: DataView, entry: Entry, fail: Fail): number {
  const at = entry.offset
  const where = show(entry.name)
  if (at + 30 > bytes.length || view.getUint32(at, true) !== LOCAL) throw fail(`${where}: wanted a member's header`, at)
  const [nameLength, extraLength] = [view.getUint16(at + 26, true), view.getUint16(at + 28, true)]
  const extraAt = at + 30 + nameLength
  const dataAt = extraAt + extraLength
  const same =
    nameLength === entry.rawName.length &&
    entry.rawName.every((byte, i) => bytes[at + 30 + i] === byte) &&
    view.getUint16(at + 6, true) === entry.flags &&
    view.getUint16(at + 8, true) === entry.method &&
    view.getUint32(at + 10, true) === entry.time
  if (!same) throw fail(`${where}: its header and the directory disagree`, at)
  if (dataAt + entry.packed > bytes.length) throw fail(`${where}: cut off`, at)
  const [crc, packed, size] = [
    view.getUint32(at + 14, true),
    view.getUint32(at + 18, true),
    view.getUint32(at + 22, true),
  ]
  // NumPy always asks for 64-bit sizes here, small as the member may be.
  const wide = packed === FULL && size === FULL
  const sizes = wide ? zip64Sizes(view, extraAt, dataAt) : { packed, size }
  const behind = (entry.flags & SIZES_BEHIND) !== 0
  const wanted = behind ? { crc: 0, packed: 0, size: 0 } : entry
  if (crc !== wanted.crc || sizes?.packed !== wanted.packed || sizes.size !== wanted.size)
    throw fail(`${where}: checksum and sizes in its header and the directory disagree`, at + 14)
  return dataAt
}

/** The sizes in the extra field number 1, undefined where it is missing or broken. */
function zip64Sizes(view: DataView, at: number, end: number): { packed: number; size: number } | undefined {
  while (at + 4 <= end) {
    const [id, length] = [view.getUint16(at, true), view.getUint16(at + 2, true)]
    if (id === 1 && length === 16 && at + 20 <= end)
      return { size: Number(view.getBigUint64(at + 4, true)), packed: Number(view.getBigUint64(at + 12, true)) }
    at += 4 + length
  }
  return undefined
}

/** Between a member's data and what follows lies nothing, or, where its flags say so, its checksum and sizes: with or
 *  without a signature, of 32 or 64 bits (its length tells which). */
function checkTail(view: DataView, entry: Entry, at: number, next: number, fail: Fail): void {
  const where = show(entry.name)
  const length = next - at
  if (!(entry.flags & SIZES_BEHIND)) {
    if (length !== 0) throw fail(`${where}: wanted its data to end at ${next}`, at)
    return
  }
  if (![12, 16, 20, 24].includes(length)) throw fail(`${where}: wanted 12 to 24 bytes of sizes, got ${length}`, at)
  const signed = length === 16 || length === 24
  const wide = length > 16
  const from = at + (signed ? 4 : 0)
  const size = (p: number): number => (wide ? Number(view.getBigUint64(p, true)) : view.getUint32(p, true))
  const same =
    (!signed || view.getUint32(at, true) === DESCRIPTOR) &&
    view.getUint32(from, true) === entry.crc &&
    size(from + 4) === entry.packed &&
    size(from + (wide ? 12 : 8)) === entry.size
  if (!same) throw fail(`${where}: the sizes behind its data and the directory disagree`, at)
}

function unpack(packed: Uint8Array, entry: Entry, method: string, offset: number): Uint8Array {
  const fail = (what: string, cause?: unknown): FormatError =>
    new FormatError(`${method}: byte ${offset}: ${show(entry.name)}: ${what}`, { offset, cause })
  let out = packed
  if (entry.method === 8) {
    // One byte more than declared: fflate fills what it is given and says nothing of the rest.
    const room = allocate(method, entry.size + 1, () => new Uint8Array(entry.size + 1))
    try {
      out = inflateSync(packed, { out: room })
    } catch (cause) {
      throw fail('broken deflate data', cause)
    }
  }
  if (out.length !== entry.size)
    throw fail(`wanted ${entry.size} bytes, got ${out.length < entry.size ? out.length : 'more'}`)
  if (crc32(out) !== entry.crc) throw fail('wrong checksum')
  return out
}

/** A name as messages quote it: cut, for it may be 64 kB long. */
function show(name: string): string {
  return JSON.stringify(name.slice(0, 60))
}
