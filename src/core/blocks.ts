import {
  type Csr,
  csr,
  dense,
  type Dense,
  type FloatArray,
  type Matrix,
  type MatrixLike,
  toMatrix,
  toRowMajor,
} from './matrix.js'
import { show } from './options.js'

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
  const blocks: Matrix[] = []
  for await (const block of input as AsyncIterable<MatrixLike>) {
    signal?.throwIfAborted()
    if (Array.isArray(block) && block.length === 0) continue // an array without rows does not say how wide they are
    const matrix = toMatrix(`${where}: block ${blocks.length}`, block)
    checkAlike(`${where}: block ${blocks.length}`, blocks[0] ?? matrix, matrix)
    blocks.push(matrix)
  }
  return stack(where, blocks)
}

/** The blocks under each other as one matrix. */
function stack(where: string, blocks: readonly Matrix[]): Matrix {
  const [first] = blocks
  if (first === undefined) throw new RangeError(`${where}: wanted at least one block of rows, got none`)
  const [rows, columns] = [blocks.reduce((n, { shape }) => n + shape[0], 0), first.shape[1]]
  const make = (n: number): FloatArray =>
    first.data instanceof Float32Array ? new Float32Array(n) : new Float64Array(n)
  if (first.kind === 'dense') return dense(joined(make, (blocks as readonly Dense[]).map(toRowMajor)), [rows, columns])
  const sparse = blocks as readonly Csr[]
  const data = joined(
    make,
    sparse.map(block => block.data),
  )
  const indices = joined(
    n => new Int32Array(n),
    sparse.map(block => block.indices),
  )
  const indptr = new Int32Array(rows + 1)
  let row = 0
  for (const block of sparse) {
    const before = indptr[row] ?? 0
    for (let i = 1; i <= block.shape[0]; i++) indptr[++row] = before + (block.indptr[i] ?? 0)
  }
  return csr({ indptr, indices, data, shape: [rows, columns] })
}

function joined<A extends FloatArray | Int32Array>(make: (n: number) => A, parts: readonly A[]): A {
  const all = make(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

export type Alike = Pick<Matrix, 'kind' | 'data' | 'shape'>

export function checkAlike(where: string, first: Alike, block: Alike): void {
  const kind = (m: Alike): string => `${m.kind} ${m.data instanceof Float32Array ? 'f32' : 'f64'}`
  if (kind(block) !== kind(first))
    throw new TypeError(`${where}: wanted ${kind(first)} as in block 0, got ${kind(block)}`)
  if (block.shape[1] !== first.shape[1])
    throw new RangeError(`${where}: wanted ${first.shape[1]} columns as in block 0, got ${show(block.shape[1])}`)
}
