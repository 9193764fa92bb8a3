// Columns about a shift of their own, in f64: a first entry or a mean, so that nothing cancels.

/** sums[j] += sum_i (A[i, j] - shift[j]), squares[j] += sum_i (A[i, j] - shift[j])^2 for A T[rows*ld], j < columns.
 *  shift, sums, squares f64[columns]. Writes sums and squares. */
export function moments<T>(
  rows: i32, columns: i32, ld: i32, a: usize, shift: usize, sums: usize, squares: usize,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const o = <usize>j << 3
      const v = <f64>load<T>(a + <usize>j * sizeof<T>()) - load<f64>(shift + o)
      store<f64>(sums + o, load<f64>(sums + o) + v)
      store<f64>(squares + o, load<f64>(squares + o) + v * v)
    }
    a += <usize>ld * sizeof<T>()
  }
}

/** The same over `n` stored entries of a sparse matrix, which are counted: counts f64[columns]. Entries that are not
 *  stored are the caller's, n_j - counts_j times -shift_j. */
export function csrMoments<T>(
  n: i32, indices: usize, data: usize, shift: usize, sums: usize, squares: usize, counts: usize,
): void {
  for (let p = 0; p < n; p++) {
    const o = <usize>load<i32>(indices) << 3
    const v = <f64>load<T>(data) - load<f64>(shift + o)
    store<f64>(sums + o, load<f64>(sums + o) + v)
    store<f64>(squares + o, load<f64>(squares + o) + v * v)
    store<f64>(counts + o, load<f64>(counts + o) + 1)
    indices += 4
    data += sizeof<T>()
  }
}

/** A[i, j] <- A[i, j] - shift[j], rounded once, for A T[rows*ld], j < columns; shift f64[columns]. Writes A. */
export function subtractRow<T>(rows: i32, columns: i32, ld: i32, a: usize, shift: usize): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const p = a + <usize>j * sizeof<T>()
      store<T>(p, <T>(<f64>load<T>(p) - load<f64>(shift + (<usize>j << 3))))
    }
    a += <usize>ld * sizeof<T>()
  }
}
