import { nearest } from 'latens'
import { UsageError } from './flags.js'

/** An error about an unknown flag with the nearest flag that `help` lists; any other error as it is. */
export function withNearestFlag(error: unknown, help: string): unknown {
  if (!(error instanceof UsageError)) return error
  const unknown = /^Unknown option '(--[^'=]+)/.exec(error.message)?.[1]
  if (unknown === undefined) return error
  // The help is made from the registry and the common flags, so what it lists is what there is.
  const known = [...new Set(help.match(/--[a-z][a-z0-9-]*/g))]
  return new UsageError(`no flag ${unknown}; did you mean ${nearest(unknown, known)}?`, { cause: error })
}
