import { type OptionSpecs, registry } from 'latens'
import { demo } from './demo.js'
import { describe, type Flags, parseFlags, UsageError } from './flags.js'
import { runNmf } from './nmf.js'
import { withNearestFlag } from './options.js'

const commands = Object.entries(registry)
const overview = `latens: latent-variable models

${commands.map(([name, { doc }]) => `  latens ${name.padEnd(8)} ${doc}`).join('\n')}

latens <command> --help lists its options.
`

const interrupt = new AbortController()
process.once('SIGINT', () => {
  interrupt.abort()
  // The fit notices within a step, a read of a quiet stdin never does. Files are written in one synchronous stretch,
  // which this cannot cut.
  setTimeout(() => process.exit(130), 500).unref()
})

async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command === undefined || command === '--help' || command === '-h') {
    process.stdout.write(overview)
    return command === undefined ? 2 : 0
  }
  const known = commands.find(([name]) => name === command)
  if (!known && command !== 'demo')
    throw new UsageError(`no command ${command}; there is ${commands.map(([name]) => name).join(', ')}`)
  const { doc, options } = known?.[1] ?? registry.nmf
  const flags = readFlags(args, command, doc, options)
  if (flags.help) {
    process.stdout.write(describe(command, doc, options))
    return 0
  }
  try {
    new registry.nmf.Estimator(flags.options)
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
  if (command === 'demo') {
    await demo(flags, interrupt.signal)
    return 0
  }
  const { model } = await runNmf(
    flags,
    `NMF of ${flags.input === '-' ? 'standard input' : flags.input}`,
    interrupt.signal,
  )
  summary(flags, model)
  return model.converged ? 0 : 3
}

function readFlags(args: readonly string[], command: string, doc: string, options: OptionSpecs): Flags {
  try {
    return parseFlags(args, options)
  } catch (error) {
    throw withNearestFlag(error, describe(command, doc, options))
  }
}

function summary(flags: Flags, { loss, nIter, converged }: { loss: number; nIter: number; converged: boolean }): void {
  if (flags.json) console.log(JSON.stringify({ loss, nIter, converged, out: flags.out }))
  else if (!flags.quiet) {
    const end = converged ? 'converged' : 'not converged: raise --max-iter'
    console.log(`loss ${loss.toPrecision(8)} after ${nIter} iterations (${end}); results in ${flags.out}`)
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (process.stderr.isTTY === true) process.stderr.write('\r\u001b[K') // what is left of a progress bar
  if (interrupt.signal.aborted) {
    process.exitCode = 130
  } else {
    process.stderr.write(`latens: ${(error as Error).message.replace(/\s*\n\s*/g, ' ')}\n`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}
