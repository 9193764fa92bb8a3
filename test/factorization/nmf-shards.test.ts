// A fit that is cut into several shards does what the formulas say on the whole: two iterations, W then H, against the
// scalar twins, which know nothing of shards.
import { withEngine } from '../../bindings/instance.js'
import * as twin from '../../bindings/reference.js'
import { loadNonNegative } from '../../src/core/load.js'
import { csr, dense, type Matrix } from '../../src/core/matrix.js'
import { cutBy } from '../../src/core/program.js'
import { Pace } from '../../src/core/pace.js'
import { NMF, type NmfInput } from '../../src/factorization/nmf.js'
import { NmfProgram } from '../../src/factorization/nmf-program.js'
import { NmfFactors } from '../../src/factorization/nmf-factors.js'
import { termsOf } from '../../src/factorization/nmf-terms.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'

const [n, m, k] = [130, 75, 6]
const random = generator(12)
const rowsOf = (rows: number, columns: number, draw: () => number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, draw))
const transposed = (a: number[][]): number[][] => a[0]!.map((_, j) => a.map(row => row[j]!))
const [W0, H0] = [rowsOf(n, k, () => 0.1 + random.uniform()), rowsOf(k, m, () => 0.1 + random.uniform())]
// Near WH of the start, so that no component dies: the twin of hals has no re-seeding.
const X = W0.map(w =>
  H0[0]!.map((_, j) => {
    const z = w.reduce((s, v, q) => s + v * H0[q]![j]!, 0)
    return random.uniform() < 0.1 ? 0 : z * (0.9 + 0.2 * random.uniform())
  }),
)

const whole = dense(Float64Array.from(X.flat()), [n, m])
const stored = csr(csrParts(X.flat(), m))

/** One plain HALS sweep of A for X ~ A B', by the twin. */
function halsSweep(data: number[][], A: number[][], B: number[][]): number[][] {
  const a = A.flat()
  const p = data.flatMap(row => A[0]!.map((_, q) => row.reduce((s, x, j) => s + x * B[j]![q]!, 0)))
  const g = A[0]!.flatMap((_, q) => A[0]!.map((_unused, r) => B.reduce((s, b) => s + b[q]! * b[r]!, 0)))
  twin.hals(A.length, k, k, a, p, g, 0, 0)
  return A.map((_, i) => a.slice(i * k, (i + 1) * k))
}

const cases: [string, NmfInput, (data: number[][], A: number[][], B: number[][]) => number[][]][] = [
  ['hals', { solver: 'hals', innerIter: 1, rescale: false }, halsSweep],
  ...[2, 1, 1.5].map((beta): (typeof cases)[number] => [
    `mu beta ${beta}`,
    { solver: 'mu', betaLoss: beta },
    (data, A, B) => twin.multiplicative(data, A, B, beta, 1, 0, 0),
  ]),
]

for (const [name, given, update] of cases) {
  const cases: [string, Matrix, number][] = [
    ['dense', whole, Infinity],
    ['csr', stored, Infinity],
  ]
  if (name !== 'mu beta 1.5') cases.push(['csr in slices of 16 columns', stored, 16])
  for (const [kind, input, sliceWidth] of cases) {
    test(`nmf ${name}, ${kind}: several shards of rows and of columns give the whole's update`, async () => {
      const { options } = new NMF({ ...given, nComponents: k, maxIter: 2, tol: 0, init: { W: W0, H: H0 } })
      await withEngine('test', {}, async engine => {
        const pace = new Pace(undefined)
        const factors = new NmfFactors(engine, await loadNonNegative(engine, 'test', input, pace, { sliceWidth }), k)
        const cut = (total: number) => cutBy(total, 24, 8)
        const terms = { ...termsOf(options, factors), rowCut: cut(n), columnCut: cut(m), lossCut: cut(n) }
        const program = new NmfProgram(factors, options, terms)
        await factors.setFactors(Float64Array.from(W0.flat()), Float64Array.from(H0.flat()), pace)
        await program.prepare(pace)
        let [W, Ht] = [W0, transposed(H0)]
        const Xt = transposed(X)
        for (let iter = 0; iter < 2; iter++) {
          await program.iterate(pace)
          W = update(X, W, Ht)
          Ht = update(Xt, Ht, W)
        }
        const got = await factors.factors(pace)
        near(got.W, W.flat())
        near(got.H, transposed(Ht).flat())
        const wanted = X.reduce(
          (sum, row, i) =>
            sum + row.reduce((s, x, j) => s + twin.divergence(terms.beta, x, twin.dot(W[i]!, Ht[j]!, k)), 0),
          0,
        )
        const { loss } = await program.objective(pace)
        const walked = terms.lossOf(await program.evaluate(pace))
        assert.ok(Math.abs(walked - wanted) <= 1e-10 * wanted, `${walked} ${wanted}`)
        assert.ok(Math.abs(terms.lossOf(loss) - wanted) <= 1e-10 * wanted, `${terms.lossOf(loss)} ${wanted}`)
      })
    })
  }
}

function near(got: ArrayLike<number>, wanted: readonly number[]): void {
  const scale = wanted.reduce((a, b) => Math.max(a, b), 0)
  let worst = 0
  wanted.forEach((value, i) => (worst = Math.max(worst, Math.abs(got[i]! - value))))
  assert.ok(worst <= 1e-11 * scale, `off by ${worst} of ${scale}`)
}

test.run()
