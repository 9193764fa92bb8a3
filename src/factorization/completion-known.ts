import { csr, type Csr, type Matrix } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import { isHeldOut, speckleOf } from '../core/speckle.js'
import type { CompletionOptions } from './completion-options.js'
import { lookThrough, walk } from './views.js'

/** The known entries of a matrix in f64 as the stored ones of a sparse one, and those that are held out of it. */
export interface Known {
  readonly X: Csr
  readonly heldOut: Csr
}

/** Throws RangeError naming the first entry that is not finite. */
export async function knownOf(
  where: string,
  X: Matrix,
  { missing, seed, holdOut }: Pick<CompletionOptions, 'missing' | 'seed' | 'holdOut'>,
  pace: Pace,
): Promise<Known> {
  const [rows, columns] = X.shape
  if (rows === 0 || columns === 0)
    throw new RangeError(`${where}: X: wanted at least one row and one column, got ${rows} x ${columns}`)
  await lookThrough(`${where}: X`, X, { signed: true, missing: missing === 'nan' }, pace)
  // Of a sparse matrix what is not stored is zero where all is known.
  const all = missing === 'none' && X.kind === 'csr' ? await filled(X, pace) : X
  const speckle = speckleOf(seed, holdOut)
  const part = async (held: boolean): Promise<Csr> => {
    const takes = (i: number, j: number, v: number): boolean => !Number.isNaN(v) && isHeldOut(speckle, i, j) === held
    const indptr = new Int32Array(rows + 1)
    await walk(all, pace, (i, j, v) => {
      if (takes(i, j, v)) indptr[i + 1]!++
    })
    for (let i = 0; i < rows; i++) indptr[i + 1]! += indptr[i]!
    const [indices, data] = [new Int32Array(indptr[rows]!), new Float64Array(indptr[rows]!)]
    let p = 0
    await walk(all, pace, (i, j, v) => {
      if (!takes(i, j, v)) return
      indices[p] = j
      data[p++] = v
    })
    return csr({ indptr, indices, data, shape: X.shape })
  }
  return { X: await part(false), heldOut: await part(true) }
}

async function filled(X: Matrix, pace: Pace): Promise<Csr> {
  const [rows, columns] = X.shape
  const data = new Float64Array(rows * columns)
  await walk(X, pace, (i, j, v) => void (data[i * columns + j] = v))
  return csr({
    indptr: Int32Array.from({ length: rows + 1 }, (_, i) => i * columns),
    indices: Int32Array.from({ length: rows * columns }, (_, p) => p % columns),
    data,
    shape: X.shape,
  })
}
