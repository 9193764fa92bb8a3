import type { Dense, MetagenesInput, MetagenesModel, Pool } from 'latens'

interface Protocol {
  /** The amounts of noise that the study goes through. */
  readonly levels: readonly number[]
  make(k: number, level: number, seed: number): Dense
}

export const PROTOCOLS: { readonly gamma: Protocol; readonly uniform: Protocol }

interface Threads {
  readonly threads?: number | 'auto' | Pool
}

export function byAgreement(X: Dense, options: MetagenesInput, run?: Threads): Promise<MetagenesModel>

export function byHoldOut(
  X: Dense,
  options: MetagenesInput & { readonly masks: number; readonly seed: number },
  run?: Threads,
): Promise<{ readonly nComponents: number; readonly least: number; readonly means: number[] }>
