import {
  csr,
  dense,
  type Dense,
  type Csr,
  type FloatArray,
  type Matrix,
  type MatrixLike,
  toMatrix,
  toRowMajor,
} from './matrix.js'
import { homeOf } from './home.js'
import { show } from './options.js'

/** All blocks of a stream as one matrix. */
export async function stacked(where: string, input: AsyncIterable<MatrixLike>, signal?: AbortSignal): Promise<Matrix> {
  const blocks: Matrix[] = []
  for await (const block of input) {
    signal?.throwIfAborted()
    if (Array.isArray(block) && block.length === 0) continue // an array without rows does not say how wide they are
    const matrix = toMatrix(`${where}: block ${blocks.length}`, block)
    checkAlike(`${where}: block ${blocks.length}`, blocks[0] ?? matrix, matrix)
    checkIdle(`${where}: block ${blocks.length}`, matrix)
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

/** Throws RangeError for a matrix whose numbers a fit has divided for a while. */
export function checkIdle(where: string, block: object): void {
  if (homeOf(block)?.busy) throw new RangeError(`${where}: wanted a matrix that no fit is at work on`)
}

export function checkAlike(where: string, first: Alike, block: Alike): void {
  const kind = (m: Alike): string => `${m.kind} ${m.data instanceof Float32Array ? 'f32' : 'f64'}`
  if (kind(block) !== kind(first))
    throw new TypeError(`${where}: wanted ${kind(first)} as in block 0, got ${kind(block)}`)
  if (block.shape[1] !== first.shape[1])
    throw new RangeError(`${where}: wanted ${first.shape[1]} columns as in block 0, got ${show(block.shape[1])}`)
}
