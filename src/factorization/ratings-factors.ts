import type { FloatArray } from '../core/matrix.js'
import type { Pace } from '../core/pace.js'
import type { RatingsProgram, Which } from './ratings-program.js'

const CHUNK = 1 << 16 // numbers moved between two breaths

/** Normal numbers times `scale` into a factor. */
export async function drawFactor(
  program: RatingsProgram,
  which: Which,
  stream: number,
  scale: number,
  pace: Pace,
): Promise<void> {
  const { engine, call, kp, size, spec, factors } = program
  const { k, seed, ratings } = spec
  const { rows } = ratings.sides[which]
  const step = Math.max(1, Math.floor(CHUNK / k))
  const mark = engine.arena.mark()
  const drawn = engine.arena.alloc(Math.min(step, rows) * k * size)
  for (let first = 0; first < rows; first += step) {
    await pace.breathe()
    const count = Math.min(step, rows - first)
    call.normal(seed >>> 0, Math.floor(seed / 2 ** 32), stream, first * k, drawn, count * k)
    call.pad(count, k, kp, scale, drawn, k, 1, factors[which] + first * kp * size)
  }
  engine.arena.release(mark)
}

/** A factor times `scale`: n x k of the users, or k x m of the items. */
export async function takeFactor(
  program: RatingsProgram,
  which: Which,
  scale: number,
  pace: Pace,
): Promise<FloatArray> {
  const { spec, kp, size, factors } = program
  const { rows } = spec.ratings.sides[which]
  const { k } = spec
  const out: FloatArray = size === 4 ? new Float32Array(rows * k) : new Float64Array(rows * k)
  const step = Math.max(1, Math.floor(CHUNK / kp))
  for (let first = 0; first < rows; first += step) {
    await pace.breathe()
    const count = Math.min(step, rows - first)
    const from = program.view(factors[which] + first * kp * size, count * kp)
    for (let i = 0; i < count; i++)
      for (let q = 0; q < k; q++)
        out[which === 0 ? (first + i) * k + q : q * rows + first + i] = from[i * kp + q]! * scale
  }
  return out
}

/** A factor into the program: rows of k numbers of the users, or columns of the items, divided by `scale`. */
export function putFactor(program: RatingsProgram, which: Which, data: FloatArray, scale: number): void {
  const { spec, kp, size, factors } = program
  const { rows } = spec.ratings.sides[which]
  const { k } = spec
  const to = program.view(factors[which], rows * kp)
  if (size === 4 && !(data instanceof Float32Array)) throw new TypeError('putFactor: wanted a factor of the precision')
  for (let i = 0; i < rows; i++)
    for (let q = 0; q < k; q++) to[i * kp + q] = (which === 0 ? data[i * k + q]! : data[q * rows + i]!) / scale
}
