// Nu-support vector regression by an interior point: against its scalar twin, against libsvm, and by its own certificate.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nuSvr as twin, svrObjective, type SvrProblem } from '../../bindings/reference-svr.js'
import { apart, cases, rowsOf, standard } from '../deconvolution/golden.js'
import { kernels } from '../harness.js'
import { generator } from '../random.js'

const { exports, memory } = await kernels()
const call = exports as Record<string, (...args: number[]) => number>

function solve({ X, y, nu, C }: SvrProblem, tolerance = 1e-12) {
  const [l, p] = [y.length, X[0]!.length]
  const [lp, np] = [(l + 1) & ~1, (p + 4) & ~3]
  const base = Math.ceil(call['heapBase']!() / 64) * 64
  const at = { a: base, y: base + 8 * np * lp, out: base + 8 * (np + 1) * lp }
  const work = at.out + 8 * (p + 8)
  const end = work + call['nuSvrWork']!(l, p)
  // What lies there is not zero, as in an arena that has been used.
  new Float64Array(memory.buffer, base, (work - base) >> 3).fill(0)
  new Float64Array(memory.buffer, (work + 7) & ~7, (end - work) >> 3).fill(NaN)
  const guard = new Float64Array(memory.buffer, (end + 7) & ~7, 8).fill(7)
  const A = new Float64Array(memory.buffer, at.a, np * lp)
  X.forEach((row, i) => {
    row.forEach((v, j) => (A[j * lp + i] = v))
    A[p * lp + i] = 1
  })
  new Float64Array(memory.buffer, at.y, l).set(y)
  call['nuSvr']!(l, p, at.a, at.y, nu, C, tolerance, at.out, work)
  const out = [...new Float64Array(memory.buffer, at.out, p + 5)]
  assert.equal([...guard], Array(8).fill(7), 'it writes beyond its work space')
  const [b = 0, eps = 0, gap = NaN, violation = NaN, iterations = NaN] = out.slice(p)
  return { w: out.slice(0, p), b, eps, gap, violation, iterations }
}

const random = generator(5)
const problem = (l: number, p: number, nu: number, C: number, noise: number): SvrProblem => {
  const X = Array.from({ length: l }, () => Array.from({ length: p }, () => random.uniform() ** 3 * 4 - 1))
  const w = Array.from({ length: p }, () => random.uniform())
  const y = X.map(x => x.reduce((sum, v, j) => sum + v * w[j]!, 0.3) + noise * (random.uniform() - 0.5) ** 3)
  return { X, y, nu, C }
}

test('it ends where its twin ends', () => {
  for (const [l, p, nu, C, noise] of [
    [40, 3, 0.5, 1, 1],
    [41, 4, 0.25, 1, 10],
    [33, 7, 0.75, 0.3, 5],
    [9, 12, 0.5, 1, 1],
    [2, 1, 0.5, 1, 1],
  ] as const) {
    const given = problem(l, p, nu, C, noise)
    const [found, wanted] = [solve(given), twin(given, 1e-12)]
    assert.ok(apart(found.w, wanted.w) < 1e-8, `${l} x ${p}: ${apart(found.w, wanted.w)}`)
  }
})

test('weights and objective are those of the equations of the optimal sets, to 1e-8', () => {
  for (const given of cases)
    for (const { y, svr } of given.samples) {
      const X = rowsOf(given)
      const scaled = standard(X.flat())
      const rows = X.map((row, i) => row.map((_, j) => scaled[i * given.types + j]!))
      for (const wanted of svr) {
        const problem = { X: rows, y: standard(y), nu: wanted.nu, C: 1 }
        const found = solve(problem)
        const most = apart(found.w, wanted.w) // of b and eps there may be many
        assert.ok(most < 1e-8, `${given.name}, nu ${wanted.nu}: ${most}`)
        assert.ok(Math.abs(svrObjective(problem, found) / wanted.objective - 1) < 1e-11)
        assert.ok(apart(found.w, wanted.libsvm) < 1e-3, `${given.name}, libsvm: ${apart(found.w, wanted.libsvm)}`)
      }
    }
})

test('the dual’s equations hold and the duality gap is closed, whatever the shape, nu, C and the size of the noise', () => {
  for (const [l, p] of [
    [3, 1],
    [17, 5],
    [64, 22],
    [301, 8],
    [1000, 22],
  ] as const)
    for (const nu of [0.05, 0.25, 0.5, 0.95])
      for (const [C, noise] of [
        [1, 0.01],
        [1, 30],
        [20, 1],
      ] as const) {
        const given = problem(l, p, nu, C, noise)
        const { gap, violation, w, b, eps, iterations } = solve(given)
        const told = `${l} x ${p}, nu ${nu}, C ${C}, noise ${noise}: gap ${gap}, violation ${violation}, ${iterations}`
        assert.ok([...w, b, eps].every(Number.isFinite), told)
        assert.ok(Math.abs(gap) < 1e-9 && violation < 1e-7, told)
        assert.ok(iterations < 60, told)
      }
})

test('at most nu l rows lie outside the tube, and at least nu l on it or outside (Schoelkopf et al. 2000)', () => {
  for (const nu of [0.25, 0.5, 0.75]) {
    const given = problem(400, 6, nu, 1, 5)
    const { w, b, eps } = solve(given)
    const sizes = given.X.map((x, i) => Math.abs(given.y[i]! - b - x.reduce((sum, v, j) => sum + v * w[j]!, 0)))
    assert.ok(sizes.filter(size => size > eps + 1e-7).length <= nu * 400)
    assert.ok(sizes.filter(size => size >= eps - 1e-7).length >= nu * 400)
  }
})

test('rows without anything, rows that are all the same and an exact fit end with finite weights', () => {
  for (const [X, y] of [
    [
      [[0], [0], [0]],
      [1, 2, 4],
    ],
    [
      [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
      [3, 3, 3],
    ],
    [
      [[1], [2], [3], [5]],
      [2, 4, 6, 10],
    ],
    [[[1]], [0]],
  ] as [number[][], number[]][]) {
    const found = solve({ X, y, nu: 0.5, C: 1 })
    for (const v of [...found.w, found.b, found.eps]) assert.ok(Number.isFinite(v), JSON.stringify([X, y, found]))
  }
})

test.run()
