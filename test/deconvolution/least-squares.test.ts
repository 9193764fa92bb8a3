// Constrained least squares: scipy's numbers, and the conditions that only the minimum of a convex problem meets.
import { nnls, simplexLeastSquares } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { atMostOne, nonNegative } from '../../src/deconvolution/active-set.js'
import { Triangle } from '../../src/deconvolution/householder.js'
import { kullbackLeibler, mixed, robust } from '../../src/deconvolution/reweighted.js'
import { Pace } from '../../src/core/pace.js'
import { failure } from '../failure.js'
import { generator } from '../random.js'
import { apart, cases, rowsOf } from './golden.js'

const pace = new Pace(undefined)
const least = (S: Float64Array, genes: number, types: number, y: readonly number[], solve = nonNegative) => {
  const triangle = new Triangle(S, genes, types)
  return solve(triangle, triangle.project(y))
}

/** A'(y - A x). */
const slopes = (A: readonly (readonly number[])[], x: ArrayLike<number>, y: readonly number[]): number[] => {
  const rest = A.map((row, i) => y[i]! - row.reduce((sum, v, j) => sum + v * x[j]!, 0))
  return A[0]!.map((_, j) => A.reduce((sum, row, i) => sum + row[j]! * rest[i]!, 0))
}

test('nnls is scipy’s to 1e-9', async () => {
  for (const given of cases)
    for (const { y, nnls: wanted, rest } of given.samples) {
      const { x, residual } = await nnls(rowsOf(given), y)
      assert.ok(apart(x, wanted) < 1e-9, `${given.name}: ${apart(x, wanted)}`)
      assert.ok(Math.abs(residual - rest) < 1e-9 * rest)
    }
})

test('nnls meets the conditions of the minimum, whatever the shape, also where columns depend on each other', async () => {
  const random = generator(3)
  for (const [l, k, rank] of [
    [1, 1, 1],
    [30, 8, 8],
    [8, 30, 8],
    [40, 12, 5],
    [200, 25, 25],
  ] as const)
    for (let t = 0; t < 10; t++) {
      const basis = Array.from({ length: rank }, () => Array.from({ length: l }, () => random.uniform() - 0.3))
      const columns = Array.from({ length: k }, (_, j) =>
        j < rank ? basis[j]! : basis[0]!.map((v, i) => v + (j - rank + 2) * basis[j % rank]![i]!),
      )
      const A = Array.from({ length: l }, (_, i) => columns.map(column => column[i]!))
      const y = Array.from({ length: l }, () => random.uniform() - 0.2)
      const { x } = await nnls(A, y)
      slopes(A, x, y).forEach((slope, j) => {
        assert.ok(x[j]! >= 0)
        assert.ok(slope < 1e-9 * l * k, `${l} x ${k}: ${slope}`)
        if (x[j]! > 0) assert.ok(Math.abs(slope) < 1e-9 * l * k, `${l} x ${k}: ${slope} at ${x[j]}`)
      })
    }
})

test('units of any size: x and the residual are those of other powers of two, to the bit', async () => {
  const random = generator(8)
  const A = Array.from({ length: 12 }, () => Array.from({ length: 4 }, () => random.uniform() - 0.3))
  const b = A.map(row => row.reduce((sum, v, j) => sum + v * (j - 1), 0) + random.uniform())
  const by = (p: number) => (v: number) => v * 2 ** p
  const [free, bound] = [await nnls(A, b), await simplexLeastSquares(A, b)]
  assert.ok(free.x.some(v => v > 0) && free.x.includes(0))
  for (const [p, q] of [
    [900, 900],
    [-900, -900],
    [500, -400],
    [-1000, 5],
  ] as const) {
    const [S, y] = [A.map(row => row.map(by(p))), b.map(by(q))]
    const found = await nnls(S, y)
    assert.equal([...found.x], [...free.x].map(by(q - p)))
    assert.is(found.residual, by(q)(free.residual))
    const held = await simplexLeastSquares(S, b.map(by(p)))
    assert.equal([...held.x], [...bound.x])
    assert.is(held.residual, by(p)(bound.residual))
  }
})

test('columns that are nearly the same: the digits of the columns, not of their squares', async () => {
  // A = [1 1; e 0; 0 e], b = A (1, 2): the Gram matrix has a condition of 2 / e^2, A its root.
  const e = 1e-6
  const { x } = await nnls(
    [
      [1, 1],
      [e, 0],
      [0, e],
    ],
    [3, e, 2 * e],
  )
  assert.ok(apart(x, [1, 2]) < 1e-9, `${x}`)
})

test('with sum 1: all slopes of components above 0 are one number, and no other is above it', async () => {
  const random = generator(4)
  for (const given of cases)
    for (const { y } of given.samples) {
      const scaled = y.map(v => v * (0.5 + random.uniform()))
      const A = rowsOf(given)
      const { x } = await simplexLeastSquares(A, scaled)
      const found = slopes(A, x, scaled)
      const level = found.reduce((sum, slope, j) => sum + slope * x[j]!, 0)
      const size = Math.max(...found.map(Math.abs)) + A.flat().reduce((sum, v) => sum + v * v, 0)
      assert.ok(Math.abs(x.reduce((sum, v) => sum + v, 0) - 1) < 1e-14 * given.types)
      found.forEach((slope, j) => {
        assert.ok(x[j]! >= 0)
        assert.ok(slope - level < 1e-12 * size, `${given.name}: ${slope - level} of ${size}`)
        if (x[j]! > 0) assert.ok(Math.abs(slope - level) < 1e-12 * size)
      })
    }
})

test('the nearest point of a triangle', async () => {
  const corners = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]
  for (const [b, wanted] of [
    [
      [1, 1, 1],
      [1 / 3, 1 / 3, 1 / 3],
    ],
    [
      [5, 0, 0],
      [1, 0, 0],
    ],
    [
      [1, 1, -9],
      [0.5, 0.5, 0],
    ],
    [
      [0.2, 0.3, 0.5],
      [0.2, 0.3, 0.5],
    ],
    [
      [0.9, 0.5, 0],
      [0.7, 0.3, 0],
    ],
  ] as const)
    assert.ok(apart((await simplexLeastSquares(corners, b)).x, wanted) < 1e-15)
})

test('with sum at most 1: without the bound where that keeps it, else on it', () => {
  for (const given of cases)
    for (const { y } of given.samples) {
      const S = Float64Array.from(given.S)
      const free = least(S, given.genes, given.types, y)
      const total = free.reduce((sum, v) => sum + v, 0)
      const half = y.map(v => v / total / 2)
      const own = least(S, given.genes, given.types, half, atMostOne)
      assert.ok(
        apart(
          own,
          free.map(v => v / total / 2),
        ) < 1e-12,
      )
      const bound = least(
        S,
        given.genes,
        given.types,
        y.map(v => (2 * v) / total),
        atMostOne,
      )
      assert.ok(Math.abs(bound.reduce((sum, v) => sum + v, 0) - 1) < 1e-13)
    }
})

test('reweighted least squares settles where scipy’s does: to 1e-8', async () => {
  for (const given of cases)
    for (const { y, robust: wanted } of given.samples) {
      const S = Float64Array.from(given.S)
      const x = await robust(S, given.genes, given.types, y, least(S, given.genes, given.types, y), pace)
      assert.ok(apart(x, wanted) < 1e-8, `${given.name}: ${apart(x, wanted)}`)
    }
})

test('Kullback-Leibler meets the conditions of the minimum', async () => {
  for (const given of cases)
    for (const { y } of given.samples) {
      const S = Float64Array.from(given.S)
      const { genes, types } = given
      const zeros = y.map((v, i) => (i % 5 === 0 ? 0 : v))
      const x = await kullbackLeibler(S, genes, types, zeros, pace)
      const mu = mixed(S, genes, x)
      for (let j = 0; j < types; j++) {
        let [slope, size] = [0, 0]
        for (let i = 0; i < genes; i++) {
          slope += S[j * genes + i]! * (1 - zeros[i]! / mu[i]!)
          size += S[j * genes + i]!
        }
        assert.ok(x[j]! >= 0 && slope > -1e-9 * size, `${given.name}: ${slope / size}`)
        if (x[j]! > 0) assert.ok(Math.abs(slope) < 1e-9 * size, `${given.name}: ${slope / size} at ${x[j]}`)
      }
    }
})

test('Kullback-Leibler: what is exactly a mixture is found; a type of nothing and rows of nothing say nothing', async () => {
  const S = Float64Array.from([1, 0, 2, 0, 3, 0, 4, 1, 0, 1, 0, 0, 0, 0, 0])
  const x = await kullbackLeibler(S, 5, 3, mixed(S, 5, [0.25, 2, 0]), pace)
  assert.ok(apart(x, [0.25, 2, 0]) < 1e-9, `${x}`)
  assert.equal([...(await kullbackLeibler(S, 5, 3, [0, 0, 0, 0, 0], pace))], [0, 0, 0])
  const nowhere = await kullbackLeibler(Float64Array.of(1, 0), 2, 1, [3, 5], pace)
  assert.ok(apart(nowhere, [3]) < 1e-12)
})

test('what is no matrix, no list of numbers or not finite is a typed error', async () => {
  for (const [A, b, kind, text] of [
    [[[1, NaN]], [1], RangeError, 'nnls: A[0, 1] = NaN: entries must be finite'],
    [[[1, 2]], [1, 2], RangeError, 'nnls: b: wanted 1 numbers, got an array of 2'],
    [[[1, 2]], ['1'], TypeError, 'nnls: b[0]: wanted a number, got "1"'],
    [[[1, 2]], [Infinity], RangeError, 'nnls: b[0] = Infinity: entries must be finite'],
    [[], [], RangeError, 'nnls: A: wanted at least one row and one column, got 0 x 0'],
    [null, [], TypeError, 'nnls: A: wanted dense(...)'],
  ] as const) {
    const error = await failure(() => nnls(A as never, b as never))
    assert.instance(error, kind)
    assert.ok(error.message.startsWith(text), error.message)
  }
})

test.run()
