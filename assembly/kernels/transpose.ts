// The transpose of a CSR matrix, in three steps that may be interrupted: count, starts, fill. Rows of the matrix come
// in their order, so that row indices rise within each column.

/** Counts the entries of each column, one place on: indptrT i32[columns+1], zero before the first call, is added to. */
export function transposeCount(entries: i32, indices: usize, indptrT: usize): void {
  const end = indices + (<usize>entries << 2)
  for (let p = indices; p != end; p += 4) {
    const at = indptrT + (<usize>load<i32>(p) << 2)
    store<i32>(at, load<i32>(at, 4) + 1, 4)
  }
}

/** Makes of the counts the places where columns begin, one place on: `fill` moves each to where its column ends. */
export function transposeStarts(columns: i32, indptrT: usize): void {
  let sum = 0
  for (let j = 0; j < columns; j++) {
    const at = indptrT + (<usize>j << 2), count = load<i32>(at, 4)
    store<i32>(at, sum, 4)
    sum += count
  }
}

/** Places the entries of rows first .. first + rows. indptr i32, of row `first` on; indices i32 and data T of the whole
 *  matrix; data may be 0 for none. Writes indicesT i32[nnz] and dataT T[nnz], and moves indptrT. */
export function transposeFill<T>(
  first: i32, rows: i32, indptr: usize, indices: usize, data: usize, indptrT: usize, indicesT: usize, dataT: usize,
): void {
  for (let i = 0; i < rows; i++) {
    const end = load<i32>(indptr + (<usize>i << 2), 4)
    for (let e = load<i32>(indptr + (<usize>i << 2)); e < end; e++) {
      const at = indptrT + (<usize>load<i32>(indices + (<usize>e << 2)) << 2), to = load<i32>(at, 4)
      store<i32>(at, to + 1, 4)
      store<i32>(indicesT + (<usize>to << 2), first + i)
      if (data) store<T>(dataT + <usize>to * sizeof<T>(), load<T>(data + <usize>e * sizeof<T>()))
    }
  }
}
