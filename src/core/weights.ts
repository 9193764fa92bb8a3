import type { Engine } from '../../bindings/instance.js'
import type { Loaded, Slice, Weights } from './load.js'
import type { MaskLists } from './mask.js'
import type { Pace } from './pace.js'
import { turnLists } from './turn.js'

/** The loaded matrix of a mask's numerators, with its weights beside it. */
export async function weigh(engine: Engine, X: Loaded, lists: MaskLists, pace: Pace): Promise<Loaded> {
  const { arena, kernels } = engine
  const { rows, columns, precision, total, squares } = X
  const { base, speckle, scale, indptr, indices, weights, out, mass } = lists
  const size = precision === 'f32' ? 4 : 8
  const stored = indices.length
  const [{ indptr: own }] = X.slices as [Slice]
  // With base 0 the list is X's own structure.
  const at = { indptr: base === 0 ? own : 0, indices: base === 0 ? X.indices : 0, weights: 0 }
  if (base === 1 && stored > 0) {
    at.indptr = arena.alloc((rows + 1) * 4)
    at.indices = arena.alloc(stored * 4)
    arena.i32(at.indptr, rows + 1).set(indptr)
    arena.i32(at.indices, stored).set(indices)
  }
  if (weights) {
    at.weights = arena.alloc(stored * size)
    arena.floats(precision, at.weights, stored).set(weights)
  }
  await pace.breathe()
  // What is held out alone is listed from neither side.
  const turned = at.indptr ? (await turnLists(engine, at, X, weights ? arena.alloc(stored * size) : 0, pace)).lists : at
  const beyond = weights ? await sumsBeyond(X, lists, kernels.log, pace) : { entropy: 0, squares: 0 }
  const made: Weights = {
    base,
    scale,
    rows: at,
    columns: turned,
    speckle,
    entropy: beyond.entropy,
    taken: base === 0 ? stored : weights ? rows * columns : stored + out,
  }
  return { ...X, weights: made, mean: mass > 0 ? total / mass : 0, squares: squares + beyond.squares }
}

const BREATH = 1 << 14 // entries between two breaths

// Of the divided matrix: sum m x log m, and what sum m x^2 is more than sum (m x)^2.
async function sumsBeyond({ root }: Loaded, { data, weights }: MaskLists, log: (x: number) => number, pace: Pace) {
  let [entropy, squares] = [0, 0]
  for (let e = 0; e < data.length; e++) {
    if (e % BREATH === 0) await pace.breathe()
    const m = weights?.[e] ?? 1
    if (!(m > 0)) continue
    const v = (data[e] ?? 0) / root / root
    entropy += v * log(m)
    squares += (v * v) / m - v * v
  }
  return { entropy, squares }
}
