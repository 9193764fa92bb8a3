// Sums over entries that do not count alike.
import * as twin from '../../bindings/reference.js'
import * as weighted from '../../bindings/reference-weighted.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { csrParts } from '../sparse.js'
import { KINDS, listed, weightsOf } from './lists.js'
import { law, type Tools } from './slices.js'

const BETAS = [0, 0.5, 1.5, 3, -1]

/** Rows of k numbers, the rest of kp zero. */
const padded = (rows: readonly (readonly number[])[], kp: number): number[] =>
  rows.flatMap(row => Array.from({ length: kp }, (_, q) => row[q] ?? 0))

const rowsOf = (values: ArrayLike<number>, rows: number, kp: number): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: kp }, (__, q) => values[i * kp + q] ?? 0))

/** Rows of numbers in [.1, 1.1). */
const positive = ({ draw, round }: Pick<Tools, 'draw' | 'round'>, rows: number, k: number): number[][] =>
  rowsOf(
    draw(rows * k).map(v => round(v + 0.4)),
    rows,
    k,
  )

law('weightedGram: every kind of list, columns 0..67, rows without weight never read', tools => {
  const { call, view, fresh, scoped, draw, close, size, round } = tools
  for (let m = 0; m <= 67; m++) {
    for (const kp of [4, [8, 12, 20][m % 3]!]) {
      for (const kind of KINDS) {
        const [row = []] = weightsOf(kind, 1, m, 100 * m + kp)
        for (const counts of [row, row.map(() => 0), row.map(() => 1)]) {
          const lists = listed(kind, [counts])
          const count = lists.indices.length
          const B = rowsOf(draw(m * kp), m, kp)
          const of = (row: number[]): number[][] => weighted.weightedGram(row, B, kp)
          const [all, some] = [of(counts.map(() => 1)), of(counts)]
          const few = kind.base === 1 && !kind.weighted && 2 * count <= m
          const taken = few && some.every((row, q) => row[q]! >= all[q]![q]! / 8)
          scoped(() => {
            const cells = fresh()
            const seen = B.map((b, j) => (counts[j] === 0 && !few ? b.map(() => NaN) : b))
            const [pb, pg0] = [cells.put(seen.flat(), m % 4), cells.put(few ? all.flat().map(round) : draw(kp * kp), 1)]
            const [pg, work] = [cells.put(draw(kp * kp), 2), cells.wide(32 + 128 * kp)]
            const pw = kind.weighted ? cells.put(lists.weights, 1) : 0
            const pi = cells.integers(lists.indices)
            assert.is(call.weightedGram(m, kp, kind.base, count, pi, pw, pb, pg0, pg, work), Number(taken))
            const wanted = weighted.weightedGram(
              counts,
              B.map((b, j) => (counts[j] === 0 ? b.map(() => 0) : b)),
              kp,
            )
            close(view(pg, kp * kp), wanted.flat(), `${kind.name} m ${m} kp ${kp}`, size === 4 ? 2 : 1)
            cells.intact()
          })
        }
      }
    }
  }
})

law('weightedSums: every kind of list, rows 0..67, sums of nothing are zero', tools => {
  const { call, view, fresh, scoped, draw, close, round } = tools
  for (let rows = 0; rows <= 67; rows++) {
    const m = (rows * 29 + 7) % 68
    for (const kp of [4, 8, 20]) {
      for (const kind of KINDS) {
        const M = weightsOf(kind, rows, m, 100 * rows + kp)
        const lists = listed(kind, M)
        const B = positive(tools, m, kp)
        const sums = weighted.weightedSum(
          B.map(() => 1),
          B,
          kp,
        )
        scoped(() => {
          const cells = fresh()
          const [pb, ps, out] = [
            cells.put(B.flat(), rows % 4),
            cells.put(sums.map(round), 1),
            cells.put(draw(rows * kp), 2),
          ]
          const [pp, pi] = [cells.integers(lists.indptr), cells.integers(lists.indices)]
          const pw = kind.weighted ? cells.put(lists.weights, 3) : 0
          call.weightedSums(rows, m, kp, kind.base, pp, pi, pw, pb, ps, out)
          const got = view(out, rows * kp)
          const wanted = M.flatMap(row => weighted.weightedSum(row, B, kp))
          close(got, wanted, `${kind.name} rows ${rows} kp ${kp}`)
          wanted.forEach((v, p) => assert.ok(got[p]! >= 0 && (v > 0 || got[p] === 0), `${got[p]} for ${v}`))
          cells.intact()
        })
      }
    }
  }
})

law('weightedGram and weightedSums: where most of a component is missing, what is left is not a difference', tools => {
  const { call, view, fresh, scoped, round } = tools
  // Of two entries the first is missing: it holds all but a part of the first component, and little of the second.
  for (const part of [0, 1e-30, 1e-3, 0.3, 1]) {
    const B = [
      [1, 0.5, 0, 0],
      [round(part), 1, 0, 0],
    ]
    for (const [counts, gram] of [
      [[0, 1], true],
      [[0, 1], false],
    ] as const) {
      scoped(() => {
        const cells = fresh()
        const [all, some] = [[1, 1], counts].map(of => weighted.weightedGram(of, B, 4).flat())
        const [total, left] = [[1, 1], counts].map(of => weighted.weightedSum(of, B, 4))
        const [pb, pg0, ps] = [cells.put(B.flat(), 0), cells.put(all!.map(round), 1), cells.put(total!.map(round), 2)]
        const [out, pp, pi] = [cells.put(new Float64Array(16).fill(7), 3), cells.integers([0, 1]), cells.integers([0])]
        const work = cells.put(new Float64Array(64 * 4), 0)
        if (gram) {
          const difference = call.weightedGram(2, 4, 1, 1, pi, 0, pb, pg0, out, work)
          assert.is(difference, Number(part === 1))
        } else call.weightedSums(1, 2, 4, 1, pp, pi, 0, pb, ps, out)
        const wanted = (gram ? some! : left!).map(round)
        // To the last bits but three, however small.
        const bound = (v: number): number => 8 * (round === Math.fround ? 2 ** -23 : 2 ** -52) * v
        view(out, wanted.length).forEach((v, p) => {
          assert.ok(Math.abs(v - wanted[p]!) <= bound(wanted[p]!), `part ${part} [${p}]: ${v} ${wanted[p]}`)
        })
        cells.intact()
      })
    }
  }
})

law(
  'listedMultiplicative: five exponents, with and without weights, held components, and no sums where none are asked for',
  tools => {
    const { call, view, fresh, scoped, draw, close, round, size } = tools
    for (let rows = 0; rows <= 40; rows++) {
      const [m, k] = [1 + ((rows * 13) % 23), 1 + (rows % 9)]
      const kp = Math.ceil(k / 4) * 4
      const held = rows % 3 === 0 ? ([0, 0] as const) : ([k >> 1, (k >> 1) + 1] as const)
      const beta = BETAS[rows % BETAS.length]!
      for (const kind of KINDS.filter(({ base }) => base === 0)) {
        const M = weightsOf(kind, rows, m, 77 + rows)
        const lists = listed(kind, M)
        const [X, W, Ht] = [positive(tools, rows, m), positive(tools, rows, k), positive(tools, m, k)]
        X.forEach(row => row.forEach((_, j) => (row[j] = j % 7 === 6 && beta > 0 ? 0 : row[j]!)))
        const of = { beta, gamma: 0.7, l1: round(0.01), l2: round(0.02), held }
        const wanted = weighted.weightedMultiplicative(M, X, W, Ht, of)
        // A row of which nothing counts has nothing but its penalty: it ends at zero.
        const before = positive(tools, m, kp)
        for (const sums of [true, false]) {
          scoped(() => {
            const cells = fresh()
            const weighed = M.flatMap((row, i) => {
              const [from, to] = [lists.indptr[i]!, lists.indptr[i + 1]!]
              return lists.indices.slice(from, to).map(j => round(row[j]! * X[i]![j]!))
            })
            const [px, pw, ph] = [
              cells.put(weighed, rows % 4),
              cells.put(padded(W, kp), 1),
              cells.put(padded(Ht, kp), 2),
            ]
            const [pn, pd] = [cells.put(before.flat(), 3), cells.put(before.flat(), 0)]
            const [pp, pi] = [cells.integers(lists.indptr), cells.integers(lists.indices)]
            const pm = kind.weighted ? cells.put(lists.weights, 1) : 0
            const work = cells.put(draw(2 * kp), 2)
            const [num, den] = sums ? [pn, pd] : [0, 0]
            const step = [k, kp, beta, 0.7, of.l1, of.l2, ...held] as const
            call.listedMultiplicative(rows, ...step, pp, pi, pm, px, pw, ph, num, den, work)
            const label = `${kind.name} rows ${rows} beta ${beta} ${sums}`
            close(view(pw, rows * kp), padded(wanted.W, kp), label)
            const add = (added: number[][]): number[] =>
              before.flatMap((row, j) => row.map((v, q) => v + (sums ? (added[j]![q] ?? 0) : 0)))
            // A negative power of a small model value is large.
            close(view(pn, m * kp), add(wanted.num), `${label}, num`, size === 4 ? 10 : 1)
            close(view(pd, m * kp), add(wanted.den), `${label}, den`, size === 4 ? 10 : 1)
            cells.intact()
          })
        }
      }
    }
  },
)

law('listedLoss: seven exponents, with and without weights', tools => {
  const { call, fresh, scoped, round, tolerance } = tools
  for (const beta of [2, 1, ...BETAS]) {
    for (let rows = 0; rows <= 30; rows++) {
      const [m, k] = [1 + ((rows * 13) % 23), 1 + (rows % 9)]
      const kp = Math.ceil(k / 4) * 4
      for (const kind of KINDS.filter(({ base }) => base === 0)) {
        const M = weightsOf(kind, rows, m, 31 + rows)
        const lists = listed(kind, M)
        const [X, W, Ht] = [positive(tools, rows, m), positive(tools, rows, k), positive(tools, m, k)]
        if (beta > 0) X.forEach(row => row.forEach((_, j) => (row[j] = j % 7 === 6 ? 0 : row[j]!)))
        scoped(() => {
          const cells = fresh()
          const weighed = M.flatMap((row, i) => {
            const [from, to] = [lists.indptr[i]!, lists.indptr[i + 1]!]
            return lists.indices.slice(from, to).map(j => round(row[j]! * X[i]![j]!))
          })
          const [px, pw, ph] = [cells.put(weighed, rows % 4), cells.put(padded(W, kp), 1), cells.put(padded(Ht, kp), 2)]
          const [pp, pi] = [cells.integers(lists.indptr), cells.integers(lists.indices)]
          const pm = kind.weighted ? cells.put(lists.weights, 1) : 0
          const got = call.listedLoss(rows, kp, beta, pp, pi, pm, px, pw, ph)
          const wanted = weighted.weightedLoss(M, X, W, Ht, beta)
          const bound = 30 * tolerance * Math.max(1, wanted)
          assert.ok(Math.abs(got - wanted) <= bound, `${kind.name} beta ${beta} rows ${rows}: ${got} ${wanted}`)
          cells.intact()
        })
      }
    }
  }
})

law('weightedSquares: dense and CSR, missing and weighted entries, rows 0..40', tools => {
  const { call, fresh, scoped, draw, round, tolerance } = tools
  for (let rows = 0; rows <= 40; rows++) {
    const [m, k] = [1 + ((rows * 13) % 23), 1 + (rows % 9)]
    const [kp, ld] = [Math.ceil(k / 4) * 4, m + (rows % 3)]
    for (const kind of KINDS.filter(({ base }) => base === 1)) {
      const M = weightsOf(kind, rows, m, 13 + rows)
      const lists = listed(kind, M)
      const [W, Ht] = [rowsOf(draw(rows * k), rows, k), rowsOf(draw(m * k), m, k)]
      const X = rowsOf(draw(rows * m), rows, m).map(row => row.map((v, j) => ((j * 7 + rows) % 3 === 0 ? 0 : v)))
      const weighed = X.map((row, i) => row.map((v, j) => round(M[i]![j]! * v)))
      const { indptr, indices, data } = csrParts(Float64Array.from(weighed.flat()), m)
      for (const sparse of [false, true]) {
        scoped(() => {
          const cells = fresh()
          const full = weighed.flatMap(row => Array.from({ length: ld }, (_, j) => row[j] ?? NaN))
          const [px, pw, ph] = [
            cells.put(sparse ? data : full, rows % 4),
            cells.put(padded(W, kp), 1),
            cells.put(padded(Ht, kp), 2),
          ]
          const [pp, pi] = [cells.integers(lists.indptr), cells.integers(lists.indices)]
          const pm = kind.weighted ? cells.put(lists.weights, 3) : 0
          const [xp, xi] = sparse ? [cells.integers(indptr), cells.integers(indices)] : [0, 0]
          const got = call.weightedSquares(rows, m, kp, pp, pi, pm, xp, xi, px, ld, pw, ph)
          const wanted = weighted.weightedLoss(M, X, W, Ht, 2)
          const bound = 10 * tolerance * Math.max(1, wanted)
          assert.ok(Math.abs(got - wanted) <= bound, `${kind.name} rows ${rows} ${sparse}: ${got} ${wanted}`)
          cells.intact()
        })
      }
    }
  }
})

law(
  'multiplicative and betaLoss: dense with padded rows and CSR, every exponent, held components, the sums for H',
  tools => {
    const { call, view, fresh, scoped, draw, close, round, size, tolerance } = tools
    for (const beta of [2, 1, ...BETAS]) {
      for (let rows = 0; rows <= 24; rows++) {
        const [m, k] = [1 + ((rows * 13) % 23), 1 + (rows % 9)]
        const [kp, lx] = [Math.ceil(k / 4) * 4, m + (rows % 3)]
        const held = rows % 3 === 0 ? ([0, 0] as const) : ([0, (k + 1) >> 1] as const)
        const [X, W, Ht] = [positive(tools, rows, m), positive(tools, rows, k), positive(tools, m, k)]
        if (beta > 0) X.forEach((row, i) => row.forEach((_, j) => (row[j] = (i + 2 * j) % 3 === 0 ? 0 : row[j]!)))
        const ones = X.map(row => row.map(() => 1))
        const of = { beta, gamma: 0.6, l1: round(0.01), l2: round(0.02), held }
        const wanted = weighted.weightedMultiplicative(ones, X, W, Ht, of)
        const before = positive(tools, m, kp)
        const { indptr, indices, data } = csrParts(Float64Array.from(X.flat()), m)
        for (const sparse of [false, true]) {
          scoped(() => {
            const cells = fresh()
            const full = X.flatMap(row => Array.from({ length: lx }, (_, j) => row[j] ?? NaN))
            const [px, pw, ph] = [
              cells.put(sparse ? data : full, rows % 4),
              cells.put(padded(W, kp), 1),
              cells.put(padded(Ht, kp), 2),
            ]
            const [pn, pd] = [cells.put(before.flat(), 3), cells.put(before.flat(), 0)]
            const [pp, pi] = sparse ? [cells.integers(indptr), cells.integers(indices)] : [0, 0]
            const work = cells.put(draw(2 * kp), 2)
            const label = `beta ${beta} rows ${rows} ${sparse}`
            const loss = call.betaLoss(rows, m, kp, beta, pp, pi, px, lx, 0, 0, pw, ph)
            let total = weighted.weightedLoss(ones, X, W, Ht, beta)
            if (beta === 1) for (const w of W) for (const h of Ht) total -= twin.dot(w, h, k)
            assert.ok(
              Math.abs(loss - total) <= 30 * tolerance * Math.max(1, Math.abs(total)),
              `${label}: ${loss} ${total}`,
            )
            if (beta === 1) return // kl.ts
            call.multiplicative(
              rows,
              m,
              k,
              kp,
              beta,
              0.6,
              of.l1,
              of.l2,
              ...held,
              pp,
              pi,
              px,
              lx,
              0,
              0,
              pw,
              ph,
              pn,
              pd,
              work,
            )
            close(view(pw, rows * kp), padded(wanted.W, kp), label)
            const add = (added: number[][]): number[] =>
              before.flatMap((row, j) => row.map((v, q) => v + (added[j]![q] ?? 0)))
            close(view(pn, m * kp), add(wanted.num), `${label}, num`, size === 4 ? 10 : 1)
            close(view(pd, m * kp), add(wanted.den), `${label}, den`, size === 4 ? 10 : 1)
            cells.intact()
          })
        }
      }
    }
  },
)

law(
  'ratioRows, gatherPower, powerRatio: rows 0..67, exponents of one and others, one denominator or each its own',
  tools => {
    const { call, view, fresh, scoped, draw, close, round } = tools
    for (let rows = 0; rows <= 67; rows++) {
      const k = 1 + (rows % 9)
      const kp = Math.ceil(k / 4) * 4
      const held = rows % 2 ? ([0, 0] as const) : ([k >> 1, k] as const)
      const [l1, l2] = [round(0.03), round(0.05)]
      for (const gamma of [1, 0.5]) {
        for (const own of [0, 1] as const) {
          const [w, num] = [positive(tools, rows, kp).flat(), positive(tools, rows, kp).flat()]
          const den = positive(tools, own ? rows : 1, kp).flat()
          scoped(() => {
            const cells = fresh()
            const [pw, pn, pd] = [cells.put(w, rows % 4), cells.put(num, 1), cells.put(den, 2)]
            call.ratioRows(rows, k, kp, gamma, l1, l2, ...held, pw, pn, pd, own)
            const wanted = w.map((old, p) => {
              const q = p % kp
              if (q >= k || (q >= held[0] && q < held[1])) return old
              return old * (num[p]! / (den[own ? p : q]! + l1 + l2 * old)) ** gamma
            })
            close(view(pw, rows * kp), wanted, `ratioRows ${rows} ${gamma} ${own}`)
            cells.intact()
          })
        }
        scoped(() => {
          const cells = fresh()
          const n = rows
          const [h, num, den, sum] = [
            positive(tools, n, 1),
            positive(tools, n, 1),
            positive(tools, n, 1),
            [draw(n)],
          ].map(r => r.flat())
          const [ph, pn, pd, ps] = [cells.put(h!, n % 4), cells.put(num!, 1), cells.put(den!, 2), cells.put(sum!, 3)]
          call.gatherPower(n, 1 / gamma, ph, pn, ps)
          close(
            view(ps, n),
            sum!.map((v, p) => v + h![p]! ** (1 / gamma) * num![p]!),
            `gatherPower ${n} ${gamma}`,
          )
          call.powerRatio(n, gamma, l1, l2, ph, pn, pd)
          close(
            view(ph, n),
            h!.map((v, p) => (num![p]! / (den![p]! + l1 + l2 * v)) ** gamma),
            `powerRatio ${n} ${gamma}`,
          )
          cells.intact()
        })
      }
    }
  },
)

law('the multiplicative ratio: no denominator and what is too small are zero, NaN stays to be seen', tools => {
  const { call, view, fresh, scoped, size } = tools
  const least = size === 4 ? 2 ** -149 : 2 ** -1074
  scoped(() => {
    const cells = fresh()
    const run = (w: number[], num: number[], den: number[]): number[] => {
      const [pw, pn, pd] = [cells.put(w, 1), cells.put(num, 2), cells.put(den, 3)]
      call.ratioRows(1, 4, 4, 1, 0, 0, 0, 0, pw, pn, pd, 1)
      return [...view(pw, 4)]
    }
    assert.equal(run([1, 1, 0, 2], [1, 0, 1, 3], [0, 1, 1, 2]), [0, 0, 0, 3])
    assert.equal(run([least, 1, 1, NaN], [1, least, NaN, 1], [1, 1, 1, 1]), [0, 0, NaN, NaN])
    const h = cells.put([1, 1, 1], 0)
    call.powerRatio(3, 0.5, 0, 0, h, cells.put([1, 0, 4], 1), cells.put([0, 1, 1], 2))
    assert.equal([...view(h, 3)], [0, 0, 2])
    cells.intact()
  })
})

test.run()
