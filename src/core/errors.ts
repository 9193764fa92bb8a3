// The failures a caller may want to tell apart. A wrong kind of argument is a TypeError and a wrong value or shape a
// RangeError, as in the language itself; these classes are for what neither says. `name` is a literal, not
// `new.target.name`, because minifiers rename classes.

/** Base of every error class of this library. */
export class LatensError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'LatensError'
  }
}

/** What was asked for does not fit. The engine stays usable. `needed` and `available` are bytes. */
export class OutOfMemory extends LatensError {
  readonly needed: number
  readonly available: number
  constructor(message: string, needed: number, available: number, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'OutOfMemory'
    this.needed = needed
    this.available = available
  }
}

/** A kernel trapped: the instance it ran in is replaced and the call has failed. `cause` is the host's error. */
export class KernelTrap extends LatensError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'KernelTrap'
  }
}

/** A worker died and its work could not be given to another. `cause` is what the host reported, if anything. */
export class WorkerLost extends LatensError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'WorkerLost'
  }
}

/** Bytes or text that are not what their format says.
 *  `line` counts from 1; `column` is the cell or field of that line, from 1; `offset` is a byte position, from 0. */
export class FormatError extends LatensError {
  readonly line: number | undefined
  readonly column: number | undefined
  readonly offset: number | undefined
  constructor(message: string, where: { line?: number; column?: number; offset?: number; cause?: unknown } = {}) {
    super(message, where.cause === undefined ? undefined : { cause: where.cause })
    this.name = 'FormatError'
    this.line = where.line
    this.column = where.column
    this.offset = where.offset
  }
}
