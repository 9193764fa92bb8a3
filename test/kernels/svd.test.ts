import { withEngine } from '../../bindings/instance.js'
import * as twin from '../../bindings/reference.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'
import { law } from './slices.js'

const random = generator(21)

law('moments, csrMoments and subtractRow: rows 0..67, padded rows, shifts', tools => {
  const { call, view, fresh, scoped, draw, close, round } = tools
  for (let rows = 0; rows <= 67; rows++) {
    for (const [columns, ld] of [
      [4, 4],
      [7, 9],
    ] as const) {
      scoped(() => {
        const cells = fresh()
        const a = draw(rows * ld).map(v => (v < 0 ? 0 : v))
        const shift = Array.from({ length: columns }, () => random.uniform() - 0.5)
        const [sums, squares] = [draw(columns), draw(columns)]
        const wide = (values: number[]): number => cells.putWide(values)
        const [pa, ps, p1, p2] = [cells.put(a, rows % 4), wide(shift), wide(sums), wide(squares)]
        const [q1, q2, counts] = [wide(sums), wide(squares), cells.wide(columns)]
        call.moments(rows, columns, ld, pa, ps, p1, p2)
        // The entries that are zero are left to the caller.
        const stored = a.filter((_, p) => p % ld < columns)
        const { indices, data } = csrParts(Float64Array.from(stored), columns)
        call.csrMoments(data.length, cells.integers(indices), cells.put(data, 1), ps, q1, q2, counts)
        twin.moments(rows, columns, ld, a, shift, sums, squares)
        close(cells.readWide(p1, columns), sums, `sums ${rows}`)
        close(cells.readWide(p2, columns), squares, `squares ${rows}`)
        const gaps = Array.from(cells.readWide(counts, columns), c => rows - c)
        close(
          cells.readWide(q1, columns).map((v, j) => v - gaps[j]! * shift[j]!),
          sums,
          `sparse sums ${rows}`,
        )
        close(
          cells.readWide(q2, columns).map((v, j) => v + gaps[j]! * shift[j]! ** 2),
          squares,
          `sparse squares ${rows}`,
        )
        call.subtractRow(rows, columns, ld, pa, ps)
        close(
          view(pa, rows * ld),
          a.map((v, p) => (p % ld < columns ? round(v - shift[p % ld]!) : v)),
          `subtract ${rows}`,
        )
        cells.intact()
      })
    }
  }
})

law('csrGemv and its transpose: rows 0..67, empty rows', ({ call, view, fresh, scoped, draw, close }) => {
  for (let rows = 0; rows <= 67; rows++) {
    const columns = 1 + ((rows * 5) % 31)
    const full = draw(rows * columns).map((v, p) => (v > 0.2 || Math.floor(p / columns) % 5 === 4 ? 0 : v))
    const { indptr, indices, data } = csrParts(Float64Array.from(full), columns)
    for (const transposed of [false, true]) {
      const [x, y] = [draw(transposed ? rows : columns), draw(transposed ? columns : rows)]
      scoped(() => {
        const cells = fresh()
        const [pd, px, py] = [cells.put(data, rows % 4), cells.put(x, 1), cells.put(y, 2)]
        const [pp, pi] = [cells.integers(indptr), cells.integers(indices)]
        call[transposed ? 'csrGemvTransposed' : 'csrGemv'](rows, pp, pi, pd, px, py)
        const [rs, cs] = transposed ? [1, columns] : [columns, 1]
        twin.product(y.length, x.length, 1, full, rs, cs, x, y)
        close(view(py, y.length), y, `rows ${rows} ${transposed}`)
        cells.intact()
      })
    }
  }
})

law('jacobi: lengths 7..74, two to seven vectors, zero and orthogonal ones left alone', tools => {
  const { precision, kernels, fresh, scoped, close } = tools
  if (precision === 'f32') return // it is of f64 alone
  // More numbers than vectors: of dependent ones nothing but rounding would be left.
  for (let n = 7; n <= 74; n++) {
    for (let p = 2; p <= 7; p++) {
      const q = 1 + (n % 5)
      const g = Array.from({ length: p * n }, (_, e) => (Math.floor(e / n) === 4 ? 0 : random.uniform() - 0.4))
      const w = Array.from({ length: p * q }, () => random.uniform())
      scoped(() => {
        const cells = fresh()
        const [pg, pw] = [cells.put(g, n % 4), cells.put(w, 1)]
        for (const i of [0, p - 2]) {
          const got = kernels.jacobi(i, p, n, pg, q, pw, 1e-15)
          assert.is(got, twin.jacobi(i, p, n, g, q, w, 1e-15))
        }
        close(tools.view(pg, p * n), g, `G ${n} ${p}`)
        close(tools.view(pw, p * q), w, `W ${n} ${p}`)
        cells.intact()
      })
    }
  }
})

test('jacobi: far apart in length, the angle is that of the limit', () =>
  withEngine('test', {}, async ({ kernels, arena }) => {
    const g = arena.alloc(64)
    const w = arena.alloc(64)
    arena.f64(g, 4).set([1, 0, 1e-130, 1e-130])
    arena.f64(w, 4).set([1, 0, 0, 1])
    assert.is(kernels.jacobi(0, 2, 2, g, 2, w, 1e-15), 1)
    const [, , x = 1, y = 0] = arena.f64(g, 4)
    assert.ok(Math.abs(x) <= 1e-145 && Math.abs(y / 1e-130 - 1) <= 1e-15, `${x} ${y}`)
  }))

test.run()
