// Restarts of several ranks: each is NMF's own, whoever runs it, and what they say is what their definitions say.
import { createHash } from 'node:crypto'
import { csr, dense, type Matrix, Metagenes, type MetagenesInput, NMF } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'

const sha = (...parts: ArrayBufferView[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
  return hash.digest('hex')
}

/** k groups of rows, each made of a metagene of its own and a little of the others, times 1 + noise. */
export function planted(n: number, m: number, k: number, noise: number, seed: number): Float64Array {
  const { uniform } = generator(seed)
  const H = Array.from({ length: k * m }, () => (uniform() < 0.6 ? 0.05 : 0.5 + uniform()))
  const W = Array.from({ length: n * k }, (_, at) =>
    Math.floor(at / k) % k === at % k ? 1 + uniform() : 0.1 * uniform(),
  )
  return Float64Array.from({ length: n * m }, (_, at) => {
    const [i, j] = [Math.floor(at / m), at % m]
    let x = 0
    for (let q = 0; q < k; q++) x += W[i * k + q]! * H[q * m + j]!
    return x * (1 + noise * (uniform() - 0.5))
  })
}

const [n, m] = [26, 17]
const values = planted(n, m, 3, 0.4, 4)
const inputs: Record<string, Matrix> = {
  dense: dense(values, [n, m]),
  f32: dense(Float32Array.from(values), [n, m]),
  sparse: csr({
    ...csrParts(
      values.map(v => (v < 0.3 ? 0 : v)),
      m,
    ),
    shape: [n, m],
  }),
}
const solvers: Record<string, MetagenesInput> = {
  hals: {},
  'hals with penalties': { alphaW: 0.01, l1Ratio: 0.5 },
  kl: { solver: 'mu', betaLoss: 'kullback-leibler' },
  beta: { solver: 'mu', betaLoss: 1.5, lossEvery: 4 },
}
const shared = { nInit: 5, maxIter: 40, seed: 3 }

for (const [kind, X] of Object.entries(inputs))
  for (const [name, options] of Object.entries(solvers))
    test(`${kind}, ${name}: the best of each rank is what NMF returns, to the bit, on one thread and on several`, async () => {
      const metagenes = new Metagenes({ ...options, ...shared, minComponents: 2, maxComponents: 6 })
      const wanted: string[] = []
      for (let nComponents = 2; nComponents <= 6; nComponents++)
        wanted.push(sha((await new NMF({ ...options, ...shared, nComponents }).fit(X)).save()))
      for (const threads of [1, 2, 3]) {
        const { ranks } = await metagenes.fit(X, { threads })
        assert.equal(
          ranks.map(rank => sha(rank.model.save())),
          wanted,
          `${threads} threads`,
        )
      }
    })

test('wide sparse data, whose slices depend on the rank: the bits of NMF as well', async () => {
  const { below, uniform } = generator(2)
  const [rows, columns] = [12, 70_000]
  const dense2 = new Float64Array(rows * columns)
  for (let p = 0; p < 4000; p++) dense2[below(dense2.length)] = 1 + uniform()
  const X = csr({ ...csrParts(dense2, columns), shape: [rows, columns] })
  const options = { nInit: 2, maxIter: 4 }
  const { ranks } = await new Metagenes({ ...options, minComponents: 2, maxComponents: 4 }).fit(X, { threads: 2 })
  for (const { nComponents, model } of ranks)
    assert.is(sha(model.save()), sha((await new NMF({ ...options, nComponents }).fit(X)).save()), `rank ${nComponents}`)
})

test.run()
