// Allocations whose size a file decides: the host's refusal becomes the library's error, with the number asked for.
import { OutOfMemory } from '../core/errors.js'

/** What `make` makes; OutOfMemory where the host refuses an array of `bytes` (a RangeError in all of them).
 *  `available` is NaN: no host says how much it would have given. */
export function allocate<T>(method: string, bytes: number, make: () => T): T {
  try {
    return make()
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new OutOfMemory(`${method}: ${bytes} bytes needed, the host refuses them`, bytes, NaN, { cause })
  }
}

/** Throws OutOfMemory where `what` needs more bytes than the caller's `maxBytes` allows. */
export function checkBudget(method: string, what: string, needed: number, maxBytes: number): void {
  if (needed > maxBytes)
    throw new OutOfMemory(`${method}: ${what}: ${needed} bytes needed, maxBytes allows ${maxBytes}`, needed, maxBytes)
}

/** The `maxBytes` of an options object that has no other option, or `standard`. */
export function maxBytesOf(method: string, options: { maxBytes?: number }, standard: number): number {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${method}: options: wanted an object`)
  for (const name of Object.keys(options))
    if (name !== 'maxBytes') throw new TypeError(`${method}: unknown option ${name}: wanted maxBytes`)
  const { maxBytes = standard } = options
  if (typeof maxBytes !== 'number') throw new TypeError(`${method}: options.maxBytes: wanted a number`)
  if (!(maxBytes >= 0)) throw new RangeError(`${method}: options.maxBytes = ${maxBytes}: wanted a number >= 0`)
  return maxBytes
}
