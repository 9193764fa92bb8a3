import type { DeconvolutionModel, Fitted } from 'latens'
import { numbered } from './description.js'
import type { Data } from './readers.js'
import { transposed } from './transpose.js'

/** What a model calls the genes and types of its signature. */
export function namesOf(model: Fitted): Partial<Pick<DeconvolutionModel, 'genes' | 'types'>> {
  const { genes, types } = model as Partial<DeconvolutionModel>
  return { genes, types }
}

/** Mixtures whose genes are the columns; where the names of the rows are the model's genes and those of the columns are
 *  not, the file lies the other way round, as one for `deconvolve` does. */
export function byGene(data: Data, genes: readonly string[]): Data {
  const { X, rowNames, columnNames } = data
  if (typeof X === 'function' || !('kind' in X)) return data
  const known = new Set(genes)
  const has = (names: readonly string[]): boolean => names.some(name => known.has(name))
  return has(columnNames) || !has(rowNames)
    ? data
    : { ...data, X: transposed(X), rowNames: columnNames, columnNames: rowNames }
}

/** What a file's genes are not: told with the file by who knows its name. */
export class GenesError extends Error {}

/** Where the model's genes stand among a file's columns, where both have names. */
export function located(model: Fitted, { columnNames }: Data): { genes?: Int32Array } {
  if (!namesOf(model).genes) return {}
  // Numbers that a file without names was given.
  const [count, same] = [columnNames.length, (names: string[]) => names.every((name, j) => name === columnNames[j])]
  if (same(numbered(count, 'column')) || same(numbered(count, 'row'))) return {}
  try {
    return { genes: (model as unknown as DeconvolutionModel).locate(columnNames) }
  } catch (error) {
    throw new GenesError((error as Error).message.replace(/^\w+\.locate: names(\[\d+\])?: /, ''))
  }
}
