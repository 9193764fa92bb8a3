// Laws that hold for any data: scaling by a power of two is exact, permuting rows and columns permutes the factors.
// X is near WH of the start, so no component dies: hals re-seeds a dead one with numbers that know neither law.
import fc from 'fast-check'
import { dense, NMF, type NmfInput } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'

const RUNS = { numRuns: 500, seed: 20261125 }
const SOLVERS: NmfInput[] = [
  { solver: 'hals', innerIter: 1, rescale: false },
  { solver: 'mu' },
  { solver: 'mu', betaLoss: 1 },
  { solver: 'mu', betaLoss: 0 },
]

const problem = fc.record({
  seed: fc.integer(),
  n: fc.integer({ min: 8, max: 30 }),
  m: fc.integer({ min: 8, max: 30 }),
  k: fc.integer({ min: 1, max: 5 }),
  solver: fc.constantFrom(...SOLVERS),
})

const positive = (seed: number, length: number): Float64Array => {
  const random = generator(seed)
  return Float64Array.from({ length }, () => 0.05 + random.uniform())
}

function start(seed: number, n: number, m: number, k: number): { X: Float64Array; W: Float64Array; H: Float64Array } {
  const [X, W, H] = [positive(seed, n * m), positive(seed + 1, n * k), positive(seed + 2, k * m)]
  for (let p = 0; p < X.length; p++) {
    let z = 0
    for (let q = 0; q < k; q++) z += W[Math.floor(p / m) * k + q]! * H[q * m + (p % m)]!
    X[p] = z * (0.8 + 0.4 * X[p]!)
  }
  return { X, W, H }
}

const fit = (X: Float64Array, W: Float64Array, H: Float64Array, n: number, m: number, k: number, solver: NmfInput) =>
  new NMF({ ...solver, nComponents: k, maxIter: 6, tol: 0, init: { W: dense(W, [n, k]), H: dense(H, [k, m]) } }).fit(
    dense(X, [n, m]),
  )

test('nmf: X and H times 2^s leave W as it is and multiply H, to the bit', async () => {
  await fc.assert(
    fc.asyncProperty(problem, fc.integer({ min: -40, max: 40 }), async ({ seed, n, m, k, solver }, s) => {
      const { X, W, H } = start(seed, n, m, k)
      const plain = await fit(X, W, H, n, m, k, solver)
      const factor = 2 ** s
      const scaled = await fit(
        X.map(v => v * factor),
        W,
        H.map(v => v * factor),
        n,
        m,
        k,
        solver,
      )
      assert.equal([...scaled.embedding.data], [...plain.embedding.data])
      assert.equal(
        [...scaled.components.data],
        [...plain.components.data].map(v => v * factor),
      )
    }),
    RUNS,
  )
})

test('nmf: permuted rows and columns give permuted factors', async () => {
  await fc.assert(
    fc.asyncProperty(problem, async ({ seed, n, m, k, solver }) => {
      const { X, W, H } = start(seed, n, m, k)
      const [rows, columns] = [shuffled(seed + 3, n), shuffled(seed + 4, m)]
      const take = (a: Float64Array, width: number, i: number[], j: number[]): Float64Array =>
        Float64Array.from(i.flatMap(r => j.map(c => a[r * width + c]!)))
      const all = Array.from({ length: k }, (_, q) => q)
      const plain = await fit(X, W, H, n, m, k, solver)
      const moved = await fit(
        take(X, m, rows, columns),
        take(W, k, rows, all),
        take(H, m, all, columns),
        n,
        m,
        k,
        solver,
      )
      near(moved.embedding.data, take(Float64Array.from(plain.embedding.data), k, rows, all))
      near(moved.components.data, take(Float64Array.from(plain.components.data), m, all, columns))
    }),
    RUNS,
  )
})

function shuffled(seed: number, n: number): number[] {
  const random = generator(seed)
  const order = Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

// The sums run in another order, and a division by a small curvature enlarges the difference.
function near(got: ArrayLike<number>, wanted: ArrayLike<number>): void {
  const scale = Math.max(...Array.from(wanted), 1e-3)
  for (let i = 0; i < wanted.length; i++) {
    assert.ok(Math.abs(got[i]! - wanted[i]!) <= 1e-7 * scale, `[${i}]: ${got[i]} ${wanted[i]}`)
  }
}

test.run()
