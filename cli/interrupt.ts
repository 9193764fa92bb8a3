/** Ctrl-C: aborts the fit and remembers what the user should know about going on. */
export class Interrupt {
  private readonly controller = new AbortController()
  readonly signal = this.controller.signal
  /** The last checkpoint that was written whole. */
  checkpoint: string | undefined

  private timer: NodeJS.Timeout | undefined
  private ended = false

  constructor(private readonly args: readonly string[]) {
    process.once('SIGINT', () => {
      if (this.ended) return
      this.controller.abort()
      // The fit notices within a step, a read of a quiet stdin never does. Files are written in one synchronous
      // stretch, which this cannot cut.
      this.timer = setTimeout(() => {
        this.tell()
        process.exit(130)
      }, 500)
    })
  }

  /** What was to be cut has ended by itself. */
  over(): void {
    this.ended = true
    clearTimeout(this.timer)
  }

  tell(): void {
    const { checkpoint, args } = this
    const next =
      checkpoint === undefined
        ? 'no results and no checkpoint written'
        : `to go on: latens ${resuming(args, checkpoint).map(quoted).join(' ')}`
    process.stderr.write(`latens: interrupted; ${next}\n`)
  }
}

// The same command from the checkpoint; behind `--` there are no flags.
function resuming(args: readonly string[], checkpoint: string): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length
  const flags = args.slice(0, end).filter((arg, i) => !/^--resume(=|$)/.test(arg) && args[i - 1] !== '--resume')
  return [...flags, '--resume', checkpoint, ...args.slice(end)]
}

const quoted = (arg: string): string => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`)
