// `fast`: near the exact fit where the host has relaxed SIMD, and the exact fit where it has not.
import { csr, dense, type Matrix, NMF, type NmfInput, NmfModel } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checksum } from '../../src/core/checksum.js'
import { decodeSafetensors, encodeSafetensors } from '../../src/core/codecs/safetensors.js'
import { generator } from '../random.js'
import { hasRelaxed, onceMoreInNewest } from '../relaxed.js'

const [n, m] = [90, 37]
const random = generator(5)
const full = Float64Array.from({ length: n * m }, () => random.uniform())
const held = Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_, j) => j).filter(j => (i + 2 * j) % 3))
const entries = Float64Array.from(held.flat(), () => random.uniform() + 0.1)
const indptr = [0]
for (const row of held) indptr.push((indptr.at(-1) ?? 0) + row.length)
const sparse = (data: Float32Array | Float64Array): Matrix =>
  csr({ indptr: Int32Array.from(indptr), indices: Int32Array.from(held.flat()), data, shape: [n, m] })

const inputs: Record<string, Matrix> = {
  f64: dense(full, [n, m]),
  f32: dense(Float32Array.from(full), [n, m]),
  'csr f64': sparse(entries),
  'csr f32': sparse(Float32Array.from(entries)),
}
const fits: Record<string, NmfInput> = {
  hals: { nComponents: 5 },
  'mu, frobenius': { nComponents: 5, solver: 'mu' },
  'mu, kullback-leibler': { nComponents: 5, solver: 'mu', betaLoss: 'kullback-leibler' },
  'mu, 1.5': { nComponents: 3, solver: 'mu', betaLoss: 1.5 },
}

/** |a - b| / |b|. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [square, all] = [0, 0]
  for (let i = 0; i < b.length; i++) {
    square += (a[i]! - b[i]!) ** 2
    all += b[i]! ** 2
  }
  return Math.sqrt(square / all)
}
const arrays = (model: NmfModel): ArrayLike<number>[] => [model.components.data, model.embedding.data, model.trace]

for (const [input, X] of Object.entries(inputs)) {
  for (const [name, options] of Object.entries(fits)) {
    test(`${name}, ${input}: five fast iterations end near the exact ones, with the same loss`, async () => {
      const tolerance = X.data instanceof Float32Array ? 1e-5 : 1e-12
      const common = { ...options, maxIter: 5, tol: 0, seed: 3 }
      const [exact, fast] = [await new NMF(common).fit(X), await new NMF({ ...common, fast: true }).fit(X)]
      assert.is(exact.fast, false)
      assert.is(fast.fast, hasRelaxed)
      const [wanted, got] = [arrays(exact), arrays(fast)]
      got.forEach((values, i) =>
        assert.ok(distance(values, wanted[i]!) <= tolerance, `${distance(values, wanted[i]!)}`),
      )
      if (!hasRelaxed) assert.equal(got, wanted)
      const [W, near] = [await exact.transform(X), await fast.transform(X)]
      assert.ok(distance(near.data, W.data) <= 10 * tolerance, `${distance(near.data, W.data)}`)
    })
  }
}

const X = inputs['f64']!
const options = { nComponents: 5, maxIter: 40, nInit: 2, seed: 3, tol: 0 }

test('with relaxed SIMD the last bits do change; a build repeats its own', async () => {
  const both = [false, true, false, true].map(fast => new NMF({ ...options, fast }).fit(X))
  const [exact, fast, exactAgain, fastAgain] = (await Promise.all(both)).map(arrays)
  assert.equal(exactAgain, exact)
  assert.equal(fastAgain, fast)
  assert.is(JSON.stringify(fast) !== JSON.stringify(exact), hasRelaxed)
})

test('a saved model says which engine made it and transforms on that of its options', async () => {
  const model = await new NMF({ ...options, fast: true }).fit(X)
  const loaded = NmfModel.load(model.save())
  assert.is(loaded.fast, hasRelaxed)
  assert.is(loaded.options.fast, true)
  assert.equal((await loaded.transform(X)).data, (await model.transform(X)).data)
  assert.equal(
    (await loaded.inverseTransform(model.embedding)).data,
    (await model.inverseTransform(model.embedding)).data,
  )
})

test('partialFit: a model that the relaxed engine had a part in stays one', async () => {
  const fast = await new NMF({ nComponents: 3, fast: true }).partialFit(X)
  assert.is(fast.fast, hasRelaxed)
  assert.is((await new NMF({ nComponents: 3 }).partialFit(X, fast)).fast, hasRelaxed)
  assert.is((await new NMF({ nComponents: 3 }).partialFit(X)).fast, false)
})

test('a fast fit goes on from its checkpoints to its own bits; those of the other engine are refused', async () => {
  const written: Uint8Array[] = []
  const nmf = new NMF({ ...options, fast: true })
  const whole = await nmf.fit(X, { checkpoint: { every: 15, write: bytes => void written.push(bytes) } })
  for (const resume of written) {
    const again = await nmf.fit(X, { resume })
    assert.equal(arrays(again), arrays(whole))
    assert.is(again.fast, hasRelaxed)
    await refused(
      new NMF(options).fit(X, { resume }),
      /wanted a checkpoint of .*"fast":false.*got one of .*"fast":true/,
    )
  }
  // As one from a host whose `fast` is the other engine.
  const { tensors, metadata } = decodeSafetensors(written[0]!)
  const { checksum: _, ...rest } = metadata
  const [here, there] = hasRelaxed ? ['relaxed', 'exact'] : ['exact', 'relaxed']
  const other = { ...rest, build: `the ${there} engine` }
  const resume = encodeSafetensors(tensors, { ...other, checksum: checksum(tensors, other) })
  const message = `NMF.fit: run.resume: wanted a checkpoint of the ${here} engine, got one of the ${there} engine`
  await refused(nmf.fit(X, { resume }), new RegExp(`^${message}$`))
})

async function refused(fit: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await fit.then(
    () => undefined,
    (e: unknown) => e,
  )
  assert.instance(error, RangeError)
  assert.match((error as Error).message, message)
}

onceMoreInNewest()
test.run()
