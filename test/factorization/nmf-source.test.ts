// A source is the matrix that its blocks are: the same bits, from memory that X does not fit into.
import { csr, dense, type Matrix, type MatrixLike, NMF, type NmfInput, OutOfMemory, type RowSource } from 'latens'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../failure.js'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'

const random = generator(61)
type Floats = typeof Float32Array | typeof Float64Array
const made = (As: Floats, length: number, draw: () => number): Float32Array | Float64Array =>
  new As(length).map(draw) as Float32Array | Float64Array

/** `share` of the entries are zero, the others lie in [.1, 1.1) times `size`. */
function full(rows: number, columns: number, As: Floats, share = 0.3, size = 1): Matrix {
  const draw = (): number => (random.uniform() < share ? 0 : (0.1 + random.uniform()) * size)
  return dense(made(As, rows * columns, draw), [rows, columns])
}

/** About `each` stored entries a row, some rows without any. */
function sparse(rows: number, columns: number, As: Floats, each: number): Matrix {
  const [indptr, indices, jump] = [new Int32Array(rows + 1), [] as number[], columns / each]
  for (let i = 0; i < rows; i++) {
    if (i % 29 !== 3)
      for (let e = 0; e < each; e++) {
        const [from, to] = [Math.floor(e * jump), Math.floor((e + 1) * jump)]
        if (random.uniform() < 0.8) indices.push(from + random.below(to - from))
      }
    indptr[i + 1] = indices.length
  }
  const data = made(As, indices.length, () => 0.1 + random.uniform())
  return csr({ indptr, indices: Int32Array.from(indices), data, shape: [rows, columns] })
}

function rowsOf(X: Matrix, from: number, to: number): Matrix {
  const [, m] = X.shape
  if (X.kind === 'dense') return dense(X.data.slice(from * m, to * m), [to - from, m])
  const [start, end] = [X.indptr[from]!, X.indptr[to]!]
  return csr({
    indptr: X.indptr.slice(from, to + 1).map(p => p - start),
    indices: X.indices.slice(start, end),
    data: X.data.slice(start, end),
    shape: [to - from, m],
  })
}

/** The matrix in blocks that end at these rows and at its last. */
const inBlocks = (X: Matrix, ends: readonly number[]): RowSource =>
  async function* () {
    let from = 0
    for (const to of [...ends, X.shape[0]]) {
      yield rowsOf(X, from, to)
      from = to
    }
  }

const everyRows = (X: Matrix, height: number): RowSource =>
  inBlocks(
    X,
    Array.from({ length: Math.floor((X.shape[0] - 1) / height) }, (_, i) => (i + 1) * height),
  )

const hals: NmfInput = {}
const mu: NmfInput = { solver: 'mu' }
const kl: NmfInput = { solver: 'mu', betaLoss: 1, lossEvery: 2 }
const general: NmfInput = { solver: 'mu', betaLoss: 1.5, lossEvery: 2 }

// Sizes that cut into several shards of several blocks, and the sums into several chunks of 2^18 entries; sparse ones
// also into slices of 1,310 columns, with a mean that depends on the order of the sum.
for (const As of [Float64Array, Float32Array]) {
  const precision = As === Float64Array ? 'f64' : 'f32'
  const cases: [string, Matrix, NmfInput[]][] = [
    ['dense', full(6000, 100, As), [hals, mu, kl, { ...general, nComponents: 30 }]],
    ['dense with padded rows', full(1100, 256, As, 0.3, 2 ** 13), [hals, kl]],
    ['csr', sparse(5000, 300, As, 60), [hals, mu, kl, { ...general, nComponents: 12 }]],
    ['csr in slices', sparse(5500, 3000, As, 60), [hals, mu, kl]],
    ['wide csr', sparse(90, 3000, As, 40), [general]],
  ]
  for (const [name, X, given] of cases) {
    for (const options of given) {
      const { solver = 'hals', betaLoss = 2 } = options
      test(`nmf ${solver} beta ${betaLoss}, ${name} ${precision}: a source gives the bits of the matrix`, async () => {
        const nmf = new NMF({ nComponents: 100, maxIter: 3, tol: 0, seed: 5, ...options })
        const wanted = (await nmf.fit(X)).save()
        for (const height of [Math.ceil(X.shape[0] / 3), 97])
          assert.equal((await nmf.fit(everyRows(X, height))).save(), wanted, `${height}`)
      })
    }
  }
}

test('nmf: 200 sources of any block boundaries give the bits of the matrix', async () => {
  const [rows, wide] = [1000, 1400]
  const cases = await Promise.all(
    (
      [
        [full(rows, 40, Float32Array), hals, 100],
        [sparse(rows, wide, Float64Array, 30), hals, 100],
        [sparse(rows, wide, Float32Array, 30), kl, 100],
        [full(90, 40, Float64Array), general, 4],
      ] as const
    ).map(async ([X, options, nComponents]) => {
      const nmf = new NMF({ nComponents, maxIter: 1, ...options })
      return { X, nmf, wanted: (await nmf.fit(X)).save() }
    }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.nat(cases.length - 1),
      fc.array(fc.oneof(fc.nat(rows), fc.constantFrom(0, 1, rows - 1, rows)), { maxLength: 40 }),
      async (which, cuts) => {
        const { X, nmf, wanted } = cases[which]!
        const ends = cuts.map(cut => Math.min(cut, X.shape[0])).sort((a, b) => a - b)
        assert.equal((await nmf.fit(inBlocks(X, ends))).save(), wanted)
      },
    ),
    { numRuns: 200, seed: 7 },
  )
})

test('nmf: restarts, a start of the caller’s, penalties, threads, steps and fitTransform are those of the matrix', async () => {
  const X = full(400, 30, Float64Array)
  const source = everyRows(X, 64)
  const start = { W: full(400, 6, Float64Array, 0), H: full(6, 30, Float64Array, 0) }
  for (const options of [{ nInit: 3 }, { init: start }, { alphaW: 1e-4 }, { solver: 'mu', init: start }] as const) {
    const nmf = new NMF({ nComponents: 6, maxIter: 6, ...options })
    const [wanted, told] = [await nmf.fit(X), [] as number[]]
    assert.equal(
      (await nmf.fit(source, { threads: 2, onProgress: ({ iter }) => told.push(iter) })).save(),
      wanted.save(),
    )
    assert.ok(told.length >= wanted.nIter)
    assert.equal(await nmf.fitTransform(source), wanted.embedding)
    const losses: number[] = []
    for await (const { loss } of nmf.steps(source)) losses.push(loss)
    assert.is(losses.length, told.length)
  }
})

test('nmf: compress reads a source as it reads the matrix', async () => {
  const nmf = new NMF({ nComponents: 6, maxIter: 6, tol: 0, compress: true })
  for (const X of [full(2000, 300, Float64Array), sparse(2000, 300, Float32Array, 200)]) {
    let passes = 0
    const source: RowSource = () => {
      passes++
      return everyRows(X, 300)()
    }
    const wanted = await nmf.fit(X)
    assert.equal((await nmf.fit(source)).save(), wanted.save())
    // Two before the start, one for its scale, five to compress and one an iteration: the stages between read nothing.
    assert.is(passes, 2 + 1 + 5 + 6)
  }
})

test('nmf: from a source a fit takes two fifths of the memory that X would, or less', async () => {
  for (const [X, entry, part] of [
    [full(5000, 1000, Float64Array), 8, 1 / 5],
    [full(5000, 1000, Float32Array), 4, 1 / 5],
    [sparse(6000, 2000, Float64Array, 400), 12, 2 / 5],
  ] as const) {
    const bytes = X.data.length * entry
    const nmf = new NMF({ nComponents: 32, maxIter: 2, tol: 0 })
    // The arena's bound is the peak: whatever a fit takes, it takes there.
    const maxMemory = part * bytes
    assert.instance(await failure(nmf.fit(X, { maxMemory: bytes })), OutOfMemory)
    assert.equal((await nmf.fit(everyRows(X, 100), { maxMemory })).save(), (await nmf.fit(X)).save())
    assert.instance(await failure(nmf.fit(everyRows(X, 100), { maxMemory: maxMemory / 10 })), OutOfMemory)
  }
})

const small = full(60, 8, Float64Array)
const nmf = new NMF({ nComponents: 3, maxIter: 4, tol: 0 })

/** A source that keeps count of its passes and of what was closed; `at` is asked before each block of each pass. */
function watched(X: Matrix, at: (pass: number, block: number) => unknown) {
  const seen = { opened: 0, closed: 0, ended: 0 }
  const source: RowSource = () => {
    const pass = ++seen.opened
    let block = 0
    const next = async (): Promise<IteratorResult<MatrixLike>> => {
      await at(pass, block)
      if (block * 10 < X.shape[0])
        return { done: false, value: rowsOf(X, block * 10, Math.min(X.shape[0], ++block * 10)) }
      seen.ended++
      return { done: true, value: undefined }
    }
    const close = async (): Promise<IteratorResult<MatrixLike>> => {
      seen.closed++
      return { done: true, value: undefined }
    }
    return { [Symbol.asyncIterator]: () => ({ next, return: close }) }
  }
  return { source, seen }
}

test('nmf: a source is read to its end, twice before the start, once for its scale and once an iteration', async () => {
  const { source, seen } = watched(small, () => {})
  await nmf.fit(source)
  assert.equal(seen, { opened: 2 + 1 + 4, closed: 0, ended: 2 + 1 + 4 })
  const walked = watched(small, () => {})
  // No scale, but the loss of the start, and then of every second iteration.
  await new NMF({ nComponents: 3, maxIter: 4, tol: 0, ...kl }).fit(walked.source)
  assert.is(walked.seen.opened, 2 + 1 + 4 + 2)
})

test('nmf: an abort closes the source in any pass, also while it is waited for, and rejects with its reason', async () => {
  const wanted = (await nmf.fit(small)).save()
  for (let pass = 1; pass <= 7; pass++) {
    for (const waits of [false, true]) {
      const stop = new AbortController()
      const reason = new Error('enough')
      const { source, seen } = watched(small, (now, block) => {
        if (now !== pass || block !== 3) return
        stop.abort(reason)
        if (waits) return new Promise(() => {})
      })
      assert.is(await failure(nmf.fit(source, { signal: stop.signal })), reason)
      assert.equal(seen, { opened: pass, closed: 1, ended: pass - 1 })
    }
  }
  assert.equal((await nmf.fit(watched(small, () => {}).source)).save(), wanted)
})

test('nmf: an abort does not wait for a source whose end never comes', async () => {
  const controller = new AbortController()
  async function* endless() {
    try {
      // Never waited for, so the abort comes while the fit works.
      for (;;) yield Array.from({ length: 20 }, () => [1, 2, 3])
    } finally {
      await new Promise(() => {})
    }
  }
  setTimeout(() => controller.abort(new Error('enough')), 30)
  const fit = new NMF({ nComponents: 2 }).fit(() => endless(), { signal: controller.signal })
  assert.is((await failure(fit)).message, 'enough')
})

test('nmf: steps that are left leave no pass open', async () => {
  const { source, seen } = watched(small, () => {})
  for await (const { iter } of nmf.steps(source)) if (iter === 2) break
  assert.equal(seen, { opened: 5, closed: 0, ended: 5 })
})

test('nmf: what a source throws in any pass is what the fit rejects with', async () => {
  const broken = new Error('the disk broke')
  for (const pass of [1, 2, 3, 6]) {
    const { source, seen } = watched(small, (now, block) => {
      if (now === pass && block === 2) throw broken
    })
    assert.is(await failure(nmf.fit(source)), broken)
    assert.is(seen.closed, 0) // it ended itself
    assert.is(await failure(nmf.fit(() => (pass > 0 ? Promise.reject(broken) : [])) as Promise<unknown>), broken)
  }
})

test('nmf: a source that is another in a later pass is refused, and closed', async () => {
  const other = rowsOf(small, 20, 30)
  other.data[3]! += 1e-12
  const swapped = dense(Float64Array.from([...small.data.slice(168, 240), ...small.data.slice(160, 168)]), [10, 8])
  const cases: [MatrixLike, typeof Error, RegExp][] = [
    [rowsOf(small, 20, 29), RangeError, /wanted the 60 rows of the first pass, got 59/],
    [rowsOf(small, 19, 30), RangeError, /wanted the 60 rows of the first pass, got 61/],
    [other, RangeError, /wanted the numbers of the first pass, got others/],
    [swapped, RangeError, /wanted the numbers of the first pass, got others/],
    [dense(new Float64Array(80).fill(NaN), [10, 8]), RangeError, /wanted the numbers of the first pass, got others/],
    [dense(new Float64Array(80).fill(-1), [10, 8]), RangeError, /wanted the numbers of the first pass, got others/],
    [dense(new Float64Array(90), [10, 9]), RangeError, /block 2: wanted 8 columns as in block 0, got 9/],
    [dense(new Float32Array(80), [10, 8]), TypeError, /block 2: wanted dense f64 as in block 0, got dense f32/],
    [csr({ ...csrParts(other.data, 8), shape: [10, 8] }), TypeError, /block 2: wanted dense f64.*got csr f64/],
    ['text' as unknown as MatrixLike, TypeError, /block 2: wanted dense/],
  ]
  for (const [bad, kind, text] of cases) {
    for (const pass of [2, 3, 5]) {
      const { source, seen } = watched(small, () => {})
      let passes = 0
      const changed: RowSource = async function* () {
        const now = ++passes
        let block = 0
        for await (const rows of source() as AsyncIterable<MatrixLike>) yield now === pass && block++ === 2 ? bad : rows
      }
      const error = await failure(nmf.fit(changed))
      assert.instance(error, kind, error.message)
      assert.match(error.message, text)
      assert.match(error.message, new RegExp(`^NMF.fit: X: pass ${pass}: `))
      assert.is(seen.opened, pass)
      assert.is(seen.closed + seen.ended, pass)
    }
  }
})

test('nmf: a sparse source whose rows move entries between passes is refused before anything is overwritten', async () => {
  const X = sparse(80, 30, Float64Array, 10)
  const more = csr({ ...csrParts(new Float64Array(20 * 30).fill(1), 30), shape: [20, 30] })
  for (const pass of [2, 3, 4]) {
    let passes = 0
    const changed: RowSource = async function* () {
      passes++
      for (let i = 0; i < 80; i += 20) yield passes === pass && i === 40 ? more : rowsOf(X, i, i + 20)
    }
    const error = await failure(nmf.fit(changed))
    assert.match(error.message, new RegExp(`X: pass ${pass}: wanted the numbers of the first pass, got others`))
  }
  await nmf.fit(X)
})

test('nmf: an iterator that is used up is no source', async () => {
  const rows = inBlocks(small, [7])() as AsyncIterable<MatrixLike>
  const error = await failure(nmf.fit(() => rows))
  assert.match(error.message, /X: pass 2: wanted the 60 rows of the first pass, got 0/)
})

test('nmf: bad data of a source are the errors of the matrix, with rows counted from its first', async () => {
  const entry = (As: Floats, row: number, ...values: number[]): Matrix => {
    const X = full(60, 8, As)
    values.forEach((value, i) => (X.data[(row + i) * 8 + 5] = value))
    return X
  }
  const stored = csr({
    ...csrParts(
      small.data.map((v, p) => (p === 301 ? -2 : v)),
      8,
    ),
    shape: [60, 8],
  })
  const cases: [Matrix, NmfInput][] = [
    [entry(Float64Array, 41, NaN), {}],
    [entry(Float32Array, 12, -3, Infinity, NaN), {}],
    [stored, {}],
    [small, { solver: 'mu', betaLoss: 0 }],
    [rowsOf(small, 0, 0), {}],
    [dense(new Float64Array(0), [3, 0]), {}],
  ]
  for (const [X, options] of cases) {
    const estimator = new NMF({ nComponents: 2, ...options })
    const [wanted, got] = [await failure(estimator.fit(X)), await failure(estimator.fit(everyRows(X, 7)))]
    assert.is(got.message, wanted.message)
    assert.is(got.constructor, wanted.constructor)
  }
})

test('nmf: blocks that do not go together and what is no source are typed errors', async () => {
  const cases: [unknown, typeof Error, RegExp][] = [
    [() => [], RangeError, /X: wanted at least one block of rows, got none/],
    [() => [[]], RangeError, /X: wanted at least one block of rows, got none/],
    [() => [[[1, 2]], [[1, 2, 3]]], RangeError, /X: block 1: wanted 2 columns as in block 0, got 3/],
    [() => [[[1, 2]], dense(new Float32Array(2), [1, 2])], TypeError, /block 1: wanted dense f64.*got dense f32/],
    [() => small, TypeError, /X: wanted a function that returns an iterable of blocks of rows, got an object/],
    [() => null, TypeError, /X: wanted a function that returns an iterable of blocks of rows, got null/],
    [async () => 7, TypeError, /X: wanted a function that returns an iterable of blocks of rows, got 7/],
  ]
  for (const [source, kind, text] of cases) {
    const error = await failure(nmf.fit(source as RowSource))
    assert.instance(error, kind, error.message)
    assert.match(error.message, text)
    assert.match(error.message, /^NMF.fit: /)
  }
  const model = await nmf.fit(small)
  const source = everyRows(small, 10) as never
  for (const [name, call] of [
    ['NMF.transform', () => model.transform(source)],
    ['NMF.score', () => model.score(source)],
    ['NMF.partialFit', () => nmf.partialFit(source)],
  ] as const) {
    const error = await failure(call)
    assert.instance(error, TypeError)
    assert.match(error.message, `${name}: X: wanted dense(...), csr(...) or an array of arrays, got a function`)
  }
})

test('nmf: a source may be of arrays, of arrays of arrays, a promise, or one block that is filled again and again', async () => {
  const wanted = (await nmf.fit(small)).save()
  const nested = Array.from({ length: 60 }, (_, i) => [...small.data.subarray(i * 8, i * 8 + 8)])
  const held = new Float64Array(20 * 8)
  const block = dense(held, [20, 8])
  const sources: RowSource[] = [
    () => [rowsOf(small, 0, 13), rowsOf(small, 13, 60)],
    () => [nested.slice(0, 2), [], nested.slice(2)],
    async () => [small],
    function* () {
      for (let i = 0; i < 60; i += 20) {
        held.set(small.data.subarray(i * 8, (i + 20) * 8))
        yield block
      }
    },
  ]
  for (const source of sources) assert.equal((await nmf.fit(source)).save(), wanted)
})

test('nmf: checkpoints of a source and of the matrix are the same bytes, and either goes on from the other', async () => {
  const cases: [Matrix, NmfInput][] = [
    [full(200, 20, Float32Array), { nInit: 2 }],
    [sparse(300, 2000, Float64Array, 20), {}],
    [sparse(300, 2000, Float64Array, 20), kl],
    [full(50, 20, Float64Array), general],
  ]
  for (const [X, options] of cases) {
    const estimator = new NMF({ nComponents: 5, maxIter: 9, tol: 0, ...options })
    const source = everyRows(X, 33)
    const save = async (input: Matrix | RowSource): Promise<Uint8Array[]> => {
      const saved: Uint8Array[] = []
      await estimator.fit(input, { checkpoint: { every: 4, write: bytes => void saved.push(bytes) } })
      return saved
    }
    const [ofMatrix, ofSource] = [await save(X), await save(source)]
    assert.equal(ofSource, ofMatrix)
    const wanted = (await estimator.fit(X)).save()
    for (const resume of ofMatrix) {
      assert.equal((await estimator.fit(source, { resume })).save(), wanted)
      assert.equal((await estimator.fit(X, { resume })).save(), wanted)
    }
    const other = rowsOf(X, 0, X.shape[0])
    other.data[other.data.length - 1] = 3
    for (const input of [other, everyRows(other, 50)]) {
      const error = await failure(estimator.fit(input, { resume: ofSource[0]! }))
      assert.match(error.message, /run.resume: wanted a checkpoint of/)
    }
  }
})

test.run()
