import * as twin from '../../bindings/reference.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { law } from './slices.js'

const layouts = (rows: number, columns: number, pad: number): [number, number][] => [
  [columns + pad, 1],
  [1, rows + pad],
]
const held = (rows: number, columns: number, [rs, cs]: readonly [number, number]): number =>
  rows && columns ? (rows - 1) * rs + (columns - 1) * cs + 1 : 0

law('gemm: four transpose cases, three strides, every size 0..67', ({ call, kernels, view, fresh, scoped, ...t }) => {
  for (let m = 0; m <= 67; m++) {
    const [n, depth, pad] = [(m * 29 + 7) % 68, (m * 13 + 3) % 68, [0, 1, 5][m % 3]!]
    for (const sa of layouts(m, depth, pad)) {
      for (const sb of layouts(depth, n, pad)) {
        scoped(() => {
          const cells = fresh()
          const ldc = n + pad
          const [a, b] = [t.draw(held(m, depth, sa)), t.draw(held(depth, n, sb))]
          const c = t.draw(m * ldc)
          const [pa, pb, pc] = [cells.put(a, m % 4), cells.put(b, (m + 1) % 4), cells.put(c, (m + 2) % 4)]
          const work = cells.put(new Float64Array(kernels.gemmWork() / t.size), 0)
          call.gemm(m, n, depth, 0.75, pa, ...sa, pb, ...sb, pc, ldc, work)
          twin.gemm([m, n, depth], 0.75, a, sa, b, sb, c, ldc)
          t.close(view(pc, m * ldc), c, `m ${m} n ${n} depth ${depth} A ${sa} B ${sb}`)
          cells.intact()
        })
      }
    }
  }
})

law('gemm: sizes across its panels of 256 and 512', ({ call, kernels, view, fresh, scoped, ...t }) => {
  for (const [m, n, depth] of [
    [5, 515, 3],
    [7, 9, 520],
    [9, 1030, 260],
    [1, 1, 1025],
    [258, 12, 1],
  ] as const) {
    for (const sa of layouts(m, depth, 1)) {
      for (const sb of layouts(depth, n, 1)) {
        scoped(() => {
          const cells = fresh()
          const [a, b, c] = [t.draw(held(m, depth, sa)), t.draw(held(depth, n, sb)), t.draw(m * n)]
          const [pa, pb, pc] = [cells.put(a, 0), cells.put(b, 0), cells.put(c, 0)]
          const work = cells.put(new Float64Array(kernels.gemmWork() / t.size), 0)
          call.gemm(m, n, depth, -1, pa, ...sa, pb, ...sb, pc, n, work)
          twin.gemm([m, n, depth], -1, a, sa, b, sb, c, n)
          t.close(view(pc, m * n), c, `${m} x ${n} x ${depth}`, 4)
          cells.intact()
        })
      }
    }
  }
})

law('gemv: contiguous rows, contiguous columns, neither; sizes 0..67', ({ call, view, fresh, scoped, draw, close }) => {
  for (let m = 0; m <= 67; m++) {
    for (const n of [m, (m * 29 + 7) % 68]) {
      for (const stride of [...layouts(m, n, m % 4), [2 * n + 3, 2] as [number, number]]) {
        scoped(() => {
          const cells = fresh()
          const [a, x, y] = [draw(held(m, n, stride)), draw(n), draw(m)]
          const [pa, px, py] = [cells.put(a, m % 4), cells.put(x, (m + 1) % 4), cells.put(y, (m + 2) % 4)]
          call.gemv(m, n, 1.5, pa, ...stride, px, py)
          twin.gemm([m, 1, n], 1.5, a, stride, x, [1, 1], y, 1)
          close(view(py, m), y, `m ${m} n ${n} ${stride}`)
          cells.intact()
        })
      }
    }
  }
})

law('norms: lengths 0..67 against sums in order', ({ call, fresh, scoped, draw, tolerance }) => {
  const near = (got: number, wanted: number): void =>
    assert.ok(Math.abs(got - wanted) <= tolerance * wanted, `${got} ${wanted}`)
  for (let n = 0; n <= 67; n++) {
    scoped(() => {
      const cells = fresh()
      const x = draw(n)
      const p = cells.put(x, n % 4)
      near(
        call.norm1(p, n),
        x.reduce((s, v) => s + Math.abs(v), 0),
      )
      near(call.norm2(p, n), Math.sqrt(x.reduce((s, v) => s + v * v, 0)))
      assert.is(call.maxAbs(p, n), Math.max(0, ...x.map(Math.abs)))
      cells.intact()
    })
  }
})

law(
  'norms at the ends of the range: 3-4-5 scaled exactly, NaN and infinities kept',
  ({ call, fresh, scoped, size }) => {
    const ends =
      size === 4 ? [2 ** -149, 2 ** -130, 2 ** 125] : [2 ** -1074, 2 ** -1060, 2 ** -600, 2 ** 600, 2 ** 1021]
    const norms = (x: number[]): number[] => {
      let got: number[] = []
      scoped(() => {
        const p = fresh().put(x, 1)
        got = [call.norm2(p, x.length), call.norm1(p, x.length), call.maxAbs(p, x.length)]
      })
      return got
    }
    for (const e of ends) assert.equal(norms([3 * e, 0, -4 * e]), [5 * e, 7 * e, 4 * e])
    assert.equal(norms([1, Infinity, 2]), [Infinity, Infinity, Infinity])
    assert.equal(norms([1, NaN, Infinity]), [NaN, NaN, NaN])
    assert.equal(norms([]), [0, 0, 0])
  },
)

// Of positive terms: 512 in line, then ten levels of pairs, each step half a unit. A running sum is beyond it.
law('sum and dot are pairwise: 3e5 equal terms within 522 half units', ({ call, fresh, scoped, round }) => {
  const n = 300001
  const value = round(0.1)
  const bound = 522 * 2 ** -53
  scoped(() => {
    const x = fresh().put(new Float64Array(n).fill(value), 0)
    const near = (got: number, wanted: number): boolean => Math.abs(got - wanted) <= bound * wanted
    assert.ok(near(call.sum(x, n), n * value))
    assert.ok(near(call.dot(x, x, n), n * value * value))
    let running = 0
    for (let i = 0; i < n; i++) running += 0.1
    assert.not(near(running, n * 0.1))
  })
})

law('cholesky and choleskySolve: orders 1..67, padded rows', ({ call, view, fresh, scoped, draw, close, round }) => {
  for (let k = 1; k <= 67; k++) {
    const ld = k + (k % 3)
    const factor = draw(k * (k + 5))
    const a = Array.from({ length: k * ld }, () => -7)
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < k; j++) {
        let s = i === j ? 1 : 0
        for (let l = 0; l < k + 5; l++) s += factor[i * (k + 5) + l]! * factor[j * (k + 5) + l]!
        a[i * ld + j] = round(s)
      }
    }
    scoped(() => {
      const cells = fresh()
      const pl = cells.put(a, k % 4)
      assert.is(call.cholesky(k, pl, ld), 0)
      const wanted = [...a]
      assert.is(twin.cholesky(k, wanted, ld), 0)
      close(view(pl, k * ld), wanted, `order ${k}`, 20)
      // A planted solution comes back: b = A x.
      const x = draw(3 * k)
      const b = Array.from({ length: 3 * ld }, () => -7)
      for (let r = 0; r < 3; r++) {
        for (let i = 0; i < k; i++) b[r * ld + i] = twin.dot(a.slice(i * ld), x.slice(r * k), k)
      }
      const pb = cells.put(b, (k + 1) % 4)
      call.choleskySolve(k, pl, ld, 3, pb, ld)
      const got = view(pb, 3 * ld)
      for (let r = 0; r < 3; r++) {
        // The condition number of A here is at most about 100.
        close(got.slice(r * ld, r * ld + k), x.slice(r * k, r * k + k), `solve ${k}`, 100)
        for (let i = k; i < ld; i++) assert.is(got[r * ld + i], -7)
      }
      cells.intact()
    })
  }
})

law('cholesky names the first minor that is not positive', ({ call, fresh, scoped }) => {
  const at = (values: number[], k: number): number => {
    let info = -1
    scoped(() => {
      info = call.cholesky(k, fresh().put(values, 0), k)
    })
    return info
  }
  assert.is(at([4, 0, 0, 9], 2), 0)
  assert.is(at([0], 1), 1)
  assert.is(at([1, 2, 2, 1], 2), 2)
  assert.is(at([1, 1, 1, 1], 2), 2)
  assert.is(at([1, 0, 0, 0, 4, 0, 0, 0, -1], 3), 3)
  assert.is(at([NaN], 1), 1)
  assert.is(at([Infinity], 1), 1)
})

test.run()
