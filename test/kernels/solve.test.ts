// The squared loss's update of rows, each by its own Gram matrix or all by one.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as row from '../../bindings/reference-row.js'
import { weightedGram } from '../../bindings/reference-weighted.js'
import { generator } from '../random.js'
import { type Kind, KINDS, listed, weightsOf } from './lists.js'
import { law, type Tools } from './slices.js'

const [HALS, MULTIPLY, PIVOT, CLIPPED, FREE, EVALUATE] = [0, 1, 2, 3, 4, 5]
const random = generator(21)

interface Problem {
  readonly k: number
  readonly kp: number
  readonly m: number
  readonly kind: Kind | undefined
  readonly M: number[][]
  /** H transposed, rows of k; its Gram matrix as the kernel is given it. */
  readonly B: number[][]
  readonly G: number[][]
  readonly W: number[][]
  readonly P: number[][]
  readonly l1: number
  readonly l2: number
  readonly held: readonly [number, number]
}

const padded = (rows: readonly (readonly number[])[], kp: number): number[] =>
  rows.flatMap(values => Array.from({ length: kp }, (_, q) => values[q] ?? 0))

/** Rows whose minimum is well determined: a component of B sticks out of each of its rows, or l2 is not small. */
function problem({ round }: Tools, rows: number, kind: Kind | undefined, penalised: boolean): Problem {
  const k = 1 + (rows % 6)
  const m = 3 * k + ((rows * 5) % 30)
  const B = Array.from({ length: m }, (_, j) =>
    Array.from({ length: k }, (__, q) => round(0.3 * random.uniform() + (j % k === q ? 1 : 0))),
  )
  const M = kind ? weightsOf(kind, rows, m, rows) : Array.from({ length: rows }, () => B.map(() => 1))
  // Where few entries count, some components are not determined but for the penalty.
  const l2 = kind && kind.share < 0.7 ? 0.5 : penalised ? 0.2 : 0
  return {
    k,
    kp: Math.ceil(k / 4) * 4,
    m,
    kind,
    M,
    B,
    G: weightedGram(
      B.map(() => 1),
      B,
      k,
    ).map(values => values.map(round)),
    W: Array.from({ length: rows }, (_, i) =>
      Array.from({ length: k }, (__, q) => ((i + q) % 4 === 0 ? 0 : round(random.uniform()))),
    ),
    // Numerators of weighted data with noise, so that some components want to be negative.
    P: M.map(weights => {
      const x = weights.map(weight => weight * (2 * random.uniform() - 0.6))
      return Array.from({ length: k }, (_, q) => round(x.reduce((sum, v, j) => sum + v * B[j]![q]!, 0)))
    }),
    l1: penalised ? round(0.05) : 0,
    l2: round(l2),
    held: rows % 3 === 1 && k > 1 ? [k >> 1, (k >> 1) + 1] : [0, 0],
  }
}

/** What the twin sees of row i. */
function quadraticOf({ kind, M, B, G, P, k, l1, l2, held }: Problem, i: number): row.Quadratic {
  return { G: kind ? weightedGram(M[i]!, B, k) : G, p: P[i]!, l1, l2, held }
}

/** The rows after the update, and what was added to the two sums. */
function run(tools: Tools, of: Problem, method: number, { sweeps = 1, tolerance = 0 } = {}) {
  const { call, kernels, view, fresh, scoped, size } = tools
  const { k, kp, m, kind, M, B, G, W, P, l1, l2, held } = of
  const rows = W.length
  let found: { W: number[][]; violation: number; squares: number } | undefined
  scoped(() => {
    const cells = fresh()
    const [pb, pg] = [cells.put(padded(B, kp), rows % 4), cells.put(padded(pad(G, kp), kp), 1)]
    const [pw, pp] = [cells.put(padded(W, kp), 2), cells.put(padded(P, kp), 3)]
    const stats = cells.putWide([10, 20])
    const work = cells.put(new Float64Array(Math.ceil(kernels.solveWork(kp) / size)), 0)
    const lists = kind && listed(kind, M)
    const [pi, at] = lists ? [cells.integers(lists.indptr), cells.integers(lists.indices)] : [0, 0]
    const pm = kind?.weighted ? cells.put(lists!.weights, 1) : 0
    const shape = [method, rows, m, k, kp, kind?.base ?? 0, pi, at, pm, pb, pg, pw, pp] as const
    call.solveRows(...shape, l1, l2, ...held, sweeps, tolerance, stats, work)
    cells.intact()
    const [violation = NaN, squares = NaN] = cells.readWide(stats, 2)
    const got = [...view(pw, rows * kp)]
    got.forEach((v, p) => assert.ok(p % kp < k || v === 0, 'beyond the last component'))
    found = {
      W: W.map((_, i) => got.slice(i * kp, i * kp + k)),
      violation: violation - 10,
      squares: squares - 20,
    }
  })
  return found!
}

const pad = (rows: readonly number[][], kp: number): number[][] =>
  Array.from({ length: kp }, (_, q) => [...(rows[q] ?? [])])

/** Both sums by their definition: of the violation before the update unless it is given. */
function checkSums(tools: Tools, of: Problem, got: ReturnType<typeof run>, label: string, met?: number, any = false) {
  let [violation, squares] = [0, 0]
  of.W.forEach((before, i) => {
    const one = quadraticOf(of, i)
    const slope = (q: number): number => row.quadraticSlope(one, before, q)
    violation += any
      ? row.free(of, of.k).reduce((sum, q) => sum + Math.abs(slope(q)), 0)
      : row.violation(before, one, slope)
    const none = { ...one, p: of.B[0]!.map(() => 0), l1: 0, l2: 0 }
    squares += 2 * row.quadratic(none, got.W[i]!)
  })
  tools.close([got.violation, got.squares], [met ?? violation, squares], `${label}, sums`, 30)
}

const cases = (work: (kind: Kind | undefined, penalised: boolean, rows: number) => void): void => {
  for (const kind of [undefined, ...KINDS])
    for (const penalised of [false, true])
      for (let rows = 0; rows <= 36; rows += rows < 8 ? 1 : 3) work(kind, penalised, rows)
}

law('solveRows by sweeps: rows 0..36, one to three sweeps', tools => {
  cases((kind, penalised, rows) => {
    for (const sweeps of [1, 3]) {
      const of = problem(tools, rows, kind, penalised)
      const got = run(tools, of, HALS, { sweeps })
      let met = 0
      const wanted = of.W.map((before, i) => {
        const w = [...before]
        for (let t = 0; t < sweeps; t++) {
          const violation = row.coordinateSweep(quadraticOf(of, i), w)
          if (t === 0) met += violation
        }
        return w
      })
      const label = `${kind?.name} rows ${rows} sweeps ${sweeps}`
      tools.close(got.W.flat(), wanted.flat(), label, 10)
      checkSums(tools, of, got, label, met)
    }
  })
})

law('solveRows by sweeps: they end where one moves less than the tolerance of the first', tools => {
  const of = problem(tools, 33, undefined, false)
  const after = (sweeps: number, tolerance: number): number[] => run(tools, of, HALS, { sweeps, tolerance }).W.flat()
  assert.equal(after(50, 1e9), after(2, 0))
  assert.not.equal(after(50, 1e9), after(3, 0))
  // Of one row: as many as it takes.
  const one = { ...of, W: of.W.slice(0, 1), M: of.M.slice(0, 1), P: of.P.slice(0, 1) }
  const w = [...one.W[0]!]
  let [first, count] = [0, 0]
  for (let moved = Infinity; moved > 1e-4 * first; count++) {
    const before = [...w]
    row.coordinateSweep(quadraticOf(one, 0), w)
    moved = w.reduce((sum, v, q) => sum + (v - before[q]!) ** 2, 0)
    if (count === 0) first = moved
  }
  assert.ok(count > 2, `${count}`)
  const [ends, same] = [
    run(tools, one, HALS, { sweeps: 50, tolerance: 1e-2 }),
    run(tools, one, HALS, { sweeps: count }),
  ]
  assert.equal(ends.W, same.W)
})

law('solveRows by multiplication: rows 0..36', tools => {
  cases((kind, penalised, rows) => {
    const of = problem(tools, rows, kind, penalised)
    const one: Problem = { ...of, P: of.P.map(p => p.map(Math.abs)) }
    const got = run(tools, one, MULTIPLY)
    const wanted = one.W.map((w, i) => row.multiplyRow(quadraticOf(one, i), w))
    const label = `${kind?.name} rows ${rows}`
    tools.close(got.W.flat(), wanted.flat(), label, 10)
    checkSums(tools, one, got, label)
  })
})

law('solveRows by pivoting: the best of all supports, rows 0..36', tools => {
  cases((kind, penalised, rows) => {
    const of = problem(tools, rows, kind, penalised)
    const got = run(tools, of, PIVOT)
    const wanted = of.W.map((w, i) => row.nonNegative(quadraticOf(of, i), w))
    const label = `${kind?.name} rows ${rows}`
    tools.close(got.W.flat(), wanted.flat(), label, 50)
    checkSums(tools, of, got, label)
  })
})

law('solveRows by least squares: the free solution, and the same with what is negative set to zero', tools => {
  cases((kind, penalised, rows) => {
    const of = problem(tools, rows, kind, penalised)
    const label = `${kind?.name} rows ${rows}`
    for (const method of [CLIPPED, FREE]) {
      const got = run(tools, of, method)
      const wanted = of.W.map((w, i) =>
        row.leastSquares(quadraticOf(of, i), w).map(v => (method === CLIPPED ? Math.max(0, v) : v)),
      )
      tools.close(got.W.flat(), wanted.flat(), label, 50)
      checkSums(tools, of, got, label, undefined, method === FREE)
    }
  })
})

law('solveRows only to evaluate: nothing is written but the sums', tools => {
  cases((kind, penalised, rows) => {
    const of = problem(tools, rows, kind, penalised)
    const got = run(tools, of, EVALUATE)
    assert.equal(got.W, of.W)
    checkSums(tools, of, got, `${kind?.name} rows ${rows}`)
  })
})

law('solveRows: a component that no entry of its row tells of is zero, by every method', tools => {
  // Of five columns the last is missing, and the second component lives in it alone.
  const B = [...[1, 2, 3, 4].map(v => [v, 0]), [1, 5]]
  const kind = KINDS[0]!
  const of: Problem = {
    k: 2,
    kp: 4,
    m: 5,
    kind,
    M: [[1, 1, 1, 1, 0]],
    B,
    l1: 0,
    l2: 0,
    held: [0, 0],
    G: weightedGram([1, 1, 1, 1, 1], B, 2),
    W: [[1, 3]],
    P: [[60, 0]],
  }
  for (const method of [HALS, MULTIPLY, PIVOT, CLIPPED, FREE])
    tools.close(run(tools, of, method).W.flat(), [2, 0], `method ${method}`)
})

law('solveRows by pivoting: many components, dependent ones too, end at the conditions of a minimum', tools => {
  const { round, tolerance } = tools
  for (const k of [7, 13, 31, 40]) {
    for (const twins of [false, true]) {
      const m = 2 * k
      const B = Array.from({ length: m }, () => Array.from({ length: k }, () => round(random.uniform())))
      // Every fourth component once more.
      if (twins) for (const b of B) for (let q = 3; q < k; q += 4) b[q] = b[q - 1]!
      const gram = weightedGram(
        B.map(() => 1),
        B,
        k,
      )
      const x = B.map(() => 2 * random.uniform() - 0.6)
      const of: Problem = {
        k,
        kp: Math.ceil(k / 4) * 4,
        m,
        kind: undefined,
        M: [x.map(() => 1)],
        B,
        l1: 0,
        l2: 0,
        held: [0, 0],
        G: gram.map(values => values.map(round)),
        W: [B[0]!.map(() => round(random.uniform()))],
        P: [B[0]!.map((_, q) => round(x.reduce((sum, v, j) => sum + v * B[j]![q]!, 0)))],
      }
      const [w = []] = run(tools, of, PIVOT).W
      const slope = (q: number): number => row.quadraticSlope(quadraticOf(of, 0), w, q)
      const bound = 200 * tolerance * Math.max(...gram.flat())
      w.forEach((v, q) => {
        const label = `${k} ${twins} [${q}] = ${v}: slope ${slope(q)}`
        assert.ok(v >= 0 && slope(q) >= -bound && (v === 0 || slope(q) <= bound), label)
      })
      assert.ok(w.some(v => v === 0) && w.some(v => v > 0))
    }
  }
})

law('solveRows by least squares: of fewer entries than components nothing is made of what rounding leaves', tools => {
  const { round } = tools
  for (let seed = 0; seed < 500; seed++) {
    const [m, k] = [1 + (seed % 4), 2 + (seed % 4) + (seed % 3)]
    // The first m components tell all entries, and the others nothing more.
    const B = Array.from({ length: m }, (_, j) =>
      Array.from({ length: k }, (__, q) => round(0.2 * random.uniform() + (q % m === j ? 1 : 0))),
    )
    const gram = weightedGram(
      B.map(() => 1),
      B,
      k,
    )
    const x = B.map(() => 2 * random.uniform() - 1)
    const of: Problem = {
      k,
      kp: Math.ceil(k / 4) * 4,
      m,
      kind: undefined,
      M: [x.map(() => 1)],
      B,
      l1: 0,
      l2: 0,
      held: [0, 0],
      G: gram.map(values => values.map(round)),
      W: [B[0]!.map(() => round(random.uniform()))],
      P: [B[0]!.map((_, q) => round(x.reduce((sum, v, j) => sum + v * B[j]![q]!, 0)))],
    }
    const [w = []] = run(tools, of, FREE).W
    const square = (values: number[]): number => values.reduce((sum, v) => sum + v * v, 0)
    const label = `${k} of ${m}, problem ${seed}`
    assert.ok(square(w) <= 10 * square(x), `${label}: ${w} of ${x}`)
    const met = B.map(b => b.reduce((sum, v, q) => sum + v * w[q]!, 0))
    tools.close(met, x, label)
  }
})

law('solveRows: nothing to gain from zero leaves zero, by every method that keeps signs', tools => {
  const kind = undefined
  for (const k of [1, 4, 5]) {
    const B = Array.from({ length: k }, (_, j) => Array.from({ length: k }, (__, q) => (j === q ? 1 : 0)))
    const of: Problem = {
      k,
      kp: Math.ceil(k / 4) * 4,
      m: k,
      kind,
      M: [[], []],
      B,
      G: B,
      l1: 0,
      l2: 0,
      held: [0, 0],
      W: [B[0]!.map(() => 0), B[0]!.map(() => 1)],
      P: [B[0]!.map(() => 0), B[0]!.map(() => -1)],
    }
    for (const method of [HALS, PIVOT, CLIPPED]) assert.equal(run(tools, of, method).W.flat(), Array(2 * k).fill(0))
  }
})

law(
  'solveRows by pivoting: a component of a thousand-millionth of the largest is found, and one that would be below zero is not',
  tools => {
    const small = tools.round(1e-9)
    const B = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]
    for (const start of [0, 1]) {
      const of: Problem = {
        k: 3,
        kp: 4,
        m: 3,
        kind: undefined,
        M: [[]],
        B,
        G: B,
        l1: 0,
        l2: 0,
        held: [0, 0],
        W: [[1, start, start]],
        P: [[1, small, -small]],
      }
      assert.equal(run(tools, of, PIVOT).W, [[1, small, 0]])
    }
  },
)

test.run()
