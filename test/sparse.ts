/** What csr() takes of a row-major matrix: its entries that are not zero. */
export function csrParts(values: ArrayLike<number>, columns: number) {
  const places = Array.from(values, (_, p) => p).filter(p => values[p] !== 0)
  const rows = columns === 0 ? 0 : values.length / columns
  const indptr = new Int32Array(rows + 1)
  for (const p of places) indptr[Math.floor(p / columns) + 1]!++
  for (let i = 1; i <= rows; i++) indptr[i]! += indptr[i - 1]!
  return {
    indptr,
    indices: Int32Array.from(places, p => p % columns),
    data: Float64Array.from(places, p => values[p]!),
    shape: [rows, columns] as const,
  }
}
