// Laws every estimator of the registry keeps, now and later.
import { createHash } from 'node:crypto'
import { csr, dense, FormatError, OutOfMemory, registry } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'
import { failure } from '../failure.js'

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

for (const [command, { name, Estimator, Model }] of Object.entries(registry)) {
  const random = generator(3)
  const X = dense(
    Float64Array.from({ length: 30 * 8 }, () => random.uniform() + 0.01),
    [30, 8],
  )
  const law = (text: string, work: () => Promise<void>): void => test(`${command}: ${text}`, work)

  law('defaults construct, options are frozen', async () => {
    assert.ok(Object.isFrozen(new Estimator().options))
  })

  // Every way data enter, with the method its errors name (`fit` is `steps` to its end, and fitTransform is fit).
  const fitted = new Estimator({ nComponents: 3, maxIter: 5 }).fit(X)
  const entries: Record<string, { method: string; call(input: never): Promise<unknown> }> = {
    fit: { method: 'fit', call: input => new Estimator({ nComponents: 3, maxIter: 5 }).fit(input) },
    steps: {
      method: 'fit',
      async call(input) {
        const losses: number[] = []
        for await (const step of new Estimator({ nComponents: 3, maxIter: 5 }).steps(input)) losses.push(step.loss)
        return losses
      },
    },
    fitTransform: {
      method: 'fit',
      call: input => new Estimator({ nComponents: 3, maxIter: 5 }).fitTransform(input),
    },
    partialFit: {
      method: 'partialFit',
      call: input => new Estimator({ nComponents: 3, maxIter: 5 }).partialFit(input),
    },
    'partialFit of a model': {
      method: 'partialFit',
      call: async input => new Estimator({ nComponents: 3, maxIter: 5 }).partialFit(input, await fitted),
    },
    transform: { method: 'transform', call: async input => (await fitted).transform(input) },
    score: { method: 'score', call: async input => (await fitted).score(input) },
  }
  // The numbers of a result, of whatever kind it is.
  const bits = (result: unknown): string => {
    if (typeof result === 'number' || Array.isArray(result)) return JSON.stringify(result)
    if (typeof (result as { save?: unknown }).save === 'function') return sha((result as { save(): Uint8Array }).save())
    const { data } = result as { data: Float64Array }
    return sha(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }

  law('inputs, options and runs are never written', async () => {
    const before = sha(new Uint8Array(X.data.slice().buffer))
    for (const { call } of Object.values(entries)) await call(X as never)
    assert.is(sha(new Uint8Array(X.data.slice().buffer)), before)
    const init = Object.freeze({
      W: dense(new Float64Array(30 * 2).fill(0.5), [30, 2]),
      H: dense(
        Float64Array.from({ length: 16 }, (_, i) => 1 + i),
        [2, 8],
      ),
    })
    const kept = [init.W, init.H].map(({ data }) => [...data])
    const options = Object.freeze({ maxIter: 5, nComponents: 2, init })
    const run = Object.freeze({ checkpoint: Object.freeze({ every: 2, write() {} }), onProgress() {} })
    const model = await new Estimator(options).fit(X, run)
    await model.transform(X, Object.freeze({ maxMemory: 1e8 }))
    assert.equal(
      [init.W, init.H].map(({ data }) => [...data]),
      kept,
    )
    const nested = Object.freeze([Object.freeze([1, 2]), Object.freeze([3, 4])])
    await new Estimator({ maxIter: 2 }).fit(nested)
    assert.equal(nested, [
      [1, 2],
      [3, 4],
    ])
  })

  law('strided, offset, column-major and f32 input give the bits of the same matrix in row-major order', async () => {
    for (const Floats of [Float64Array, Float32Array]) {
      const rowMajor = dense(Floats.from(X.data), [30, 8])
      const at = (i: number, j: number): number => rowMajor.data[i * 8 + j]!
      const spread = (stride: [number, number], offset: number, length: number) => {
        const data = new Floats(length).fill(-1)
        for (let i = 0; i < 30; i++) for (let j = 0; j < 8; j++) data[offset + i * stride[0] + j * stride[1]] = at(i, j)
        return dense(data, [30, 8], { stride, offset })
      }
      const layouts = [
        spread([1, 30], 0, 240),
        spread([11, 1], 5, 400),
        spread([2, 70], 3, 600),
        spread([-8, 1], 29 * 8, 240),
        spread([-8, -1], 239, 240),
      ]
      for (const [entry, { call }] of Object.entries(entries)) {
        const wanted = bits(await call(rowMajor as never))
        for (const layout of layouts) assert.is(bits(await call(layout as never)), wanted, entry)
      }
    }
  })

  law('an unknown option is refused with the nearest name', async () => {
    const error = await failure(() => new Estimator({ maxIters: 3 } as object))
    assert.instance(error, RangeError)
    assert.match(error.message, /maxIters.*maxIter\?/)
  })

  law('wrong option values are typed errors that name the option', async () => {
    for (const [bad, kind] of [
      [{ nComponents: '3' }, TypeError],
      [{ nComponents: 3n }, TypeError],
      [{ nComponents: 0 }, RangeError],
      [{ nComponents: NaN }, RangeError],
      [{ nComponents: 1.5 }, RangeError],
      [{ tol: -1 }, RangeError],
      [{ seed: -1 }, RangeError],
    ] as const) {
      const error = await failure(() => new Estimator(bad as object))
      assert.instance(error, kind)
      assert.match(error.message, new RegExp(`${name}: ${Object.keys(bad)[0]}: wanted`))
    }
  })

  law(
    'NaN, infinities, negatives, strings, BigInt, ragged, empty and wrong data are typed errors everywhere',
    async () => {
      const row = [1, 2, 3, 4, 5, 6, 7, 8]
      const second = (value: unknown): unknown => [row, [1, value, 3, 4, 5, 6, 7, 8]]
      const wide = dense(new Float64Array(18).fill(1), [2, 9])
      const cases: [unknown, typeof Error, RegExp][] = [
        [second(NaN), RangeError, /X\[1, 1\] = NaN: entries must be finite \(1 of 16/],
        [second(Infinity), RangeError, /X\[1, 1\] = Infinity: entries must be finite \(1 of 16/],
        [second(-1), RangeError, /X\[1, 1\] = -1: entries must be >= 0 \(1 of 16/],
        [second('2'), TypeError, /X\[1, 1\]: wanted a number, got "2"/],
        [second(2n), TypeError, /X\[1, 1\]: wanted a number, got 2n/],
        [second(undefined), TypeError, /X\[1, 1\]: wanted a number, got undefined/],
        [[row, [1, 2]], RangeError, /X\[1\]: wanted an array of 8 numbers, got an array of 2/],
        [[row, 7], RangeError, /X\[1\]: wanted an array of 8 numbers, got 7/],
        [[], RangeError, /X: wanted .*(0 x 0|got 0)/],
        [dense(new Float64Array(0), [0, 8]), RangeError, /X: wanted at least one row and one column, got 0 x 8/],
        ['text', TypeError, /X: wanted dense\(\.\.\.\), csr\(\.\.\.\) or an array of arrays, got "text"/],
        [null, TypeError, /X: wanted .*got null/],
        [undefined, TypeError, /X: wanted .*got undefined/],
        [3n, TypeError, /X: wanted .*got 3n/],
        [new Float64Array(8), TypeError, /X: wanted .*got an object \(Float64Array\)/],
        [{ data: [1], shape: [1, 1] }, TypeError, /X: wanted .*got an object/],
      ]
      for (const [entry, { method, call }] of Object.entries(entries)) {
        const all = [...cases]
        if (entry === 'transform' || entry === 'score' || entry === 'partialFit of a model')
          all.push([wide, RangeError, /X: wanted 8 columns as in the (fit|model), got 9/])
        for (const [bad, kind, text] of all) {
          const error = await failure(() => call(bad as never))
          const label = `${entry}: ${error}`
          assert.instance(error, kind, label)
          assert.match(error.message, text, label)
          assert.match(error.message, new RegExp(`^${name}\\.${method}: `), label)
        }
      }
      const model = await fitted
      for (const [bad, kind, text] of [
        [[[1, 2]], RangeError, /inverseTransform: Z: wanted 3 columns, got 2/],
        [[[1, 2, 'x']], TypeError, /inverseTransform: Z\[0, 2\]: wanted a number, got "x"/],
        [null, TypeError, /inverseTransform: Z: wanted/],
      ] as const) {
        const error = await failure(() => model.inverseTransform(bad as never))
        assert.instance(error, kind)
        assert.match(error.message, text)
      }
    },
  )

  law('matrices whose arrays do not hold their shape are refused when they are made', async () => {
    const parts = { indptr: Int32Array.of(0, 1, 2), indices: Int32Array.of(0, 1), data: Float64Array.of(1, 2) }
    for (const [make, kind, text] of [
      [() => dense(new Float64Array(5), [2, 3]), RangeError, /data: wanted 2 x 3 = 6 entries, got 5/],
      [
        () => dense(new Float64Array(6), [2, 3], { stride: [4, 1] }),
        RangeError,
        /reach entries 0 to 6, data has 0 to 5/,
      ],
      [() => dense(new Float64Array(6), [2, 3], { offset: -1 }), RangeError, /reach entries -1/],
      [() => dense(new Float64Array(6), [2, 3.5] as never), RangeError, /shape: wanted \[rows, columns\]/],
      [
        () => dense([1, 2] as never, [1, 2]),
        TypeError,
        /data: wanted a Float32Array or Float64Array, got an array of 2/,
      ],
      [() => dense(new BigInt64Array(2) as never, [1, 2]), TypeError, /data: wanted .*BigInt64Array/],
      [() => csr({ ...parts, shape: [3, 2] }), RangeError, /indptr: wanted 4 entries for 3 rows, got 3/],
      [() => csr({ ...parts, shape: [2, 1] }), RangeError, /indices\[1\] \(row 1\): wanted 0 to 0, rising, got 1/],
      [() => csr({ ...parts, data: Float64Array.of(1), shape: [2, 2] }), RangeError, /equal lengths, got 2 and 1/],
      [() => csr({ ...parts, indptr: Int32Array.of(0, 2, 1), shape: [2, 2] }), RangeError, /indptr/],
      [() => csr({ ...parts, indptr: [0, 1, 2] as never, shape: [2, 2] }), TypeError, /indptr: wanted an Int32Array/],
    ] as const) {
      const error = await failure(make)
      assert.instance(error, kind, error.message)
      assert.match(error.message, text)
    }
  })

  law(
    '1 x 1, one row, one column, all zero, duplicate rows and a rank above both sides give finite factors',
    async () => {
      for (const data of [
        [[2]],
        [[1, 2, 3]],
        [[1], [2], [3]],
        [
          [0, 0],
          [0, 0],
        ],
        [
          [1, 2],
          [1, 2],
          [1, 2],
        ],
      ]) {
        const model = await new Estimator({ nComponents: 4, maxIter: 50 }).fit(data)
        for (const value of [...model.components.data, ...model.embedding.data])
          assert.ok(Number.isFinite(value) && value >= 0)
        assert.equal([...model.components.shape], [4, data[0]!.length])
        assert.equal([...model.embedding.shape], [data.length, 4])
      }
    },
  )

  law('20 fits give one hash', async () => {
    const hashes = new Set<string>()
    for (let i = 0; i < 20; i++) hashes.add(sha((await new Estimator({ nComponents: 3, maxIter: 10 }).fit(X)).save()))
    assert.is(hashes.size, 1)
  })

  law('concurrent fits give the bits of fits in turn', async () => {
    const fits = [1, 2, 3].map(seed => new Estimator({ nComponents: 3, maxIter: 20, seed }))
    const together = await Promise.all(fits.map(async estimator => sha((await estimator.fit(X)).save())))
    for (const [i, estimator] of fits.entries()) assert.is(sha((await estimator.fit(X)).save()), together[i])
  })

  law('save and load keep the bits of transform', async () => {
    const model = await new Estimator({ nComponents: 3, maxIter: 10 }).fit(X)
    const loaded = Model.load(model.save())
    assert.equal((await loaded.transform(X)).data, (await model.transform(X)).data)
    assert.is(sha(loaded.save()), sha(model.save()))
  })

  law('truncated model files are refused', async () => {
    const bytes = (await new Estimator({ nComponents: 2, maxIter: 3 }).fit(X)).save()
    for (let length = 0; length < bytes.length; length++) {
      assert.instance(await failure(() => Model.load(bytes.subarray(0, length))), FormatError, `at ${length}`)
    }
  })

  law('a model file with any bit flipped is refused', async () => {
    const bytes = (await new Estimator({ nComponents: 1, maxIter: 2 }).fit([[1, 2]])).save()
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice()
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      assert.instance(await failure(() => Model.load(damaged)), FormatError, `bit ${bit}`)
    }
  })

  law('steps yields every iteration and may be left early', async () => {
    let count = 0
    for await (const step of new Estimator({ nComponents: 2, maxIter: 100, tol: 0 }).steps(X)) {
      count++
      assert.is(step.iter, count)
      if (count === 7) break
    }
    assert.is(count, 7)
  })

  law('a fit resumed from any of its checkpoints ends in the undisturbed bits', async () => {
    for (const given of [{}, { solver: 'mu' }, { solver: 'mu', betaLoss: 1 }] as const) {
      const estimator = new Estimator({ nComponents: 3, maxIter: 25, nInit: 3, tol: 1e-9, ...given })
      const saved: Uint8Array[] = []
      const checkpoint = { every: 4, write: (bytes: Uint8Array): void => void saved.push(bytes) }
      const wanted = sha((await estimator.fit(X, { checkpoint })).save())
      assert.is(sha((await estimator.fit(X)).save()), wanted)
      assert.ok(saved.length >= 18)
      for (const resume of saved) assert.is(sha((await estimator.fit(X, { resume })).save()), wanted)
      const other = await failure(() => new Estimator({ nComponents: 3, seed: 9 }).fit(X, { resume: saved[0]! }))
      assert.match(other.message, /run.resume: wanted a checkpoint of/)
      const damaged = saved[0]!.slice()
      damaged[damaged.length - 3]! ^= 4
      assert.instance(await failure(() => estimator.fit(X, { resume: damaged })), FormatError)
    }
  })

  law('an abort rejects with its reason and later fits are unharmed', async () => {
    const wanted = sha((await new Estimator({ nComponents: 3, maxIter: 50, tol: 0 }).fit(X)).save())
    for (let at = 1; at <= 20; at++) {
      const stop = new AbortController()
      const reason = new Error('enough')
      const onProgress = ({ iter }: { iter: number }): void => (iter === at ? stop.abort(reason) : undefined)
      const fit = new Estimator({ nComponents: 3, maxIter: 50, tol: 0 }).fit(X, { signal: stop.signal, onProgress })
      assert.is(await failure(() => fit), reason)
    }
    assert.is(sha((await new Estimator({ nComponents: 3, maxIter: 50, tol: 0 }).fit(X)).save()), wanted)
  })

  law('too little memory is OutOfMemory with both numbers, and the engine works after it', async () => {
    const error = await failure(() => new Estimator().fit(X, { maxMemory: 1000 }))
    assert.instance(error, OutOfMemory)
    assert.ok((error as OutOfMemory).needed > (error as OutOfMemory).available)
    await new Estimator({ maxIter: 2 }).fit(X)
  })
}

test.run()
