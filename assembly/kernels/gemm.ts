import { mulAdd } from './madd'

// General matrix product by packed panels (Goto & van de Geijn 2008). Strides make the four transpose cases one kernel.
// A tile is 4 rows x 2 vectors: eight sums, two vectors of B, one of A and a product stay inside sixteen registers.
// Four rows of A are packed with every entry repeated over a vector (a splat load costs an extra instruction in V8),
// B in slivers two vectors wide.

const DEPTH: i32 = 256 // of a panel: a packed strip of A is 16 kB, a sliver of B 8 kB: both in the first-level cache
const WIDTH: i32 = 512 // columns of a panel of B: 512 kB packed in f32, twice that in f64

/** Bytes of workspace `gemm` wants, whatever the shape: a panel of B, a strip of A, a tile. */
export function gemmWork(): i32 {
  return WIDTH * DEPTH * 8 + DEPTH * 64 + 128
}

/** C <- C + alpha A B.  A T[m x depth], element (i, l) at a + i ras + l cas; B T[depth x n] by rbs and cbs likewise;
 *  C T[m x n] row-major, row stride ldc >= n. Strides in elements; swapping a pair transposes. C overlaps neither.
 *  Each entry's sum runs over l in order, panel by panel of 256. Writes C and work[gemmWork()]. 2 m n depth flops. */
export function gemm<T>(
  m: i32, n: i32, depth: i32, alpha: T, a: usize, ras: i32, cas: i32, b: usize, rbs: i32, cbs: i32, c: usize, ldc: i32,
  work: usize,
): void {
  const size = sizeof<T>(), wide = 32 / <i32>size
  const panel = work + DEPTH * 64 + 128, tile = work + DEPTH * 64
  const ld = <usize>ldc * size
  for (let j = 0; j < n; j += WIDTH) {
    const columns = min(WIDTH, n - j)
    for (let l = 0; l < depth; l += DEPTH) {
      const d = min(DEPTH, depth - l)
      packB<T>(d, columns, b + (<usize>l * <usize>rbs + <usize>j * <usize>cbs) * size, rbs, cbs, panel)
      for (let i = 0; i < m; i += 4) {
        const rows = min(4, m - i)
        packA<T>(d, rows, alpha, a + (<usize>i * <usize>ras + <usize>l * <usize>cas) * size, ras, cas, work)
        let sliver = panel, target = c + <usize>i * ld + <usize>j * size
        for (let q = 0; q < columns; q += wide) {
          if (rows == 4 && q + wide <= columns) micro<T>(d, work, sliver, target, ld)
          else edge<T>(d, work, sliver, target, ld, rows, min(wide, columns - q), tile)
          sliver += <usize>d << 5
          target += 32
        }
      }
    }
  }
}

// C[4 x 2 vectors] += strip . sliver; one step of depth a turn (deeper unrolling spills).
function micro<T>(depth: i32, a: usize, b: usize, c: usize, ld: usize): void {
  let c00 = v128.splat<T>(<T>0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00
  const end = a + (<usize>depth << 6)
  while (a != end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16)
    let s = v128.load(a)
    c00 = mulAdd<T>(c00, s, b0)
    c01 = mulAdd<T>(c01, s, b1)
    s = v128.load(a, 16)
    c10 = mulAdd<T>(c10, s, b0)
    c11 = mulAdd<T>(c11, s, b1)
    s = v128.load(a, 32)
    c20 = mulAdd<T>(c20, s, b0)
    c21 = mulAdd<T>(c21, s, b1)
    s = v128.load(a, 48)
    c30 = mulAdd<T>(c30, s, b0)
    c31 = mulAdd<T>(c31, s, b1)
    a += 64
    b += 32
  }
  add2<T>(c, c00, c01)
  c += ld
  add2<T>(c, c10, c11)
  c += ld
  add2<T>(c, c20, c21)
  c += ld
  add2<T>(c, c30, c31)
}

// @ts-ignore: decorator
@inline
function add2<T>(c: usize, x: v128, y: v128): void {
  v128.store(c, v128.add<T>(v128.load(c), x))
  v128.store(c, v128.add<T>(v128.load(c, 16), y), 16)
}

// A tile that C holds only `rows` x `columns` of: computed whole beside it.
function edge<T>(depth: i32, a: usize, b: usize, c: usize, ld: usize, rows: i32, columns: i32, tile: usize): void {
  memory.fill(tile, 0, 128)
  micro<T>(depth, a, b, tile, 32)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const o = <usize>j * sizeof<T>()
      store<T>(c + o, <T>(load<T>(c + o) + load<T>(tile + o)))
    }
    tile += 32
    c += ld
  }
}

// strip[l][r] <- alpha A[r, l] over a vector; rows beyond `rows` are zero.
function packA<T>(depth: i32, rows: i32, alpha: T, a: usize, rs: i32, cs: i32, strip: usize): void {
  const row = <usize>rs * sizeof<T>(), column = <usize>cs * sizeof<T>()
  const zero = v128.splat<T>(<T>0), by = v128.splat<T>(alpha)
  if (rs == 1 && rows == 4) {
    // Four neighbours in memory: whole vectors, each entry then spread by shuffles.
    for (let l = 0; l < depth; l++) {
      const v = v128.mul<T>(by, v128.load(a))
      if (sizeof<T>() == 4) {
        v128.store(strip, v128.shuffle<f32>(v, v, 0, 0, 0, 0))
        v128.store(strip, v128.shuffle<f32>(v, v, 1, 1, 1, 1), 16)
        v128.store(strip, v128.shuffle<f32>(v, v, 2, 2, 2, 2), 32)
        v128.store(strip, v128.shuffle<f32>(v, v, 3, 3, 3, 3), 48)
      } else {
        const w = v128.mul<T>(by, v128.load(a, 16))
        v128.store(strip, v128.shuffle<f64>(v, v, 0, 0))
        v128.store(strip, v128.shuffle<f64>(v, v, 1, 1), 16)
        v128.store(strip, v128.shuffle<f64>(w, w, 0, 0), 32)
        v128.store(strip, v128.shuffle<f64>(w, w, 1, 1), 48)
      }
      a += column
      strip += 64
    }
    return
  }
  for (let r = 0; r < 4; r++) {
    let p = a + <usize>r * row, t = strip + (<usize>r << 4)
    for (let l = 0; l < depth; l++) {
      v128.store(t, r < rows ? v128.mul<T>(by, v128.load_splat<T>(p)) : zero)
      p += column
      t += 64
    }
  }
}

// panel <- slivers of B two vectors wide, one after another; columns beyond `columns` are zero.
function packB<T>(depth: i32, columns: i32, b: usize, rs: i32, cs: i32, panel: usize): void {
  const size = sizeof<T>(), wide = 32 / <i32>size
  const row = <usize>rs * size, column = <usize>cs * size
  for (let j = 0; j < columns; j += wide) {
    const count = min(wide, columns - j)
    const source = b + <usize>j * column
    if (cs == 1 && count == wide) {
      let p = source
      for (let l = 0; l < depth; l++) {
        v128.store(panel, v128.load(p))
        v128.store(panel, v128.load(p, 16), 16)
        p += row
        panel += 32
      }
      continue
    }
    for (let q = 0; q < wide; q++) {
      let p = source + <usize>q * column, t = panel + <usize>q * size
      for (let l = 0; l < depth; l++) {
        store<T>(t, q < count ? load<T>(p) : <T>0)
        p += row
        t += 32
      }
    }
    panel += <usize>depth << 5
  }
}
