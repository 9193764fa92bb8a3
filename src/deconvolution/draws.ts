// The random numbers of a deconvolution: each draw a function of the seed and of what it is for, whoever makes it.
import type { Engine } from '../../bindings/engine.js'

const halves = (seed: number): [number, number] => [seed >>> 0, Math.floor(seed / 2 ** 32)]

/** Draw `stream` of a sample without what joins it to genes: its numbers in a random order. `at` 4 y.length bytes. */
export function shuffled(
  { arena, kernels }: Engine,
  y: Float64Array,
  seed: number,
  stream: number,
  at: number,
): Float64Array {
  kernels.permutation(...halves(seed), stream >>> 0, y.length, at)
  return Float64Array.from(arena.i32(at, y.length), j => y[j]!)
}

/** Draw `stream` of `count` out of all numbers, none twice: the first steps of a shuffle. `at` 8 count bytes. */
export function sampled(
  { arena, kernels }: Engine,
  all: Float64Array,
  count: number,
  seed: number,
  stream: number,
  at: number,
): Float64Array {
  kernels.uniform_f64(...halves(seed), stream >>> 0, 0, at, count)
  const places = Float64Array.from(arena.f64(at, count), (u, i) => i + Math.floor(u * (all.length - i)))
  const moved = new Map<number, number>()
  return places.map((place, i) => {
    const found = all[moved.get(place) ?? place]!
    moved.set(place, moved.get(i) ?? i)
    return found
  })
}

/** `count` places below `count`, each any of them: genes drawn with replacement. `at` 4 count bytes. */
export function resampled(
  { arena, kernels }: Engine,
  count: number,
  seed: number,
  stream: number,
  at: number,
): Uint32Array {
  kernels.random_bits(...halves(seed), stream >>> 0, 0, at, count)
  return Uint32Array.from(arena.i32(at, count), bits => Math.floor(((bits >>> 0) / 2 ** 32) * count))
}
