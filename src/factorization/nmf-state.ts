import type { NmfFit } from './nmf-fit.js'

/** Where a fit stands between two iterations; with W and H of the program it determines everything that follows. */
export interface NmfState {
  restart: number
  iter: number
  converged: boolean
  /** loss, objective and errors are of the divided matrix, and so are those of `best`; the trace is of X. */
  loss: number
  objective: number
  firstViolation: number
  firstError: number
  lastError: number
  /** The iteration that lastError is of. */
  testedAt: number
  /** The relative violation that the last stage on compressed data led to; 0 where there are no more of them. */
  refinedTo: number
  /** Components that the last iteration revived. */
  revived: string
  trace: number[]
  best: NmfFit | undefined
}

export const freshState = (restart: number, best: NmfFit | undefined): NmfState => ({
  restart,
  iter: 0,
  converged: false,
  loss: NaN,
  objective: NaN,
  firstViolation: 0,
  firstError: NaN,
  lastError: NaN,
  testedAt: 0,
  refinedTo: Infinity,
  revived: '',
  trace: [],
  best,
})
