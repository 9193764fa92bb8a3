import { type Engine, withEngine } from '../../bindings/instance.js'
import { typed } from '../../bindings/typed.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'

// What the kernel tests share: slices between canaries, in both precisions.

export type FloatArray = Float32Array | Float64Array
const CANARY = 16 // entries around every slice: at least 64 bytes
const MARK = -7.25

/** Slices at any alignment, each between canaries that `intact` checks. */
function slices(
  alloc: (bytes: number) => number,
  view: (pointer: number, n: number) => FloatArray,
  size: number,
  words: (pointer: number, n: number) => Int32Array,
  wideView: (pointer: number, n: number) => Float64Array,
) {
  const all: (() => void)[] = []
  type Cells = FloatArray | Int32Array
  function fenced(look: (pointer: number, n: number) => Cells, bytes: number, values: ArrayLike<number>, offset = 0) {
    const n = values.length
    const base = alloc((n + 2 * CANARY + offset) * bytes) + offset * bytes
    const cells = look(base, n + 2 * CANARY)
    cells.fill(MARK)
    const [mark] = cells
    cells.set(values, CANARY)
    all.push(() => {
      const now = look(base, n + 2 * CANARY)
      for (let i = 0; i < CANARY; i++) {
        assert.is(now[i], mark)
        assert.is(now[n + CANARY + i], mark)
      }
    })
    return base + CANARY * bytes
  }
  return {
    put: (values: ArrayLike<number>, offset: number): number => fenced(view, size, values, offset),
    integers: (values: ArrayLike<number>): number => fenced(words, 4, values),
    readIntegers: (pointer: number, n: number): number[] => [...words(pointer, n)],
    /** n zeroed f64 cells, in either precision. */
    wide: (n: number): number => fenced(wideView, 8, new Float64Array(n)),
    /** f64 cells of these values, in either precision. */
    putWide: (values: ArrayLike<number>): number => fenced(wideView, 8, values),
    readWide: (pointer: number, n: number): Float64Array => wideView(pointer, n).slice(),
    readLong(pointer: number): bigint {
      const [low = 0, high = 0] = words(pointer, 2)
      return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
    },
    intact(): void {
      for (const check of all) check()
    },
  }
}

export interface Tools {
  readonly precision: 'f32' | 'f64'
  readonly size: 4 | 8
  readonly tolerance: number
  round(x: number): number
  readonly call: ReturnType<typeof typed>
  readonly kernels: Engine['kernels']
  view(pointer: number, n: number): FloatArray
  fresh(): ReturnType<typeof slices>
  /** Gives back what `body` allocated. */
  scoped(body: () => void): void
  /** n values in [-.3, .7), rounded to the precision. */
  draw(n: number): number[]
  close(got: ArrayLike<number>, wanted: ArrayLike<number>, label: string, scale?: number): void
}

/** The engine that laws are held against: the exact one, or the relaxed one where `fast` was set before. */
export const engine = { fast: false }

/** A test of both precisions. */
export function law(name: string, work: (tools: Tools) => void): void {
  for (const precision of ['f32', 'f64'] as const) {
    test(`${name} ${precision}: equal to its twin`, () =>
      withEngine('test', engine, async ({ kernels, arena, fast }) => {
        assert.is(fast, engine.fast)
        const size = precision === 'f32' ? 4 : 8
        const tolerance = precision === 'f32' ? 2e-5 : 1e-13
        const round = precision === 'f32' ? Math.fround : (x: number): number => x
        const random = generator(11)
        const view = (pointer: number, n: number): FloatArray =>
          size === 4 ? arena.f32(pointer, n) : arena.f64(pointer, n)
        work({
          precision,
          size,
          tolerance,
          round,
          call: typed(kernels, precision),
          kernels,
          view,
          fresh: () =>
            slices(
              bytes => arena.alloc(bytes),
              view,
              size,
              (pointer, n) => arena.i32(pointer, n),
              (pointer, n) => arena.f64(pointer, n),
            ),
          scoped(body) {
            const mark = arena.mark()
            body()
            arena.release(mark)
          },
          draw: n => Array.from({ length: n }, () => round(random.uniform() - 0.3)),
          close(got, wanted, label, scale = 1) {
            assert.is(got.length, wanted.length, label)
            for (let i = 0; i < wanted.length; i++) {
              const error = Math.abs(got[i]! - wanted[i]!)
              const bound = tolerance * scale * Math.max(1, Math.abs(wanted[i]!))
              assert.ok(error <= bound, `${label} [${i}]: ${got[i]} ${wanted[i]}`)
            }
          },
        })
      }))
  }
}
