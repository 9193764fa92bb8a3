import type { Dense } from 'latens'

interface Protocol {
  /** The amounts of noise that the study goes through. */
  readonly levels: readonly number[]
  make(k: number, level: number, seed: number): Dense
}

export const PROTOCOLS: { readonly gamma: Protocol; readonly uniform: Protocol }
