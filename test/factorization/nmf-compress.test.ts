// Iterating on X~ = QB: the laws of the compression, of iterations on it, and of fits that use it.
import { withEngine } from '../../bindings/instance.js'
import * as twin from '../../bindings/reference.js'
import { OutOfMemory } from '../../src/core/errors.js'
import { loadNonNegative } from '../../src/core/load.js'
import { csr, dense, type Dense, type Matrix } from '../../src/core/matrix.js'
import { cutBy } from '../../src/core/program.js'
import { Pace } from '../../src/core/pace.js'
import { NMF, type NmfInput } from '../../src/factorization/nmf.js'
import type { NmfStep } from '../../src/factorization/nmf-descent.js'
import { compressible, NmfCompression } from '../../src/factorization/nmf-compress.js'
import { NmfFactors } from '../../src/factorization/nmf-factors.js'
import type { NmfModel } from '../../src/factorization/nmf-model.js'
import { NmfProgram } from '../../src/factorization/nmf-program.js'
import { orthonormalise } from '../../src/core/svd/orthonormal.js'
import { qb } from '../../src/factorization/nmf-qb.js'
import { termsOf } from '../../src/factorization/nmf-terms.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../failure.js'
import { scales } from './scaling.js'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'

type Floats = Float32ArrayConstructor | Float64ArrayConstructor
const [n, m, k] = [140, 110, 3]
const random = generator(91)
const draw = (length: number): number[] => Array.from({ length }, () => (random.uniform() < 0.3 ? 0 : random.uniform()))

/** W H of rank r plus uniform noise. */
function planted(rows: number, columns: number, r: number, noise: number, Floats: Floats = Float64Array): Dense {
  const [W, H] = [draw(rows * r), draw(r * columns)]
  const at = (i: number, j: number): number => {
    let s = noise * random.uniform()
    for (let q = 0; q < r; q++) s += W[i * r + q]! * H[q * columns + j]!
    return s
  }
  const data = Array.from({ length: rows * columns }, (_, p) => at(Math.floor(p / columns), p % columns))
  return dense(new Floats(data), [rows, columns])
}

const noisy = planted(n, m, k, 0.3)
const pace = new Pace(undefined)
const norm = (values: ArrayLike<number>): number => Math.sqrt(twin.dot(values, values, values.length))
/** A B' for A (rows x l) and B (columns x l). */
const times = (a: ArrayLike<number>, b: ArrayLike<number>, l: number): Float64Array => {
  const [rows, columns] = [a.length / l, b.length / l]
  return Float64Array.from({ length: rows * columns }, (_, p) => {
    const [i, j] = [Math.floor(p / columns), p % columns]
    let s = 0
    for (let q = 0; q < l; q++) s += a[i * l + q]! * b[j * l + q]!
    return s
  })
}
/** How far the columns are from orthonormal ones, and how many are not zero. */
function frame(q: ArrayLike<number>, l: number): { off: number; rank: number } {
  const zero = Array.from({ length: l }, (_, c) => Array.from(q).every((v, p) => p % l !== c || v === 0))
  let off = 0
  for (let a = 0; a < l; a++) {
    for (let b = 0; b < l; b++) {
      let s = 0
      for (let p = 0; p < q.length; p += l) s += q[p + a]! * q[p + b]!
      off = Math.max(off, Math.abs(s - (a === b && !zero[a] ? 1 : 0)))
    }
  }
  return { off, rank: zero.filter(z => !z).length }
}

/** Q and B' of the matrix as it is held, and that matrix times 1 / root^2. */
const compress = (X: Matrix, l: number) =>
  withEngine('test', {}, async engine => {
    const factors = new NmfFactors(engine, await loadNonNegative(engine, 'test', X, pace, { sliceWidth: 40 }), k)
    const { q, bt } = await qb(factors, l, 5, pace)
    const { rows, columns, root } = factors.X
    return { Q: factors.view(q, rows * l).slice(), Bt: factors.view(bt, columns * l).slice(), root }
  })

test('qb: data of rank r <= l are QB, dense and sparse, f64 to 1e-10 and f32 to 1e-5', async () => {
  for (const r of [1, 5, 16]) {
    const X = planted(n, m, r, 0)
    const single = dense(Float32Array.from(X.data), [n, m])
    for (const [input, bound] of [
      [X, 1e-10],
      [csr(csrParts(X.data, m)), 1e-10],
      [single, 1e-5],
    ] as const) {
      const { Q, Bt, root } = await compress(input, 16)
      const back = times(Q, Bt, 16)
      const off = norm(back.map((v, p) => v * root * root - X.data[p]!)) / norm(X.data)
      assert.ok(off <= bound, `rank ${r}: ${off}`)
      assert.ok(frame(Q, 16).rank >= r)
    }
  }
})

test('qb: Q is orthonormal to 1e-12 (f32: 1e-6), of deficient, zero and badly scaled data too', async () => {
  const cases: [string, (i: number, j: number, x: number) => number][] = [
    ['noisy', (_i, _j, x) => x],
    ['zero', () => 0],
    ['one entry', (i, j) => (i === 7 && j === 9 ? 3 : 0)],
    ['rank one', (i, j) => (i + 1) * (j + 1)],
    ['equal rows', (_, j) => noisy.data[j]!],
    ['rows of 1e-30 to 1', (i, _, x) => x * 10 ** (-30 * (i / n))],
    ['columns of 1e-8 to 1', (_, j, x) => x * 10 ** (-8 * (j / m))],
    ['identity', (i, j) => (i === j ? 1 : 0)],
  ]
  for (const [name, change] of cases) {
    const data = noisy.data.map((x, p) => change(Math.floor(p / m), p % m, x))
    for (const [values, bound] of [
      [Float64Array.from(data), 1e-12],
      [Float32Array.from(data), 1e-6],
    ] as const) {
      const { Q, Bt } = await compress(dense(values, [n, m]), 16)
      const { off, rank } = frame(Q, 16)
      assert.ok(off <= bound, `${name}: ${off}`)
      if (name === 'zero') assert.is(rank, 0)
      if (name === 'noisy' || name === 'identity') assert.is(rank, 16, name)
      assert.ok(Bt.every(Number.isFinite), name)
    }
  }
})

test('orthonormalise: the columns span what they did, in blocks of any height, and zero stays zero', async () => {
  await withEngine('test', {}, async engine => {
    const X = await loadNonNegative(engine, 'test', noisy, pace)
    const range = new NmfFactors(engine, X, 8)
    for (const height of [1, 7, 48, n]) {
      const A = Float64Array.from({ length: n * 8 }, (_, p) => (p % 8 === 5 ? 0 : random.uniform() - 0.3))
      // A column that is the sum of two before it, and one that is nearly another.
      for (let p = 0; p < A.length; p += 8) {
        A[p + 6] = A[p + 1]! + A[p + 2]!
        A[p + 7] = A[p + 3]! + 1e-4 * A[p + 7]!
      }
      range.view(range.w, n * 8).set(A)
      await orthonormalise(range, range.w, cutBy(n, 2 * height, height), pace)
      const Q = range.view(range.w, n * 8).slice()
      const { off, rank } = frame(Q, 8)
      assert.ok(off <= 1e-14, `${off}`)
      assert.is(rank, 6)
      const columns = (a: Float64Array): Float64Array => a.map((_, p) => a[(p % n) * 8 + Math.floor(p / n)]!)
      const inner = times(columns(A), columns(Q as Float64Array), n) // A'Q
      const back = times(Q, inner, 8)
      assert.ok(norm(back.map((v, p) => v - A[p]!)) <= 1e-13 * norm(A))
    }
  })
})

test('nmf compress: an iteration on X~ is that of QB written out, in several shards, and never raises its objective', async () => {
  for (const [name, given] of [
    ['plain', {}],
    ['l1', { alphaW: 0.4, alphaH: 0.2, l1Ratio: 1 }],
    ['l2', { alphaW: 0.3, l1Ratio: 0.2 }],
  ] as const) {
    const { options } = new NMF({ nComponents: k, innerIter: 1, penaltyScale: 'raw', compress: true, ...given })
    await withEngine('test', {}, async engine => {
      const factors = new NmfFactors(engine, await loadNonNegative(engine, 'test', noisy, pace), k)
      const cut = (total: number) => cutBy(total, 48, 16)
      const terms = { ...termsOf(options, factors), rowCut: cut(n), columnCut: cut(m), lossCut: cut(n) }
      const program = new NmfProgram(factors, options, terms)
      await factors.randomStart(3, 0, pace)
      const compression = await NmfCompression.of(program, 3, pace)
      const { low } = compression
      const near = times(factors.view(low.q, n * low.l), factors.view(low.bt, m * low.l), low.l)
      const turned = near.map((_, p) => near[(p % n) * m + Math.floor(p / n)]!)
      const [l1W, l2W, l1H, l2H] = [terms.W.l1, terms.W.l2, terms.H.l1, terms.H.l2]
      const objective = (W: ArrayLike<number>, Ht: ArrayLike<number>): number => {
        const back = times(W, Ht, k)
        const sum = (a: ArrayLike<number>): number => Array.from(a).reduce((s, v) => s + v, 0)
        const half = 0.5 * norm(near.map((v, p) => v - back[p]!)) ** 2
        return half + l1W * sum(W) + l1H * sum(Ht) + 0.5 * (l2W * norm(W) ** 2 + l2H * norm(Ht) ** 2)
      }
      const held = async (): Promise<[Float64Array, Float64Array]> => {
        const { W, H } = await factors.factors(pace, 1, 1)
        return [Float64Array.from(W), H.map((_, p) => H[(p % k) * m + Math.floor(p / k)]!) as Float64Array]
      }
      let [W, Ht] = await held()
      let before = objective(W, Ht)
      factors.low = low
      await program.prepare(pace)
      for (let iter = 0; iter < 25; iter++) {
        await program.iterate(pace)
        let violation = sweep(near, W, Ht, l1W, l2W)
        violation += sweep(turned, Ht, W, l1H, l2H)
        const [gotW, gotHt] = await held()
        for (const [got, wanted] of [
          [gotW, W],
          [gotHt, Ht],
        ] as const)
          assert.ok(norm(got.map((v, p) => v - wanted[p]!)) <= 1e-9 * norm(wanted), `${name} ${iter}`)
        assert.ok(Math.abs(program.violation - violation) <= 1e-8 * violation + 1e-9, `${name} ${iter}`)
        const now = objective(gotW, gotHt)
        assert.ok(now <= before * (1 + 1e-12), `${name}, iteration ${iter}: ${before} to ${now}`)
        ;[W, Ht, before] = [gotW, gotHt, now]
      }
    })
  }
})

/** One plain HALS sweep over A for X ~ A B'; its violation. */
function sweep(data: ArrayLike<number>, A: Float64Array, B: Float64Array, l1: number, l2: number): number {
  const turned = (a: Float64Array): Float64Array =>
    a.map((_, p) => a[(p % (a.length / k)) * k + Math.floor(p / (a.length / k))]!)
  const bt = turned(B)
  const p = times(data, bt, B.length / k)
  const g = times(bt, bt, B.length / k)
  return twin.hals(A.length / k, k, k, A, p, g, l1, l2)
}

/** KKT residual of W and H on X itself: sum of |projected gradient|. */
function residual(X: Dense, model: NmfModel): number {
  const [rows, columns] = X.shape
  const data = Float64Array.from(X.data)
  const turned = data.map((_, p) => data[(p % rows) * columns + Math.floor(p / rows)]!)
  const W = Float64Array.from(model.embedding.data)
  const H = model.components.data
  const Ht = Float64Array.from({ length: H.length }, (_, p) => H[(p % k) * columns + Math.floor(p / k)]!)
  return sweep(data, W.slice(), Ht, 0, 0) + sweep(turned, Ht.slice(), W, 0, 0)
}

const stepsOf = async (nmf: NMF, X: Matrix): Promise<[NmfStep[], NmfModel]> => {
  const seen: NmfStep[] = []
  return [seen, await nmf.fit(X, { onProgress: step => void seen.push(step) })]
}

test('nmf compress: planted data end at the loss and the KKT residual of the fit without, in fewer iterations', async () => {
  for (const [Floats, tol, gap] of [
    [Float64Array, 1e-7, 1e-9],
    [Float32Array, 1e-4, 1e-3],
  ] as const) {
    for (const noise of [0.05, 0.3, 1]) {
      const X = planted(n, m, k, noise, Floats)
      const init = {
        W: dense(new Floats(draw(n * k)), [n, k]),
        H: dense(new Floats(draw(k * m)), [k, m]),
      }
      const options: NmfInput = { nComponents: k, tol, maxIter: 5000, init, rescale: false, innerIter: 1 }
      const [, exact] = await stepsOf(new NMF(options), X)
      const [, model] = await stepsOf(new NMF({ ...options, compress: true }), X)
      const label = `${Floats.name} noise ${noise}: ${exact.loss} in ${exact.nIter}, ${model.loss} in ${model.nIter}`
      assert.ok(exact.converged && model.converged, label)
      assert.ok(Math.abs(model.loss - exact.loss) <= gap * exact.loss, label)
      assert.ok(model.nIter < exact.nIter, label)
      // What tol is relative to: the violation met by the first iteration on X.
      const [W, Ht] = [Float64Array.from(init.W.data as ArrayLike<number>), new Float64Array(m * k)]
      for (let p = 0; p < m * k; p++) Ht[p] = (init.H.data as ArrayLike<number>)[(p % k) * m + Math.floor(p / k)]!
      const data = Float64Array.from(X.data)
      const turned = data.map((_, p) => data[(p % n) * m + Math.floor(p / n)]!)
      const first = sweep(data, W, Ht, 0, 0) + sweep(turned, Ht, W, 0, 0)
      const end = residual(X, model)
      assert.ok(end <= tol * first, `${label}: residual ${end} of ${first}`)
    }
  }
})

test('nmf compress: the first iteration is that of the fit without, and no iteration raises the objective', async () => {
  for (const given of [{}, { alphaW: 0.05, alphaH: 0.1, l1Ratio: 1 }, { alphaW: 0.1 }] as const) {
    for (const r of [1, 3, 40]) {
      for (const noise of [0, 0.5]) {
        const X = planted(n, m, r, noise)
        const options: NmfInput = { nComponents: k, tol: 1e-8, maxIter: 40, penaltyScale: 'raw', seed: r, ...given }
        const [[first]] = await stepsOf(new NMF({ ...options, maxIter: 1 }), X)
        const [steps, { trace }] = await stepsOf(new NMF({ ...options, compress: true }), X)
        assert.equal(steps[0], first)
        for (let t = 1; t < trace.length; t++)
          assert.ok(trace[t]! <= trace[t - 1]! + 1e-11 * trace[0]!, `rank ${r}, ${t}: ${trace[t - 1]} to ${trace[t]}`)
      }
    }
  }
})

test('nmf compress: from factors that X~ would only spoil, the bits are those of the fit without', async () => {
  for (const X of [planted(n, m, 30, 3), planted(n, m, k, 1)]) {
    const start = await new NMF({ nComponents: k, tol: 1e-12, maxIter: 3000 }).fit(X)
    const init = { W: start.embedding, H: start.components }
    const options: NmfInput = { nComponents: k, tol: 0, maxIter: 6, init }
    const [exact, model] = [await new NMF(options).fit(X), await new NMF({ ...options, compress: true }).fit(X)]
    assert.equal(model.trace, exact.trace)
    assert.equal(model.components.data, exact.components.data)
    assert.equal(model.embedding.data, exact.embedding.data)
  }
})

test('nmf compress: where X is sparse or has a short side the bits are those of the fit without', async () => {
  const thin = csr(
    csrParts(
      noisy.data.map(v => (random.uniform() < 0.1 ? v : 0)),
      m,
    ),
  )
  for (const X of [planted(2000, 12, k, 0.3), planted(12, 2000, k, 0.3), planted(40, 40, k, 0.3), thin]) {
    const options: NmfInput = { nComponents: k, maxIter: 8, tol: 0 }
    const [exact, model] = [await new NMF(options).fit(X), await new NMF({ ...options, compress: true }).fit(X)]
    assert.equal(model.components.data, exact.components.data)
    assert.equal(model.trace, exact.trace)
  }
  await withEngine('test', {}, async engine => {
    for (const [X, wanted] of [
      [noisy, true],
      [csr(csrParts(noisy.data, m)), true],
      [thin, false],
    ] as const)
      assert.is(compressible(await loadNonNegative(engine, 'test', X, pace), k), wanted)
  })
})

test('nmf compress: sparse input that is dense enough ends like dense input', async () => {
  const options: NmfInput = { nComponents: k, innerIter: 3, tol: 1e-7, maxIter: 1000, compress: true }
  const [a, b] = [await new NMF(options).fit(noisy), await new NMF(options).fit(csr(csrParts(noisy.data, m)))]
  assert.ok(Math.abs(a.loss - b.loss) <= 1e-9 * a.loss, `${a.loss} ${b.loss}`)
})

test('nmf compress: X times 4^s multiplies W and H by 2^s, to the bit', async () => {
  await scales({ nComponents: k, maxIter: 6, compress: true }, Float64Array.from(noisy.data), [n, m], {
    f32: [-50, 50],
    f64: [-400, 300],
  })
})

test('nmf compress: zero data, one entry, and more components than the rank give finite factors', async () => {
  for (const change of [() => 0, (p: number) => (p === 77 ? 2 : 0), (p: number) => 1 + (p % m)]) {
    for (const Floats of [Float64Array, Float32Array]) {
      const X = dense(new Floats(Array.from({ length: n * m }, (_, p) => change(p))), [n, m])
      const model = await new NMF({ nComponents: k, maxIter: 60, compress: true }).fit(X)
      for (const v of [...model.components.data, ...model.embedding.data]) assert.ok(v >= 0 && v < Infinity)
      assert.ok(model.loss <= 1e-5 * norm(X.data) ** 2, `${model.loss}`)
    }
  }
})

test('nmf compress: a fit resumed from any of its checkpoints ends in the undisturbed bits', async () => {
  const saved: Uint8Array[] = []
  const checkpoint = { every: 1, write: (bytes: Uint8Array): void => void saved.push(bytes) }
  const nmf = new NMF({ nComponents: k, nInit: 3, maxIter: 7, tol: 1e-9, compress: true })
  const wanted = (await nmf.fit(noisy, { checkpoint })).save()
  assert.equal((await nmf.fit(noisy)).save(), wanted)
  assert.is(saved.length, 21)
  for (const resume of saved) assert.equal((await nmf.fit(noisy, { resume })).save(), wanted)
  const longer = new NMF({ nComponents: k, maxIter: 12, tol: 1e-9, compress: true })
  const short: Uint8Array[] = []
  await new NMF({ ...longer.options, maxIter: 5 }).fit(noisy, {
    checkpoint: { every: 1, write: bytes => void short.push(bytes) },
  })
  for (const resume of short)
    assert.equal((await longer.fit(noisy, { resume })).save(), (await longer.fit(noisy)).save())
  const other = await failure(() => new NMF({ ...nmf.options, compress: false }).fit(noisy, { resume: saved[0]! }))
  assert.match(other.message, /run.resume: wanted a checkpoint of/)
})

test('nmf compress: a restart does not know of those before it', async () => {
  const options: NmfInput = { nComponents: k, maxIter: 5, tol: 0, compress: true, seed: 4 }
  const [alone] = await stepsOf(new NMF(options), noisy)
  const [three] = await stepsOf(new NMF({ ...options, nInit: 3 }), noisy)
  assert.equal(three.slice(0, 5), alone)
  // The second one, resumed in a run of its own.
  const saved: Uint8Array[] = []
  await new NMF({ ...options, nInit: 3 }).fit(noisy, { checkpoint: { every: 1, write: b => void saved.push(b) } })
  const rest: NmfStep[] = []
  await new NMF({ ...options, nInit: 3 }).fit(noisy, { resume: saved[5]!, onProgress: step => void rest.push(step) })
  assert.equal(rest, three.slice(6))
})

const state = (): Promise<[number, number]> =>
  withEngine('test', {}, async ({ arena }): Promise<[number, number]> => [arena.used, arena.memory.buffer.byteLength])

test('nmf compress: an abort at any of its looks at the signal rejects with the reason and leaves no memory', async () => {
  const nmf = new NMF({ nComponents: k, maxIter: 3, tol: 0, compress: true })
  const wanted = (await nmf.fit(noisy)).save()
  const flat = await state()
  for (let at = 0, done = false; !done; at += 7) {
    let looks = 0
    const reason = new Error('enough')
    const throwIfAborted = (): void => {
      if (looks++ === at) throw reason
    }
    const caught: unknown = await nmf.fit(noisy, { signal: { throwIfAborted } as AbortSignal }).then(
      () => undefined,
      (error: unknown) => error,
    )
    done = caught === undefined
    if (done) assert.ok(at > 200, `${at} looks`)
    else assert.is(caught, reason)
    assert.equal(await state(), flat)
  }
  assert.equal((await nmf.fit(noisy)).save(), wanted)
})

test('nmf compress: the k-th allocation failing is OutOfMemory each time, and the engine works after it', async () => {
  const nmf = new NMF({ nComponents: k, maxIter: 2, compress: true })
  const wanted = (await nmf.fit(noisy)).save()
  const flat = await state()
  const failAfter = (left: number): Promise<void> =>
    withEngine('test', {}, async ({ arena }) => {
      arena.failAfter = left
    })
  let failures = 0
  for (let failed = true; failed; failures++) {
    await failAfter(failures)
    failed = await nmf.fit(noisy).then(
      () => false,
      (error: unknown) => {
        assert.instance(error, OutOfMemory)
        return true
      },
    )
    await failAfter(Infinity)
    assert.equal(await state(), flat)
  }
  assert.ok(failures > 50, `${failures}`)
  assert.equal((await nmf.fit(noisy)).save(), wanted)
})

test('nmf compress: refused with solver mu and in partialFit', async () => {
  const error = await failure(() => new NMF({ solver: 'mu', compress: true }))
  assert.instance(error, RangeError)
  assert.match(error.message, /NMF: compress: wanted false with solver 'mu'/)
  const online = await failure(() => new NMF({ nComponents: 1, compress: true }).partialFit([[1, 2]]))
  assert.instance(online, RangeError)
  assert.match(online.message, /NMF.partialFit: compress: wanted false/)
})

test.run()
