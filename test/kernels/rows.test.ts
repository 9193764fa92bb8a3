import * as twin from '../../bindings/reference.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { csrParts } from '../sparse.js'
import { law } from './slices.js'

law('pad and unpad: rows 0..67, either layout of the k columns', ({ call, view, fresh, scoped, draw, close }) => {
  for (let rows = 0; rows <= 67; rows++) {
    const k = 1 + (rows % 9)
    const kp = Math.ceil(k / 4) * 4
    for (const [rs, cs] of [
      [k, 1],
      [1, rows],
    ] as const) {
      scoped(() => {
        const cells = fresh()
        const a = draw(rows * k)
        const wanted = Array.from({ length: rows * kp }, (_, p) =>
          p % kp < k ? 0.5 * a[Math.floor(p / kp) * rs + (p % kp) * cs]! : 0,
        )
        const [pa, out, back] = [cells.put(a, rows % 4), cells.put(draw(rows * kp), 1), cells.put(draw(rows * k), 2)]
        call.pad(rows, k, kp, 0.5, pa, rs, cs, out)
        close(view(out, rows * kp), wanted, `pad ${rows} x ${k}`)
        call.unpad(rows, k, kp, 2, out, back, rs, cs)
        close(view(back, rows * k), a, `unpad ${rows} x ${k}`)
        cells.intact()
      })
    }
  }
})

law('columnSums and fillRows: rows 0..67, padded rows', ({ call, view, fresh, scoped, draw, close }) => {
  for (let rows = 0; rows <= 67; rows++) {
    for (const [columns, ld] of [
      [4, 4],
      [7, 9],
    ] as const) {
      scoped(() => {
        const cells = fresh()
        const a = draw(rows * ld)
        const pa = cells.put(a, rows % 4)
        // f64 sums in the f32 case too, so their slice has twice the cells there.
        const sums = new Float64Array(columns)
        for (let p = 0; p < rows * ld; p++) if (p % ld < columns) sums[p % ld]! += a[p]!
        const out = cells.wide(columns)
        call.columnSums(rows, columns, pa, ld, out)
        close(cells.readWide(out, columns), [...sums], `sums ${rows}`)
        const row = draw(8)
        const [pr, filled] = [cells.put(row, 3), cells.put(draw(rows * 8), 2)]
        call.fillRows(rows, 8, pr, filled)
        close(
          view(filled, rows * 8),
          Array.from({ length: rows * 8 }, (_, p) => row[p % 8]!),
          `fill ${rows}`,
        )
        cells.intact()
      })
    }
  }
})

law(
  'scan and countBad: the first bad entry, the smallest, the sizes of the largest and the least; rows of 1 to 7, padded',
  tools => {
    const { call, fresh, scoped, round } = tools
    for (let n = 0; n <= 67; n++) {
      const columns = 1 + (n % 7)
      const rows = Math.floor(n / columns)
      const ld = columns + (n % 3)
      const at = (place: number): number => Math.floor(place / columns) * ld + (place % columns)
      for (const [bad, least] of [
        ...[undefined, NaN, Infinity, -1, -Infinity].map(value => [value, 0] as const),
        ...[undefined, NaN, Infinity, -Infinity].map(value => [value, -Number.MAX_VALUE] as const),
      ]) {
        scoped(() => {
          const cells = fresh()
          const sign = (i: number): number => (least < 0 && i % 3 === 0 ? -1 : 1)
          const size = (i: number): number => (i % 11 === 5 ? 0 : round(0.1 + ((i * 37) % 101)))
          const x = Array.from({ length: rows * columns }, (_, i) => sign(i) * size(i))
          const wrong = x.map((_, i) => i).filter(i => bad !== undefined && i % 5 === 3)
          for (const i of wrong) x[i] = bad!
          const padded = Array.from({ length: rows * ld }, () => NaN)
          x.forEach((v, i) => (padded[at(i)] = v))
          const [p, out] = [cells.put(padded, n % 4), cells.wide(3)]
          assert.is(call.scan(rows, columns, ld, least, p, out), wrong[0] ?? -1)
          assert.is(call.countBad(rows, columns, ld, least, p), wrong.length)
          const sizes = x.map(Math.abs)
          if (wrong.length === 0)
            assert.equal(
              [...cells.readWide(out, 3)].map(v => v + 0), // -0 is 0
              [Math.min(Infinity, ...x) + 0, Math.max(0, ...sizes), Math.min(Infinity, ...sizes.filter(v => v > 0))],
            )
          cells.intact()
        })
      }
    }
  },
)

law('absolute: lengths 0..67', ({ call, view, fresh, scoped, draw }) => {
  for (let n = 0; n <= 67; n++) {
    scoped(() => {
      const cells = fresh()
      const x = draw(n)
      const p = cells.put(x, n % 4)
      call.absolute(p, n)
      assert.equal([...view(p, n)], x.map(Math.abs))
      cells.intact()
    })
  }
})

law('project: rows 0..67 settle where sweeps of the twin do, each as if alone, however the sweeps are cut', tools => {
  const { call, view, fresh, scoped, draw, close, size, round, tolerance } = tools
  for (let rows = 0; rows <= 67; rows++) {
    const k = 1 + (rows % 6)
    const kp = Math.ceil(k / 4) * 4
    const factor = draw(30 * kp).map((v, q) => (q % kp < k ? v + 0.3 : 0))
    const g = Array.from({ length: kp * kp }, (_, p) => (Math.floor(p / kp) === p % kp && p % kp < k ? 3 : 0))
    twin.product(kp, 30, kp, factor, 1, kp, factor, g)
    const gram = g.map(round)
    const p = draw(rows * kp).map((v, q) => (q % kp < k ? round(20 * v) : 0))
    // Row by row: sweeps until the largest step is at most the tolerance times the largest entry.
    const settled = p.map(() => 0)
    for (let i = 0; i < rows; i++) {
      const w = p.slice(0, kp).map(() => 0)
      for (let sweep = 0; sweep < 500; sweep++) {
        const before = [...w]
        twin.hals(1, k, kp, w, p.slice(i * kp, (i + 1) * kp), gram, 0.01, 0.02)
        const step = Math.max(...w.map((v, q) => Math.abs(v - before[q]!)))
        if (step <= 1e-3 * Math.max(0, ...w)) break
      }
      w.forEach((v, q) => (settled[i * kp + q] = v))
    }
    const run = (from: number, count: number, sweeps: number): number[] => {
      let out: number[] = []
      scoped(() => {
        const cells = fresh()
        const [w, pp] = [
          cells.put(new Float64Array(count * kp), 1),
          cells.put(p.slice(from * kp, (from + count) * kp), 2),
        ]
        const [pg, done] = [cells.put(gram, 3), cells.integers(new Int32Array(count))]
        const work = cells.put(new Float64Array((288 * kp + 96) / size), 0)
        let left = 1
        for (let used = 0; used < 500 && left > 0; used += sweeps) {
          left = call.project(count, k, kp, w, pp, pg, 0.01, 0.02, sweeps, 1e-3, done, work)
        }
        assert.is(left, 0)
        cells.intact()
        out = [...view(w, count * kp)]
      })
      return out
    }
    const whole = run(0, rows, 500)
    // A step at the edge of the tolerance may fall either way in f32: then one more sweep, of 1e-3.
    close(whole, settled, `rows ${rows}`, Math.max(1, (size === 4 ? 1e-2 : 0) / tolerance))
    assert.equal(run(0, rows, 3), whole)
    for (const i of [0, rows >> 1, rows - 1]) {
      if (i >= 0 && i < rows) assert.equal(run(i, 1, 500), whole.slice(i * kp, (i + 1) * kp))
    }
  }
})

law('transposeCount, transposeStarts, transposeFill: rows 0..67, cut anywhere, with data and without', tools => {
  const { call, kernels, view, fresh, scoped, draw } = tools
  for (let rows = 0; rows <= 67; rows++) {
    const columns = 1 + ((rows * 13) % 37)
    const full = draw(rows * columns).map((v, p) => (v > 0 || Math.floor(p / columns) % 5 === 4 ? 0 : v))
    const { indptr, indices, data } = csrParts(Float64Array.from(full), columns)
    const wanted = twin.transpose(indptr, indices, data, columns)
    for (const step of [1, 7, Infinity]) {
      for (const filled of [true, false]) {
        scoped(() => {
          const cells = fresh()
          const [pp, pi, pd] = [cells.integers(indptr), cells.integers(indices), cells.put(data, rows % 4)]
          const [tp, ti] = [cells.integers(new Int32Array(columns + 1)), cells.integers(new Int32Array(indices.length))]
          const td = cells.put(new Float64Array(data.length), 1)
          for (let e = 0; e < indices.length; e += step)
            kernels.transposeCount(Math.min(step, indices.length - e), pi + 4 * e, tp)
          kernels.transposeStarts(columns, tp)
          for (let i = 0; i < rows; i += step)
            call.transposeFill(i, Math.min(step, rows - i), pp + 4 * i, pi, filled ? pd : 0, tp, ti, td)
          assert.equal(cells.readIntegers(tp, columns + 1), wanted.indptr)
          assert.equal(cells.readIntegers(ti, indices.length), wanted.indices)
          assert.equal([...view(td, data.length)], filled ? wanted.data : wanted.data.map(() => 0))
          cells.intact()
        })
      }
    }
  }
})

law('fingerprint: FNV-1a by words; a change of one bit changes it', ({ kernels, fresh, scoped }) => {
  scoped(() => {
    const cells = fresh()
    const hash = (words: number[]): bigint => {
      const [p, state] = [cells.integers(words), cells.integers([0, 0])]
      kernels.fingerprint(p, words.length, state)
      return cells.readLong(state)
    }
    const words = [1, -2, 3, 0x7fffffff, 0]
    const wanted = words.reduce((h, w) => BigInt.asUintN(64, (h ^ BigInt(w >>> 0)) * 0x100000001b3n), 0n)
    assert.is(hash(words), wanted)
    for (let bit = 0; bit < 32; bit++)
      assert.not.equal(hash(words.map((w, i) => (i === 2 ? w ^ (1 << bit) : w))), wanted)
  })
})

test.run()
