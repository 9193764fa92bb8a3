import { readFileSync, realpathSync } from 'node:fs'
import { unreadable } from './readers.js'
import { UsageError } from './errors.js'
import { kebab } from './flag-list.js'
import { entryAt, probe } from './output.js'

/** A checkpoint's bytes and what they say of the data of their fit. */
export interface Checkpoint {
  readonly path: string
  readonly bytes: Uint8Array
  readonly shape: readonly [unknown, unknown]
}

/** The checkpoint to resume from. Throws UsageError where the options are not those it was made with, before any data
 *  are read; the engine would refuse as well, after that and without the flags' names. */
export function readCheckpoint(
  path: string,
  options: Readonly<Record<string, unknown>>,
  precision: string,
): Checkpoint {
  const bytes = readBytes(path)
  const header = headerOf(bytes)
  if (!header) throw new Error(`--resume: ${path}: wanted a checkpoint of latens, got another file`)
  const wanted: Record<string, unknown> = { ...header.fit, precision: header.precision }
  const got: Record<string, unknown> = { ...options, precision }
  const differences = Object.keys(got)
    .filter(name => name in wanted && got[name] !== wanted[name])
    .map(name => `--${kebab(name)} ${wanted[name]}, got ${got[name]}`)
  if (differences.length > 0)
    throw new UsageError(`--resume: ${path}: wanted the options it was made with: ${differences.join('; ')}`)
  return { path, bytes, shape: [header.fit['rows'], header.fit['columns']] }
}

/** An error of a fit, told in the user's words where it says that the data, the engine that `fast` has here or the
 *  iterations are not the checkpoint's. */
export function asResumeError(error: unknown, from: Checkpoint | undefined, shape: readonly number[]): unknown {
  if (!from || !/^(\w+\.fit: run\.resume|decodeSafetensors): /.test((error as Error).message)) return error
  const { path, shape: wanted } = from
  const [, build] = /: (wanted a checkpoint of the \w+ engine, .*)$/.exec((error as Error).message) ?? []
  if (build !== undefined) return new Error(`--resume: ${path}: ${build}`, { cause: error })
  const [, iterations] = /: wanted maxIter (\d+ .*)$/.exec((error as Error).message) ?? []
  if (iterations !== undefined) return new Error(`--resume: ${path}: wanted --max-iter ${iterations}`, { cause: error })
  if (!(error instanceof RangeError)) return new Error(`--resume: ${path}: the file is damaged`, { cause: error })
  const same = wanted.every((side, i) => side === shape[i])
  return new Error(
    `--resume: ${path}: wanted the data it was made with, ${wanted.join(' x ')}, got ${same ? 'other numbers' : shape.join(' x ')}`,
    { cause: error },
  )
}

/** Refuses a place for checkpoints that holds anything else, or an earlier fit that is not the one to go on with. */
export function checkCheckpoint(path: string, resume: string | undefined, force: boolean): void {
  const found = entryAt('--checkpoint', path)
  if (!found) return probe('--checkpoint', path)
  const resumed = resume !== undefined && entryAt('--resume', resume) && realpathSync(resume) === realpathSync(path)
  if (!found.isFile() || !headerOf(readBytes(path)))
    throw new Error(`--checkpoint: ${path} exists and is no checkpoint of latens`)
  if (!resumed && !force)
    throw new Error(`--checkpoint: ${path} exists; --resume ${path} goes on from it, --force replaces it`)
  probe('--checkpoint', path)
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

// The first part of a safetensors file: eight bytes of length, then JSON. Whether the rest is whole the engine checks.
function headerOf(bytes: Uint8Array): { fit: Record<string, unknown>; precision: 'f32' | 'f64' } | undefined {
  if (bytes.length < 8) return undefined
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as {
      __metadata__: { format: string; fit: string }
      W: { dtype: string }
    }
    if (header.__metadata__.format !== 'latens checkpoint') return undefined
    const fit = JSON.parse(header.__metadata__.fit) as Record<string, unknown>
    return { fit, precision: header.W.dtype === 'F32' ? 'f32' : 'f64' }
  } catch {
    return undefined
  }
}
