import type { Csr, FloatArray } from './matrix.js'
import type { Pace } from './pace.js'

const BREATH = 1 << 16

/** A sparse matrix cut into stretches of columns, each a CSR matrix of its own in shared arrays, with column indices
 *  from its first column: what a product with it reads and writes of the other side then fits into the cache. */
export interface Sliced {
  readonly data: FloatArray
  readonly indices: Int32Array
  readonly slices: readonly { readonly first: number; readonly columns: number; readonly indptr: Int32Array }[]
}

/** Within a row of a slice the entries keep their order, so sums over a row are those of the uncut matrix. */
export async function sliceColumns({ indptr, indices, data, shape }: Csr, width: number, pace: Pace): Promise<Sliced> {
  const [rows, columns] = shape
  const slices = Array.from({ length: Math.ceil(columns / width) }, (_, s) => ({
    first: s * width,
    columns: Math.min(width, columns - s * width),
    indptr: new Int32Array(rows + 1),
  }))
  // Counts first, a row's at its end; then each slice's rows after one another, and the slices likewise.
  await eachRow(rows, indptr, pace, (i, p) => {
    const counts = slices[Math.floor((indices[p] ?? 0) / width)]?.indptr
    if (counts) counts[i + 1]!++
  })
  let at = 0
  for (const slice of slices) {
    slice.indptr[0] = at
    for (let i = 1; i <= rows; i++) at = slice.indptr[i] = at + (slice.indptr[i] ?? 0)
  }
  const out = {
    data: data instanceof Float32Array ? new Float32Array(data.length) : new Float64Array(data.length),
    indices: new Int32Array(indices.length),
  }
  const next = slices.map(slice => slice.indptr.slice())
  await eachRow(rows, indptr, pace, (i, p) => {
    const j = indices[p] ?? 0
    const s = Math.floor(j / width)
    const to = next[s]![i]!++
    out.data[to] = data[p] ?? 0
    out.indices[to] = j - s * width
  })
  return { ...out, slices }
}

async function eachRow(
  rows: number,
  indptr: Int32Array,
  pace: Pace,
  visit: (row: number, place: number) => void,
): Promise<void> {
  let since = 0
  for (let i = 0; i < rows; i++) {
    const [start, end] = [indptr[i] ?? 0, indptr[i + 1] ?? 0]
    for (let p = start; p < end; p++) visit(i, p)
    since += end - start + 1
    if (since < BREATH) continue
    since = 0
    await pace.breathe()
  }
}
