// Sweeps over lanes of rows with Gram matrices of their own, and steps of many components.
import * as twin from '../../bindings/reference.js'
import { weightedGram } from '../../bindings/reference-weighted.js'
import { test } from 'uvu'
import { law, type Tools } from './slices.js'

// Lists of a row's weights, as assembly/kernels/weighted.ts takes them: some or most missing of all there are, some or
// most of them there, weights beside others of one, weights that are all there is.
const KINDS = [
  { base: 1, share: 0.2, weighed: false },
  { base: 1, share: 0.8, weighed: false },
  { base: 0, share: 0.5, weighed: false },
  { base: 1, share: 0.4, weighed: true },
  { base: 0, share: 0.6, weighed: true },
] as const

function problem({ draw, round }: Tools, kind: (typeof KINDS)[number], rows: number, m: number, k: number) {
  const kp = Math.ceil(k / 4) * 4
  const padded = (lines: number): number[] => draw(lines * kp).map((v, p) => (p % kp < k ? round(v + 0.31) : 0))
  const { base, share, weighed } = kind
  const indptr = [0]
  const [indices, weights]: [number[], number[]] = [[], []]
  const whole = Array.from({ length: rows }, (_, i) => {
    const row = draw(m).map((v, j) => {
      // The first row misses nothing.
      if (i === 0 ? base === 1 : !(v + 0.3 < share)) return base
      const weight = weighed ? round(j % 5 === 0 ? 0 : 2 * v + 0.6) : 1 - base
      indices.push(j)
      weights.push(weight)
      return weight
    })
    indptr.push(indices.length)
    return row
  })
  const B = padded(m)
  const line = (A: readonly number[], i: number): number[] => A.slice(i * kp, (i + 1) * kp)
  const lines = Array.from({ length: m }, (_, j) => line(B, j))
  const all = weightedGram(Array<number>(m).fill(1), lines, kp).flat().map(round)
  const grams = whole.map(row => weightedGram(row, lines, kp).flat())
  const x = draw(rows * m).map(v => v + 0.3)
  const P = whole.flatMap((row, i) => {
    const p = Array<number>(kp).fill(0)
    row.forEach((weight, j) => line(B, j).forEach((b, q) => (p[q]! += weight * x[i * m + j]! * b)))
    return p.map(round)
  })
  return { kp, indptr, indices, weights: weighed ? weights : [], B, all, grams, W: padded(rows), P, line }
}

// One sweep or step of each row by its own Gram matrix.
function wanted(method: number, tools: Tools, given: ReturnType<typeof problem>, k: number, l1: number, l2: number) {
  const { kp, grams, W, P, line } = given
  let [violation, quadratic] = [0, 0]
  const out = grams.flatMap((gram, i) => {
    const [w, p] = [line(W, i), line(P, i)]
    const times = (v: number[]): number[] => v.map((_, q) => twin.dot(gram.slice(q * kp, (q + 1) * kp), v, kp))
    if (method === 0) violation += twin.hals(1, k, kp, w, p, gram, l1, l2)
    else {
      const gw = times(w)
      for (let q = 0; q < k; q++) {
        const down = gw[q]! + l1 + l2 * w[q]!
        violation += Math.abs(p[q]! - down)
        w[q] = down > 0 ? (w[q]! * p[q]!) / down : 0
      }
    }
    quadratic += twin.dot(w, times(w), kp)
    return w
  })
  return { out, violation, quadratic }
}

for (const [name, method] of [
  ['a sweep', 0],
  ['a multiplicative step', 1],
] as const)
  law(`solveRows: ${name} of rows with weights of their own, and what it tells, as by their Gram matrices`, tools => {
    const { call, view, fresh, scoped, close, kernels } = tools
    for (const kind of KINDS)
      for (const [rows, m, k] of [
        [1, 9, 2],
        [7, 60, 5],
        [6, 130, 23],
        [5, 140, 24],
        [3, 200, 41],
      ] as const)
        for (const [l1, l2] of [
          [0, 0],
          [0.25, 0.5],
        ] as const) {
          scoped(() => {
            const given = problem(tools, kind, rows, m, k)
            const { kp, indptr, indices, weights, B, all, W, P } = given
            const { out, violation, quadratic } = wanted(method, tools, given, k, l1, l2)
            const cells = fresh()
            const [w, p, b, g] = [cells.put(W, 1), cells.put(P, 2), cells.put(B, 0), cells.put(all, 1)]
            const [starts, lists] = [cells.integers(indptr), cells.integers(indices)]
            const listed = weights.length ? cells.put(weights, 2) : 0
            const [stats, work] = [cells.wide(2), cells.wide(kernels.solveWork(kp) / 8)]
            const how = [kind.base, starts, lists, listed, b, g, w, p, l1, l2, 0, 0, 1, 0, stats, work] as const
            call.solveRows(method, rows, m, k, kp, ...how)
            const label = `${JSON.stringify(kind)} ${rows} x ${m}, k ${k}, l2 ${l2}`
            // Rounding of sums of m products of numbers of about 1, over curvatures of about m / 10.
            close(view(w, rows * kp), out, label, 30 * k)
            const told = cells.readWide(stats, 2)
            close([told[0]! / violation, told[1]! / quadratic], [1, 1], label, 30 * k)
            cells.intact()
          })
        }
  })

test.run()
