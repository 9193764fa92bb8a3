import * as twin from '../../bindings/reference.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'
import { law } from './slices.js'

const random = generator(12)

law('dot, sum, axpy, scale: lengths 0..67, offsets 0..3', ({ call, view, fresh, scoped, draw, close }) => {
  for (let n = 0; n <= 67; n++) {
    for (let offset = 0; offset < 4; offset++) {
      scoped(() => {
        const cells = fresh()
        const [x, y] = [draw(n), draw(n)]
        const [px, py] = [cells.put(x, offset), cells.put(y, (offset + 1) % 4)]
        close([call.dot(px, py, n), call.sum(px, n)], [twin.dot(x, y, n), x.reduce((s, v) => s + v, 0)], `n = ${n}`)
        call.axpy(0.5, px, py, n)
        close(
          view(py, n),
          y.map((v, i) => v + 0.5 * x[i]!),
          `axpy n = ${n}`,
        )
        call.scale(0.25, px, n)
        close(
          view(px, n),
          x.map(v => v * 0.25),
          `scale n = ${n}`,
        )
        cells.intact()
      })
    }
  }
})

law('product: sizes 0..67, both orders of A, three strides', ({ call, view, fresh, scoped, draw, close }) => {
  for (let n = 0; n <= 67; n++) {
    for (const kp of [4, 8, 12, 20]) {
      for (const pad of [0, 1, 5]) {
        for (const transposed of [false, true]) {
          const [m, depth] = [n, 1 + ((n * 7) % 67)]
          const lead = (transposed ? m : depth) + pad
          const a = draw(lead * (transposed ? depth : m) + 1)
          const [rs, cs] = transposed ? [1, lead] : [lead, 1]
          const [b, c] = [draw(depth * kp), draw(m * kp)]
          scoped(() => {
            const cells = fresh()
            const [pa, pb, pc] = [cells.put(a, n % 4), cells.put(b, (n + 1) % 4), cells.put(c, (n + 2) % 4)]
            call.product(m, depth, kp, pa, rs, cs, pb, pc)
            twin.product(m, depth, kp, a, rs, cs, b, c)
            close(view(pc, m * kp), c, `m ${m} depth ${depth} kp ${kp} pad ${pad} ${transposed}`)
            cells.intact()
          })
        }
      }
    }
  }
})

law(
  'csrProduct and its transpose: widths of one vector to panels, empty rows',
  ({ call, view, fresh, scoped, draw, close }) => {
    for (let rows = 0; rows <= 67; rows++) {
      for (const kp of [4, 8, 12, 16, 20, 24, 28, 52]) {
        const columns = 1 + ((rows * 5) % 31)
        const [indptr, indices, data]: number[][] = [[0], [], []]
        const full = Array.from({ length: rows * columns }, () => 0)
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) {
            if (random.uniform() > 0.3 || i % 5 === 4) continue
            const [value = 0] = draw(1)
            full[i * columns + j] = value
            indices!.push(j)
            data!.push(value)
          }
          indptr!.push(indices!.length)
        }
        for (const transposed of [false, true]) {
          const [m, depth] = transposed ? [columns, rows] : [rows, columns]
          const [b, c] = [draw(depth * kp), draw(m * kp)]
          scoped(() => {
            const cells = fresh()
            const [pd, pb, pc] = [cells.put(data!, rows % 4), cells.put(b, 1), cells.put(c, 2)]
            const [pp, pi] = [cells.integers(indptr!), cells.integers(indices!)]
            call[transposed ? 'csrProductTransposed' : 'csrProduct'](rows, kp, pp, pi, pd, pb, pc)
            twin.product(m, depth, kp, full, transposed ? 1 : columns, transposed ? columns : 1, b, c)
            close(view(pc, m * kp), c, `rows ${rows} kp ${kp} ${transposed}`)
            cells.intact()
          })
        }
      }
    }
  },
)

law(
  'hals: rows 0..67, with and without penalties, held components',
  ({ call, view, fresh, scoped, draw, close, size, tolerance, round }) => {
    for (let rows = 0; rows <= 67; rows++) {
      for (const [l1, l2] of [
        [0, 0],
        [0.05, 0.2],
      ] as const) {
        const k = 1 + (rows % 9)
        const kp = Math.ceil(k / 4) * 4
        const inside = (q: number): boolean => q % kp < k
        const factor = draw(12 * kp).map((v, q) => (inside(q) ? v : 0))
        const g = Array.from({ length: kp * kp }, () => 0)
        twin.product(kp, 12, kp, factor, 1, kp, factor, g)
        const gram = g.map(round)
        const w = draw(rows * kp).map((v, q) => (inside(q) ? Math.max(0, v) : 0))
        const p = draw(rows * kp).map((v, q) => (inside(q) ? v : 0))
        scoped(() => {
          const cells = fresh()
          const [pw, pp, pg] = [cells.put(w, rows % 4), cells.put(p, 1), cells.put(gram, 2)]
          const work = cells.put(new Float64Array((192 * kp + 8) / size), 0)
          const held = rows % 2 ? ([0, 0] as const) : ([k >> 1, k] as const)
          const got = call.hals(rows, k, kp, pw, pp, pg, l1, l2, ...held, 1, 0.1, work)
          const wanted = twin.hals(rows, k, kp, w, p, gram, l1, l2, held)
          // Divisions by small curvatures amplify rounding: compare on the scale of the row.
          const scale = Math.max(1, ...w)
          close(
            [...view(pw, rows * kp)].map(v => v / scale),
            w.map(v => v / scale),
            `rows ${rows}`,
          )
          assert.ok(Math.abs(got - wanted) <= 100 * tolerance * Math.max(1, wanted), `violation ${got} ${wanted}`)
          cells.intact()
        })
      }
    }
  },
)

law('multiplicative and betaLoss: five exponents, dense', ({ call, view, fresh, scoped, close, tolerance, round }) => {
  for (const beta of [0, 0.5, 1, 1.5, 3]) {
    for (let rows = 1; rows <= 20; rows++) {
      const [m, k, kp] = [1 + rows, 3, 4]
      const pad = (values: number[][]): number[] => values.flatMap(row => [...row, 0])
      const positive = (n: number, c: number): number[][] =>
        Array.from({ length: n }, () => Array.from({ length: c }, () => round(random.uniform() + 0.1)))
      const [X, W, Ht] = [positive(rows, m), positive(rows, k), positive(m, k)]
      scoped(() => {
        const cells = fresh()
        const [px, pw, ph] = [cells.put(X.flat(), 0), cells.put(pad(W), 1), cells.put(pad(Ht), 2)]
        const [num, den, work] = [
          cells.put(new Float64Array(m * kp), 0),
          cells.put(new Float64Array(m * kp), 0),
          cells.put(new Float64Array(2 * kp), 0),
        ]
        const loss = call.betaLoss(rows, m, kp, beta, 0, 0, px, m, 0, 0, pw, ph)
        let wanted = 0
        X.forEach((row, i) =>
          row.forEach((x, j) => {
            const z = twin.dot(W[i]!, Ht[j]!, k)
            wanted += twin.divergence(beta, x, z) - (beta === 1 ? z : 0)
          }),
        )
        assert.ok(
          Math.abs(loss - wanted) <= 30 * tolerance * Math.max(1, Math.abs(wanted)),
          `beta ${beta}: ${loss} ${wanted}`,
        )
        if (beta === 1) return // kl.ts
        call.multiplicative(rows, m, k, kp, beta, 0.7, 0.01, 0.02, 0, 0, 0, 0, px, m, 0, 0, pw, ph, num, den, work)
        close(view(pw, rows * kp), pad(twin.multiplicative(X, W, Ht, beta, 0.7, 0.01, 0.02)), `beta ${beta}`)
        cells.intact()
      })
    }
  }
})

law('klGather and klScatter: widths of one vector and more, dense and CSR, padded rows', tools => {
  const { call, view, fresh, scoped, close, round } = tools
  for (let rows = 0; rows <= 67; rows++) {
    for (const kp of [4, 8, 12, 16, 20, 24, 28, 52]) {
      const m = 1 + ((rows * 5) % 31)
      const lx = m + (rows % 3)
      const positive = (count: number): number[] => Array.from({ length: count }, () => round(random.uniform() + 0.1))
      const [w, h] = [positive(rows * kp), positive(m * kp)]
      const x = Array.from({ length: rows * lx }, (_, p) =>
        p % lx < m && random.uniform() < 0.6 ? random.uniform() : 0,
      )
      const data = x.map(round)
      const [indptr, indices, stored]: number[][] = [[0], [], []]
      const [p, q] = [positive(rows * kp), positive(m * kp)]
      const [wantedP, wantedQ] = [[...p], [...q]]
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < m; j++) {
          const value = data[i * lx + j]!
          if (value === 0) continue
          indices!.push(j)
          stored!.push(value)
          const r = value / twin.dot(w.slice(i * kp, (i + 1) * kp), h.slice(j * kp, (j + 1) * kp), kp)
          for (let c = 0; c < kp; c++) {
            wantedP[i * kp + c]! += r * h[j * kp + c]!
            wantedQ[j * kp + c]! += r * w[i * kp + c]!
          }
        }
        indptr!.push(indices!.length)
      }
      for (const sparse of [false, true]) {
        scoped(() => {
          const cells = fresh()
          const [pw, ph] = [cells.put(w, rows % 4), cells.put(h, 1)]
          const [pp, pq] = [cells.put(p, 2), cells.put(q, 3)]
          const px = cells.put(sparse ? stored! : data, (rows + 1) % 4)
          const [ptr, at] = sparse ? [cells.integers(indptr!), cells.integers(indices!)] : [0, 0]
          call.klGather(rows, m, kp, ptr, at, px, lx, pw, ph, pp)
          call.klScatter(rows, m, kp, ptr, at, px, lx, pw, ph, pq)
          close(view(pp, rows * kp), wantedP, `gather rows ${rows} kp ${kp} ${sparse}`)
          close(view(pq, m * kp), wantedQ, `scatter rows ${rows} kp ${kp} ${sparse}`)
          cells.intact()
        })
      }
    }
  }
})

test.run()
