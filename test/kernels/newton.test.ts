// Newton steps for Kullback-Leibler, a coordinate at a time.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as row from '../../bindings/reference-row.js'
import { weightedSum } from '../../bindings/reference-weighted.js'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'
import { law, type Tools } from './slices.js'

const random = generator(33)

interface Problem {
  readonly k: number
  readonly m: number
  readonly X: number[][]
  readonly B: number[][]
  /** One row, or one for each row of X. */
  readonly S: number[][]
  readonly W: number[][]
  readonly l1: number
  readonly l2: number
  readonly held: readonly [number, number]
}

const padded = (rows: readonly (readonly number[])[], kp: number): number[] =>
  rows.flatMap(values => Array.from({ length: kp }, (_, q) => values[q] ?? 0))

/** Rows among which some entries, some of W and every seventh row are zero. */
function problem({ round }: Tools, rows: number, m: number, own: boolean): Problem {
  const k = 1 + (rows % 6)
  const draw = (share: number): number => (random.uniform() < share ? round(random.uniform() + 0.1) : 0)
  const penalised = rows % 2 === 1
  const B = Array.from({ length: m }, () => Array.from({ length: k }, () => round(random.uniform() + 0.05)))
  const X = Array.from({ length: rows }, (_, i) => B.map(() => (i % 7 === 6 ? 0 : round(3 * draw(0.7)))))
  return {
    k,
    m,
    B,
    X,
    S: (own ? X : [[]]).map(() =>
      weightedSum(
        B.map(() => (own ? random.uniform() + 0.5 : 1)),
        B,
        k,
      ).map(round),
    ),
    W: X.map(() => Array.from({ length: k }, (_, q) => (q > 0 ? draw(0.8) : round(random.uniform() + 0.1)))),
    l1: penalised ? round(0.3) : 0,
    l2: penalised ? round(0.2) : 0,
    held: rows % 3 === 1 && k > 1 ? [k >> 1, (k >> 1) + 1] : [0, 0],
  }
}

const divergentOf = ({ X, B, S, l1, l2, held }: Problem, i: number): row.Divergent => ({
  x: X[i]!,
  B,
  s: S[i] ?? S[0]!,
  l1,
  l2,
  held,
})

function run(tools: Tools, of: Problem, sparse: boolean, { sweeps = 1, tolerance = 0 } = {}) {
  const { call, kernels, view, fresh, scoped, size } = tools
  const { k, m, X, B, S, W, l1, l2, held } = of
  const [rows, kp, lx, ld] = [W.length, Math.ceil(k / 4) * 4, m + (W.length % 3), m + (W.length % 4)]
  let found: { W: number[][]; violation: number } | undefined
  scoped(() => {
    const cells = fresh()
    const { indptr, indices, data } = csrParts(Float64Array.from(X.flat()), m)
    const full = X.flatMap(x => Array.from({ length: lx }, (_, j) => x[j] ?? NaN))
    const px = cells.put(sparse ? data : full, rows % 4)
    const [pi, at] = sparse ? [cells.integers(indptr), cells.integers(indices)] : [0, 0]
    // Each side reads one form of H alone.
    const pb = sparse ? cells.put(padded(B, kp), 1) : 0
    const lines = B[0]!.flatMap((_, q) => Array.from({ length: ld }, (__, j) => B[j]?.[q] ?? NaN))
    const pl = sparse ? 0 : cells.put(lines, 2)
    const [ps, pw, stats] = [cells.put(padded(S, kp), 3), cells.put(padded(W, kp), 1), cells.putWide([5])]
    const longest = sparse ? Math.max(0, ...X.map(x => x.filter(v => v > 0).length)) : m
    const bytes = kernels.newtonWork(longest, sparse ? kp : 0)
    const work = cells.put(new Float64Array(Math.ceil(bytes / size)), 0)
    const data1 = [rows, m, k, kp, pi, at, px, lx, pb, pl, ld, ps, S.length === rows && rows > 1 ? 1 : 0] as const
    call.newton(...data1, pw, l1, l2, ...held, sweeps, tolerance, stats, work)
    cells.intact()
    const got = [...view(pw, rows * kp)]
    got.forEach((v, p) => assert.ok(p % kp < k || v === 0, 'beyond the last component'))
    found = { W: W.map((_, i) => got.slice(i * kp, i * kp + k)), violation: cells.readWide(stats, 1)[0]! - 5 }
  })
  return found!
}

law('newton: rows 0..40 of 1 to 67 entries, dense and CSR, one denominator or each its own, held components', tools => {
  for (let rows = 0; rows <= 40; rows++) {
    for (const own of [false, true]) {
      const of = problem(tools, rows, 1 + ((rows * 29) % 67), own)
      for (const sweeps of [1, 2]) {
        let [met, scale] = [0, 1]
        const wanted = of.W.map((before, i) => {
          const w = [...before]
          for (let t = 0; t < sweeps; t++) {
            const violation = row.newtonSweep(divergentOf(of, i), w)
            if (t === 0) met += violation
          }
          scale = Math.max(scale, ...divergentOf(of, i).s)
          return w
        })
        for (const sparse of [false, true]) {
          const got = run(tools, of, sparse, { sweeps })
          const label = `rows ${rows} own ${own} sweeps ${sweeps} sparse ${sparse}`
          tools.close(got.W.flat(), wanted.flat(), label, 30)
          tools.close([got.violation], [met], `${label}, violation`, 30 * scale)
        }
      }
    }
  }
})

law('newton: rows of more entries than are summed in one go', tools => {
  for (const m of [1023, 1024, 1025, 2051]) {
    const of = problem(tools, 3, m, false)
    for (const [sweeps, step] of [
      [1, row.newtonSweep],
      [0, row.divergentMultiply],
    ] as const) {
      const wanted = of.W.map((before, i) => {
        const w = [...before]
        step(divergentOf(of, i), w)
        return w
      })
      for (const sparse of [false, true])
        tools.close(run(tools, of, sparse, { sweeps }).W.flat(), wanted.flat(), `m ${m}, sweeps ${sweeps}`, 30)
    }
  }
})

law('newton of no sweeps: multiplicative steps of rows 0..40, that never raise the objective', tools => {
  for (let rows = 0; rows <= 40; rows++) {
    for (const own of [false, true]) {
      const of = problem(tools, rows, 1 + ((rows * 29) % 67), own)
      let [met, scale] = [0, 1]
      const wanted = of.W.map((before, i) => {
        const w = [...before]
        met += row.divergentMultiply(divergentOf(of, i), w)
        scale = Math.max(scale, ...divergentOf(of, i).s)
        return w
      })
      for (const sparse of [false, true]) {
        const got = run(tools, of, sparse, { sweeps: 0 })
        const label = `rows ${rows} own ${own} sparse ${sparse}`
        tools.close(got.W.flat(), wanted.flat(), label, 30)
        tools.close([got.violation], [met], `${label}, violation`, 30 * scale)
        got.W.forEach((w, i) => {
          const one = divergentOf(of, i)
          const [before, after] = [row.divergent(one, of.W[i]!), row.divergent(one, w)]
          const size = of.W[i]!.reduce((sum, v, q) => sum + v * (one.s[q]! + of.l1 + of.l2 * v), 1 + of.m)
          assert.ok(!(after - before > 10 * tools.tolerance * size), `${label}, row ${i}: rose by ${after - before}`)
        })
      }
    }
  }
})

law('newton: no pass raises the objective, from wherever it starts, and many end at a minimum', tools => {
  const { tolerance } = tools
  for (let seed = 0; seed < 60; seed++) {
    const given = problem(tools, 1 + (seed % 12), 1 + random.below(30), seed % 2 === 1)
    // From far above the minimum, from far below it and from near it.
    const far = [1e4, 1e-4, 1][seed % 3]!
    const of = { ...given, W: given.W.map(w => w.map(v => tools.round(v * far))) }
    let now = of
    const value = ({ W }: Problem): number[] => W.map((w, i) => row.divergent(divergentOf(of, i), w))
    for (let pass = 0; pass < 12; pass++) {
      const next = { ...now, W: run(tools, now, seed % 4 < 2).W }
      const [before, after] = [value(now), value(next)]
      const size = now.W.map((w, i) =>
        w.reduce((sum, v, q) => sum + v * (divergentOf(of, i).s[q]! + of.l1 + of.l2 * v), 1 + of.m),
      )
      after.forEach((v, i) => {
        const rise = v - before[i]!
        assert.ok(!(rise > 10 * tolerance * size[i]!), `problem ${seed}, pass ${pass}, row ${i}: rose by ${rise}`)
      })
      now = next
    }
    const { W } = run(tools, of, seed % 4 < 2, { sweeps: 3000 })
    W.forEach((w, i) => {
      const one = divergentOf(of, i)
      const left = row.violation(w, one, q => row.divergentSlopes(one, w, q)[0])
      const bound = 100 * tolerance * one.s.reduce((sum, v) => sum + v + of.l1, 1)
      assert.ok(
        left <= Math.max(bound, (1e-6 * bound) / tolerance / 100),
        `problem ${seed}, row ${i}: ${left} of ${bound}`,
      )
    })
  }
})

law('newton: passes end where one moves no coordinate by more than the tolerance of the largest', tools => {
  const of = problem(tools, 1, 20, false)
  const after = (sweeps: number, tolerance: number): number[] => run(tools, of, false, { sweeps, tolerance }).W.flat()
  assert.equal(after(50, 1e9), after(1, 0))
  const w = [...of.W[0]!]
  let count = 0
  for (let moved = Infinity; moved > 1e-3 * Math.max(...w); count++) {
    const before = [...w]
    row.newtonSweep(divergentOf(of, 0), w)
    moved = Math.max(...w.map((v, q) => Math.abs(v - before[q]!)))
  }
  assert.ok(count > 1, `${count}`)
  assert.equal(after(50, 1e-3), after(count, 0))
})

law('newton at the edges: zeros, the least numbers, a step beyond the range', tools => {
  const { size, round } = tools
  const least = size === 4 ? 2 ** -149 : 2 ** -1074
  const none = { l1: 0, l2: 0, held: [0, 0] as const }
  const by = (sweeps: number, X: number[], B: number[][], S: number[], W: number[], more = {}): number[][] =>
    [false, true].map(sparse => {
      const of: Problem = { k: W.length, m: X.length, X: [X], B, S: [S], W: [W], ...none, ...more }
      return run(tools, of, sparse, { sweeps }).W[0]!
    })
  const one = (...of: [number[], number[][], number[], number[], object?]) => by(1, ...of)
  // No data: zero. No data and no other reason to leave: as it is.
  for (const w of one([0, 0], [[1], [1]], [2], [3])) assert.equal(w, [0])
  for (const w of one([0, 0], [[0], [0]], [0], [3])) assert.ok(w[0] === 0 || w[0] === 3)
  // f(w) = 2w - 2 log w from its minimum, from zero and from below what is told from zero.
  for (const w of one([2], [[1]], [2], [1])) assert.equal(w, [1])
  for (const start of [0, least])
    for (const w of one([2], [[1]], [2], [start])) assert.ok(w[0]! >= 0 && w[0]! < Infinity)
  // A component of the least numbers, of which the curvature is none, and the data do not come near.
  for (const w of one([1], [[1, least]], [1, 0], [1, 1])) assert.ok(w.every(v => v >= 0 && v < Infinity))
  // A multiplicative step: no data; nothing at all; its minimum; zero, which stays; sums beyond the range.
  for (const w of by(0, [0, 0], [[1], [1]], [2], [3])) assert.equal(w, [0])
  for (const w of by(0, [0, 0], [[0], [0]], [0], [3])) assert.equal(w, [3])
  for (const w of by(0, [2], [[1]], [2], [1])) assert.equal(w, [1])
  for (const w of by(0, [2], [[1]], [2], [0])) assert.equal(w, [0])
  for (const w of by(0, [1], [[1, least]], [1, least], [0, 1])) assert.ok(w.every(v => v >= 0 && v < Infinity))
  for (const w of by(0, [2], [[1]], [1], [1], { l2: round(1e30) })) assert.ok(w[0]! >= 0 && w[0]! <= 1e-14)
  // A held component alone holds the entry up.
  for (const w of one([2], [[1, 0.5]], [1, 0.5], [round(2), 4], { held: [0, 1] })) assert.ok(w[0] === 2 && w[1] === 0)
})

test.run()
