import { mulAdd } from './madd'

// Gram matrices of some rows of a matrix, read where they lie: a list of their addresses is walked for each tile of the
// result. Tiles as in product.ts, those that touch the upper triangle; their four rows lie side by side in memory.

// @ts-ignore: decorator
@inline
function add2<T>(c: usize, x: v128, y: v128): void {
  v128.store(c, v128.add<T>(v128.load(c), x))
  v128.store(c, v128.add<T>(v128.load(c, 16), y), 16)
}

function tile42<T>(list: usize, end: usize, a: usize, b: usize, c: usize, ld: usize): void {
  let c00 = v128.splat<T>(<T>0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00
  while (list != end) {
    const row = <usize>load<u32>(list)
    const left = row + a, right = row + b
    const b0 = v128.load(right), b1 = v128.load(right, 16)
    let s = v128.load_splat<T>(left)
    c00 = mulAdd<T>(c00, s, b0)
    c01 = mulAdd<T>(c01, s, b1)
    s = v128.load_splat<T>(left, sizeof<T>())
    c10 = mulAdd<T>(c10, s, b0)
    c11 = mulAdd<T>(c11, s, b1)
    s = v128.load_splat<T>(left, 2 * sizeof<T>())
    c20 = mulAdd<T>(c20, s, b0)
    c21 = mulAdd<T>(c21, s, b1)
    s = v128.load_splat<T>(left, 3 * sizeof<T>())
    c30 = mulAdd<T>(c30, s, b0)
    c31 = mulAdd<T>(c31, s, b1)
    list += 4
  }
  add2<T>(c, c00, c01)
  add2<T>(c + ld, c10, c11)
  add2<T>(c + 2 * ld, c20, c21)
  add2<T>(c + 3 * ld, c30, c31)
}

function tile41<T>(list: usize, end: usize, a: usize, b: usize, c: usize, ld: usize): void {
  let c0 = v128.splat<T>(<T>0), c1 = c0, c2 = c0, c3 = c0
  while (list != end) {
    const row = <usize>load<u32>(list)
    const left = row + a, b0 = v128.load(row + b)
    c0 = mulAdd<T>(c0, v128.load_splat<T>(left), b0)
    c1 = mulAdd<T>(c1, v128.load_splat<T>(left, sizeof<T>()), b0)
    c2 = mulAdd<T>(c2, v128.load_splat<T>(left, 2 * sizeof<T>()), b0)
    c3 = mulAdd<T>(c3, v128.load_splat<T>(left, 3 * sizeof<T>()), b0)
    list += 4
  }
  v128.store(c, v128.add<T>(v128.load(c), c0))
  c += ld
  v128.store(c, v128.add<T>(v128.load(c), c1))
  c += ld
  v128.store(c, v128.add<T>(v128.load(c), c2))
  c += ld
  v128.store(c, v128.add<T>(v128.load(c), c3))
}

/** G <- G + sum_e a_e b_e', b_e T[kp] at the address list[e] of i32[count] and a_e `apart` bytes behind it, which is
 *  symmetric; in its upper triangle: what lies below is of no meaning. G T[kp*kp], kp % 4 = 0. Writes G. About half
 *  of the 2 count kp^2 flops of the whole. */
export function listedGram<T>(count: i32, kp: i32, list: usize, apart: usize, g: usize): void {
  const ld = <usize>kp * sizeof<T>(), end = list + (<usize>count << 2)
  for (let j: usize = 0; j < ld; j += 4 * sizeof<T>()) {
    let q = j
    for (; q + 32 <= ld; q += 32) tile42<T>(list, end, apart + j, q, g + q, ld)
    for (; q < ld; q += 16) tile41<T>(list, end, apart + j, q, g + q, ld)
    g += 4 * ld
  }
}
