// Restarts of several ranks: each is NMF's own, whoever runs it, and what they say is what their definitions say.
import { createHash } from 'node:crypto'
import {
  csr,
  dense,
  FormatError,
  Matrix,
  Metagenes,
  type MetagenesInput,
  MetagenesModel,
  type MetagenesStep,
  NMF,
  type NmfInput,
  OutOfMemory,
} from 'latens'
import { writeRanks } from '../../src/factorization/metagenes-file.js'
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
const solvers: Record<string, NmfInput> = {
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

test('weights and missing entries: the best of each rank is NMF’s, and so with a share held out are the losses of each mask', async () => {
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
    [inputs['f32']!, { holdOut: 0.2 }, { weights }],
    [inputs['sparse']!, { holdOut: 0.1, missing: 'zeros' }, {}],
    [inputs['sparse']!, { holdOut: 0.1, solver: 'newton', betaLoss: 1, lossEvery: 1 }, {}],
    [inputs['dense']!, {}, { weights }],
    [holes, { missing: 'nan', solver: 'mu', betaLoss: 1, holdOut: 0.05 }, {}],
    [inputs['dense']!, { solver: 'newton', betaLoss: 1 }, {}],
    [inputs['dense']!, { solver: 'bpp' }, {}],
  ]
  for (const [X, options, run] of cases) {
    const metagenes = new Metagenes({ ...options, ...shared, maxComponents: 3 } as MetagenesInput)
    for (const threads of [1, 2]) {
      const { ranks } = await metagenes.fit(X, { ...run, threads })
      for (const { nComponents, model, holdOut, holdOuts, merged } of ranks) {
        const nmf = (own: NmfInput) => new NMF({ ...options, ...shared, nComponents, ...own }).fit(X, run)
        assert.is(
          sha(model.save()),
          sha((await nmf({ holdOut: 0 })).save()),
          `${JSON.stringify(options)}, rank ${nComponents}`,
        )
        const wanted: number[] = []
        for (let r = 0; r < ('holdOut' in options ? 5 : 0); r++)
          wanted.push((await nmf({ nInit: 3, seed: shared.seed + (r + 1) * 2 ** 32 })).holdOutLoss!)
        assert.equal([...holdOuts], wanted)
        assert.ok(Object.is(holdOut, wanted.reduce((sum, loss) => sum + loss, 0) / wanted.length))
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
    const model = await new Metagenes({ ...three.options, choice: 'holdOut', holdOutMasks: 4 }).fit(X)
    assert.is(model.rank.holdOuts.length, 4)
    const loaded = MetagenesModel.load(model.save())
    assert.equal(loaded.options, model.options)
    assert.equal(loaded.chosen, model.chosen)
    assert.equal(loaded.choices, model.choices)
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

test('what is held out changes nothing of the agreement; steps count those restarts too and name their mask', async () => {
  const without = await three.fit(X3)
  assert.is(without.choices.holdOut, undefined)
  assert.is(without.chosen, without.choices.agreement)
  const steps: MetagenesStep[] = []
  const options = { ...three.options, holdOut: 0.1, holdOutMasks: 3, holdOutInit: 2 }
  const model = await new Metagenes(options).fit(X3, { onProgress: step => void steps.push(step) })
  assert.equal(model.choices.agreement, without.choices.agreement)
  assert.is(model.chosen, model.choices.agreement)
  assert.is(model.choices.holdOut?.nComponents, 3)
  model.ranks.forEach((rank, r) => {
    const { model: own, merged, holdOut: _, holdOuts: _h, ...rest } = rank
    const { model: wanted, merged: wantedMerged, holdOut: _w, holdOuts: none, ...others } = without.ranks[r]!
    assert.equal(rest, others)
    assert.is(none.length, 0)
    assert.is(sha(own.save()), sha(wanted.save()))
    assert.is(sha(merged!.save()), sha(wantedMerged!.save()))
  })
  steps.forEach(({ done, of }, at) => {
    assert.is(of, 4 * 12 + 3 * 4 * 2)
    assert.ok(done < of && done >= (steps[at - 1]?.done ?? 0))
  })
  const masks = steps.map(({ mask }) => mask)
  assert.equal([...new Set(masks)], [0, 1, 2, undefined])
  assert.equal([...new Set(steps.filter(({ mask }) => mask === 1).map(({ restart }) => restart))], [0, 1])
  for (const threads of [2, 3])
    assert.is(sha((await new Metagenes(options).fit(X3, { threads })).save()), sha(model.save()))
})

test('choice alone is enough to choose by hold-out: a tenth, five masks, three restarts', async () => {
  const by = { ...three.options, nInit: 2, choice: 'holdOut', holdOut: null } as const
  const model = await new Metagenes(by).fit(X3)
  assert.equal(
    model.ranks.map(rank => rank.holdOuts),
    (await new Metagenes({ ...by, holdOut: 0.1, holdOutMasks: 5, holdOutInit: 3 }).fit(X3)).ranks.map(
      rank => rank.holdOuts,
    ),
  )
  assert.is(model.chosen, model.choices.holdOut)
  assert.is(model.rank.nComponents, 3)
})

test('a seed near 2^53: masks of seeds modulo that', async () => {
  const seed = Number.MAX_SAFE_INTEGER
  const few = { maxIter: 5, holdOut: 0.2, nInit: 1 }
  const { rank } = await new Metagenes({ ...few, seed, maxComponents: 2, holdOutMasks: 2, holdOutInit: 1 }).fit(X3)
  for (const [r, loss] of rank.holdOuts.entries()) {
    const { holdOutLoss } = await new NMF({ ...few, nComponents: 2, seed: 2 ** 32 - 1 + r * 2 ** 32 }).fit(X3)
    assert.is(loss, holdOutLoss)
  }
})

test('a matrix that lies in an engine: the bits of one that does not, and it stays as it is', async () => {
  const metagenes = new Metagenes({ nInit: 2, maxIter: 10, holdOut: 0.1, holdOutMasks: 2 })
  const X = await Matrix.alloc([30, 60], 'f64')
  const [ld] = X.stride
  const write = (by: (x: number) => number) => {
    for (let p = 0; p < 1800; p++) X.data[Math.floor(p / 60) * ld + (p % 60)] = by(X3.data[p]!)
  }
  write(x => x * 1000)
  const before = X.data.slice()
  const wanted = sha(
    (
      await metagenes.fit(
        dense(
          Float64Array.from(X3.data, x => x * 1000),
          [30, 60],
        ),
      )
    ).save(),
  )
  for (const threads of [1, 2]) {
    assert.is(sha((await metagenes.fit(X, { threads })).save()), wanted)
    assert.equal(X.data, before)
  }
})

test('without a rank to choose by hold-out, or without entries held out, a fit ends with what is wrong', async () => {
  const fails = async (X: Matrix, options: MetagenesInput) => {
    const error = await failure(() => new Metagenes({ maxComponents: 3, nInit: 2, ...options }).fit(X))
    assert.instance(error, RangeError)
    return error.message
  }
  assert.match(
    await fails(X3, { holdOut: 1e-9 }),
    /^Metagenes\.fit: holdOut: wanted a share that .* got 1e-9 of 30 x 60$/,
  )
  // Each entry that is held out must be one that X may have.
  for (const [bad, wanted] of [
    [-1, '>= 0'],
    [NaN, 'finite'],
    [Infinity, 'finite'],
  ] as const) {
    const X = dense(
      Float64Array.from(X3.data, (v, p) => (p === 70 ? bad : v)),
      [30, 60],
    )
    const message = await fails(X, { holdOut: 0.9 })
    assert.ok(message.startsWith(`Metagenes.fit: X[1, 10] = ${bad}: entries must be ${wanted}`), message)
    const nmf = await failure(() => new NMF({ holdOut: 0.9 }).fit(X))
    assert.ok(nmf.message.startsWith(`NMF.fit: X[1, 10] = ${bad}: entries must be ${wanted}`), nmf.message)
  }
  // Squares beyond the range: their loss is infinite.
  const huge = dense(
    Float64Array.from(X3.data, v => v * 2 ** 1000),
    [30, 60],
  )
  assert.match(await fails(huge, { choice: 'holdOut' }), /^Metagenes\.fit: choice: wanted 'agreement', as no rank has/)
  const model = await new Metagenes({ maxComponents: 3, nInit: 2, holdOut: 0.1 }).fit(huge)
  assert.is(model.choices.holdOut, undefined)
  assert.is(sha(MetagenesModel.load(model.save()).save()), sha(model.save()))
})

test('a file of which no rank can be chosen, or that has too few masks, is refused', async () => {
  const { options, ranks } = await new Metagenes({ maxComponents: 3, nInit: 2, holdOut: 0.1 }).fit(X3)
  const load = (changed: object, masks: number, loss: number) => {
    const holdOuts = new Float64Array(masks).fill(loss)
    return failure(() =>
      MetagenesModel.load(
        writeRanks(
          { ...options, ...changed },
          ranks.map(rank => ({ ...rank, holdOuts })),
        ),
      ),
    )
  }
  const none = await load({ choice: 'holdOut' }, 5, NaN)
  assert.instance(none, FormatError)
  assert.is(none.message, 'MetagenesModel.load: wanted a rank with finite held-out losses')
  assert.match((await load({}, 4, 1)).message, /wanted 5 numbers in 2\.holdOuts, got 4/)
  assert.match((await load({}, 0, 1)).message, /wanted a tensor 2\.holdOuts/)
  assert.match((await load({ holdOut: 0 }, 5, 1)).message, /wanted no tensors but .*, got 2\.holdOuts, 3\.holdOuts/)
  assert.match((await load({ holdOut: 0, choice: 'holdOut' }, 0, 1)).message, /holdOut: wanted a share above 0/)
})

test('options that do not go together, too many rows and checkpoints are refused', async () => {
  const wrong = (options: MetagenesInput) => failure(() => new Metagenes(options))
  assert.match(
    (await wrong({ minComponents: 4, maxComponents: 3 })).message,
    /^Metagenes: maxComponents: wanted at least/,
  )
  assert.match(
    (await wrong({ choice: 'holdOut', holdOut: 0 })).message,
    /^Metagenes: holdOut: wanted a share above 0 where choice is 'holdOut', got 0$/,
  )
  assert.match(
    (await wrong({ choice: 'least' } as object)).message,
    /^Metagenes: choice: wanted one of agreement, holdOut/,
  )
  assert.match((await wrong({ holdOut: 0.95 })).message, /^Metagenes: holdOut: wanted a number from 0 to 0.9/)
  assert.match((await wrong({ holdOutMasks: 1 })).message, /^Metagenes: holdOutMasks: wanted an integer from 2/)
  assert.match((await wrong({ holdOutInit: 0 })).message, /^Metagenes: holdOutInit: wanted an integer from 1/)
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
  const metagenes = new Metagenes({ maxComponents: 4, nInit: 3, maxIter: 10, holdOut: 0.2, holdOutMasks: 2 })
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
