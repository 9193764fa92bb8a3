import type { Engine } from '../../bindings/engine.js'
import type { FloatArray } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'

const BLOCK = 1 << 20 // entries of rows that are multiplied with each other
const STRIP = 4 // rows between two breaths

/** Rows of a block. */
const heightOf = (rows: number, m: number): number => Math.min(rows, Math.max(1, Math.floor(BLOCK / m)))

/** Bytes that `innerProducts` takes for a while. */
export function roomForProducts({ kernels }: Engine, rows: number, m: number): number {
  const height = heightOf(rows, m)
  return 2 * height * m * 8 + STRIP * height * 8 + kernels.gemmWork() + 4 * 64
}

/** f64[n*n], the inner products of rows of m numbers, in f64 whatever their precision. */
export async function innerProducts(
  { arena, kernels }: Engine,
  rows: readonly FloatArray[],
  m: number,
  pace: Pace,
): Promise<Float64Array> {
  const n = rows.length
  const gram = new Float64Array(n * n)
  if (n === 0) return gram
  const mark = arena.mark()
  const height = heightOf(n, m)
  const [a, b] = [arena.alloc(height * m * 8), arena.alloc(height * m * 8)]
  const [c, work] = [arena.alloc(STRIP * height * 8), arena.alloc(kernels.gemmWork())]
  const put = async (first: number, at: number): Promise<number> => {
    const block = rows.slice(first, first + height)
    for (const [i, row] of block.entries()) {
      await pace.breathe()
      arena.f64(at + i * m * 8, m).set(row)
    }
    return block.length
  }
  for (let top = 0; top < n; top += height) {
    const count = await put(top, a)
    for (let left = top; left < n; left += height) {
      const width = await put(left, b)
      for (let i = 0; i < count; i += STRIP) {
        await pace.breathe()
        const some = Math.min(STRIP, count - i)
        arena.f64(c, some * width).fill(0)
        kernels.gemm_f64(some, width, m, 1, a + i * m * 8, m, 1, b, 1, m, c, width, work)
        const products = arena.f64(c, some * width)
        for (let p = 0; p < products.length; p++) {
          const [row, column] = [top + i + Math.floor(p / width), left + (p % width)]
          gram[row * n + column] = gram[column * n + row] = products[p]!
        }
      }
    }
  }
  arena.release(mark)
  return gram
}
