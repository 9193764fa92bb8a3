// The chapter's two fragments, on its 5 x 4 matrix of ratings: R ~ U V by alternating least squares, R ~ W H by NMF.
import { NMF } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'

const R = [
  [5, 3, 0, 1],
  [4, 0, 0, 1],
  [1, 1, 0, 5],
  [1, 0, 0, 4],
  [0, 1, 5, 4],
]

async function error(nmf: NMF, X: readonly (readonly number[])[]): Promise<number> {
  const model = await nmf.fit(X)
  const { data } = await model.inverseTransform(model.embedding)
  return Math.max(...X.flat().map((v, p) => Math.abs(v - data[p]!)))
}

test('als without the clip: R = U V to 1e-6', async () => {
  const als = new NMF({ nComponents: 4, solver: 'als', clip: false, maxIter: 500, tol: 0 })
  assert.ok((await error(als, R)) <= 1e-6)
})

test('nmf by hals and by pivoting: R = W H to 1e-6', async () => {
  for (const solver of ['hals', 'bpp'] as const) {
    const nmf = new NMF({ nComponents: 4, solver, nInit: 20, maxIter: 2000, tol: 1e-12 })
    const found = await error(nmf, R)
    assert.ok(found <= 1e-6, `${solver}: ${found}`)
  }
})

test('als without the clip takes either sign and ends at the best rank-k error, that of the singular values', async () => {
  const random = generator(2)
  const [u, v] = [Array.from({ length: 12 }, () => random.uniform() - 0.5), [1, -2, 0.5, 3, -1]]
  const X = u.map((a, i) => v.map((b, j) => a * b + (i === j ? 0.25 : 0)))
  const loss = async (nComponents: number): Promise<number> =>
    (await new NMF({ nComponents, solver: 'als', clip: false, maxIter: 5000, tol: 0 }).fit(X)).loss
  const { svd } = await import('latens')
  const { S } = await svd(X)
  for (const k of [1, 2, 3]) {
    const wanted = [...S].slice(k).reduce((sum, s) => sum + 0.5 * s * s, 0)
    const got = await loss(k)
    assert.ok(Math.abs(got - wanted) <= 1e-6 * wanted, `${k}: ${got} ${wanted}`)
  }
})

test.run()
