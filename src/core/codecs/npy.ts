// NumPy's .npy format, versions 1 to 3 (numpy/lib/format.py, NEP 1).
//
//   0        6      8          10 (v1) or 12 (v2, v3)
//   | magic  | ver  | header length | header: a Python dict, spaces, \n | elements ...
//
// Left out on purpose: pickled object arrays (never), structured and complex types, half floats, unicode strings.
import { FormatError } from '../errors.js'

export type NpyData = Float32Array | Float64Array | Int32Array
export interface NpyArray {
  /** Row-major, owns its buffer. */
  data: NpyData
  shape: number[]
}

/** NumPy's own limit (NPY_MAXDIMS since 2.0). */
const MAX_DIMENSIONS = 64
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
const ITEM_BYTES: Record<string, number> = { f4: 4, f8: 8, i4: 4, i8: 8, u1: 1, b1: 1 }

/** The bytes `np.save` would write for a C-ordered array: version 1.0, little-endian, elements at a multiple of 64.
 *  `data` is row-major with product(shape) elements; `[]` is the shape of a scalar.
 *  Throws TypeError for other kinds, RangeError when shape and length disagree. */
export function encodeNpy(data: NpyData, shape: number[]): Uint8Array {
  const descr =
    data instanceof Float64Array
      ? '<f8'
      : data instanceof Float32Array
        ? '<f4'
        : data instanceof Int32Array
          ? '<i4'
          : ''
  if (descr === '') throw new TypeError('encodeNpy: data: wanted a Float32Array, Float64Array or Int32Array')
  if (!Array.isArray(shape)) throw new TypeError('encodeNpy: shape: wanted an array of integers')
  if (shape.length > MAX_DIMENSIONS || !shape.every(n => Number.isSafeInteger(n) && n >= 0))
    throw new RangeError(`encodeNpy: shape = [${shape}]: wanted at most ${MAX_DIMENSIONS} integers >= 0`)
  if (product(shape) !== data.length)
    throw new RangeError(`encodeNpy: shape = [${shape}]: wanted ${data.length} elements, got ${product(shape)}`)
  // Every host that runs WebAssembly modules like ours is little-endian, so memory already has the file's order.
  return npyFile(descr, shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

/** The bytes `np.save` would write for `np.array(b'text')`: SciPy names a sparse file's format so. ASCII. */
export function encodeNpyText(text: string): Uint8Array {
  return npyFile(
    `|S${text.length}`,
    [],
    Uint8Array.from(text, character => character.charCodeAt(0)),
  )
}

function npyFile(descr: string, shape: number[], elements: Uint8Array): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`
  const start = Math.ceil((10 + dict.length + 1) / 64) * 64
  const bytes = new Uint8Array(start + elements.length)
  bytes.set(MAGIC)
  bytes.set([1, 0], 6)
  new DataView(bytes.buffer).setUint16(8, start - 10, true)
  for (let i = 10; i < start; i++) bytes[i] = i - 10 < dict.length ? dict.charCodeAt(i - 10) : 0x20
  bytes[start - 1] = 0x0a
  bytes.set(elements, start)
  return bytes
}

/** Reads one .npy array: f4, f8, i4, i8 in either byte order, u1, b1 and byte strings (S).
 *  f4 gives Float32Array; f8 and i8 Float64Array (an i8 beyond 2^53 - 1 is an error, not a rounding);
 *  i4, u1, b1 Int32Array; strings of n bytes Int32Array of their bytes along one more axis of length n.
 *  Fortran order is converted to row-major.
 *  Throws TypeError unless given a Uint8Array; FormatError for everything else, among it pickled objects and a shape that
 *  asks for more or fewer elements than there are bytes (checked before anything is allocated). */
export function decodeNpy(bytes: Uint8Array): NpyArray {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('decodeNpy: bytes: wanted a Uint8Array')
  const { text, start } = headerOf(bytes)
  const { descr, fortran, shape } = parseHeader(text)
  const { type, itemBytes } = itemOf(descr)
  if (type === 'S') {
    if (fortran) throw new FormatError(`decodeNpy: descr '${descr}': wanted strings in C order`, { offset: 10 })
    shape.push(itemBytes)
  }
  const count = product(shape)
  const wanted = type === 'S' ? count : count * itemBytes
  if (wanted !== bytes.length - start)
    throw new FormatError(
      `decodeNpy: shape (${shape.join(', ')}) of ${descr}: wanted ${wanted} bytes, got ${bytes.length - start}`,
      { offset: start },
    )
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, wanted)
  const data = elements(view, type, descr[0] !== '>', count, start)
  return { data: fortran && shape.length > 1 ? toRowMajor(data, shape) : data, shape }
}

function itemOf(descr: string): { type: string; itemBytes: number } {
  const [, length] = /^\|S(\d{1,9})$/.exec(descr) ?? []
  if (length !== undefined) return { type: 'S', itemBytes: Number(length) }
  const type = descr.slice(1)
  const itemBytes = /^[<>|]/.test(descr) && Object.hasOwn(ITEM_BYTES, type) ? ITEM_BYTES[type] : undefined
  if (itemBytes !== undefined && (descr[0] !== '|' || itemBytes === 1)) return { type, itemBytes }
  const objects = type.startsWith('O') ? 'pickled objects, which are never read: ' : ''
  throw new FormatError(
    `decodeNpy: header: descr '${descr.slice(0, 40)}': ${objects}wanted one of f4, f8, i4, i8 (< or >), |u1, |b1, |S`,
    { offset: 10 },
  )
}

function headerOf(bytes: Uint8Array): { text: string; start: number } {
  if (bytes.length < 10 || MAGIC.some((b, i) => bytes[i] !== b))
    throw new FormatError('decodeNpy: the first bytes: wanted the magic \\x93NUMPY and a version', { offset: 0 })
  const major = bytes[6] ?? 0
  if (major < 1 || major > 3 || bytes[7] !== 0)
    throw new FormatError(`decodeNpy: version ${major}.${bytes[7]}: wanted 1.0, 2.0 or 3.0`, { offset: 6 })
  const first = major === 1 ? 10 : 12
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < first) throw new FormatError('decodeNpy: the header length is cut off', { offset: 8 })
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > bytes.length - first)
    throw new FormatError(`decodeNpy: header: wanted ${length} bytes, got ${bytes.length - first}`, { offset: 8 })
  try {
    // Version 3 is UTF-8 and 1 and 2 latin1, but every header we accept is ASCII, where they agree.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(first, first + length))
    return { text, start: first + length }
  } catch (cause) {
    throw new FormatError('decodeNpy: header: wanted ASCII text', { offset: first, cause })
  }
}

/** The three keys of the Python dict, in any order, each once, and nothing else. */
function parseHeader(text: string): { descr: string; fortran: boolean; shape: number[] } {
  const bad = (what: string) =>
    new FormatError(`decodeNpy: header ${JSON.stringify(text.slice(0, 120))}: ${what}`, { offset: 10 })
  const body = /^\s*\{([^{}]*)\}\s*$/.exec(text)?.[1]
  if (body === undefined) throw bad('wanted a dict with descr, fortran_order and shape')
  const found = new Map<string, string>()
  const item = /\s*['"](descr|fortran_order|shape)['"]\s*:\s*('[^']*'|"[^"]*"|True|False|\([\dL, ]*\))\s*(?:,|$)/y
  while (body.slice(item.lastIndex).trim() !== '') {
    const [, key, value] = item.exec(body) ?? []
    if (key === undefined || value === undefined) throw bad('wanted plain descr, fortran_order and shape')
    if (found.has(key)) throw bad(`${key} is given twice`)
    found.set(key, value)
  }
  const descr = found.get('descr') ?? ''
  const order = found.get('fortran_order') ?? ''
  if (!/^['"]/.test(descr)) throw bad('descr: wanted a string')
  if (order !== 'True' && order !== 'False') throw bad('fortran_order: wanted True or False')
  return { descr: descr.slice(1, -1), fortran: order === 'True', shape: parseShape(found.get('shape') ?? '', bad) }
}

function parseShape(tuple: string, bad: (what: string) => FormatError): number[] {
  // "L" is Python 2's long suffix; "(3)" is not a tuple.
  if (!/^\( *(?:\d+L? *, *(?:\d+L? *, *)*(?:\d+L? *)?)?\)$/.test(tuple)) throw bad('shape: wanted a tuple of integers')
  const shape = (tuple.match(/\d+/g) ?? []).map(Number)
  if (shape.length > MAX_DIMENSIONS) throw bad(`shape: wanted at most ${MAX_DIMENSIONS} dimensions`)
  if (!shape.every(Number.isSafeInteger)) throw bad('shape: wanted integers below 2^53')
  return shape
}

function elements(view: DataView, type: string, little: boolean, count: number, start: number): NpyData {
  const data: NpyData =
    type === 'f4'
      ? new Float32Array(count)
      : type === 'f8' || type === 'i8'
        ? new Float64Array(count)
        : new Int32Array(count)
  for (let i = 0; i < count; i++) {
    if (type === 'f4') data[i] = view.getFloat32(4 * i, little)
    else if (type === 'f8') data[i] = view.getFloat64(8 * i, little)
    else if (type === 'i4') data[i] = view.getInt32(4 * i, little)
    else if (type === 'i8') {
      const value = view.getBigInt64(8 * i, little)
      data[i] = Number(value)
      if (!Number.isSafeInteger(data[i]))
        throw new FormatError(`decodeNpy: element ${i} = ${value}: wanted |integer| < 2^53`, { offset: start + 8 * i })
    } else {
      const value = view.getUint8(i)
      if (type === 'b1' && value > 1)
        throw new FormatError(`decodeNpy: element ${i} = ${value}: wanted a boolean (0 or 1)`, { offset: start + i })
      data[i] = value
    }
  }
  return data
}

/** out[i0, i1, ...] = column-major in[i0, i1, ...]: walks the output in order and keeps the input's position. */
function toRowMajor(data: NpyData, shape: number[]): NpyData {
  const out = data.slice()
  const strides: number[] = []
  for (let axis = 0, stride = 1; axis < shape.length; axis++) {
    strides.push(stride)
    stride *= shape[axis] ?? 0
  }
  const index = shape.map(() => 0)
  for (let i = 0, from = 0; i < out.length; i++) {
    out[i] = data[from] ?? NaN
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [at, size, stride] = [(index[axis] ?? 0) + 1, shape[axis] ?? 0, strides[axis] ?? 0]
      from += stride
      if (at < size) {
        index[axis] = at
        break
      }
      index[axis] = 0
      from -= size * stride
    }
  }
  return out
}

/** Exact below 2^53; above it only has to stay too large to equal any length. A zero anywhere gives 0, never NaN. */
function product(shape: number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, 1)
}
