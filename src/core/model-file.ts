// A model's file: safetensors whose metadata say that it is ours, of which estimator, with which options, and a
// checksum of all that. The checksum says that the bytes are those that were written, not that a program of ours wrote
// them: what is read is checked as any input is.
import { checksum } from './checksum.js'
import { decodeMetadata, decodeSafetensors, encodeSafetensors, type SafeTensor } from './codecs/safetensors.js'
import { FormatError } from './errors.js'
import type { Dense, FloatArray } from './matrix.js'
import { type OptionSpecs, resolveOptions } from './options.js'

const FORMAT = 'latens'

/** A dense row-major matrix as the file has it. */
export const matrixTensor = ({ data, shape }: Pick<Dense, 'data' | 'shape'>): SafeTensor => ({
  dtype: data instanceof Float32Array ? 'F32' : 'F64',
  shape: [...shape],
  data,
})

export const seriesTensor = (data: Float64Array): SafeTensor => ({ dtype: 'F64', shape: [data.length], data })

export const integersTensor = (data: Int32Array): SafeTensor => ({ dtype: 'I32', shape: [data.length], data })

/** The bytes of a model: its arrays, its options, and facts of other kinds, numbers to the bit. */
export function writeModel(
  estimator: string,
  tensors: Record<string, SafeTensor>,
  options: object,
  facts: Readonly<Record<string, string | number | boolean>>,
): Uint8Array {
  const texts = Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)]))
  const metadata = { format: FORMAT, estimator, options: JSON.stringify(options), ...texts }
  return encodeSafetensors(tensors, { ...metadata, checksum: checksum(tensors, metadata) })
}

/** Which estimator's model the bytes are, by its command's name. Throws FormatError for bytes of anything else. */
export function estimatorOf(bytes: Uint8Array): string {
  const { format, estimator } = decodeMetadata(bytes)
  if (format !== FORMAT || estimator === undefined)
    throw new FormatError(`estimatorOf: bytes: wanted a latens model, got format ${format}, estimator ${estimator}`)
  return estimator
}

/** Reads what `writeModel` wrote. Every method throws FormatError, naming what was wanted, where the file has not got it. */
export class ModelFile {
  private readonly tensors: Readonly<Record<string, SafeTensor>>
  private readonly metadata: Readonly<Record<string, string>>
  private readonly read = new Set<string>()
  private floats: Float32ArrayConstructor | Float64ArrayConstructor | undefined

  /** `where` begins the messages: the method that was called. */
  constructor(
    private readonly where: string,
    estimator: string,
    bytes: Uint8Array,
  ) {
    const { tensors, metadata } = decodeSafetensors(bytes)
    const { checksum: stored, ...rest } = metadata
    const found = checksum(tensors, rest)
    if (stored !== found)
      throw new FormatError(`${where}: checksum: wanted ${stored}, got ${found}: the file is damaged`)
    if (rest.format !== FORMAT || rest.estimator !== estimator)
      throw new FormatError(
        `${where}: wanted a latens ${estimator} model, got format ${rest.format}, estimator ${rest.estimator}`,
      )
    this.tensors = tensors
    this.metadata = rest
  }

  need(fact: boolean, what: string): void {
    if (!fact) throw new FormatError(`${this.where}: wanted ${what}`)
  }

  /** What is made of what the file has; a RangeError of the making is the file's fault. */
  made<T>(what: string, make: () => T): T {
    try {
      return make()
    } catch (cause) {
      throw new FormatError(`${this.where}: wanted ${what}: ${(cause as Error).message}`, { cause })
    }
  }

  has(name: string): boolean {
    return name in this.tensors
  }

  /** The options as `specs` allow them; `complete` may add what the file has elsewhere, and throw for what does not go
   *  together. */
  options<O, R>(specs: OptionSpecs<O>, complete: (options: Readonly<O>, text: (name: string) => string) => R): R {
    try {
      const given = JSON.parse(this.metadata.options ?? '') as unknown
      return complete(resolveOptions(this.where, specs, given), name => this.metadata[name] ?? '')
    } catch (cause) {
      throw new FormatError(`${this.where}: options: ${(cause as Error).message}`, { cause })
    }
  }

  /** A matrix of finite numbers >= `min`, row-major; any number of rows or columns where that is undefined. All matrices
   *  of a model have the precision of the one that is read first. */
  matrix(name: string, rows: number | undefined, columns: number | undefined, min = -Infinity): FloatArray {
    const { shape = [], data } = this.take(name) ?? {}
    this.floats ??= data instanceof Float32Array ? Float32Array : Float64Array
    const shaped = shape.length === 2 && (rows ?? shape[0]) === shape[0] && (columns ?? shape[1]) === shape[1]
    this.need(shaped && data instanceof this.floats, `a tensor ${name} of the model's shape and precision`)
    const values = data as FloatArray
    const sound = values.every(v => v >= min && v > -Infinity && v < Infinity)
    this.need(sound, `finite numbers${min > -Infinity ? ` >= ${min}` : ''} in ${name}`)
    return values
  }

  /** A list of doubles, whatever their values. */
  series(name: string): Float64Array {
    const { shape = [], data } = this.take(name) ?? {}
    this.need(data instanceof Float64Array && shape.length === 1, `a tensor ${name}, f64 of one dimension`)
    return data as Float64Array
  }

  /** A list of integers from 0 to below `end`. */
  integers(name: string, end: number): Int32Array {
    const { shape = [], data } = this.take(name) ?? {}
    this.need(data instanceof Int32Array && shape.length === 1, `a tensor ${name}, i32 of one dimension`)
    const values = data as Int32Array
    const sound = values.every(v => v >= 0 && v < end)
    this.need(sound, `integers from 0 to ${end - 1} in ${name}`)
    return values
  }

  number(name: string): number {
    const text = this.metadata[name]
    const value = Number(text ?? 'none')
    this.need(!Number.isNaN(value), `a number ${name}, got ${text}`)
    return value
  }

  count(name: string): number {
    const value = this.number(name)
    this.need(Number.isInteger(value) && value >= 0, `${name} an integer >= 0, got ${value}`)
    return value
  }

  flag(name: string): boolean {
    const text = this.metadata[name]
    this.need(text === 'true' || text === 'false', `${name} true or false, got ${text}`)
    return text === 'true'
  }

  /** Refuses tensors that were not read. */
  end(): void {
    const more = Object.keys(this.tensors).filter(name => !this.read.has(name))
    this.need(more.length === 0, `no tensors but ${[...this.read].join(', ')}, got ${more.join(', ')}`)
  }

  private take(name: string): SafeTensor | undefined {
    this.read.add(name)
    return this.tensors[name]
  }
}
