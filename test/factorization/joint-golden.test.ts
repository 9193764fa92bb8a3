// Joint NMF against scikit-learn, SciPy and numpy: scripts/golden/joint.py wrote the weights, minima and reconstructions.
import { readFileSync } from 'node:fs'
import { type Dense, JointModel, JointNMF, type JointOptions, type Network } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

type Rows = number[][]
interface Case {
  readonly name: string
  readonly views: readonly string[]
  readonly options: Partial<JointOptions>
  readonly networks: readonly Network[]
  readonly weights: readonly number[]
  readonly norms: readonly number[]
  readonly objective: number
  readonly loss: number
  readonly residuals: readonly number[]
  readonly rows: readonly number[]
  readonly products: readonly Rows[]
  readonly fresh?: readonly { readonly there: number; readonly sample: readonly number[]; readonly all: number[] }[]
}
const golden = JSON.parse(readFileSync('test/golden/factorization/joint.json', 'utf8')) as {
  readonly data: Readonly<Record<string, (number | null)[][]>>
  readonly cases: readonly Case[]
  readonly known: { readonly W: Rows; readonly H: readonly Rows[]; readonly views: readonly Rows[] }
}

const rowsOf = ({ data, shape: [n, m] }: Dense): Rows =>
  Array.from({ length: n }, (_, i) => [...data.subarray(i * m, (i + 1) * m)])
const viewsOf = ({ views }: Case): Rows[] =>
  views.map(name => golden.data[name]!.map(row => row.map(x => (x === null ? NaN : x))))
const near = (got: number, wanted: number, tolerance: number, what: string): void =>
  assert.ok(Math.abs(got - wanted) <= tolerance * Math.abs(wanted), `${what}: ${got}, wanted ${wanted}`)

/** Every entry, to a share of the largest one. */
function alike(got: Rows, wanted: Rows, tolerance: number, what: string): void {
  assert.equal([got.length, got[0]!.length], [wanted.length, wanted[0]!.length], what)
  const most = Math.max(...wanted.flat().map(Math.abs))
  const off = Math.max(...got.flatMap((row, i) => row.map((x, j) => Math.abs(x - wanted[i]![j]!))))
  assert.ok(off <= tolerance * most, `${what}: ${off} of ${most}`)
}

/** The objective of a model, entry by entry and edge by edge, with weights and norms of the golden file. */
function objectiveOf({ weights, norms, options, networks }: Case, views: readonly Rows[], model: JointModel) {
  const W = rowsOf(model.embedding)
  const { alphaW = 0, l1Ratio = 0 } = options
  const alphaH = options.alphaH ?? alphaW
  let [loss, penalty] = [0, 0]
  const charge = (value: number, alpha: number): void =>
    void (penalty += alpha * (l1Ratio * value + ((1 - l1Ratio) / 2) * value * value))
  W.flat().forEach(w => charge(w, alphaW))
  for (const [v, X] of views.entries()) {
    const H = rowsOf(model.components[v]!)
    const factor = Math.sqrt(weights[v]!) / norms[v]!
    H.flat().forEach(h => charge(h * factor, alphaH))
    const m = X[0]!.length
    const signs = H[0]!.length === m ? [0] : [1, -1]
    for (const [i, row] of X.entries())
      for (const [half, sign] of signs.entries())
        for (const [j, value] of row.entries()) {
          if (Number.isNaN(value)) continue
          const x = sign === 0 ? value : Math.max(0, sign * value)
          const fit = W[i]!.reduce((s, w, q) => s + w * H[q]![half * m + j]!, 0)
          loss += 0.5 * ((x - fit) * factor) ** 2
        }
  }
  // tr(H L H') is a sum over edges: a (h_i - h_j)^2, where L is symmetric with each end divided by the root of its degree.
  for (const { views: ends, adjacency, weight, laplacian } of networks) {
    const A = adjacency as Rows
    const [one, two] = [ends[0], ends[1] ?? ends[0]]
    const sum = (list: readonly number[]): number => list.reduce((s, a) => s + a, 0)
    const left = A.map(sum)
    const right = A[0]!.map((_, j) => sum(A.map(row => row[j]!)))
    const [H, G] = [one, two].map(v => {
      const factor = Math.sqrt(weights[v]!) / norms[v]!
      return rowsOf(model.components[v]!).map(row => row.map(h => h * factor))
    }) as [Rows, Rows]
    const halves = one === two ? H[0]!.length / A.length : 1
    const share = one === two ? 0.5 : 1 // each edge within a view is there twice
    for (let q = 0; q < H.length; q++)
      for (let half = 0; half < halves; half++)
        A.forEach((row, i) =>
          row.forEach((a, j) => {
            if (a === 0) return
            const [x, y] = [H[q]![half * left.length + i]!, G[q]![half * right.length + j]!]
            const roots = laplacian === 'plain' ? [1, 1] : [Math.sqrt(left[i]!), Math.sqrt(right[j]!)]
            penalty += share * (weight / 2) * a * (x / roots[0]! - y / roots[1]!) ** 2
          }),
        )
  }
  return { loss, objective: loss + penalty }
}

for (const wanted of golden.cases)
  test(`${wanted.name}: weights, minimum and reconstruction of the independent programs`, async () => {
    const views = viewsOf(wanted)
    const model = await new JointNMF({
      ...wanted.options,
      signed: wanted.name.includes('either sign') ? 'split' : 'refuse',
      missing: wanted.name.includes('missing') ? 'nan' : 'none',
      networks: wanted.networks.length > 0 ? wanted.networks : null,
      nInit: 6,
      maxIter: 20000,
      tol: 1e-9,
    }).fit(views)
    for (const [v, { weight, norm, residual }] of model.views.entries()) {
      near(weight, wanted.weights[v]!, 1e-10, `weight ${v}`)
      near(norm, wanted.norms[v]!, 1e-14, `norm ${v}`)
      // Of clean data it is what rounding and the noise of the other view leave.
      near(residual, wanted.residuals[v]!, 1e-5, `residual ${v}`)
    }
    near(model.trace.at(-1)!, wanted.objective, 1e-8, 'objective')
    near(model.loss, wanted.loss, 1e-6, 'loss')
    const own = objectiveOf(wanted, views, model)
    near(model.loss, own.loss, 1e-9, 'loss by its definition')
    near(model.trace.at(-1)!, own.objective, 1e-9, 'objective by its definition')
    const W = rowsOf(model.embedding)
    for (const [v, products] of wanted.products.entries()) {
      const H = rowsOf(model.components[v]!)
      const found = wanted.rows.map(i => H[0]!.map((_, j) => W[i]!.reduce((s, w, q) => s + w * H[q]![j]!, 0)))
      alike(found, products, 1e-5, `W H of view ${v}`)
    }
    for (const { there, sample, all } of wanted.fresh ?? []) {
      const m = views[0]![0]!.length
      const X = [sample.slice(0, m), sample.slice(m)].map((row, v) => (v === there ? [row] : null))
      const back = await model.inverseTransform(await model.transform(X))
      for (const [v, found] of [all.slice(0, m), all.slice(m)].entries())
        alike(rowsOf(back[v]!), [found], 1e-5, `a sample with view ${there} alone, view ${v}`)
    }
  })

test('factors that are the only ones of their product are found, but for order and scale', async () => {
  const { W, H, views } = golden.known
  for (const viewWeights of ['equal', 'residual'] as const) {
    const model = await new JointNMF({ nComponents: 3, viewWeights, nInit: 4, maxIter: 50000, tol: 1e-12 }).fit(views)
    const found = rowsOf(model.embedding)
    // The first three samples have one component each, which says which one is which.
    const places = [1, 0, 2].map((q, i) => ({ q, p: found[i]!.indexOf(Math.max(...found[i]!)) }))
    assert.equal(places.map(({ p }) => p).sort(), [0, 1, 2])
    for (const { q, p } of places) {
      const scale = found[W.findIndex(row => row[q] === 1)]![p]!
      alike([found.map(row => row[p]! / scale)], [W.map(row => row[q]!)], 1e-6, `column ${q} of W`)
      for (const [v, wanted] of H.entries())
        alike([rowsOf(model.components[v]!)[p]!.map(h => h * scale)], [wanted[q]!], 1e-6, `row ${q} of H ${v}`)
    }
  }
})

test.run()
