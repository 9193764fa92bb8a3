import { parseArgs } from 'node:util'
import type { OptionSpec, OptionSpecs } from 'latens'

/** A mistake in how the command was called: exit code 2. */
export class UsageError extends Error {}

export const kebab = (name: string): string => name.replace(/[A-Z]/g, c => `-${c.toLowerCase()}`)

const COMMON = {
  out: 'string',
  transpose: 'boolean',
  precision: 'string',
  force: 'boolean',
  json: 'boolean',
  quiet: 'boolean',
  help: 'boolean',
} as const

export interface Flags {
  readonly input: string
  readonly out: string
  readonly transpose: boolean
  readonly precision: 'f32' | 'f64'
  readonly force: boolean
  readonly json: boolean
  readonly quiet: boolean
  readonly help: boolean
  readonly options: Readonly<Record<string, unknown>>
}

/** The command's flags: its estimator's options from the registry, and those every command has. */
export function parseFlags(args: readonly string[], specs: OptionSpecs): Flags {
  const types = new Map<string, OptionSpec>(Object.entries(specs).map(([name, spec]) => [kebab(name), spec]))
  types.delete('init') // start matrices are given in code
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {}
  for (const [name, type] of Object.entries(COMMON)) options[name] = { type }
  for (const [name, spec] of types) options[name] = { type: spec.type === 'boolean' ? 'boolean' : 'string' }
  if (options['n-components']) options['n-components'].short = 'k'
  const parse = () => {
    try {
      return parseArgs({ args: [...args], options, allowPositionals: true, allowNegative: true })
    } catch (error) {
      throw new UsageError((error as Error).message.split(/[\n]|\. To specify/)[0], { cause: error })
    }
  }
  const { values, positionals } = parse()
  if (positionals.length > 1)
    throw new UsageError(`wanted one input, got ${positionals.length}: ${positionals.join(', ')}`)
  const precision = values['precision'] ?? 'f64'
  if (precision !== 'f32' && precision !== 'f64')
    throw new UsageError(`--precision: wanted f32 or f64, got ${precision}`)
  const given: Record<string, unknown> = {}
  for (const name of Object.keys(specs)) {
    const value = values[kebab(name)]
    const numeric =
      typeof value === 'string' && value.trim() !== '' && specs[name]?.type !== 'choice' && !Number.isNaN(Number(value))
    if (value !== undefined) given[name] = numeric ? Number(value) : value
  }
  return {
    input: positionals[0] ?? '-',
    out: String(values['out'] ?? 'latens-out'),
    transpose: values['transpose'] === true,
    precision,
    force: values['force'] === true,
    json: values['json'] === true,
    quiet: values['quiet'] === true,
    help: values['help'] === true,
    options: given,
  }
}

export function describe(command: string, doc: string, specs: OptionSpecs): string {
  const range = (spec: OptionSpec): string => {
    if (spec.type === 'integer' || spec.type === 'number') return `${spec.type} ${spec.min} to ${spec.max}`
    return spec.type === 'choice' ? spec.choices.join(' | ') : spec.type === 'boolean' ? 'flag' : 'value'
  }
  const lines = Object.entries(specs)
    .filter(([name]) => name !== 'init')
    .map(
      ([name, spec]) =>
        `  --${kebab(name)}  (${range(spec)}; default ${spec.default ?? 'see text'})\n      ${spec.doc}`,
    )
  return `latens ${command} [input] [options]: ${doc}

Input: a .csv, .tsv, .mtx (each may be .gz) or .npy file, rows are samples; - or nothing reads a table from stdin.
  -k is --n-components.
${lines.join('\n')}
  --out folder   where results go (default latens-out)      --force   replace a folder of results
  --transpose    the input's columns are the samples        --precision f32 | f64 (default f64)
  --json         a summary for programs on stdout           --quiet   no progress, no table

Exit: 0 done, 1 failure, 2 usage, 3 ran out of iterations (results are written), 130 interrupted.
`
}
