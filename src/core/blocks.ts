import { type Matrix, type MatrixLike, toMatrix } from './matrix.js'

/** What estimators take: a matrix, or its rows in blocks as they come. */
export type MatrixInput = MatrixLike | AsyncIterable<MatrixLike>

/** A matrix that is read again for every pass over it and need not fit into memory: each call gives its rows, from the
 *  first, in blocks of any heights. A block is done with when the next is asked for. */
export type RowSource = () => Blocks | Promise<Blocks>
type Blocks = AsyncIterable<MatrixLike> | Iterable<MatrixLike>

/** `input` as one matrix. Blocks of rows are gathered until the stream ends; `signal` stops that. Blocks are all dense
 *  or all sparse, of one precision and one width: TypeError or RangeError naming the first that is not. */
export async function readMatrix(where: string, input: MatrixInput, signal?: AbortSignal): Promise<Matrix> {
  if (typeof (input as AsyncIterable<MatrixLike> | null)?.[Symbol.asyncIterator] !== 'function')
    return toMatrix(where, input as MatrixLike)
  const { stacked } = await import('./stack.js')
  return stacked(where, input as AsyncIterable<MatrixLike>, signal)
}
