// The safetensors format (github.com/huggingface/safetensors, "Format").
//
//   0               8                     8 + N (multiple of 8)
//   | N: u64 LE     | JSON header, spaces | tensor bytes, no gaps ...
//
// Tensors are laid out by element size, largest first, then by name: without gaps each one is then aligned to its own
// element size, and the same tensors give the same bytes whatever order they came in.
import { FormatError } from '../errors.js'

export type SafetensorsData = Float32Array | Float64Array | Int32Array | Uint8Array
export interface SafeTensor {
  dtype: 'F32' | 'F64' | 'I32' | 'U8'
  shape: number[]
  /** Row-major, product(shape) elements of the array type that dtype names. */
  data: SafetensorsData
}

/** The reference implementation's limit on the header, so that a length field cannot ask for gigabytes of JSON. */
const MAX_HEADER = 100_000_000
const ELEMENT_BYTES = { F64: 8, F32: 4, I32: 4, U8: 1 } as const
const ARRAYS = { F64: Float64Array, F32: Float32Array, I32: Int32Array, U8: Uint8Array } as const
const METADATA = '__metadata__'

/** Bytes of a safetensors file holding `tensors` and `metadata` (strings only).
 *  Throws TypeError when data is not the array dtype names or a metadata value is no string,
 *  RangeError for a shape that disagrees with the data and for the names `__metadata__` and `__proto__`. */
export function encodeSafetensors(tensors: Record<string, SafeTensor>, metadata: Record<string, string>): Uint8Array {
  const entries = Object.entries(tensors)
  for (const [name, tensor] of entries) checkTensor(name, tensor)
  entries.sort(([a, x], [b, y]) => ELEMENT_BYTES[y.dtype] - ELEMENT_BYTES[x.dtype] || (a < b ? -1 : 1))
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string')
      throw new TypeError(`encodeSafetensors: metadata[${JSON.stringify(key)}]: wanted a string`)
    if (key === '__proto__') throw new RangeError('encodeSafetensors: metadata: the name __proto__ is refused')
  }
  // Written by hand, not as one object: JavaScript would move integer-like names to the front.
  const parts = Object.keys(metadata).length > 0 ? [`"${METADATA}":${JSON.stringify(metadata)}`] : []
  let end = 0
  for (const [name, { dtype, shape, data }] of entries) {
    const begin = end
    end += data.byteLength
    parts.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`)
  }
  const header = new TextEncoder().encode(`{${parts.join(',')}}`)
  const start = 8 + Math.ceil(header.length / 8) * 8
  const bytes = new Uint8Array(start + end).fill(0x20, 8 + header.length, start)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true)
  bytes.set(header, 8)
  let at = start
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return bytes
}

function checkTensor(name: string, { dtype, shape, data }: SafeTensor): void {
  const where = `encodeSafetensors: tensors[${JSON.stringify(name)}]`
  if (name === METADATA || name === '__proto__') throw new RangeError(`${where}: this name is refused`)
  if (!Object.hasOwn(ARRAYS, dtype)) throw new RangeError(`${where}.dtype = ${dtype}: wanted F32, F64, I32 or U8`)
  if (!(data instanceof ARRAYS[dtype]))
    throw new TypeError(`${where}.data: wanted a ${ARRAYS[dtype].name} for ${dtype}`)
  if (!isShape(shape)) throw new RangeError(`${where}.shape = [${shape}]: wanted integers >= 0`)
  if (product(shape) !== data.length)
    throw new RangeError(`${where}.shape = [${shape}]: wanted ${data.length} elements, got ${product(shape)}`)
}

/** Reads a safetensors file. The arrays are copies that own their buffers.
 *  Throws TypeError unless given a Uint8Array; FormatError for truncation, trailing bytes, gaps, overlaps, offsets out of
 *  range, sizes that disagree with shape and dtype, other dtypes, `__proto__` names, and a header that is not the JSON
 *  the format asks for. A name given twice is seen as the gap it leaves (JSON.parse itself keeps the last). */
export function decodeSafetensors(bytes: Uint8Array): {
  tensors: Record<string, SafeTensor>
  metadata: Record<string, string>
} {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('decodeSafetensors: bytes: wanted a Uint8Array')
  const { header, start } = headerOf(bytes)
  let metadata: Record<string, string> = {}
  const slots: { name: string; dtype: SafeTensor['dtype']; shape: number[]; begin: number; end: number }[] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === '__proto__') throw fail('the name __proto__ is refused')
    if (name === METADATA) metadata = metadataOf(value)
    else slots.push({ name, ...slotOf(name, value, bytes.length - start) })
  }
  checkCover(slots, bytes.length - start)
  const tensors = slots.map(({ name, dtype, shape, begin, end }): [string, SafeTensor] => {
    // A copy in a buffer of its own: Node's Buffer has a slice that copies nothing.
    const own = new Uint8Array(end - begin)
    own.set(bytes.subarray(start + begin, start + end))
    return [name, { dtype, shape, data: new ARRAYS[dtype](own.buffer, 0, own.length / ELEMENT_BYTES[dtype]) }]
  })
  return { tensors: Object.fromEntries(tensors), metadata }
}

/** The metadata alone, without a look at the tensors. Throws as decodeSafetensors does for the header. */
export function decodeMetadata(bytes: Uint8Array): Record<string, string> {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('decodeSafetensors: bytes: wanted a Uint8Array')
  const { [METADATA]: metadata } = headerOf(bytes).header
  return metadata === undefined ? {} : metadataOf(metadata)
}

function headerOf(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw fail(`wanted 8 bytes of header length, got ${bytes.length}`, 0)
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
  if (length > BigInt(Math.min(MAX_HEADER, bytes.length - 8)))
    throw fail(`header: wanted ${length} bytes, got ${bytes.length - 8} (and at most ${MAX_HEADER} are allowed)`, 0)
  const start = 8 + Number(length)
  let header: unknown
  try {
    // ignoreBOM: a byte order mark is no part of the format, so let JSON.parse see it and refuse.
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, start)))
  } catch (cause) {
    throw new FormatError('decodeSafetensors: header: wanted JSON', { offset: 8, cause })
  }
  if (!isObject(header) || bytes[8] !== 0x7b) throw fail('header: wanted a JSON object', 8)
  return { header, start }
}

function metadataOf(value: unknown): Record<string, string> {
  if (!isObject(value)) throw fail(`${METADATA}: wanted an object`)
  const entries: [string, string][] = []
  for (const [key, text] of Object.entries(value)) {
    if (key === '__proto__') throw fail(`${METADATA}: the name __proto__ is refused`)
    if (typeof text !== 'string') throw fail(`${METADATA}[${JSON.stringify(key)}]: wanted a string`)
    entries.push([key, text])
  }
  return Object.fromEntries(entries)
}

function slotOf(
  name: string,
  value: unknown,
  available: number,
): { dtype: SafeTensor['dtype']; shape: number[]; begin: number; end: number } {
  const where = JSON.stringify(name)
  if (!isObject(value)) throw fail(`${where}: wanted an object`)
  const extra = Object.keys(value).find(key => key !== 'dtype' && key !== 'shape' && key !== 'data_offsets')
  if (extra !== undefined) throw fail(`${where}: unknown key ${JSON.stringify(extra)}`)
  const { dtype, shape, data_offsets: offsets } = value
  if (!isDtype(dtype)) throw fail(`${where}: dtype ${JSON.stringify(dtype)}: wanted F32, F64, I32 or U8`)
  if (!isShape(shape)) throw fail(`${where}: shape ${JSON.stringify(shape)}: wanted integers >= 0`)
  if (!isShape(offsets) || offsets.length !== 2) throw fail(`${where}: data_offsets: wanted two integers >= 0`)
  const [begin = 0, end = 0] = offsets
  if (begin > end || end > available)
    throw fail(`${where}: data_offsets [${begin}, ${end}]: wanted begin <= end <= ${available}`)
  const wanted = product(shape) * ELEMENT_BYTES[dtype]
  if (end - begin !== wanted)
    throw fail(`${where}: ${dtype} of shape [${shape}]: wanted ${wanted} bytes, got ${end - begin}`)
  return { dtype, shape, begin, end }
}

/** Every byte after the header belongs to exactly one tensor. */
function checkCover(slots: { name: string; begin: number; end: number }[], available: number): void {
  // By end as well, so that an empty tensor comes before the full one that starts where it does.
  const sorted = [...slots].sort((a, b) => a.begin - b.begin || a.end - b.end)
  let at = 0
  for (const { name, begin, end } of sorted) {
    if (begin !== at)
      throw fail(`${JSON.stringify(name)}: ${begin < at ? 'overlap' : 'gap'}: wanted to begin at ${at}, got ${begin}`)
    at = end
  }
  if (at !== available) throw fail(`trailing bytes: wanted ${at} bytes of tensors, got ${available}`)
}

/** Most complaints are about the header, which starts at byte 8. */
function fail(what: string, offset = 8): FormatError {
  return new FormatError(`decodeSafetensors: ${what}`, { offset })
}
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
function isDtype(value: unknown): value is SafeTensor['dtype'] {
  return typeof value === 'string' && Object.hasOwn(ARRAYS, value)
}
function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(n => Number.isSafeInteger(n) && n >= 0)
}
/** A zero anywhere gives 0, never NaN; above 2^53 it only has to stay too large to match. */
function product(shape: number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, 1)
}
