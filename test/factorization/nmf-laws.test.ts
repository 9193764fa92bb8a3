import { csr, dense, NMF, type NmfInput, toRowMajor } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'

const options: [string, NmfInput][] = []
for (const solver of ['hals', 'mu'] as const) {
  for (const betaLoss of solver === 'hals' ? [2] : [2, 1, 0, 0.5, 1.5, 3]) {
    for (const penalty of [
      {},
      { alphaW: 0.1, l1Ratio: 1 },
      { alphaW: 0.1, alphaH: 0.3, l1Ratio: 0 },
      { alphaW: 0.2, alphaH: 0.1, l1Ratio: 0.5 },
    ]) {
      options.push([
        `${solver} beta ${betaLoss} ${JSON.stringify(penalty)}`,
        { solver, betaLoss, ...penalty, rescale: false },
      ])
    }
  }
}

for (const [name, given] of options) {
  test(`nmf ${name}: one sweep never raises the objective`, async () => {
    const random = generator(7)
    for (let problem = 0; problem < 200; problem++) {
      const [n, m, k] = [2 + random.below(20), 2 + random.below(20), 1 + random.below(6)]
      const X = dense(
        Float64Array.from({ length: n * m }, () => random.uniform() + 1e-3),
        [n, m],
      )
      const input: NmfInput = {
        ...given,
        penaltyScale: 'raw',
        nComponents: k,
        maxIter: 30,
        tol: 0,
        lossEvery: 1,
        seed: problem,
      }
      const { trace } = await new NMF(input).fit(X)
      assert.ok(trace.length > 0)
      for (let t = 1; t < trace.length; t++) {
        const rise = (trace[t]! - trace[t - 1]!) / trace[0]!
        assert.ok(rise <= 1e-12, `problem ${problem}, sweep ${t + 1}: rose by ${rise} of the start`)
      }
    }
  })
}

test('nmf: planted factors are recovered', async () => {
  for (const [noise, wanted] of [
    [0, 0.99],
    [0.01, 0.97],
  ] as const) {
    const cosines: number[] = []
    for (let problem = 0; problem < 50; problem++) {
      const random = generator(problem)
      const [n, m, k] = [60, 40, 4]
      // Half the entries are zero: without zeros the factorization is not unique.
      const sparse = (): number => (random.uniform() < 0.5 ? 0 : random.uniform())
      const W = Array.from({ length: n }, () => Array.from({ length: k }, sparse))
      const H = Array.from({ length: k }, () => Array.from({ length: m }, sparse))
      const X = W.map(w =>
        H[0]!.map((_, j) => w.reduce((s, v, q) => s + v * H[q]![j]!, 0) * (1 + noise * (2 * random.uniform() - 1))),
      )
      const { components } = await new NMF({ nComponents: k, nInit: 5, maxIter: 2000, tol: 1e-8, seed: problem }).fit(X)
      for (const h of H) {
        let best = 0
        for (let q = 0; q < k; q++) best = Math.max(best, cosine(h, components.data.subarray(q * m, (q + 1) * m)))
        cosines.push(best)
      }
    }
    cosines.sort((a, b) => a - b)
    const median = cosines[cosines.length >> 1]!
    console.log(`planted, noise ${noise}: median cosine ${median}`)
    assert.ok(median >= wanted, `noise ${noise}: median cosine ${median}`)
  }
})

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!
    aa += a[i]! ** 2
    bb += b[i]! ** 2
  }
  return ab / Math.sqrt(aa * bb)
}

test('nmf: sparse input gives what dense input gives', async () => {
  for (let problem = 0; problem < 500; problem++) {
    const random = generator(100 + problem)
    const [n, m] = [1 + random.below(40), 1 + random.below(30)]
    const values = Float64Array.from({ length: n * m }, () => (random.uniform() < 0.7 ? 0 : random.uniform()))
    const X = dense(values, [n, m])
    // The default number of inner sweeps counts the entries stored, so it is fixed here.
    for (const given of [
      { solver: 'hals', innerIter: 3 },
      { solver: 'mu' },
      { solver: 'mu', betaLoss: 1 },
      { solver: 'mu', betaLoss: 1.5 },
    ] as const) {
      const nmf = new NMF({ ...given, nComponents: 3, maxIter: 20, tol: 0, seed: problem })
      const [a, b] = [await nmf.fit(X), await nmf.fit(csr(csrParts(values, m)))]
      const scale = Math.max(a.trace[0]!, 1e-9)
      assert.ok(
        Math.abs(a.loss - b.loss) <= 1e-9 * scale,
        `${JSON.stringify(given)}, problem ${problem}: ${a.loss} ${b.loss}`,
      )
    }
  }
})

test('nmf: f32 ends close to f64 from the same start, 500 problems', async () => {
  for (let problem = 0; problem < 500; problem++) {
    const random = generator(problem)
    const [n, m, k] = [5 + random.below(30), 5 + random.below(30), 1 + random.below(4)]
    const draw = (length: number): Float64Array => Float64Array.from({ length }, () => random.uniform() + 0.1)
    const [values, W, H] = [draw(n * m), draw(n * k), draw(k * m)]
    for (const given of [
      { solver: 'hals', innerIter: 1 },
      { solver: 'mu', betaLoss: 1 },
    ] as const) {
      const init = { W: dense(W, [n, k]), H: dense(H, [k, m]) }
      const nmf = new NMF({ ...given, nComponents: k, maxIter: 5, tol: 0, init })
      const wide = await nmf.fit(dense(values, [n, m]))
      const single = await nmf.fit(dense(Float32Array.from(values), [n, m]))
      assert.instance(single.components.data, Float32Array)
      const error = Math.abs(single.loss - wide.loss) / wide.trace[0]!
      assert.ok(error <= 1e-4, `problem ${problem}: ${single.loss} ${wide.loss}`)
    }
  }
})

test('nmf: strided and column-major input give the bits of row-major input', async () => {
  const random = generator(6)
  const X = dense(
    Float64Array.from({ length: 20 * 12 }, () => random.uniform()),
    [20, 12],
  )
  const columnMajor = new Float64Array(3 + 240)
  for (let i = 0; i < 20; i++) for (let j = 0; j < 12; j++) columnMajor[3 + j * 20 + i] = X.data[i * 12 + j]!
  const Y = dense(columnMajor, [20, 12], { stride: [1, 20], offset: 3 })
  assert.equal([...toRowMajor(Y)], [...X.data])
  const nmf = new NMF({ nComponents: 3, maxIter: 10 })
  assert.equal((await nmf.fit(Y)).components.data, (await nmf.fit(X)).components.data)
})

test('nmf: transform of the training rows reaches the fit’s loss', async () => {
  const random = generator(8)
  const X = dense(
    Float64Array.from({ length: 40 * 25 }, () => random.uniform()),
    [40, 25],
  )
  for (const given of [{ solver: 'hals' }, { solver: 'mu', betaLoss: 1 }] as const) {
    const model = await new NMF({ ...given, nComponents: 5, maxIter: 2000, tol: 1e-7 }).fit(X)
    const score = await model.score(X)
    assert.ok(-score * 40 <= model.loss * 1.001, `${-score * 40} against ${model.loss}`)
  }
})

test.run()
