import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { nearest, OutOfMemory, registry } from 'latens'
import { demo, DEMO_TEXT, demoOptions } from './demo.js'
import type { Fits, Summary } from './description.js'
import { runDeconvolve } from './deconvolve.js'
import { UsageError } from './errors.js'
import { estimators } from './estimators.js'
import { runFit } from './fit.js'
import { DECONVOLVE_FLAGS, fitFlagsOf, type Flag, kebab, optionFlags, TRANSFORM_FLAGS } from './flag-list.js'
import { fitFlags, type FitFlags, parseFlags } from './flags.js'
import { commandHelp, DECONVOLVE_PARTS, inputText, overview, SEVERAL } from './help.js'
import { Interrupt } from './interrupt.js'
import { NO_MATRIX } from './readers.js'
import { transform } from './transform.js'

interface Command {
  readonly doc: string
  readonly usage: string
  readonly parts: Readonly<Record<string, string>>
  readonly groups: Readonly<Record<string, readonly Flag[]>>
  readonly example: string
  /** The exit code. */
  run(args: readonly string[]): Promise<number>
}

const groupsOf = ({ entry }: Fits) => ({
  'The model': optionFlags(entry.options, entry.docs),
  'The run': fitFlagsOf(entry.run),
})

const fitCommand = (name: string, fits: Fits): Command => ({
  doc: fits.entry.doc,
  usage: `${name} ${
    Object.keys(fits.entry.input === 'ratings' ? {} : (SEVERAL[fits.entry.input] ?? {}))
      .map(word => `<${word}> [${word} ...]`)
      .join() || '[input]'
  } [options]`,
  parts: SEVERAL[fits.entry.input] ?? {
    input: inputText(fits.entry.input === 'source' ? 'again for every iteration' : undefined),
  },
  groups: groupsOf(fits),
  example: fits.description.example,
  async run(args) {
    const flags = readFit(fits, args, given => given)
    if (flags.inputs[0] === '-' && process.stdin.isTTY && !args.includes('-'))
      throw new UsageError(`input: wanted a file, or - for a table typed here; latens ${name} --help says more`)
    const { inputs } = flags
    const named = inputs.length > 1 ? inputs.map(input => basename(input)) : inputs
    const title = `${fits.entry.name} of ${inputs[0] === '-' ? 'standard input' : named.join(', ')}`
    const { model } = await bounded(flags, () => runFit(fits, flags, { title }, interrupt))
    return ended(flags, fits.description.summary(model))
  },
})

const deconvolveGroups = {
  'The model': optionFlags(registry.deconvolve.options, registry.deconvolve.docs),
  'The run': DECONVOLVE_FLAGS,
}

const commands: Readonly<Record<string, Command>> = {
  ...Object.fromEntries(Object.entries(estimators).map(([name, fits]) => [name, fitCommand(name, fits)])),
  deconvolve: {
    doc: registry.deconvolve.doc,
    usage: 'deconvolve <mixture> <signature> [options]',
    parts: DECONVOLVE_PARTS,
    groups: deconvolveGroups,
    example: estimators.deconvolve.description.example,
    async run(args) {
      const groups = Object.values(deconvolveGroups).flat()
      const flags = readFit({ ...estimators.deconvolve, several: true }, args, given => given, groups)
      const truth = parseFlags(args, groups).text('truth')
      return ended(flags, await bounded(flags, () => runDeconvolve(flags, truth, interrupt)))
    },
  },
  transform: {
    doc: 'Apply a saved model to new rows',
    usage: 'transform <model.safetensors> [input ...] [options]',
    parts: {
      model: 'What a fit wrote: model.safetensors in its folder.',
      input: `${inputText('one by one')} For a model of several matrices a file for each, in their order, or the word ${NO_MATRIX} for one that is not there; for one of deconvolve mixtures, either way round where genes have names.`,
    },
    groups: { Options: TRANSFORM_FLAGS },
    example: 'transform results/model.safetensors more.csv --out W.csv',
    async run(args) {
      await transform(parseFlags(args, TRANSFORM_FLAGS), interrupt)
      return 0
    },
  },
  demo: {
    doc: 'The metagenes of leukaemia data (in a clone of the repository)',
    usage: 'demo [options]',
    parts: { data: DEMO_TEXT },
    groups: groupsOf(estimators.metagenes),
    example: 'demo --max-components 6 --out metagenes',
    async run(args) {
      const flags = readFit(estimators.metagenes, args, demoOptions)
      const { model } = await bounded(flags, () => demo(flags, interrupt))
      return ended({ ...flags, quiet: true }, estimators.metagenes.description.summary(model))
    },
  },
}

const interrupt = new Interrupt(process.argv.slice(2))

async function main([first, ...rest]: readonly string[]): Promise<number> {
  if (first === undefined) {
    process.stderr.write(overview(commands))
    return 2
  }
  const version = first === '--version' || first === '-v' || first === '-V'
  if (version) {
    const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
    process.stdout.write(`${(JSON.parse(text) as { version: string }).version}\n`)
    return 0
  }
  const help = first === 'help' || first === '--help' || first === '-h'
  const name = help ? rest[0] : first
  if (name === undefined) {
    process.stdout.write(overview(commands))
    return 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) {
    const names = Object.keys(commands)
    throw new UsageError(`no command ${name}, there are ${names.join(', ')}; did you mean ${nearest(name, names)}?`)
  }
  if (help || asksHelp(rest)) {
    process.stdout.write(commandHelp(command.usage, command.doc, command.parts, command.groups, command.example))
    return 0
  }
  return command.run(rest)
}

// Whatever else is on the line, as a user who asks for help may have the rest wrong.
function asksHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).some(arg => arg === '--help' || arg === '-h')
}

function readFit(
  fits: Fits & { readonly several?: boolean },
  args: readonly string[],
  complete: (given: Readonly<Record<string, unknown>>) => object,
  known: readonly Flag[] = Object.values(groupsOf(fits)).flat(),
): FitFlags {
  const { Estimator, name } = fits.entry
  const flags = fitFlags(parseFlags(args, known), fits.several ? { ...fits.entry, input: 'sets' } : fits.entry)
  try {
    new Estimator(complete(flags.options))
  } catch (error) {
    const [start, option = ''] = new RegExp(`^${name}: (\\w+)(?:\\[\\d+\\])?:`).exec((error as Error).message) ?? ['']
    const rest = (error as Error).message.slice(start.length)
    throw new UsageError(start === '' ? rest : `--${kebab(option)}:${rest}`, { cause: error })
  }
  return flags
}

/** What does not fit, told by the flag that bounds it. */
async function bounded<T>({ maxMemory }: FitFlags, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (maxMemory === undefined || !(error instanceof OutOfMemory)) throw error
    const [needed, left] = [error.needed, error.available].map(bytes => (bytes / 1e6).toFixed(1))
    throw new Error(`--max-memory ${maxMemory / 1e6}: wanted ${needed} MB at once, ${left} MB are left of it`, {
      cause: error,
    })
  }
}

// Not console.log, which says nothing where the line cannot be written.
const print = (line: string): boolean => process.stdout.write(`${line}\n`)

function ended(flags: FitFlags, { json, text, done }: Summary): number {
  if (flags.json) print(JSON.stringify({ ...json, out: flags.out }))
  else if (!flags.quiet) print(`${text}; results in ${flags.out}`)
  return done ? 0 : 3
}

// A reader that has seen enough, as in `| head -1`, is no failure; a full disk is one.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return
  process.stderr.write(`latens: standard output: cannot be written: ${error.message.split(', ')[0]}\n`)
  process.exit(1)
})
process.stderr.on('error', () => {}) // there is nobody to tell

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (process.stderr.isTTY === true) process.stderr.write('\r\u001b[K') // what is left of a progress bar
  if (interrupt.signal.aborted) {
    interrupt.tell()
    process.exitCode = 130
  } else {
    process.stderr.write(`latens: ${(error as Error).message.replace(/\s*\n\s*/g, ' ')}\n`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
} finally {
  interrupt.over()
}
