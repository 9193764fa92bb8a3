import { mulAdd } from './madd'
import { V1, V2, V3, V4, V5, V6 } from './widths'

// Products of a sparse matrix with a narrow dense one. Compiled for each width of one to six vectors, so that a row
// of the dense side stays in registers; wider ones are cut into panels. The sum for an entry runs in the order of
// the stored entries whatever the width.

// c[0 .. width) <- c + sum_p data_p b[indices_p]: the row of C stays in registers over the row of X.
function gather<T, N>(p: usize, end: usize, data: usize, b: usize, c: usize, ld: usize): void {
  let c0 = v128.load(c), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0
  if (offsetof<N>() > 16) c1 = v128.load(c, 16)
  if (offsetof<N>() > 32) c2 = v128.load(c, 32)
  if (offsetof<N>() > 48) c3 = v128.load(c, 48)
  if (offsetof<N>() > 64) c4 = v128.load(c, 64)
  if (offsetof<N>() > 80) c5 = v128.load(c, 80)
  while (p != end) {
    const q = b + <usize>load<i32>(p) * ld
    const v = v128.load_splat<T>(data)
    c0 = mulAdd<T>(c0, v, v128.load(q))
    if (offsetof<N>() > 16) c1 = mulAdd<T>(c1, v, v128.load(q, 16))
    if (offsetof<N>() > 32) c2 = mulAdd<T>(c2, v, v128.load(q, 32))
    if (offsetof<N>() > 48) c3 = mulAdd<T>(c3, v, v128.load(q, 48))
    if (offsetof<N>() > 64) c4 = mulAdd<T>(c4, v, v128.load(q, 64))
    if (offsetof<N>() > 80) c5 = mulAdd<T>(c5, v, v128.load(q, 80))
    p += 4
    data += sizeof<T>()
  }
  v128.store(c, c0)
  if (offsetof<N>() > 16) v128.store(c, c1, 16)
  if (offsetof<N>() > 32) v128.store(c, c2, 32)
  if (offsetof<N>() > 48) v128.store(c, c3, 48)
  if (offsetof<N>() > 64) v128.store(c, c4, 64)
  if (offsetof<N>() > 80) v128.store(c, c5, 80)
}

// c[indices_p] <- c[indices_p] + data_p b: the row of B stays in registers over the row of X.
function scatter<T, N>(p: usize, end: usize, data: usize, b: usize, c: usize, ld: usize): void {
  const b0 = v128.load(b)
  let b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0
  if (offsetof<N>() > 16) b1 = v128.load(b, 16)
  if (offsetof<N>() > 32) b2 = v128.load(b, 32)
  if (offsetof<N>() > 48) b3 = v128.load(b, 48)
  if (offsetof<N>() > 64) b4 = v128.load(b, 64)
  if (offsetof<N>() > 80) b5 = v128.load(b, 80)
  while (p != end) {
    const q = c + <usize>load<i32>(p) * ld
    const v = v128.load_splat<T>(data)
    v128.store(q, mulAdd<T>(v128.load(q), v, b0))
    if (offsetof<N>() > 16) v128.store(q, mulAdd<T>(v128.load(q, 16), v, b1), 16)
    if (offsetof<N>() > 32) v128.store(q, mulAdd<T>(v128.load(q, 32), v, b2), 32)
    if (offsetof<N>() > 48) v128.store(q, mulAdd<T>(v128.load(q, 48), v, b3), 48)
    if (offsetof<N>() > 64) v128.store(q, mulAdd<T>(v128.load(q, 64), v, b4), 64)
    if (offsetof<N>() > 80) v128.store(q, mulAdd<T>(v128.load(q, 80), v, b5), 80)
    p += 4
    data += sizeof<T>()
  }
}

function gatherRow<T>(p: usize, end: usize, data: usize, b: usize, c: usize, ld: usize): void {
  let o: usize = 0
  for (; o + 96 <= ld; o += 96) gather<T, V6>(p, end, data, b + o, c + o, ld)
  const rest = ld - o
  if (rest == 16) gather<T, V1>(p, end, data, b + o, c + o, ld)
  else if (rest == 32) gather<T, V2>(p, end, data, b + o, c + o, ld)
  else if (rest == 48) gather<T, V3>(p, end, data, b + o, c + o, ld)
  else if (rest == 64) gather<T, V4>(p, end, data, b + o, c + o, ld)
  else if (rest == 80) gather<T, V5>(p, end, data, b + o, c + o, ld)
}

function scatterRow<T>(p: usize, end: usize, data: usize, b: usize, c: usize, ld: usize): void {
  let o: usize = 0
  for (; o + 96 <= ld; o += 96) scatter<T, V6>(p, end, data, b + o, c + o, ld)
  const rest = ld - o
  if (rest == 16) scatter<T, V1>(p, end, data, b + o, c + o, ld)
  else if (rest == 32) scatter<T, V2>(p, end, data, b + o, c + o, ld)
  else if (rest == 48) scatter<T, V3>(p, end, data, b + o, c + o, ld)
  else if (rest == 64) scatter<T, V4>(p, end, data, b + o, c + o, ld)
  else if (rest == 80) scatter<T, V5>(p, end, data, b + o, c + o, ld)
}

/** C <- C + X B for CSR X: indptr i32[rows+1], indices i32, data T; B T[columns*kp], C T[rows*kp], kp % 4 = 0.
 *  Writes C. 2 nnz kp flops. */
export function csrProduct<T>(rows: i32, kp: i32, indptr: usize, indices: usize, data: usize, b: usize, c: usize): void {
  const ld = <usize>kp * sizeof<T>()
  for (let i = 0; i < rows; i++) {
    const p = <usize>load<i32>(indptr), end = <usize>load<i32>(indptr, 4)
    gatherRow<T>(indices + (p << 2), indices + (end << 2), data + p * sizeof<T>(), b, c, ld)
    indptr += 4
    c += ld
  }
}

/** C <- C + X' B for CSR X (rows x columns): B T[rows*kp], C T[columns*kp]. Writes C. 2 nnz kp flops. */
export function csrProductTransposed<T>(
  rows: i32, kp: i32, indptr: usize, indices: usize, data: usize, b: usize, c: usize,
): void {
  const ld = <usize>kp * sizeof<T>()
  for (let i = 0; i < rows; i++) {
    const p = <usize>load<i32>(indptr), end = <usize>load<i32>(indptr, 4)
    scatterRow<T>(indices + (p << 2), indices + (end << 2), data + p * sizeof<T>(), b, c, ld)
    indptr += 4
    b += ld
  }
}
