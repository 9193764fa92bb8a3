// Rows fitted to the entries that are listed for them.
import * as twin from '../../bindings/reference-ratings.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { law } from './slices.js'

const padded = (rows: readonly (readonly number[])[], kp: number): number[] =>
  rows.flatMap(row => Array.from({ length: kp }, (_, q) => row[q] ?? 0))
const SQUARES = [
  [1, 4],
  [3, 4],
  [4, 4],
  [7, 8],
  [12, 12],
  [17, 20],
] as const

law('ratingRows: every number of entries, explicit and confident, with and without a prior and noise', tools => {
  const { call, view, fresh, scoped, draw, close, kernels, size, round } = tools
  for (const [k, kp] of SQUARES)
    for (const mode of ['explicit', 'confident', 'drawn'] as const)
      for (const power of [0, 1, 0.5])
        scoped(() => {
          const counts = [0, 1, 2, 5, 63, 64, 65, 130]
          const m = 140
          const Y = Array.from({ length: m }, () => draw(k))
          const confident = mode === 'confident'
          // Confidences from 1 on in size: the sum of everywhere holds what they take of it.
          const lists = counts.map((count, i) => ({
            indices: Array.from({ length: count }, (_, e) => (e + i) % m).sort((a, b) => a - b),
            values: draw(count).map(v => round(confident ? v * 4 + Math.sign(v) : v)),
          }))
          const prior = mode !== 'explicit'
          const G0 = Array.from({ length: k }, (_, q) =>
            Array.from({ length: k }, (__, r) =>
              prior ? round(Y.reduce((s, y) => s + y[q]! * y[r]!, q === r ? 1 : 0)) : 0,
            ),
          )
          const b0 = mode === 'drawn' ? draw(k) : []
          const noise = counts.map(() => (mode === 'drawn' ? draw(k) : []))
          const lambda = 0.7
          const rows = counts.map((count, i) => ({
            confident,
            v: lists[i]!.values,
            y: lists[i]!.indices.map(j => Y[j]!),
            G0,
            b0: Array.from({ length: k }, (_, q) => b0[q] ?? 0),
            ridge: lambda * (power === 0 ? 1 : count ** power),
          }))
          const wanted = rows.map((row, i) =>
            row.v.length === 0 && mode !== 'drawn' ? row.b0.map(() => 0) : twin.solved(row, noise[i]!),
          )
          const cells = fresh()
          const starts = [0]
          for (const count of counts) starts.push(starts.at(-1)! + count)
          const [indptr, indices] = [cells.integers(starts), cells.integers(lists.flatMap(l => l.indices))]
          const values = cells.put(
            lists.flatMap(l => l.values),
            1,
          )
          const y = cells.put(padded(Y, kp), 0)
          const g0 = prior ? cells.put(padded([...G0, ...Array(kp - k).fill([])], kp), 0) : 0
          const [pb, pz] = mode === 'drawn' ? [cells.put(padded([b0], kp), 0), cells.put(padded(noise, kp), 0)] : [0, 0]
          const w = cells.put(
            padded(
              counts.map(() => draw(k)),
              kp,
            ),
            0,
          )
          const stats = cells.wide(2)
          const work = cells.put(new Float64Array(kernels.ratingWork(kp) / size), 0)
          const given = [g0, pb, lambda, power, pz, w, 1, stats, work] as const
          call.ratingRows(counts.length, k, kp, Number(confident), indptr, indices, values, y, ...given)
          close(view(w, counts.length * kp), padded(wanted, kp), `${mode} k ${k} power ${power}`, 50)
          const [left = 0, penalty = 0] = cells.readWide(stats, 2)
          const sum = (of: (row: (typeof rows)[number], w: number[]) => number): number =>
            rows.reduce((s, row, i) => s + of(row, wanted[i]!), 0)
          close(
            [left, penalty],
            [sum(twin.leftOf), sum(({ ridge }, row) => (ridge / 2) * row.reduce((s, v) => s + v * v, 0))],
            `${mode} left`,
            50,
          )
          cells.intact()
        })
})

law(
  'ratingSteps: conjugate gradients to their end solve the normal equations, one step is the steepest descent',
  tools => {
    const { call, view, fresh, scoped, draw, close, kernels, size, round } = tools
    for (const [k, kp] of SQUARES)
      for (const steps of [1, 200])
        scoped(() => {
          const counts = [0, 1, 3, 40]
          const m = 60
          const Y = Array.from({ length: m }, () => draw(k))
          const G0 = Array.from({ length: k }, (_, q) =>
            Array.from({ length: k }, (__, r) => round(Y.reduce((s, y) => s + y[q]! * y[r]!, 0))),
          )
          const lists = counts.map((count, i) => ({
            indices: Array.from({ length: count }, (_, e) => (2 * e + i) % m).sort((a, b) => a - b),
            values: draw(count).map(v => round(v * 4 + Math.sign(v))),
          }))
          const lambda = 3
          const rows = counts.map((count, i) => ({
            confident: true,
            v: lists[i]!.values,
            y: lists[i]!.indices.map(j => Y[j]!),
            G0,
            b0: Array<number>(k).fill(0),
            ridge: lambda * count,
          }))
          const start = counts.map(() => draw(k))
          const cells = fresh()
          const starts = [0]
          for (const count of counts) starts.push(starts.at(-1)! + count)
          const [indptr, indices] = [cells.integers(starts), cells.integers(lists.flatMap(l => l.indices))]
          const values = cells.put(
            lists.flatMap(l => l.values),
            1,
          )
          const y = cells.put(padded(Y, kp), 0)
          const g0 = cells.put(padded([...G0, ...Array(kp - k).fill([])], kp), 0)
          const w = cells.put(padded(start, kp), 0)
          const stats = cells.wide(2)
          const work = cells.put(new Float64Array(kernels.ratingWork(kp) / size), 0)
          const given = [g0, lambda, 1, steps, size === 4 ? 1e-14 : 1e-28, w, 1, stats, work] as const
          call.ratingSteps(counts.length, k, kp, indptr, indices, values, y, ...given)
          const wanted = rows.map((row, i) => {
            if (row.v.length === 0) return row.b0
            if (steps > 1) return twin.solved(row, [])
            const { A, b } = twin.equations(row)
            const along = (x: readonly number[]): number[] => A.map(a => a.reduce((s, v, q) => s + v * x[q]!, 0))
            const r = along(start[i]!).map((v, q) => b[q]! - v)
            const squares = r.reduce((s, v) => s + v * v, 0)
            const step = squares / along(r).reduce((s, v, q) => s + v * r[q]!, 0)
            return start[i]!.map((v, q) => v + step * r[q]!)
          })
          close(view(w, counts.length * kp), padded(wanted, kp), `k ${k}, ${steps} steps`, 100)
          assert.ok(cells.readWide(stats, 2).every(Number.isFinite))
          cells.intact()
        })
  },
)

law('a row whose normal equations have no full rank goes down from where it is', tools => {
  const { call, view, fresh, scoped, draw, kernels, size } = tools
  for (const [k, kp] of [
    [5, 8],
    [12, 12],
  ] as const)
    scoped(() => {
      const counts = [1, 2, 4]
      const Y = Array.from({ length: 9 }, () => draw(k))
      const lists = counts.map(count => ({
        indices: Array.from({ length: count }, (_, e) => 2 * e),
        values: draw(count),
      }))
      const cells = fresh()
      const [indptr, indices] = [cells.integers([0, 1, 3, 7]), cells.integers(lists.flatMap(l => l.indices))]
      const values = cells.put(
        lists.flatMap(l => l.values),
        0,
      )
      const y = cells.put(padded(Y, kp), 0)
      const start = counts.map(() => draw(k))
      const w = cells.put(padded(start, kp), 0)
      const stats = cells.wide(2)
      const work = cells.put(new Float64Array(kernels.ratingWork(kp) / size), 0)
      call.ratingRows(3, k, kp, 0, indptr, indices, values, y, 0, 0, 0, 1, 0, w, 1, stats, work)
      // As many unknowns as equations or more: the ratings are met, by finite numbers.
      const found = view(w, 3 * kp)
      lists.forEach(({ indices: list, values: given }, i) =>
        list.forEach((j, e) => {
          const s = Y[j]!.reduce((sum, v, q) => sum + v * found[i * kp + q]!, 0)
          assert.ok(Math.abs(s - given[e]!) < (size === 4 ? 1e-3 : 1e-9), `${s} ${given[e]}`)
        }),
      )
      cells.intact()
    })
})

law('ratingBiases and ratingResiduals: means with damping, and what is left of the ratings', tools => {
  const { call, view, fresh, scoped, draw, close } = tools
  scoped(() => {
    const values = draw(9)
    const [indptr, indices] = [
      [0, 0, 1, 4, 9],
      [3, 0, 2, 4, 0, 1, 2, 3, 4],
    ]
    const other = draw(5)
    const mu = 0.25
    const cells = fresh()
    const [p, i, v] = [cells.integers(indptr), cells.integers(indices), cells.put(values, 1)]
    const [o, b] = [cells.putWide(other), cells.wide(4)]
    for (const damping of [0, 2.5]) {
      call.ratingBiases(4, p, i, v, mu, damping, o, b)
      const wanted = [0, 1, 2, 3].map(row => {
        const places = [...values.keys()].filter(e => e >= indptr[row]! && e < indptr[row + 1]!)
        const list = places.map(e => values[e]! - mu - other[indices[e]!]!)
        return list.length + damping === 0 ? 0 : list.reduce((s, x) => s + x, 0) / (list.length + damping)
      })
      close(cells.readWide(b, 4), wanted, `damping ${damping}`)
    }
    const own = cells.readWide(b, 4)
    call.ratingResiduals(4, p, i, v, mu, o, b)
    const row = (e: number): number => indptr.findIndex((_, r) => e < indptr[r + 1]!)
    close(
      view(v, 9),
      values.map((x, e) => x - mu - own[row(e)]! - other[indices[e]!]!),
      'residuals',
    )
    cells.intact()
  })
})

test.run()
