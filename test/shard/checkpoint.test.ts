// A checkpoint does not know how many threads wrote it, nor how many go on from it.
import { dense, NMF, type NmfInput, type Run, type NmfStep } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'

const { uniform } = generator(5)
const [n, m] = [3600, 200]
const X = dense(
  Float32Array.from({ length: n * m }, () => uniform()),
  [n, m],
)
const small = dense(
  Float64Array.from({ length: 80 * 30 }, () => uniform()),
  [80, 30],
)

/** The checkpoints of a fit, and its model's bytes. */
async function fit(
  options: NmfInput,
  data: typeof X,
  run: Run<NmfStep>,
): Promise<{ points: Uint8Array[]; model: Uint8Array }> {
  const points: Uint8Array[] = []
  const checkpoint = { every: 2, write: (bytes: Uint8Array) => void points.push(bytes) }
  const model = await new NMF({ maxIter: 6, tol: 0, seed: 3, ...options }).fit(data, { ...run, checkpoint })
  return { points, model: model.save() }
}

// And how many checkpoints: none where a loss is evaluated only because the fit ends, as a longer one never stands there.
const cases: [string, NmfInput, typeof X, number][] = [
  ['five shards of rows', { nComponents: 64 }, X, 3],
  ['five shards of rows, Kullback-Leibler', { nComponents: 24, solver: 'mu', betaLoss: 1 }, X, 2],
  [
    'Newton steps after multiplicative ones',
    { nComponents: 24, solver: 'newton', betaLoss: 1, lossEvery: 1, warmUp: 3 },
    X,
    3,
  ],
  ['restarts', { nComponents: 3, nInit: 4 }, small, 12],
]

for (const [name, options, data, count] of cases)
  test(`${name}: each checkpoint has the same bytes, and goes on to the same model, with 1, 2, 3 and 8 threads`, async () => {
    const wanted = await fit(options, data, {})
    assert.is(wanted.points.length, count)
    for (const threads of [2, 3, 8]) {
      const got = await fit(options, data, { threads })
      assert.equal(got.points, wanted.points)
      assert.equal(got.model, wanted.model)
    }
    for (const [at, resume] of wanted.points.entries())
      for (const threads of [1, 2, 3, 8]) {
        const rest = await fit(options, data, { threads, resume })
        assert.equal(rest.model, wanted.model, `${threads} threads from checkpoint ${at}`)
        // Without another checkpoint the restarts that follow run side by side.
        const nmf = new NMF({ maxIter: 6, tol: 0, seed: 3, ...options })
        assert.equal((await nmf.fit(data, { threads, resume })).save(), wanted.model)
      }
  })

test.run()
