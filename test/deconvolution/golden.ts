import { readFileSync } from 'node:fs'

/** See scripts/golden/deconvolution.py. */
export interface Case {
  readonly name: string
  readonly genes: number
  readonly types: number
  /** A type after another. */
  readonly S: readonly number[]
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly y: readonly number[]
  readonly nnls: readonly number[]
  readonly rest: number
  readonly robust: readonly number[]
  readonly svr: readonly Regression[]
}

export interface Regression {
  readonly nu: number
  readonly w: readonly number[]
  readonly b: number
  readonly eps: number
  readonly objective: number
  /** Weights by libsvm with a tolerance of 1e-5. */
  readonly libsvm: readonly number[]
}

export const { cases } = JSON.parse(readFileSync('test/golden/deconvolution/solvers.json', 'utf8')) as {
  cases: readonly Case[]
}

/** The largest difference. */
export const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i]!)))

/** A's columns beside each other, row by row. */
export const rowsOf = ({ genes, types, S }: Case): number[][] =>
  Array.from({ length: genes }, (_, i) => Array.from({ length: types }, (_u, j) => S[j * genes + i]!))

/** To mean 0 and deviation 1, with l - 1. */
export function standard(values: readonly number[]): number[] {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1))
  return values.map(v => (v - mean) / deviation)
}
