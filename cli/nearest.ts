import { nearest } from 'latens'
import { UsageError } from './errors.js'
import type { Flag } from './flag-list.js'

/** The parser's error as a user reads it: an unknown flag with the nearest there is, a missing value with how to give it. */
export function withNearestFlag(error: Error, args: readonly string[], flags: readonly Flag[]): UsageError {
  const unknown = /^Unknown option '(-[^'=]+)/.exec(error.message)?.[1]
  if (unknown !== undefined) {
    const name = asTyped(unknown, args)
    return new UsageError(`no flag ${name}; did you mean ${suggestion(name, flags)}?`, { cause: error })
  }
  const flag = /^Option '(?:-\w, )?(--[\w-]+)/.exec(error.message)?.[1] ?? ''
  if (/argument missing/.test(error.message))
    return new UsageError(`${flag}: wanted a value, got nothing`, { cause: error })
  if (/ambiguous/.test(error.message)) {
    const short = flags.find(({ name }) => `--${name}` === flag)?.short
    const value = args[args.findIndex(arg => arg === flag || arg === `-${short}`) + 1] ?? ''
    return new UsageError(`${flag}: wanted a value, got ${value}; if that is the value, write ${flag}=${value}`, {
      cause: error,
    })
  }
  if (/does not take an argument/.test(error.message))
    return new UsageError(`${flag}: wanted no value, it is on where it is named`, { cause: error })
  return new UsageError(error.message.split('\n')[0], { cause: error })
}

// `-seed 3` is parsed as -s -e -e -d: what the user wrote is told, not its first letter.
function asTyped(unknown: string, args: readonly string[]): string {
  if (unknown.startsWith('--')) return unknown
  const letter = unknown.slice(1)
  const whole = args.find(arg => /^-[^-]/.test(arg) && arg.includes(letter)) ?? unknown
  return whole.split('=')[0] ?? whole
}

function suggestion(name: string, flags: readonly Flag[]): string {
  const long = flags.map(flag => `--${flag.name}`)
  const short = flags.flatMap(flag => (flag.short === undefined ? [] : [`-${flag.short}`]))
  if (name.length > 2) return nearest(name.replace(/^-(?!-)/, '--'), [...long, ...short])
  // One letter is as near to any other: the flags it may stand for are those that begin with it.
  const lower = name.toLowerCase()
  const begins = [...short.filter(flag => flag === lower), ...long.filter(flag => flag.startsWith(`-${lower}`))]
  return begins.length > 0 ? begins.join(' or ') : nearest(name, short)
}
