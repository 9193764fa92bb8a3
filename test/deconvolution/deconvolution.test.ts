// Deconvolution: what is planted is found, by every method; p-values, intervals, edges, and the bits of every number of threads.
import {
  Cibersort,
  Deconvolution,
  DeconvolutionModel,
  type DeconvolutionOptions,
  dense,
  evaluateFractions,
  FormatError,
  matchGenes,
  NNLS,
  nnls,
  type Deconvolved,
} from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { matrixTensor, writeModel } from '../../src/core/model-file.js'
import { correlation } from '../../src/deconvolution/correlation.js'
import { quantileNormalized } from '../../src/deconvolution/preparation.js'
import { failure } from '../failure.js'
import { generator } from '../random.js'
import { apart, cases, rowsOf, standard } from './golden.js'

const METHODS = ['cibersort', 'nnls', 'simplex', 'at-most-one', 'robust', 'kl'] as const
const random = generator(17)
const [k, g] = [5, 60]
const S = Array.from({ length: k }, (_, j) =>
  Array.from({ length: g }, (_u, i) => 1 + 20 * random.uniform() + (i % k === j ? 150 : 0)),
)
const F = Array.from({ length: 6 }, () => {
  const raw = S.map(() => random.uniform() ** 2)
  const sum = raw.reduce((s, v) => s + v, 0)
  return raw.map(v => v / sum)
})
const mix = (f: readonly number[]): number[] =>
  Array.from({ length: g }, (_, i) => f.reduce((sum, v, j) => sum + v * S[j]![i]!, 0))
const Y = F.map(mix)
const quick = { permutations: 0 } as const
const take = async (
  options: Partial<DeconvolutionOptions>,
  X: readonly (readonly number[])[] = Y,
  signature: readonly (readonly number[])[] = S,
  run: object = {},
): Promise<Deconvolved> => (await new Deconvolution({ ...quick, ...options }).fit(signature)).deconvolve(X, run)

const finite = (found: Deconvolved): void => {
  const columns = [found.correlation, found.rmse, found.unknown, found.pValue, found.nu, found.gap]
  const matrices = [found.fractions, found.low, found.high]
  for (const values of [...columns, ...matrices.map(matrix => matrix?.data)])
    for (const v of values ?? []) assert.ok(Number.isFinite(v))
  for (const matrix of matrices) for (const v of matrix?.data ?? []) assert.ok(v >= 0 && v <= 1 + 1e-12)
}

test('what is exactly a mixture is found by every method that fits it, and nearly by the regression', async () => {
  for (const method of METHODS) {
    const found = await take({ method })
    const most = apart(found.fractions.data, F.flat())
    assert.ok(most < (method === 'cibersort' ? 0.01 : 1e-8), `${method}: ${most}`)
    assert.ok(Math.min(...found.correlation) > (method === 'cibersort' ? 0.999 : 1 - 1e-12))
    assert.ok(Math.max(...found.rmse) < (method === 'cibersort' ? 0.05 : 1e-6), `${method}: ${found.rmse}`)
    finite(found)
  }
})

test('fractions do not depend on the units of mixture or signature, to the bit for powers of two', async () => {
  for (const method of METHODS) {
    const [times, by] = method === 'simplex' || method === 'at-most-one' ? [8, 8] : [2 ** 300, 2 ** -20]
    const { fractions } = await take({ method })
    const other = await take(
      { method },
      Y.map(row => row.map(v => v * times)),
      S.map(row => row.map(v => v * by)),
    )
    assert.is(Buffer.compare(Buffer.from(other.fractions.data.buffer), Buffer.from(fractions.data.buffer)), 0, method)
  }
})

test('mixture and signature of sizes far apart: never NaN, a sum of 1 or at most 1; nothing beside much is unknown', async () => {
  for (const method of METHODS)
    for (const [times, by] of [
      [1e304, 1],
      [1e-320, 1],
      [1, 1e304],
      [1e150, 1e-150],
      [1e-300, 1e300],
      [1e300, 1e-300],
    ] as const) {
      const found = await take(
        { method, permutations: 3, bootstrap: 3 },
        Y.map(row => row.map(v => v * times)),
        S.map(row => row.map(v => v * by)),
      )
      finite(found)
      F.forEach((_, i) => {
        const sum = [...found.fractions.data.subarray(i * k, (i + 1) * k)].reduce((s, v) => s + v, 0)
        const wanted = method === 'at-most-one' && times < by ? 0 : 1
        assert.ok(Math.abs(sum - wanted) < 1e-12, `${method} ${times} ${by}: ${sum}`)
      })
    }
})

test('what the signature has not is unknown: with at-most-one the sum of the fractions falls short by it', async () => {
  const half = Y.map(row => row.map(v => v * 0.6))
  const found = await take({ method: 'at-most-one' }, half)
  for (const v of found.unknown) assert.ok(Math.abs(v - 0.4) < 1e-10, `${v}`)
  for (const method of METHODS)
    if (method !== 'at-most-one')
      assert.equal(
        [...(await take({ method }, half)).unknown],
        F.map(() => 0),
      )
})

test('a sample’s result does not depend on the others, in any method; with mode cibersort the null does', async () => {
  for (const method of METHODS) {
    const all = await take({ method, bootstrap: 9 })
    const one = await take({ method, bootstrap: 9 }, [Y[0]!])
    for (const name of ['fractions', 'low', 'high'] as const)
      assert.is(apart(one[name]!.data, all[name]!.data.subarray(0, k)), 0, `${method} ${name}`)
  }
})

test('regression: fractions are those of the optimal weights, to 1e-6, and of libsvm’s, to 1e-3; and the nu with the smallest error is kept', async () => {
  for (const given of cases)
    for (const { y, svr } of given.samples) {
      const types = Array.from({ length: given.types }, (_, j) => given.S.slice(j * given.genes, (j + 1) * given.genes))
      const model = await new Cibersort({ permutations: 0 }).fit(types)
      const found = await model.deconvolve([y])
      const X = standard(rowsOf(given).flat())
      const target = standard([...y])
      const shares = (w: readonly number[]): number[] => {
        const positive = w.map(v => Math.max(0, v))
        return positive.map(v => v / positive.reduce((s, u) => s + u, 0))
      }
      const all = svr.map(({ nu, w, libsvm }) => {
        const f = shares(w)
        const fit = target.map((_, i) => f.reduce((sum, v, j) => sum + v * X[i * given.types + j]!, 0))
        const rmse = Math.sqrt(fit.reduce((sum, v, i) => sum + (v - target[i]!) ** 2, 0) / target.length)
        return { nu, f, libsvm: shares(libsvm), rmse, r: correlation(fit, target) }
      })
      for (const { nu, f, libsvm } of all) {
        const { fractions } = await (await new Cibersort({ nu: [nu], permutations: 0 }).fit(types)).deconvolve([y])
        assert.ok(apart(fractions.data, f) < 1e-6, `${given.name}, nu ${nu}: ${apart(fractions.data, f)}`)
        assert.ok(apart(fractions.data, libsvm) < 1e-3, `${given.name}, nu ${nu}: ${apart(fractions.data, libsvm)}`)
      }
      const best = all.reduce((a, b) => (b.rmse < a.rmse ? b : a))
      assert.is(found.nu![0], best.nu)
      assert.ok(Math.abs(found.rmse[0]! - best.rmse) < 1e-6 && Math.abs(found.correlation[0]! - best.r) < 1e-6)
      // Mode robust chooses by what is left of the mixture, whatever the scale: by the highest correlation.
      const mended = await (await new Deconvolution({ permutations: 0 }).fit(types)).deconvolve([y])
      const highest = all.reduce((a, b) => (b.r > a.r ? b : a))
      assert.ok(Math.abs(mended.correlation[0]! - highest.r) < 1e-6)
      const l = target.length
      assert.ok(Math.abs(mended.rmse[0]! - Math.sqrt(((1 - highest.r ** 2) * (l - 1)) / l)) < 1e-6)
      assert.ok(Math.max(...found.gap!, ...mended.gap!) < 1e-7)
    }
})

test('mode cibersort: data below 50 are logarithms', async () => {
  const logs = Y.map(row => row.map(v => Math.log2(v)))
  const [plain, logged] = [await take({ mode: 'cibersort' }), await take({ mode: 'cibersort' }, logs)]
  assert.ok(apart(plain.fractions.data, logged.fractions.data) < 1e-9)
  const kept = await take({ mode: 'robust' }, logs)
  assert.ok(apart(plain.fractions.data, kept.fractions.data) > 0.01)
})

test('mode cibersort: p is 1 less the place of the nearest of the null draws that all samples share', async () => {
  const options = { mode: 'cibersort', permutations: 20, seed: 3 } as const
  const found = await take(options)
  for (const p of found.pValue!) assert.ok(Math.abs(p * 20 - Math.round(p * 20)) < 1e-12 && p >= 0 && p < 1)
  assert.equal([...found.pValue!], [0, 0, 0, 0, 0, 0]) // above all draws: the last place
  const twice = await take(options, [...Y, ...Y.slice(0, 2)])
  assert.is(twice.pValue![0], twice.pValue![6])
})

test('mode robust: p is at least 1 / (1 + draws), and that where no draw comes near', async () => {
  for (const method of METHODS) {
    const found = await take({ method, permutations: 19 })
    assert.equal(
      [...found.pValue!],
      F.map(() => 1 / 20),
      method,
    )
    finite(found)
  }
})

test('mode robust: p-values of mixtures that have nothing to do with the signature are uniform', async () => {
  // Of 200 mixtures of independent numbers: the distance of Kolmogorov and Smirnov of so many uniform numbers exceeds
  // 1.95 / sqrt(200) with a probability below .001, on a grid of p-values less often. 999 null draws for each mixture, with
  // all that method cibersort does by default: the nu that is kept is chosen anew for each draw. The other methods, and
  // other sizes: npm run bench -- deconvolution --nulls.
  const n = 200
  const noise = Array.from({ length: n }, () => Array.from({ length: 20 }, () => -Math.log(1 - random.uniform())))
  const few = S.map(row => row.slice(0, 20))
  const draws = 999
  for (const method of ['nnls', 'cibersort'] as const) {
    const { pValue } = await take({ method, permutations: draws, seed: 5 }, noise, few)
    const sorted = [...pValue!].sort((a, b) => a - b)
    const distance = Math.max(
      ...sorted.map((p, i) => Math.max(Math.abs((i + 1) / n - p), Math.abs(i / n - (p - 1 / (draws + 1))))),
    )
    assert.ok(distance < 1.95 / Math.sqrt(n), `${method}: ${distance}`)
  }
})

// A fraction of at least .05 or so, and noise of 20 %: a sum of three uniform numbers.
const shared = (): number[] => {
  const raw = S.map(() => 0.2 + random.uniform())
  return raw.map(v => v / raw.reduce((s, u) => s + u, 0))
}
const noisyOf = (y: readonly number[]): number[] =>
  y.map(v => v * (1 + 0.4 * (random.uniform() + random.uniform() + random.uniform() - 1.5)))

test('bootstrap intervals hold the fractions of noisy mixtures as often as those of an independent program', async () => {
  // Percentiles of few genes are narrow: 60 genes, of which 12 tell one type from the others, take the residuals' variance
  // for 11/12 of the noise's, and of 200 draws the outer ones for quantiles. By numpy, 2000 mixtures of this kind and their
  // own bootstraps: 90 % intervals hold .8725 (standard error .0036). The share of a mixture has a deviation of .162, so
  // that of 200 has one of .0115; within 3.5 of these.
  const truth = Array.from({ length: 200 }, shared)
  const { low, high } = await take(
    { method: 'nnls', bootstrap: 200, level: 0.9 },
    truth.map(f => noisyOf(mix(f))),
  )
  const held = truth.flat().filter((v, at) => v >= low!.data[at]! && v <= high!.data[at]!).length / 1000
  assert.ok(Math.abs(held - 0.8725) < 0.04, `${held}`)
})

test('a bootstrap interval is as wide as the sandwich formula has it where genes are many', async () => {
  const genes = 600
  const many = Array.from({ length: k }, (_, j) =>
    Array.from({ length: genes }, (_u, i) => 1 + 20 * random.uniform() + (i % k === j ? 150 : 0)),
  )
  const f = shared()
  const y = noisyOf(many[0]!.map((_, i) => f.reduce((sum, v, j) => sum + v * many[j]![i]!, 0)))
  const { low, high, fractions } = await take({ method: 'nnls', bootstrap: 4000, level: 0.9 }, [y], many)
  // Weights x with S S' x = S y; their covariance (S S')^-1 S diag(e^2) S' (S S')^-1; that of x / sum x by its slopes.
  const { x } = await nnls(
    y.map((_, i) => many.map(row => row[i]!)),
    y,
  )
  const rest = y.map((v, i) => v - many.reduce((sum, row, j) => sum + x[j]! * row[i]!, 0))
  const total = x.reduce((sum, v) => sum + v, 0)
  const gram = many.map(a => many.map(b => a.reduce((sum, v, i) => sum + v * b[i]!, 0)))
  for (let j = 0; j < k; j++) {
    const slope = many.map((_, q) => ((q === j ? 1 : 0) - fractions.data[j]!) / total)
    const along = solved(gram, slope)
    const variance = rest.reduce(
      (sum, e, i) => sum + (e * many.reduce((t, row, q) => t + along[q]! * row[i]!, 0)) ** 2,
      0,
    )
    // A quantile of 4000 draws is off by 2 % of its distance from the middle, half the width by 1.5 %.
    const ratio = (high!.data[j]! - low!.data[j]!) / 2 / (1.6449 * Math.sqrt(variance))
    assert.ok(Math.abs(ratio - 1) < 0.05, `${ratio}`)
  }
})

// A x = b by elimination with pivots on the diagonal, which serve for a Gram matrix.
function solved(A: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = A.map((row, i) => [...row, b[i]!])
  for (let p = 0; p < rows.length; p++)
    for (let i = 0; i < rows.length; i++) {
      if (i === p) continue
      const times = rows[i]![p]! / rows[p]![p]!
      rows[i] = rows[i]!.map((v, c) => v - times * rows[p]![c]!)
    }
  return rows.map((row, i) => row.at(-1)! / row[i]!)
}

test('seeds: the same one gives the same bits, another other draws', async () => {
  const options = { bootstrap: 10, method: 'nnls' } as const
  const [a, b, c] = [await take(options), await take(options), await take({ ...options, seed: 1 })]
  assert.is(apart(a.low!.data, b.low!.data), 0)
  assert.ok(apart(a.low!.data, c.low!.data) >= 0)
  const noisy = Y.map(row => row.map(v => v * (0.5 + random.uniform())))
  const [d, e] = [await take(options, noisy), await take({ ...options, seed: 2 ** 40 + 7 }, noisy)]
  assert.ok(apart(d.low!.data, e.low!.data) > 0)
})

test('several threads give the bits of one', async () => {
  const noisy = Y.map(row => row.map(v => v * (0.5 + random.uniform())))
  for (const [method, mode] of [
    ['cibersort', 'robust'],
    ['cibersort', 'cibersort'],
    ['robust', 'robust'],
  ] as const) {
    const options = { method, mode, permutations: 30, bootstrap: 20 }
    const one = await take(options, noisy)
    for (const threads of [2, 3]) {
      const steps: number[] = []
      const several = await take(options, noisy, S, {
        threads,
        onProgress: ({ done, of }: { done: number; of: number }) => steps.push(done / of),
      })
      assert.is(steps.at(-1), 1)
      assert.is(JSON.stringify(several), JSON.stringify(one), `${method} ${mode}`)
    }
  }
})

test('an abort ends a call with its reason', async () => {
  const stop = new AbortController()
  const reason = new Error('enough')
  const run = {
    signal: stop.signal,
    onProgress: ({ done }: { done: number }) => void (done === 7 && stop.abort(reason)),
  }
  assert.is(await failure(() => take({ permutations: 50 }, Y, S, run)), reason)
})

test('what is constant, has no weight above 0 or is nothing gives zeros and an unknown share of 1, never NaN', async () => {
  const flat = Array.from({ length: g }, () => 3)
  const zero = flat.map(() => 0)
  // Falls where every type rises.
  const against = S.map(row => row.map((v, i) => v / 100 + i))
  const falling = zero.map((_, i) => g - i)
  for (const method of METHODS)
    for (const mode of ['robust', 'cibersort'] as const) {
      const options = { method, mode, permutations: 9, bootstrap: 5 }
      for (const found of [
        await take(options, [flat, zero, Y[0]!]),
        await take(options, [Y[0]!], [zero, zero]),
        await take(options, [Y[0]!], [flat, flat]),
        await take(options, [falling], against),
        await take(options, [[3]], [[2], [2], [5]]),
        await take(
          options,
          [[1, 2]],
          [
            [1, 2],
            [2, 4],
            [2, 4],
            [0, 0],
          ],
        ),
      ])
        finite(found)
      if (method === 'cibersort') {
        const found = await take(options, [flat, falling], against)
        assert.equal([...found.fractions.data], Array(2 * k).fill(0))
        assert.equal([...found.unknown], [1, 1])
        assert.equal([...found.correlation], [0, 0])
        assert.equal([...found.nu!], [0, 0])
      }
    }
})

test('fewer genes than types, and types twice: a condition of Infinity, and fractions that still add up', async () => {
  const twice = [...S, S[0]!]
  for (const [signature, X] of [
    [twice, Y],
    [S.map(row => row.slice(0, 3)), Y.map(row => row.slice(0, 3))],
  ] as const) {
    const model = await new NNLS().fit(signature)
    assert.ok(model.condition > 1e14, `${model.condition}`) // rounding, or Infinity
    for (const method of METHODS) {
      const found = await take({ method }, X, signature)
      finite(found)
      const width = signature.length
      X.forEach((_, i) => {
        const sum = [...found.fractions.data.subarray(i * width, (i + 1) * width)].reduce((s, v) => s + v, 0)
        assert.ok(Math.abs(sum + found.unknown[i]! - 1) < 1e-9, `${method}: ${sum}`)
      })
    }
  }
  const sound = await new NNLS().fit([
    [3, 0, 0],
    [0, 0.5, 0],
  ])
  assert.ok(Math.abs(sound.condition - 6) < 1e-14)
})

test('kl refuses entries below 0, in the signature and in mixtures', async () => {
  const refused = await failure(() => new Deconvolution({ method: 'kl' }).fit([[1, -2]]))
  assert.instance(refused, RangeError)
  assert.match(refused.message, 'Deconvolution.fit: X[0, 1] = -2: entries must be >= 0')
  const model = await new Deconvolution({ method: 'kl' }).fit([[1, 2]])
  assert.match((await failure(() => model.deconvolve([[1, -2]]))).message, 'Deconvolution.deconvolve: X[0, 1] = -2')
})

test('options that are no list of nu are refused', async () => {
  for (const [nu, kind] of [
    [[], RangeError],
    [[0.5, 0], RangeError],
    [[1.5], RangeError],
    ['x', TypeError],
  ] as const)
    assert.instance(await failure(() => new Deconvolution({ nu } as never)), kind)
  assert.equal(new Cibersort().options.mode, 'cibersort')
  assert.equal(new NNLS({ mode: 'robust' }).options.method, 'nnls')
})

test('quantile normalisation: every sample has the mean distribution, by its ranks; ties share theirs', () => {
  // Worked by hand: sorted columns 1 2 4 | 3 5 9 have means 2, 3.5, 6.5.
  assert.equal([...quantileNormalized(Float64Array.of(4, 1, 2, 9, 5, 3), 2, 3)], [6.5, 2, 3.5, 6.5, 3.5, 2])
  // A tie of the first two ranks lies between them; of three at the middle one.
  assert.equal([...quantileNormalized(Float64Array.of(1, 1, 4, 3, 5, 9), 2, 3)], [2.5, 2.5, 6.5, 2, 3, 6.5])
  assert.equal([...quantileNormalized(Float64Array.of(1, 1, 1, 3, 5, 9), 2, 3)], [3, 3, 3, 2, 3, 5])
})

test('quantileNormalize is that of the mixtures of a call', async () => {
  const flat = Float64Array.from(Y.flat())
  const normal = quantileNormalized(flat, Y.length, g)
  const [own, given] = [
    await take({ method: 'nnls', quantileNormalize: true }),
    await (await new NNLS(quick).fit(S)).deconvolve(dense(normal, [Y.length, g])),
  ]
  assert.is(apart(own.fractions.data, given.fractions.data), 0)
})

test('evaluation: r, ccc and rmse by hand, of each type and of all, beside the mean composition and equal shares', () => {
  const found = evaluateFractions(
    [
      [0.2, 0.8],
      [0.6, 0.4],
    ],
    [
      [0.1, 0.9],
      [0.5, 0.5],
    ],
  )
  const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-12, `${a}, ${b}`)
  near(found.types[0]!.r, 1)
  near(found.types[0]!.rmse, 0.1)
  near(found.types[0]!.ccc, (2 * 0.04) / (0.04 + 0.04 + 0.01)) // 2 s_xy / (s_x^2 + s_y^2 + (mean difference)^2)
  near(found.overall.rmse, 0.1)
  near(found.baselines.uniform.rmse, Math.sqrt((0.16 + 0.16) / 4))
  assert.is(found.baselines.uniform.r, 0)
  near(found.baselines.mean.rmse, 0.2) // .3 and .7 for both
  const same = evaluateFractions([[0.5, 0.5]], [[0.5, 0.5]])
  assert.equal(same.overall, { r: 0, ccc: 1, rmse: 0 })
})

test('evaluation refuses other shapes and what is not finite', async () => {
  for (const [a, b, text] of [
    [[[1, 2]], [[1]], 'truth: wanted 1 x 2 as fractions, got 1 x 1'],
    [[[1, NaN]], [[1, 2]], 'fractions[0, 1] = NaN: wanted finite numbers'],
    [[], [], 'fractions: wanted at least one row and one column, got 0 x 0'],
  ] as const) {
    const error = await failure(() => evaluateFractions(a, b))
    assert.instance(error, RangeError)
    assert.match(error.message, text)
  }
})

test('genes are matched by name, in the order of their names', async () => {
  const { names, signature, mixture } = matchGenes(['c', 'a', 'x', 'B'], ['B', 'b', 'a', 'c'])
  assert.equal(
    [names, [...signature], [...mixture]],
    [
      ['B', 'a', 'c'],
      [3, 1, 0],
      [0, 2, 3],
    ],
  )
  for (const [a, b, text] of [
    [['a', 'b', 'a'], ['a'], 'signature[2]: wanted genes of different names, got a also at 0'],
    [['a'], ['b', 'b'], 'mixture[1]: wanted genes of different names, got b also at 0'],
    [['a'], ['b'], 'wanted genes that both have, got none'],
  ] as const) {
    const error = await failure(() => matchGenes(a, b))
    assert.instance(error, RangeError)
    assert.match(error.message, text)
  }
})

test('a model that is told names finds genes by them, in any order and among others, and keeps them in its file', async () => {
  const names = Array.from({ length: g }, (_, i) => `gene ${(i * 7) % g}`)
  const types = ['a', 'b', 'c', 'd', 'e']
  const model = await new Deconvolution({ ...quick, method: 'nnls' }).fit(S, { genes: names, types })
  const wanted = await model.deconvolve(Y)
  const mixed = ['other', ...[...names].reverse()]
  const rows = Y.map(row => [700, ...[...row].reverse()])
  const loaded = DeconvolutionModel.load(model.save())
  assert.equal([loaded.genes, loaded.types], [names, types])
  for (const own of [model, loaded]) {
    const run = { genes: own.locate(mixed) }
    assert.equal(
      [...run.genes],
      names.map(name => mixed.indexOf(name)),
    )
    assert.is(JSON.stringify(await own.deconvolve(rows, run)), JSON.stringify(wanted))
    assert.is(apart((await own.transform(rows, run)).data, wanted.fractions.data), 0)
    assert.is(await own.score(rows, run), await model.score(Y))
  }
  const plain = await new Deconvolution(quick).fit(S)
  assert.equal([plain.genes, plain.types], [undefined, undefined])
  assert.is(DeconvolutionModel.load(plain.save()).genes, undefined)
  for (const [act, kind, text] of [
    [
      () => model.locate(['x', ...names.slice(1)]),
      RangeError,
      'Deconvolution.locate: names: wanted all 60 genes of the signature, got 60 without 1 of them: gene 0',
    ],
    [
      () => model.locate(['gene 1', ...names]),
      RangeError,
      'names[44]: wanted genes of different names, got gene 1 also at 0',
    ],
    [() => model.locate('gene 1' as never), TypeError, 'Deconvolution.locate: names: wanted a list of names, got'],
    [() => plain.locate(names), RangeError, 'Deconvolution.locate: wanted a model of a fit that was told run.genes'],
    [() => model.deconvolve(Y, { genes: 0 as never }), TypeError, 'run.genes: wanted places of columns, got 0'],
    [() => model.deconvolve(Y, { genes: null as never }), TypeError, 'run.genes: wanted places of columns, got null'],
    [() => model.transform(Y, { genes: [1] }), RangeError, 'transform: run.genes: wanted 60 columns, got 1'],
    [() => model.score(Y, { genes: names as never }), RangeError, 'run.genes[0]: wanted a column of X, from 0 to 59'],
    [
      () => new Deconvolution().fit(S, { genes: ['a'] }),
      RangeError,
      'Deconvolution.fit: run.genes: wanted the names of 60 genes, got 1',
    ],
    [
      () => new Deconvolution().fit(S, { types: ['a', 'b', 'a', 'c', 'd'] }),
      RangeError,
      'run.types[2]: wanted types of different names, got a also at 0',
    ],
    [
      () => new Deconvolution().fit(S, { types: 'abcde' as never }),
      TypeError,
      'run.types: wanted a list of names, got',
    ],
    [
      () => new Deconvolution().fit(S, { types: [1, 2, 3, 4, 5] as never }),
      TypeError,
      'run.types[0]: wanted a name, got 1',
    ],
  ] as const) {
    const error = await failure(async () => act())
    assert.instance(error, kind, error.message)
    assert.match(error.message, text)
  }
})

test('a file whose names are not those of its signature is a FormatError', async () => {
  const model = await new Deconvolution(quick).fit(S)
  const components = { signature: matrixTensor(model.components) }
  for (const [fact, text] of [
    ['geneNames', '["a"]'],
    ['geneNames', 'a'],
    ['typeNames', '["a","a","b","c","d"]'],
    ['typeNames', '{"length":5}'],
  ] as const) {
    const bytes = writeModel('deconvolve', components, model.options, { condition: 1, genes: g, [fact]: text })
    assert.instance(await failure(async () => DeconvolutionModel.load(bytes)), FormatError, text)
  }
})

test.run()
