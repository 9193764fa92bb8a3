import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { csr, dense, NMF, type NmfInput } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { withEngine } from '../../bindings/instance.js'
import { loadMatrix } from '../../src/core/load.js'
import { toMatrix } from '../../src/core/matrix.js'
import { Pace } from '../../src/core/pace.js'
import { nndsvd } from '../../src/factorization/nmf-nndsvd.js'
import { settingsOf } from '../../src/factorization/nmf-options.js'

const read = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')
const golden = JSON.parse(read('test/golden/factorization/nmf.json')).cases as Record<string, unknown>

const at = (rows: number, columns: number, value: (i: number, j: number) => number): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => value(i, j)))
const A = at(12, 9, (i, j) => ((7 * i + 13 * j + i * j) % 17) + 1)
const W0 = at(12, 3, (i, q) => 1 + ((i + 3 * q) % 5))
const H0 = at(3, 9, (q, j) => 1 + ((2 * q + j) % 4))

const near = (got: number, wanted: number, relative: number, label: string): void =>
  assert.ok(Math.abs(got - wanted) <= relative * Math.abs(wanted), `${label}: got ${got}, wanted ${wanted}`)

const traces: [string, NmfInput][] = [
  ['mu_trace_beta2 (W then H; gamma MM exponent)', { solver: 'mu', betaLoss: 2 }],
  ['mu_trace_beta1 (W then H; gamma MM exponent)', { solver: 'mu', betaLoss: 'kullback-leibler' }],
  ['mu_trace_beta0 (W then H; gamma MM exponent)', { solver: 'mu', betaLoss: 'itakura-saito' }],
  ['hals_trace 0.5||A-WH||^2 (W then H, 1 inner)', { solver: 'hals', innerIter: 1, rescale: false }],
]
for (const [name, options] of traces) {
  test(`nmf ${name}: the independent program's loss to 1e-9`, async () => {
    for (const [iter, wanted] of golden[name] as [number, number][]) {
      const nmf = new NMF({ ...options, nComponents: 3, init: { W: W0, H: H0 }, maxIter: iter, tol: 0 })
      near((await nmf.fit(A)).loss, wanted, 1e-9, `iteration ${iter}`)
    }
  })
}

test('nmf: dense and sparse input give the same trace', async () => {
  const sparse = csr({
    indptr: Int32Array.from({ length: 13 }, (_, i) => i * 9),
    indices: Int32Array.from({ length: 108 }, (_, p) => p % 9),
    data: Float64Array.from(A.flat()),
    shape: [12, 9],
  })
  for (const [name, options] of traces) {
    if (name.includes('beta0')) continue
    const nmf = new NMF({ ...options, nComponents: 3, init: { W: W0, H: H0 }, maxIter: 50, tol: 0 })
    near((await nmf.fit(sparse)).loss, (await nmf.fit(A)).loss, 1e-12, name)
  }
})

test('nmf: the best of 200 random starts is the independent program’s', async () => {
  const model = await new NMF({ nComponents: 3, nInit: 200, maxIter: 3000, tol: 1e-9, seed: 1 }).fit(A)
  near(model.loss, 438.946058625, 1e-10, 'best of 200')
})

const digits = gunzipSync(readFileSync(new URL('../../../test/golden/factorization/digits.csv.gz', import.meta.url)))
  .toString()
  .trim()
  .split('\n')
  .map(line => line.split(',').slice(0, 64).map(Number))

for (const [k, nInit, bound] of [
  [5, 10, 1073.866],
  [10, 20, 853.4],
] as const) {
  test(`nmf digits k = ${k}: Frobenius error of the best of ${nInit} starts is at most ${bound}`, async () => {
    const X = dense(Float64Array.from(digits.flat()), [1797, 64])
    const model = await new NMF({ nComponents: k, nInit, maxIter: 2000, tol: 1e-6 }).fit(X)
    const error = Math.sqrt(2 * model.loss)
    console.log(`digits k = ${k}: ${error}`)
    assert.ok(error <= bound, `got ${error}`)
  })
}

test('nmf leukaemia, KL: best known divergence within 1.0005, k = 3 separates the classes', async () => {
  const [head = '', ...lines] = read('examples/all_aml_5000x38.tsv').trim().split('\n')
  const names = head.split('\t').slice(-38)
  const genes = lines.map(line => line.split('\t').slice(-38).map(Number))
  const X = at(38, genes.length, (i, j) => genes[j]?.[i] ?? NaN)
  for (const [k, wanted] of [
    [2, 1.62723e7],
    [3, 1.38065e7],
  ] as const) {
    const options = {
      nComponents: k,
      solver: 'mu',
      betaLoss: 'kullback-leibler',
      nInit: 20,
      maxIter: 1000,
      tol: 1e-5,
    } as const
    const model = await new NMF(options).fit(X)
    console.log(`leukaemia k = ${k}: ${model.loss / wanted}`)
    assert.ok(model.loss <= 1.0005 * wanted, `k = ${k}: ${model.loss} against ${wanted}`)
    if (k === 3) {
      const mass = Array.from({ length: k }, (_, q) => {
        let s = 0
        for (let j = 0; j < genes.length; j++) s += model.components.data[q * genes.length + j] ?? 0
        return s
      })
      const groups = names.map((_, i) => {
        const row = mass.map((m, q) => m * (model.embedding.data[i * k + q] ?? 0))
        return row.indexOf(Math.max(...row))
      })
      const classes = names.map(name => (/AML/.test(name) ? 'AML' : /T-cell/.test(name) ? 'T' : 'B'))
      const agree = (order: number[]): number =>
        groups.filter((g, i) => classes[i] === ['AML', 'T', 'B'][order.indexOf(g)]).length
      const best = Math.max(
        ...[
          [0, 1, 2],
          [0, 2, 1],
          [1, 0, 2],
          [1, 2, 0],
          [2, 0, 1],
          [2, 1, 0],
        ].map(agree),
      )
      console.log(`leukaemia k = 3: ${38 - best} misplaced`)
      assert.ok(best >= 36, `${38 - best} samples misplaced`)
    }
  }
})

for (const kind of ['nndsvd', 'nndsvda'] as const)
  test(`nmf ${kind}: scikit-learn’s start to 1e-6, whichever signs the vectors have`, async () => {
    const pace = new Pace(undefined)
    const { W, H } = await withEngine('test', {}, async engine => {
      const X = await loadMatrix(engine, 'test', toMatrix('test', A), pace)
      return nndsvd(engine, X, kind, settingsOf(new NMF({ nComponents: 3 }).options), pace)
    })
    ;(golden[`${kind}_W`] as number[][]).flat().forEach((v, p) => near(W[p]! + 1, v + 1, 1e-6, `W ${p}`))
    ;(golden[`${kind}_H`] as number[][]).flat().forEach((v, p) => near(H[p]! + 1, v + 1, 1e-6, `H ${p}`))
  })

test('nmf newton: digits, k = 10: the best of 100 starts and their median within 300 sweeps', async () => {
  const ends: number[] = []
  const nmf = new NMF({
    nComponents: 10,
    solver: 'newton',
    betaLoss: 'kullback-leibler',
    nInit: 100,
    maxIter: 300,
    tol: 0,
    lossEvery: 300,
  })
  const X = dense(Float64Array.from(digits.flat()), [digits.length, 64])
  await nmf.fit(X, { threads: 'auto', onProgress: ({ iter, loss }) => iter === 300 && ends.push(Math.sqrt(2 * loss)) })
  ends.sort((a, b) => a - b)
  console.log(`digits, Kullback-Leibler, k = 10: best ${ends[0]}, median ${ends[50]} of ${ends.length}`)
  assert.is(ends.length, 100)
  assert.ok(ends[0]! <= 400.5, `best ${ends[0]}`)
  assert.ok(ends[50]! <= 404.5, `median ${ends[50]}`)
})

test.run()
