import type { Engine } from '../../bindings/instance.js'
import { typed } from '../../bindings/typed.js'
import type { Lists, Loaded, Slice } from '../core/load.js'
import type { HeldOut } from '../core/mask.js'
import type { Pace } from '../core/pace.js'
import type { Span } from '../core/program.js'
import { Speckles } from '../core/speckles.js'
import type { NmfFactors } from './nmf-factors.js'
import type { NmfFit } from './nmf-fit.js'

const ENTRIES = 1 << 14 // held-out ones looked at between two breaths, by rows
const ASKED = 1 << 22 // and all of which it is asked whether they are

/** Rows with the held-out entries of each, and what these hold: T, by the place in the list. */
type Part = Span & Pick<Lists, 'indptr' | 'indices'> & { readonly x: number }
type Parts = (rows: Span) => Iterable<Part>

/** The held-out entries in the arena, and the mean divergence of a fit over them. */
export function heldOutLoss(engine: Engine, heldOut: HeldOut, X: Loaded, beta: number) {
  const { rows, columns } = X
  const { count } = heldOut
  const size = X.precision === 'f32' ? 4 : 8
  const begin = heldOut.lists ? placed(engine, heldOut, X) : speckled(engine, heldOut, X)
  return async (factors: NmfFactors, { W, H }: Pick<NmfFit, 'W' | 'H'>, pace: Pace): Promise<number> => {
    const { call, kp, w, ht } = factors
    await factors.setFactors(W, H, pace)
    let total = 0
    const parts = begin()
    const step = Math.max(1, Math.floor(Math.min((ENTRIES * rows) / count, ASKED / columns)))
    for (let i = 0; i < rows; i += step) {
      await pace.breathe()
      for (const { first, count: these, indptr, indices, x } of parts({ first: i, count: Math.min(step, rows - i) }))
        total += call.listedLoss(these, kp, beta, indptr, indices, 0, x, w + first * kp * size, ht)
    }
    return total / count
  }
}

/** Those of which lists say where they lie. */
function placed({ arena }: Engine, { data, lists }: HeldOut, { rows, precision, root }: Loaded): () => Parts {
  const { indptr, indices } = lists!
  const count = data.length
  const at = { indptr: arena.alloc((rows + 1) * 4), indices: arena.alloc(count * 4) }
  arena.i32(at.indptr, rows + 1).set(indptr)
  arena.i32(at.indices, count).set(indices)
  const x = arena.alloc(count * (precision === 'f32' ? 4 : 8))
  arena.floats(precision, x, count).set(data.map(v => v / root / root))
  return () => span => [{ ...span, indptr: at.indptr + span.first * 4, indices: at.indices, x }]
}

/** Those that the hash says: what they hold is laid beside the lists that are made of it, in their order. */
function speckled(engine: Engine, { data }: HeldOut, X: Loaded): () => Parts {
  const { arena } = engine
  const { columns, precision, root, weights, slices, indices: stored } = X
  const [{ indptr: starts }] = slices as [Slice]
  const speckle = weights!.speckle!
  const call = typed(engine.kernels, precision)
  const speckles = new Speckles(engine, X, false)
  const x = arena.alloc(speckles.entries * (precision === 'f32' ? 4 : 8))
  return () => {
    let seen = 0
    const next = (): number => (data[seen++] ?? 0) / root / root
    return function* (rows) {
      const lines = { ...rows, length: columns, across: false }
      for (const { first, count, indptr, indices } of speckles.parts(call, speckle, lines, weights!.rows, true)) {
        const ends = arena.i32(indptr, count + 1)
        const values = arena.floats(precision, x, ends[count]!)
        if (!starts) for (let e = 0; e < values.length; e++) values[e] = next()
        else {
          const held = arena.i32(indices, values.length)
          const rowEnds = arena.i32(starts + first * 4, count + 1)
          for (let i = 0; i < count; i++) {
            const own = arena.i32(stored + rowEnds[i]! * 4, rowEnds[i + 1]! - rowEnds[i]!)
            let p = 0
            for (let e = ends[i]!; e < ends[i + 1]!; e++) {
              while (p < own.length && own[p]! < held[e]!) p++
              values[e] = p < own.length && own[p] === held[e] ? next() : 0
            }
          }
        }
        yield { first, count, indptr, indices, x }
      }
    }
  }
}
