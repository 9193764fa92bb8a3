// A sparse matrix times one vector. X in CSR: indptr i32[rows+1], indices i32, data T. 2 nnz flops.

/** y <- y + X x, each row's sum in f64 in the order of its entries.  x T[columns], y T[rows]. Writes y. */
export function csrGemv<T>(rows: i32, indptr: usize, indices: usize, data: usize, x: usize, y: usize): void {
  for (let i = 0; i < rows; i++) {
    const first = <usize>load<i32>(indptr), last = <usize>load<i32>(indptr, 4)
    let p = indices + (first << 2), d = data + first * sizeof<T>()
    const end = indices + (last << 2)
    let s: f64 = 0
    while (p != end) {
      s += <f64>load<T>(d) * <f64>load<T>(x + <usize>load<i32>(p) * sizeof<T>())
      p += 4
      d += sizeof<T>()
    }
    store<T>(y, <T>(<f64>load<T>(y) + s))
    indptr += 4
    y += sizeof<T>()
  }
}

/** y <- y + X' x, in T, row after row.  x T[rows], y T[columns]. Writes y. */
export function csrGemvTransposed<T>(rows: i32, indptr: usize, indices: usize, data: usize, x: usize, y: usize): void {
  for (let i = 0; i < rows; i++) {
    const first = <usize>load<i32>(indptr), last = <usize>load<i32>(indptr, 4)
    let p = indices + (first << 2), d = data + first * sizeof<T>()
    const end = indices + (last << 2)
    const s = load<T>(x)
    while (p != end) {
      const q = y + <usize>load<i32>(p) * sizeof<T>()
      store<T>(q, <T>(load<T>(q) + load<T>(d) * s))
      p += 4
      d += sizeof<T>()
    }
    indptr += 4
    x += sizeof<T>()
  }
}
