import { checksum } from '../core/checksum.js'
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from '../core/codecs/safetensors.js'
import { FormatError } from '../core/errors.js'
import type { FloatArray } from '../core/matrix.js'
import type { NmfFit } from './nmf-model.js'
import type { NmfOptions } from './nmf-options.js'
import type { NmfProgram } from './nmf-program.js'

/** Where a fit stands between two iterations; with W and H of the program it determines everything that follows. */
export interface NmfState {
  restart: number
  iter: number
  converged: boolean
  loss: number
  objective: number
  firstViolation: number
  firstError: number
  lastError: number
  trace: number[]
  best: NmfFit | undefined
}

export const freshState = (restart: number, best: NmfFit | undefined): NmfState => ({
  restart,
  iter: 0,
  converged: false,
  loss: NaN,
  objective: NaN,
  firstViolation: 0,
  firstError: NaN,
  lastError: NaN,
  trace: [],
  best,
})

/** The state, the factors and the best restart so far as safetensors bytes. */
export function writeCheckpoint(options: NmfOptions, program: NmfProgram, state: NmfState): Uint8Array {
  const { rows, columns, k } = program
  const { best, trace, ...numbers } = state
  const { W, H } = program.factors()
  const tensors: Record<string, SafeTensor> = {
    W: tensor(W, [rows, k]),
    H: tensor(H, [k, columns]),
    trace: series(trace),
  }
  if (best) {
    tensors['best.W'] = tensor(best.W, [rows, k])
    tensors['best.H'] = tensor(best.H, [k, columns])
    tensors['best.trace'] = series(best.trace)
  }
  const metadata = {
    format: 'latens checkpoint',
    fit: identity(options, program),
    state: pack(numbers),
    ...(best && {
      best: pack({ loss: best.loss, objective: best.objective, converged: best.converged, nIter: best.nIter }),
    }),
  }
  return encodeSafetensors(tensors, { ...metadata, checksum: checksum(tensors, metadata) })
}

/** The state of a checkpoint, its factors put into the program. Throws FormatError for bytes that are not one or are
 *  damaged, RangeError for one of other data or other options. */
export function readCheckpoint(bytes: Uint8Array, options: NmfOptions, program: NmfProgram): NmfState {
  const { tensors, metadata } = decodeSafetensors(bytes)
  const { checksum: stored, ...rest } = metadata
  if (rest.format !== 'latens checkpoint' || stored !== checksum(tensors, rest)) {
    throw new FormatError('NMF.fit: run.resume: wanted a checkpoint of this library, got other or damaged bytes')
  }
  const wanted = identity(options, program)
  if (rest.fit !== wanted) {
    throw new RangeError(`NMF.fit: run.resume: wanted a checkpoint of ${wanted}, got one of ${rest.fit}`)
  }
  const floats = (name: string): FloatArray => tensors[name]?.data as FloatArray // as the checksum vouches
  program.setFactors(floats('W'), floats('H'))
  const best = rest.best === undefined ? undefined : unpack(rest.best)
  return {
    ...(unpack(rest.state ?? '{}') as Omit<NmfState, 'best' | 'trace'>),
    trace: [...floats('trace')],
    best: best && {
      ...(best as Omit<NmfFit, 'W' | 'H' | 'trace'>),
      W: floats('best.W'),
      H: floats('best.H'),
      trace: [...floats('best.trace')],
    },
  }
}

// What the bytes belong to: the options that shape the result, the shape of the data and <X, X>.
function identity(options: NmfOptions, program: NmfProgram): string {
  const { init, ...rest } = options
  const start = typeof init === 'string' ? init : 'custom'
  return JSON.stringify({
    ...rest,
    init: start,
    rows: program.rows,
    columns: program.columns,
    squares: program.squares,
  })
}

// JSON has no NaN and no infinities: numbers travel as the strings that give them back exactly.
const pack = (values: Readonly<Record<string, number | boolean>>): string =>
  JSON.stringify(
    Object.fromEntries(Object.entries(values).map(([name, v]) => [name, typeof v === 'number' ? String(v) : v])),
  )

const unpack = (text: string): Record<string, number | boolean> => {
  const values = JSON.parse(text) as Record<string, string | boolean>
  return Object.fromEntries(Object.entries(values).map(([name, v]) => [name, typeof v === 'string' ? Number(v) : v]))
}

const tensor = (data: FloatArray, shape: number[]): SafeTensor => ({
  dtype: data instanceof Float32Array ? 'F32' : 'F64',
  shape,
  data,
})
const series = (values: readonly number[]): SafeTensor => tensor(Float64Array.from(values), [values.length])
