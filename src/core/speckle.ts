/** Entries held out all over a matrix: those whose hash of row, column and seed is below a threshold. Nothing remembers
 *  which these are. */
export interface Speckle {
  /** Of the seed, a number below 2^32. */
  readonly seed: number
  /** A multiple of 2^16. */
  readonly below: number
}

export const speckleOf = (seed: number, share: number): Speckle => ({
  seed: mix(mix((seed >>> 0) ^ 0x9e3779b9) ^ (Math.floor(seed / 2 ** 32) >>> 0)),
  below: Math.max(share > 0 ? 1 : 0, Math.round(share * 2 ** 16)) * 2 ** 16,
})

/** As the kernel `speckle` has it. */
export const isHeldOut = ({ seed, below }: Speckle, row: number, column: number): boolean =>
  mix(mix(seed ^ row) ^ column) < below

// The finalizer of MurmurHash3.
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
