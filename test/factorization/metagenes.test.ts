// Restarts of several ranks: each is NMF's own, whoever runs it, and what they say is what their definitions say.
import { createHash } from 'node:crypto'
import {
  csr,
  dense,
  type Matrix,
  Metagenes,
  type MetagenesInput,
  MetagenesModel,
  type MetagenesStep,
  NMF,
  type NmfInput,
  OutOfMemory,
} from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../failure.js'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'

const sha = (...parts: ArrayBufferView[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
  return hash.digest('hex')
}

/** Row i is mostly of metagene i mod k, with a little of the others, times 1 + noise. */
function planted(n: number, m: number, k: number, noise: number, seed: number): Float64Array {
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

test('weights, missing and held-out entries: the best of each rank is NMF’s, and so is its loss on what was held out', async () => {
  const { uniform } = generator(6)
  const weights = dense(
    Float64Array.from({ length: n * m }, () => (uniform() < 0.2 ? 0 : 1 + uniform())),
    [n, m],
  )
  const holes = dense(
    values.map(v => (uniform() < 0.1 ? NaN : v)),
    [n, m],
  )
  const cases: [Matrix, object, object][] = [
    [inputs['dense']!, { holdOut: 0.1 }, {}],
    [inputs['dense']!, {}, { weights }],
    [holes, { missing: 'nan', solver: 'mu', betaLoss: 1, holdOut: 0.05 }, {}],
    [inputs['dense']!, { solver: 'newton', betaLoss: 1 }, {}],
    [inputs['dense']!, { solver: 'bpp' }, {}],
  ]
  for (const [X, options, run] of cases) {
    const metagenes = new Metagenes({ ...options, ...shared, maxComponents: 3 } as MetagenesInput)
    for (const threads of [1, 2]) {
      const { ranks } = await metagenes.fit(X, { ...run, threads })
      for (const { nComponents, model, holdOut, merged } of ranks) {
        const wanted = await new NMF({ ...options, ...shared, nComponents } as NmfInput).fit(X, run)
        assert.is(sha(model.save()), sha(wanted.save()), `${JSON.stringify(options)}, rank ${nComponents}`)
        assert.ok(Object.is(holdOut, wanted.holdOutLoss ?? NaN))
        assert.ok(merged === undefined || merged.loss >= 0)
      }
    }
  }
})

const X3 = dense(planted(30, 60, 3, 0.2, 8), [30, 60])
const three = new Metagenes({ maxComponents: 5, nInit: 12, maxIter: 500, seed: 1 })

test('planted groups: their number is chosen, every restart finds them, and each has its features', async () => {
  const model = await three.fit(X3)
  assert.is(model.chosen.nComponents, 3)
  const { rank } = model
  assert.is(rank, model.ranks[1])
  assert.is(rank.cophenetic, 1)
  assert.is(rank.dispersion, 1)
  assert.is(rank.silhouette, 1)
  assert.ok(rank.stability > 0.9, `${rank.stability}`)
  assert.is(rank.kept, 1)
  assert.ok(Number.isNaN(rank.holdOut))
  // Clusters are numbered by their first row.
  assert.equal(
    [...rank.clusters],
    Array.from({ length: 30 }, (_, i) => i % 3),
  )
  for (let i = 0; i < 30; i++)
    for (let j = 0; j < 30; j++) assert.is(rank.consensus.data[i * 30 + j], i % 3 === j % 3 ? 1 : 0)
  // In the order of the tree each group is in one piece.
  const groups = [...rank.order].map(i => i % 3)
  assert.is(groups.filter((group, at) => group !== groups[at - 1]).length, 3)
  assert.is(model.components, rank.model.components)
  assert.is(model.embedding, rank.model.embedding)
  assert.is(rank.loss, rank.model.loss)
  assert.equal((await model.transform(X3)).data, (await rank.model.transform(X3)).data)
  assert.is(await model.score(X3), await rank.model.score(X3))
})

test('losses are what the restarts told last, and steps count the restarts that have ended', async () => {
  for (const threads of [1, 3]) {
    const last = new Map<string, number>()
    const steps: MetagenesStep[] = []
    const { ranks } = await three.fit(X3, {
      threads,
      onProgress(step) {
        steps.push(step)
        last.set(`${step.nComponents} ${step.restart}`, step.loss)
      },
    })
    for (const { nComponents, losses, loss } of ranks) {
      assert.is(losses.length, 12)
      losses.forEach((value, r) => assert.is(value, last.get(`${nComponents} ${r}`)))
      assert.is(loss, Math.min(...losses))
    }
    steps.forEach(({ done, of }, at) => {
      assert.is(of, 48)
      assert.ok(done < of && done >= (steps[at - 1]?.done ?? 0))
    })
  }
})

test('merged metagenes: sums of 1, near those of the best restart, W as the model solves it for these rows', async () => {
  for (const options of [{}, { solver: 'mu', betaLoss: 'kullback-leibler' }] as MetagenesInput[]) {
    const metagenes = new Metagenes({ ...three.options, ...options, minComponents: 3, maxComponents: 3 })
    const { model, merged } = (await metagenes.fit(X3)).rank
    const [k, columns] = [3, 60]
    const row = (H: ArrayLike<number>, q: number): number[] =>
      Array.from({ length: columns }, (_, j) => H[q * columns + j]!)
    const cosine = (a: number[], b: number[]): number => {
      const dot = (u: number[], v: number[]): number => u.reduce((sum, x, j) => sum + x * v[j]!, 0)
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
    }
    for (let q = 0; q < k; q++) {
      const own = row(merged!.components.data, q)
      assert.ok(Math.abs(own.reduce((sum, v) => sum + v, 0) - 1) < 1e-12)
      const nearest = Math.max(...[0, 1, 2].map(c => cosine(own, row(model.components.data, c))))
      assert.ok(nearest > 0.97, `${nearest}`)
    }
    assert.equal((await merged!.transform(X3)).data, merged!.embedding.data)
    assert.ok(merged!.loss >= model.loss && merged!.loss < 1.5 * model.loss, `${merged!.loss}, best ${model.loss}`)
  }
})

test('restarts that never meet are not merged: stability is NaN and nothing is kept', async () => {
  const { uniform } = generator(11)
  const noise = dense(
    Float64Array.from({ length: 20 * 40 }, () => uniform() ** 4),
    [20, 40],
  )
  const options = { minComponents: 9, maxComponents: 9, nInit: 4, maxIter: 5, densityThreshold: 0.01 }
  const model = await new Metagenes(options).fit(noise)
  assert.is(model.rank.merged, undefined)
  assert.ok(Number.isNaN(model.rank.stability))
  assert.is(model.rank.kept, 0)
  assert.is(sha(MetagenesModel.load(model.save()).save()), sha(model.save()))
})

test('feature scores and features are those of their definition, zero columns have none', async () => {
  const wide = dense(
    Float64Array.from({ length: 30 * 60 }, (_, at) => (at % 60 < 2 ? 0 : X3.data[at]!)),
    [30, 60],
  )
  const { ranks } = await new Metagenes({ ...three.options, maxComponents: 4 }).fit(wide)
  for (const { nComponents: k, model, scores, features } of ranks) {
    const all = Array.from({ length: k }, (_, q) => q)
    // Each row with the sum that its column of W has then.
    const scale = all.map(q => {
      const sum = (values: Iterable<number>): number => [...values].reduce((total, v) => total + v, 0)
      const { embedding: W, components } = model
      return Math.sqrt(sum(W.data.filter((_, p) => p % k === q)) / sum(components.data.slice(q * 60, q * 60 + 60)))
    })
    const H = Float64Array.from(model.components.data, (v, p) => v * scale[Math.floor(p / 60)]!)
    const at = (q: number, j: number): number => H[q * 60 + j]!
    const middle = (list: number[]): number => {
      const sorted = [...list].sort((a, b) => a - b)
      return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
    }
    const wanted = Array.from({ length: 60 }, (_, j) => {
      const sum = all.reduce((total, q) => total + at(q, j), 0)
      return (
        1 +
        all.reduce((total, q) => total + (at(q, j) > 0 ? (at(q, j) / sum) * Math.log2(at(q, j) / sum) : 0), 0) /
          Math.log2(k)
      )
    })
    for (let j = 0; j < 60; j++)
      if (j < 2) assert.ok(Number.isNaN(scores[j]!))
      else assert.ok(Math.abs(scores[j]! - wanted[j]!) < 1e-12, `${scores[j]} ${wanted[j]}`)
    const known = [...scores].filter(score => !Number.isNaN(score))
    const least = middle(known) + 3 * 1.4826 * middle(known.map(score => Math.abs(score - middle(known))))
    const found = all.map(q =>
      Array.from({ length: 60 }, (_, j) => j)
        .filter(j => scores[j]! >= least)
        .filter(j => Math.max(...all.map(c => at(c, j))) === at(q, j) && at(q, j) >= middle([...H]))
        .sort((a, b) => scores[b]! - scores[a]! || a - b),
    )
    assert.equal(
      features.map(list => [...list]),
      found,
    )
  }
})

test('save and load keep every part of every rank to the bit, in both precisions', async () => {
  for (const X of [X3, dense(Float32Array.from(X3.data), [30, 60])]) {
    const model = await new Metagenes({ ...three.options, holdOut: 0.1 }).fit(X)
    const loaded = MetagenesModel.load(model.save())
    assert.equal(loaded.options, model.options)
    assert.equal(loaded.chosen, model.chosen)
    assert.is(loaded.ranks.length, 4)
    loaded.ranks.forEach((rank, r) => {
      const { model: own, merged, ...rest } = rank
      const { model: wanted, merged: wantedMerged, ...others } = model.ranks[r]!
      assert.equal(rest, others)
      assert.is(sha(own.save()), sha(wanted.save()))
      assert.is(sha(merged!.save()), sha(wantedMerged!.save()))
    })
  }
})

test('options that do not go together, too many rows and checkpoints are refused', async () => {
  const wrong = (options: MetagenesInput) => failure(() => new Metagenes(options))
  assert.match(
    (await wrong({ minComponents: 4, maxComponents: 3 })).message,
    /^Metagenes: maxComponents: wanted at least/,
  )
  assert.match((await wrong({ betaLoss: 1 })).message, /^Metagenes: betaLoss: solver 'hals' wants frobenius/)
  assert.match((await wrong({ compress: true } as object)).message, /^Metagenes: option compress is not known/)
  const tall = dense(new Float64Array(5001 * 2).fill(1), [5001, 2])
  const error = await failure(() => new Metagenes().fit(tall))
  assert.instance(error, RangeError)
  assert.match(error.message, /^Metagenes\.fit: X: wanted at most 5000 rows .* got 5001$/)
  const checkpoint = { every: 1, write() {} }
  assert.match(
    (await failure(() => new Metagenes().fit(X3, { checkpoint } as object))).message,
    /run\.checkpoint is not known/,
  )
})

test('whatever memory there is: the same bits or OutOfMemory, on one thread and on several', async () => {
  const metagenes = new Metagenes({ maxComponents: 4, nInit: 3, maxIter: 10 })
  const wanted = sha((await metagenes.fit(X3)).save())
  const ends = new Set<string>()
  for (const threads of [1, 3])
    for (let maxMemory = 100_000; maxMemory < 8_000_000; maxMemory = Math.ceil(maxMemory * 1.3)) {
      const fit = metagenes.fit(X3, { threads, maxMemory })
      const end = await fit.then(
        model => sha(model.save()),
        (error: unknown) => {
          assert.instance(error, OutOfMemory, `${error}`)
          return 'no memory'
        },
      )
      ends.add(end)
    }
  assert.equal([...ends].sort(), [wanted, 'no memory'].sort())
})

test.run()
