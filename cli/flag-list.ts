import type { Entry, OptionDocs, OptionSpec, OptionSpecs } from 'latens'

export const kebab = (name: string): string => name.replace(/[A-Z]/g, c => `-${c.toLowerCase()}`)

/** A flag as the parser and the help know it; one without `value` is a switch. */
export interface Flag {
  readonly name: string
  readonly short?: string
  readonly value?: string
  readonly doc: string
  /** What of a fit's run it is for. */
  readonly needs?: Entry['run'][number]
}

const HELP: Flag = { name: 'help', short: 'h', doc: 'This text.' }
const TRANSPOSE: Flag = { name: 'transpose', doc: "The input's columns are the samples." }
const JSON_FLAG: Flag = { name: 'json', doc: 'Print a summary for programs on stdout.' }

/** What the commands of estimators take besides their options. */
const FIT_FLAGS: readonly Flag[] = [
  { name: 'out', value: 'folder', doc: 'Where results go; default latens-out.' },
  { name: 'force', doc: 'Replace a folder of results, or a checkpoint, that exists.' },
  TRANSPOSE,
  { name: 'precision', value: 'f32 | f64', doc: 'Numbers the fit computes with; default f64.' },
  {
    name: 'threads',
    needs: 'threads',
    value: 'auto | integer',
    doc: 'Threads that work on it, to the same bits; 1 to 256, default auto.',
  },
  {
    name: 'max-memory',
    needs: 'maxMemory',
    value: 'megabytes',
    doc: 'Bound on the memory of the fit, of 1e6 bytes each; 1 to 1e6.',
  },
  {
    name: 'checkpoint',
    needs: 'checkpoint',
    value: 'file',
    doc: 'Write to this file, now and then, where the fit stands.',
  },
  {
    name: 'checkpoint-every',
    needs: 'checkpoint',
    value: 'integer',
    doc: 'Iterations between checkpoints; 1 to 1e9, default 100.',
  },
  {
    name: 'resume',
    needs: 'resume',
    value: 'file',
    doc: 'Go on from a checkpoint of the same data and options, to the same bits.',
  },
  JSON_FLAG,
  { name: 'quiet', doc: 'No progress, no table, no summary; errors are still told.' },
  HELP,
]

/** Those for what a fit takes in its run. */
export const fitFlagsOf = (run: Entry['run']): Flag[] =>
  FIT_FLAGS.filter(({ needs }) => needs === undefined || run.includes(needs))

/** What `deconvolve` takes: its tables have genes as rows, and it computes in double precision. */
export const DECONVOLVE_FLAGS: readonly Flag[] = [
  {
    name: 'truth',
    value: 'file',
    doc: 'True fractions by sample and type, in either orientation; in percent where one is above 1.',
  },
  ...fitFlagsOf(['threads', 'maxMemory'])
    .filter(({ name }) => name !== 'precision')
    .map(flag => (flag === TRANSPOSE ? { ...flag, doc: 'Genes are the columns of both tables.' } : flag)),
]

export const TRANSFORM_FLAGS: readonly Flag[] = [
  { name: 'out', value: 'file', doc: 'A .csv or .npy file; default CSV on stdout.' },
  { name: 'force', doc: 'Replace a file that exists.' },
  TRANSPOSE,
  HELP,
]

const number = (n: number): string => {
  if (n === Number.MAX_SAFE_INTEGER) return '2^53 - 1'
  const power = Math.log10(n)
  return power >= 6 && Number.isInteger(power) ? `1e${power}` : String(n)
}

/** An option's text with its range and default; where that is null the text tells the rule it follows. */
function describe(spec: OptionSpec, doc: string): string {
  const range = spec.type === 'integer' || spec.type === 'number' ? [`${number(spec.min)} to ${number(spec.max)}`] : []
  const standard = spec.default === null ? [] : [`default ${String(spec.default)}`]
  const details = [...range, ...standard].join(', ')
  return details === '' ? doc : `${doc} (${details})`
}

/** The flags an estimator's options give; matrices are given in code. */
export function optionFlags(specs: OptionSpecs, docs: OptionDocs<Record<string, unknown>>): Flag[] {
  // A text says `alphaW`, as the API does; here that is a flag.
  const camel = Object.keys(specs).filter(name => name !== kebab(name))
  const asFlags = (doc: string): string =>
    camel.reduce((text, name) => text.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), `--${kebab(name)}`), doc)
  return Object.entries(specs)
    .filter(([, spec]) => !(spec.type === 'custom' && spec.object))
    .map(([name, spec]) => {
      const doc = asFlags(docs[name] ?? '')
      if (spec.type === 'boolean') return switchFor(name, doc, spec.default)
      const value = spec.type === 'choice' ? spec.choices.join(' | ') : spec.type === 'custom' ? spec.values : spec.type
      const short = name === 'nComponents' ? { short: 'k' } : {}
      return { name: kebab(name), ...short, value, doc: describe(spec, doc) }
    })
}

// What is on by default can only be turned off.
const switchFor = (name: string, doc: string, on: boolean): Flag =>
  on
    ? { name: `no-${kebab(name)}`, doc: `Turn this off (default on): ${doc}` }
    : { name: kebab(name), doc: `${doc} (default off)` }
