import { checksum } from '../core/checksum.js'
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from '../core/codecs/safetensors.js'
import { FormatError } from '../core/errors.js'
import { integersTensor } from '../core/model-file.js'
import type { FloatArray } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfFit } from './nmf-fit.js'
import type { Smoothing } from './nmf-network.js'
import type { NmfOptions } from './nmf-options.js'
import type { NmfState } from './nmf-state.js'

export { fingerprintOf } from '../core/fingerprint.js'

/** What a checkpoint belongs to besides the options: X's fingerprint and, of a start of the caller's, its checksum. */
export interface NmfOrigin {
  readonly data: string
  readonly start: string
}

export const startChecksum = (W: FloatArray, H: FloatArray): string =>
  checksum({ W: tensor(W, [W.length]), H: tensor(H, [H.length]) }, {})

export const smoothingChecksum = ({ ridge, indptr, indices, values }: Smoothing): string =>
  checksum(
    { indptr: integersTensor(indptr), indices: integersTensor(indices), values: series(values) },
    { ridge: String(ridge) },
  )

/** The state, the factors as they are held and the best restart so far as safetensors bytes. */
export async function writeCheckpoint(
  options: NmfOptions,
  factors: NmfFactors,
  origin: NmfOrigin,
  state: NmfState,
  pace: Pace,
): Promise<Uint8Array> {
  const { X, k } = factors
  const { best, trace, revived, ...numbers } = state
  const { W, H } = await factors.factors(pace, 1, 1)
  const tensors: Record<string, SafeTensor> = {
    W: tensor(W, [X.rows, k]),
    H: tensor(H, [k, X.columns]),
    trace: series(trace),
  }
  if (best) {
    tensors['best.W'] = tensor(best.W, [X.rows, k])
    tensors['best.H'] = tensor(best.H, [k, X.columns])
    tensors['best.trace'] = series(best.trace)
  }
  const metadata = {
    format: 'latens checkpoint',
    fit: identity(options, factors, origin),
    build: buildOf(factors),
    maxIter: String(options.maxIter),
    state: pack(numbers),
    revived,
    ...(best && {
      best: pack({ loss: best.loss, objective: best.objective, converged: best.converged, nIter: best.nIter }),
    }),
  }
  return encodeSafetensors(tensors, { ...metadata, checksum: checksum(tensors, metadata) })
}

/** The state of a checkpoint, its factors put in place. Throws FormatError for bytes that are not one or are damaged,
 *  RangeError for one of other data, other options or the other build of the engine. maxIter may differ while the first
 *  restart runs: the fit goes on as one that had it from the start. */
export async function readCheckpoint(
  where: string,
  bytes: Uint8Array,
  options: NmfOptions,
  factors: NmfFactors,
  origin: NmfOrigin,
  pace: Pace,
): Promise<NmfState> {
  const { tensors, metadata } = decodeSafetensors(bytes)
  const { checksum: stored, ...rest } = metadata
  const unsound = (): FormatError =>
    new FormatError(`${where}: run.resume: wanted a checkpoint of this library, got other or damaged bytes`)
  if (rest.format !== 'latens checkpoint' || stored !== checksum(tensors, rest)) throw unsound()
  const wanted = identity(options, factors, origin)
  if (rest.fit !== wanted) {
    throw new RangeError(`${where}: run.resume: wanted a checkpoint of ${wanted}, got one of ${rest.fit}`)
  }
  const build = buildOf(factors)
  if (rest.build !== build) {
    throw new RangeError(`${where}: run.resume: wanted a checkpoint of ${build}, got one of ${rest.build}`)
  }
  const { X, k } = factors
  // Even where the checksum holds: what is put into the engine's memory must have the right size.
  const floats = (name: string, ...shape: number[]): FloatArray => {
    const found = tensors[name]
    const fits = found?.shape.length === shape.length && shape.every((side, i) => side < 0 || side === found.shape[i])
    const like = name.endsWith('trace') || X.precision === 'f64' ? Float64Array : Float32Array
    if (!fits || !(found.data instanceof like)) throw unsound()
    return found.data
  }
  const numbers = unpack(rest.state) as Omit<NmfState, 'best' | 'trace' | 'revived'> | undefined
  const counts = [numbers?.restart, numbers?.iter, numbers?.testedAt]
  if (!numbers || !counts.every(n => Number.isInteger(n) && (n ?? -1) >= 0)) throw unsound()
  if (rest.maxIter !== String(options.maxIter) && (numbers.restart > 0 || numbers.iter > options.maxIter)) {
    const reached = `restart ${numbers.restart + 1}, iteration ${numbers.iter}`
    throw new RangeError(
      `${where}: run.resume: wanted maxIter ${rest.maxIter} (the checkpoint is at ${reached}), got ${options.maxIter}`,
    )
  }
  await factors.setFactors(floats('W', X.rows, k), floats('H', k, X.columns), pace, 1, 1)
  const best = rest.best === undefined ? undefined : unpack(rest.best)
  if (rest.best !== undefined && !Number.isFinite(best?.objective)) throw unsound()
  return {
    ...numbers,
    revived: rest.revived ?? '',
    trace: [...floats('trace', -1)],
    best: best && {
      ...(best as Omit<NmfFit, 'W' | 'H' | 'trace' | 'sums' | 'fast'>),
      fast: factors.engine.fast, // as `build` says
      W: floats('best.W', X.rows, k),
      H: floats('best.H', k, X.columns),
      trace: [...floats('best.trace', -1)],
    },
  }
}

// What the bytes belong to: the options that shape the result, the data, and what these are held divided by.
function identity(options: NmfOptions, { X, scaleW, scaleH }: NmfFactors, { data, start }: NmfOrigin): string {
  const { init, maxIter: _, ...rest } = options
  return JSON.stringify({
    ...rest,
    init: typeof init === 'string' ? init : 'custom',
    start,
    rows: X.rows,
    columns: X.columns,
    precision: X.precision,
    scales: [scaleW, scaleH],
    data,
  })
}

// With `fast` the host decides, and going on in the other build would end in the bits of neither.
const buildOf = ({ engine }: NmfFactors): string => `the ${engine.fast ? 'relaxed' : 'exact'} engine`

// JSON has no NaN and no infinities: numbers travel as the strings that give them back exactly.
const pack = (values: Readonly<Record<string, number | boolean>>): string =>
  JSON.stringify(
    Object.fromEntries(Object.entries(values).map(([name, v]) => [name, typeof v === 'number' ? String(v) : v])),
  )

const unpack = (text: string | undefined): Record<string, number | boolean> | undefined => {
  let values: unknown
  try {
    values = JSON.parse(text ?? '')
  } catch {
    return undefined // told as damaged bytes
  }
  if (values === null || typeof values !== 'object') return undefined
  return Object.fromEntries(
    Object.entries(values as Record<string, string | boolean>).map(([name, v]) => [
      name,
      typeof v === 'string' ? Number(v) : v,
    ]),
  )
}

const tensor = (data: FloatArray, shape: number[]): SafeTensor => ({
  dtype: data instanceof Float32Array ? 'F32' : 'F64',
  shape,
  data,
})
const series = (values: ArrayLike<number>): SafeTensor => tensor(Float64Array.from(values), [values.length])
