// NumPy's .npz: a zip of .npy files; and SciPy's sparse matrices, which are such files with agreed names.
import { zipSync } from 'fflate'
import { decodeNpy, encodeNpy, encodeNpyText } from '../core/codecs/npy.js'
import type { NpyArray, NpyData } from '../core/codecs/npy.js'
import { FormatError } from '../core/errors.js'
import { toRowMajor, type Csr, type Dense } from '../core/matrix.js'
import { byteChunks, collect } from './bytes.js'
import { allocate, maxBytesOf } from './memory.js'
import { zipMembers } from './zip.js'

const METHOD = 'readNpz'
const MAX_BYTES = 2 ** 31
const KINDS = 'a Uint8Array or an async iterable of Uint8Array'

export interface NpzOptions {
  /** Bytes that all members may have unpacked, 2^31 by default: a megabyte of zip can hold a gigabyte of zeros. */
  maxBytes?: number
}

/** The arrays of an .npz file, stored or deflated (`np.savez`, `np.savez_compressed`, `scipy.sparse.save_npz`), by name
 *  without `.npy`, each as decodeNpy gives it. Every member's checksum and sizes are verified.
 *  Throws TypeError for other kinds of input; FormatError (with `offset`) for a zip that is broken, cut, encrypted or zip64,
 *  for names given twice, `__proto__`, members that are not .npy and everything decodeNpy refuses, pickled objects among it;
 *  OutOfMemory for more than `maxBytes`. Errors of the caller's own stream pass through unchanged. */
export async function readNpz(
  input: Uint8Array | AsyncIterable<Uint8Array>,
  options: NpzOptions = {},
): Promise<Record<string, NpyArray>> {
  const maxBytes = maxBytesOf(METHOD, options, MAX_BYTES)
  const bytes = input instanceof Uint8Array ? input : await collect(byteChunks(input, METHOD, KINDS))
  const members = zipMembers(bytes, METHOD, maxBytes)
  for (const { name } of members) {
    if (!name.endsWith('.npy'))
      throw new FormatError(`${METHOD}: member ${show(name)}: wanted a name that ends in .npy`)
    if (name === '__proto__.npy') throw new FormatError(`${METHOD}: the name __proto__ is refused`)
  }
  return Object.fromEntries(members.map(member => [member.name.slice(0, -4), decode(member.name, member.unpack())]))
}

function decode(name: string, bytes: Uint8Array): NpyArray {
  try {
    // What decodeNpy gives takes up to four bytes for one (u1, b1, S).
    return allocate(METHOD, 4 * bytes.length, () => decodeNpy(bytes))
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause
    throw new FormatError(`${METHOD}: member ${show(name)}: ${cause.message}`, { cause })
  }
}

/** The bytes of an .npz file that `np.load` reads: arrays and dense matrices by name, or one CSR matrix as
 *  `scipy.sparse.load_npz` wants it. Stored, or deflated with `compress`. The same content gives the same bytes: dates are
 *  1980-01-01.
 *  Throws TypeError for other kinds, RangeError for shapes that disagree, the name `__proto__`, and 4 GB or more. */
export function writeNpz(
  content: Csr | Record<string, Dense | NpyArray | NpyData>,
  options: { compress?: boolean } = {},
): Uint8Array {
  const where = 'writeNpz: content'
  if (typeof content !== 'object' || content === null || Array.isArray(content) || ArrayBuffer.isView(content))
    throw new TypeError(`${where}: wanted csr(...) or an object of arrays and dense matrices`)
  const compress = compressOf(options)
  const members: Record<string, Uint8Array> = {}
  if (isCsr(content)) Object.assign(members, sparseMembers(content))
  else {
    for (const [name, value] of Object.entries(content)) {
      if (name === '__proto__') throw new RangeError(`${where}: the name __proto__ is refused`)
      // UTF-8 has no halves of characters: two such names would become one.
      if (/\p{Cs}/u.test(name)) throw new RangeError(`${where}[${show(name)}]: wanted a name of whole characters`)
      members[`${name}.npy`] = member(`${where}[${show(name)}]`, value)
    }
  }
  checkZip32(members)
  // Zip dates have no zone: fflate reads the local calendar, in which this is 1980-01-01 00:00 everywhere.
  return zipSync(members, { level: compress ? 6 : 0, mtime: new Date(1980, 0, 1) })
}

function compressOf(options: { compress?: boolean }): boolean {
  if (typeof options !== 'object' || options === null) throw new TypeError('writeNpz: options: wanted an object')
  for (const name of Object.keys(options))
    if (name !== 'compress') throw new TypeError(`writeNpz: unknown option ${name}: wanted compress`)
  const { compress = false } = options
  if (typeof compress !== 'boolean') throw new TypeError('writeNpz: options.compress: wanted a boolean')
  return compress
}

function isCsr(content: object): content is Csr {
  return (content as { kind?: unknown }).kind === 'csr'
}

function member(where: string, value: Dense | NpyArray | NpyData): Uint8Array {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${where}: wanted an array or a dense matrix`)
  if (ArrayBuffer.isView(value)) return encode(where, value, [value.length])
  if (!('kind' in value)) return encode(where, value.data, value.shape)
  if (value.kind !== 'dense') throw new TypeError(`${where}: wanted a dense matrix; a CSR matrix is a file of its own`)
  return encode(where, toRowMajor(value), [...value.shape])
}

/** encodeNpy, with the name of the member in its message. */
function encode(where: string, data: NpyData, shape: number[]): Uint8Array {
  try {
    return encodeNpy(data, shape)
  } catch (cause) {
    if (cause instanceof TypeError) throw new TypeError(`${where}: ${cause.message}`, { cause })
    if (cause instanceof RangeError) throw new RangeError(`${where}: ${cause.message}`, { cause })
    throw cause
  }
}

function sparseMembers({ indices, indptr, data, shape }: Csr): Record<string, Uint8Array> {
  return {
    'indices.npy': encodeNpy(indices, [indices.length]),
    'indptr.npy': encodeNpy(indptr, [indptr.length]),
    'format.npy': encodeNpyText('csr'),
    'shape.npy': encodeNpy(Int32Array.from(shape), [2]),
    'data.npy': encodeNpy(data, [data.length]),
  }
}

/** fflate writes 32-bit sizes whatever they are. */
function checkZip32(members: Record<string, Uint8Array>): void {
  const names = Object.keys(members)
  // Each name (at most three bytes a character) is written twice, with 30 and 46 bytes of sizes.
  const total = names.reduce((sum, name) => sum + (members[name]?.length ?? 0) * 1.001 + 6 * name.length + 100, 22)
  if (total >= 2 ** 32 || names.length >= 0xffff)
    throw new RangeError(`writeNpz: content: wanted below 4 GB in fewer than 65,535 arrays, got about ${total} bytes`)
  for (const name of names) {
    if (name.length * 3 > 0xffff) throw new RangeError(`writeNpz: content[${show(name)}]: wanted a shorter name`)
  }
}

function show(name: string): string {
  return JSON.stringify(name.slice(0, 60))
}
