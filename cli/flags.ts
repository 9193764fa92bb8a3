import { parseArgs } from 'node:util'
import type { Entry, OptionSpecs } from 'latens'
import { UsageError } from './errors.js'
import { type Flag, kebab } from './flag-list.js'
import { withNearestFlag } from './nearest.js'

export interface Parsed {
  readonly positionals: readonly string[]
  text(name: string): string | undefined
  on(name: string): boolean
}

/** The arguments by their flags. Throws UsageError, with the nearest flag where one is not known. */
export function parseFlags(args: readonly string[], flags: readonly Flag[]): Parsed {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {}
  for (const { name, short, value } of flags)
    options[name] = { type: value === undefined ? 'boolean' : 'string', ...(short !== undefined && { short }) }
  const parse = () => {
    try {
      return parseArgs({ args: [...args], options, allowPositionals: true })
    } catch (error) {
      throw withNearestFlag(error as Error, args, flags)
    }
  }
  const { values, positionals } = parse()
  return {
    positionals,
    text: name => (typeof values[name] === 'string' ? values[name] : undefined),
    on: name => values[name] === true,
  }
}

/** The options as an estimator takes them, of the flags that were given. */
export function givenOptions(parsed: Parsed, specs: OptionSpecs): Record<string, unknown> {
  const given: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(specs)) {
    if (spec.type === 'boolean') {
      if (parsed.on(`${spec.default ? 'no-' : ''}${kebab(name)}`)) given[name] = !spec.default
      continue
    }
    const value = parsed.text(kebab(name))
    if (value === undefined) continue
    if (spec.type === 'custom' && spec.parse) {
      given[name] = spec.parse(value)
      continue
    }
    const numeric = value.trim() !== '' && spec.type !== 'choice' && !Number.isNaN(Number(value))
    given[name] = numeric ? Number(value) : value
  }
  return given
}

/** What a fit is told besides its estimator's options. */
export interface FitFlags {
  /** The file or folder; of several matrices all files. */
  readonly inputs: readonly string[]
  readonly out: string
  readonly force: boolean
  readonly transpose: boolean
  readonly precision: 'f32' | 'f64'
  readonly threads: number | 'auto'
  /** Bytes. */
  readonly maxMemory: number | undefined
  readonly checkpoint: string | undefined
  readonly checkpointEvery: number
  readonly resume: string | undefined
  readonly json: boolean
  readonly quiet: boolean
  readonly options: Readonly<Record<string, unknown>>
}

function integer(name: string, text: string, most: string, or = ''): number {
  const value = text.trim() === '' ? NaN : Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= Number(most)) return value
  throw new UsageError(`--${name}: wanted ${or}an integer from 1 to ${most}, got ${text}`)
}

export function fitFlags(parsed: Parsed, { options: specs, input }: Pick<Entry, 'options' | 'input'>): FitFlags {
  const { positionals } = parsed
  if (positionals.length > 1 && input !== 'views' && input !== 'sets')
    throw new UsageError(`input: wanted one file or folder, got ${positionals.length}: ${positionals.join(', ')}`)
  const precision = parsed.text('precision') ?? 'f64'
  if (precision !== 'f32' && precision !== 'f64')
    throw new UsageError(`--precision: wanted f32 or f64, got ${precision}`)
  for (const name of ['out', 'checkpoint', 'resume'])
    if (parsed.text(name) === '') throw new UsageError(`--${name}: wanted a path, got nothing`)
  const checkpoint = parsed.text('checkpoint')
  const every = parsed.text('checkpoint-every')
  if (every !== undefined && checkpoint === undefined)
    throw new UsageError('--checkpoint-every: wanted --checkpoint as well, got none')
  const checkpointEvery = every === undefined ? 100 : integer('checkpoint-every', every, '1e9')
  const given = parsed.text('threads') ?? 'auto'
  const threads = given === 'auto' ? given : integer('threads', given, '256', 'auto or ')
  const memory = parsed.text('max-memory')
  return {
    inputs: positionals.length > 0 ? positionals : ['-'],
    out: parsed.text('out') ?? 'latens-out',
    force: parsed.on('force'),
    transpose: parsed.on('transpose'),
    precision,
    threads,
    maxMemory: memory === undefined ? undefined : integer('max-memory', memory, '1e6') * 1e6,
    checkpoint,
    checkpointEvery,
    resume: parsed.text('resume'),
    json: parsed.on('json'),
    quiet: parsed.on('quiet'),
    options: givenOptions(parsed, specs),
  }
}
