// Integrative NMF against numpy and SciPy: scripts/golden/integrative.py wrote the minima and what is found at them.
import { readFileSync } from 'node:fs'
import { type Dense, IntegrativeModel, IntegrativeNMF } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

type Rows = number[][]
interface Case {
  readonly data: string
  readonly options: { readonly nComponents: number; readonly alphaV: number }
  readonly objective: number
  readonly loss: number
  readonly sets: readonly {
    readonly residual: number
    readonly specific: number
    readonly row: number[]
    readonly own: number[]
  }[]
  readonly sample: number[]
  readonly second: number[]
  readonly unseen: number[]
}
const golden = JSON.parse(readFileSync('test/golden/factorization/integrative.json', 'utf8')) as {
  readonly data: Readonly<Record<string, Rows[]>>
  readonly cases: readonly Case[]
}

const rowsOf = ({ data, shape: [n, m] }: Dense): Rows =>
  Array.from({ length: n }, (_, i) => [...data.subarray(i * m, (i + 1) * m)])
const near = (got: number, wanted: number, tolerance: number, what: string): void =>
  assert.ok(Math.abs(got - wanted) <= tolerance * Math.abs(wanted), `${what}: ${got}, wanted ${wanted}`)
const times = (w: readonly number[], B: Rows): number[] =>
  B[0]!.map((_, j) => w.reduce((s, a, q) => s + a * B[q]![j]!, 0))

/** Every entry, to a share of the largest one. */
function alike(got: readonly number[], wanted: readonly number[], tolerance: number, what: string): void {
  assert.is(got.length, wanted.length, what)
  const most = Math.max(...wanted.map(Math.abs))
  const off = Math.max(...got.map((x, j) => Math.abs(x - wanted[j]!)))
  assert.ok(off <= tolerance * most, `${what}: ${off} of ${most}`)
}

/** What W_i makes of H + V_i and of V_i alone, and the objective, entry by entry. */
function partsOf(X: readonly Rows[], model: IntegrativeModel, alphaV: number) {
  const W = rowsOf(model.embedding)
  const H = rowsOf(model.components)
  let [objective, at] = [0, 0]
  const sets = X.map((x, i) => {
    const V = rowsOf(model.specific[i]!)
    const B = H.map((row, q) => row.map((h, j) => h + V[q]![j]!))
    const rows = W.slice(at, (at += x.length))
    const [fit, own] = [B, V].map(part => rows.map(w => times(w, part))) as [Rows, Rows]
    x.forEach((row, r) =>
      row.forEach((v, j) => {
        objective += 0.5 * (v - fit[r]![j]!) ** 2 + (alphaV / 2) * own[r]![j]! ** 2
      }),
    )
    return { fit, own }
  })
  return { sets, objective }
}

for (const wanted of golden.cases) {
  const { nComponents, alphaV } = wanted.options
  test(`${wanted.data} data sets, k = ${nComponents}, alphaV = ${alphaV}: the minimum of the independent programs`, async () => {
    const X = golden.data[wanted.data]!
    const options = { ...wanted.options, nInit: 8, maxIter: 20000, tol: 1e-9 }
    const model = await new IntegrativeNMF(options).fit(X)
    const { sets, objective } = partsOf(X, model, alphaV)
    near(objective, wanted.objective, 1e-8, 'objective by its definition')
    near(model.trace.at(-1)!, objective, 1e-9, 'objective')
    near(model.loss, wanted.loss, 1e-6, 'loss')
    for (const [i, { residual, specific, row, own }] of wanted.sets.entries()) {
      near(model.sets[i]!.residual, residual, 1e-5, `residual ${i}`)
      near(model.sets[i]!.specific, specific, 1e-4, `specific ${i}`)
      alike(sets[i]!.fit[2]!, row, 1e-5, `W (H + V) ${i}`)
      alike(sets[i]!.own[2]!, own, 1e-4, `W V ${i}`)
    }
    const d = X.length
    const second = rowsOf(await model.transform([null, [wanted.sample]]))[0]!
    const [H, V] = [rowsOf(model.components), rowsOf(model.specific[1]!)]
    const B = H.map((row, q) => row.map((h, j) => h + V[q]![j]!))
    alike(times(second, B), wanted.second, 1e-5, 'a new sample of the second data set')
    const unseen = rowsOf(await model.transform([...X.map(() => null), [wanted.sample]]))
    assert.is(unseen.length, 1)
    alike(times(unseen[0]!, H), wanted.unseen, 1e-5, `a sample of data set ${d + 1}`)
  })
}

test.run()
