// Laws every estimator of the registry keeps, now and later; those of a trait are for who has it.
import { createHash } from 'node:crypto'
import {
  csr,
  dense,
  type Entry,
  estimatorOf,
  type Fitted,
  type Fitting,
  FormatError,
  OutOfMemory,
  registry,
} from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'
import { failure } from '../failure.js'
import { settings } from './settings.js'

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** What may be there: `methods` of an entry says what is. */
interface Model extends Fitted {
  inverseTransform(Z: unknown): Promise<unknown>
  score(input: unknown): Promise<number>
}
interface Estimator extends Fitting<Model> {
  fitTransform(input: unknown): Promise<unknown>
  steps(input: unknown): AsyncIterable<{ readonly iter: number; readonly loss: number }>
  partialFit(input: unknown, model?: Model): Promise<Model>
}
const RUN = ['signal', 'onProgress', 'maxMemory', 'threads', 'checkpoint', 'resume']
const METHODS = ['steps', 'partialFit', 'inverseTransform', 'score']

// The numbers of a result, of whatever kind it is.
const bits = (result: unknown): string => {
  if (typeof result === 'number' || Array.isArray(result)) return JSON.stringify(result)
  if (typeof (result as { save?: unknown }).save === 'function') return sha((result as { save(): Uint8Array }).save())
  const { data } = result as { data: Float64Array }
  return sha(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

for (const command of Object.keys(registry) as (keyof typeof registry)[]) {
  const entry: Entry = registry[command]
  const { name, options: specs, Model, methods, nonNegative } = entry
  const Estimator = entry.Estimator as new (options?: object) => Estimator
  const {
    small,
    long,
    resumed,
    edges,
    factors,
    held,
    wrap = (X: unknown) => X,
    place = 'X',
    gaps = false,
  } = settings[command]
  const random = generator(3)
  const X = dense(
    Float64Array.from({ length: 30 * 8 }, () => random.uniform() + 0.01),
    [30, 8],
  )
  const fit = (options: object, input: unknown = X): Promise<Model> => new Estimator(options).fit(wrap(input))
  const law = (text: string, work: () => Promise<void>): void => test(`${command}: ${text}`, work)

  law('defaults construct, options are frozen, each has its sentence', async () => {
    assert.ok(Object.isFrozen(new Estimator().options))
    assert.equal(Object.keys(entry.docs).sort(), Object.keys(specs).sort())
    for (const [option, doc] of Object.entries(entry.docs)) assert.match(doc, /^\S.*\.$/, option)
  })

  law('the registry names the methods there are', async () => {
    const own = [Estimator, Model].map(made => (made as unknown as { prototype: object }).prototype)
    const there = METHODS.filter(method => own.some(prototype => method in prototype))
    assert.equal([...methods].sort(), there.sort())
  })

  // Every way data enter, with the method its errors name (`fit` is `steps` to its end, and fitTransform is fit).
  const fitted = fit(small)
  const all: Record<string, { method: string; needs?: string; call(input: unknown): Promise<unknown> }> = {
    fit: { method: 'fit', call: input => new Estimator(small).fit(input) },
    steps: {
      method: 'fit',
      needs: 'steps',
      async call(input) {
        const losses: number[] = []
        for await (const step of new Estimator(small).steps(input)) losses.push(step.loss)
        return losses
      },
    },
    fitTransform: { method: 'fit', call: input => new Estimator(small).fitTransform(input) },
    partialFit: { method: 'partialFit', needs: 'partialFit', call: input => new Estimator(small).partialFit(input) },
    'partialFit of a model': {
      method: 'partialFit',
      needs: 'partialFit',
      call: async input => new Estimator(small).partialFit(input, await fitted),
    },
    transform: { method: 'transform', call: async input => (await fitted).transform(input) },
    score: { method: 'score', needs: 'score', call: async input => (await fitted).score(input) },
  }
  const entries = Object.entries(all).filter(([, { needs }]) => needs === undefined || methods.some(m => m === needs))

  law('inputs, options and runs are never written', async () => {
    const before = sha(new Uint8Array(X.data.slice().buffer))
    for (const [, { call }] of entries) await call(wrap(X))
    assert.is(sha(new Uint8Array(X.data.slice().buffer)), before)
    const kept = held?.matrices.map(({ data }) => [...data])
    const checkpoint = entry.run.includes('checkpoint') && {
      checkpoint: Object.freeze({ every: 2, write() {} }),
    }
    const run = Object.freeze({ ...checkpoint, onProgress() {}, maxMemory: 1e8 })
    const model = await new Estimator(Object.freeze({ ...(held?.options ?? small) })).fit(wrap(X), run)
    await model.transform(wrap(X), Object.freeze({ maxMemory: 1e8 }))
    assert.equal(
      held?.matrices.map(({ data }) => [...data]),
      kept,
    )
    const nested = Object.freeze([Object.freeze([1, 2]), Object.freeze([3, 4])])
    await fit(edges(2, 2), nested)
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
      for (const [label, { call }] of entries) {
        const wanted = bits(await call(wrap(rowMajor)))
        for (const layout of layouts) assert.is(bits(await call(wrap(layout))), wanted, label)
      }
    }
  })

  law('an unknown option is refused with the nearest name, and so is one of the run', async () => {
    for (const option of Object.keys(specs)) {
      const error = await failure(() => new Estimator({ [`${option}x`]: 3 }))
      assert.instance(error, RangeError)
      assert.match(error.message, `${name}: option ${option}x is not known; did you mean ${option}?`)
    }
    for (const option of RUN) {
      const error = await failure(() => new Estimator(small).fit(wrap(X), { [option]: {} }))
      const taken = (entry.run as readonly string[]).includes(option)
      assert.instance(error, taken ? TypeError : RangeError, error.message)
      assert.match(error.message, `${name}.fit: run.${option}${taken ? ': wanted' : ' is not known; did you mean'}`)
    }
  })

  law('wrong option values are typed errors that name the option', async () => {
    for (const [option, spec] of Object.entries(specs)) {
      const bad: [unknown, typeof Error][] = [
        [3n, TypeError],
        [{}, TypeError],
      ]
      if (spec.type === 'boolean') bad.push([1, TypeError], ['true', TypeError])
      if (spec.type === 'choice') bad.push([1, TypeError], ['no such choice', RangeError])
      if (spec.type === 'integer' || spec.type === 'number')
        bad.push(['3', TypeError], [NaN, RangeError], [spec.min - 1, RangeError], [spec.max * 2, RangeError])
      if (spec.type === 'integer') bad.push([spec.min + 0.5, RangeError])
      for (const [value, kind] of bad) {
        const error = await failure(() => new Estimator({ [option]: value }))
        assert.instance(error, kind, `${option}: ${error.message}`)
        assert.match(error.message, new RegExp(`^${name}: ${option}[^:]*: wanted`))
      }
    }
  })

  law('NaN, infinities, strings, BigInt, ragged, empty and wrong data are typed errors everywhere', async () => {
    const good = [
      [1, 2, 3, 4, 5, 6, 7, 8],
      [1, 2, 3, 4, 5, 6, 7, 8],
      [8, 6, 7, 5, 3, 1, 9, 2],
      [2, 7, 1, 8, 2, 8, 1, 8],
    ]
    const rows = (second: unknown): unknown => good.map((row, i) => (i === 1 ? second : row))
    const second = (value: unknown): unknown => rows([1, value, 3, 4, 5, 6, 7, 8])
    const wide = dense(new Float64Array(36).fill(1), [4, 9])
    const cases: [unknown, typeof Error, string | RegExp][] = [
      [second(Infinity), RangeError, '[1, 1] = Infinity: entries must be finite (1 of 32'],
      [second('2'), TypeError, '[1, 1]: wanted a number, got "2"'],
      [second(2n), TypeError, '[1, 1]: wanted a number, got 2n'],
      [second(undefined), TypeError, '[1, 1]: wanted a number, got undefined'],
      [rows([1, 2]), RangeError, '[1]: wanted an array of 8 numbers, got an array of 2'],
      [rows(7), RangeError, '[1]: wanted an array of 8 numbers, got 7'],
      [[], RangeError, /^: wanted .*got 0( x 0)?$/],
      [dense(new Float64Array(0), [0, 8]), RangeError, ': wanted at least one row and one column, got 0 x 8'],
      ['text', TypeError, ': wanted dense(...), csr(...) or an array of arrays, got "text"'],
      [null, TypeError, ': wanted dense(...), csr(...) or an array of arrays, got null'],
      [undefined, TypeError, ': wanted dense(...), csr(...) or an array of arrays, got undefined'],
      [3n, TypeError, ': wanted dense(...), csr(...) or an array of arrays, got 3n'],
      [
        new Float64Array(8),
        TypeError,
        ': wanted dense(...), csr(...) or an array of arrays, got an object (Float64Array)',
      ],
      [{ data: [1], shape: [1, 1] }, TypeError, ': wanted dense(...), csr(...) or an array of arrays, got an object'],
    ]
    if (!gaps) cases.push([second(NaN), RangeError, '[1, 1] = NaN: entries must be finite (1 of 32'])
    if (nonNegative) cases.push([second(-1), RangeError, '[1, 1] = -1: entries must be >= 0 (1 of 32'])
    for (const [label, { method, call }] of entries) {
      const own = [...cases]
      if (label === 'transform' || label === 'score')
        own.push([wide, RangeError, ': wanted 8 columns as in the fit, got 9'])
      if (label === 'partialFit of a model') own.push([wide, RangeError, ': wanted 8 columns as in the model, got 9'])
      for (const [bad, kind, text] of own) {
        const error = await failure(() => call(wrap(bad)))
        assert.instance(error, kind, `${label}: ${error}`)
        const [before, told] = [`${name}.${method}: ${place}`, error.message]
        assert.ok(told.startsWith(before), `${label}: ${error}`)
        const rest = told.slice(before.length)
        assert.ok(typeof text === 'string' ? rest.startsWith(text) : text.test(rest), `${label}: ${error}`)
      }
      if (!nonNegative) await call(wrap(second(-1)))
      if (gaps) await call(wrap(second(NaN)))
    }
  })

  if (methods.includes('inverseTransform'))
    law('inverseTransform refuses other columns, strings and what is no matrix', async () => {
      const model = await fitted
      const k = (await model.transform(wrap(X))).shape[1]
      const row = Array.from({ length: k }, () => 1)
      for (const [bad, kind, text] of [
        [[row.slice(1)], RangeError, `: wanted ${k} columns, got ${k - 1}`],
        [[[...row.slice(1), 'x']], TypeError, `[0, ${k - 1}]: wanted a number, got "x"`],
        [null, TypeError, ': wanted'],
      ] as const) {
        const error = await failure(() => model.inverseTransform(bad))
        assert.instance(error, kind)
        assert.ok(error.message.startsWith(`${name}.inverseTransform: Z${text}`), error.message)
      }
    })

  law('a source gives the bits of its matrix where it is taken, and is refused elsewhere', async () => {
    const blocks = () => [0, 10, 20].map(i => dense(X.data.slice(i * 8, (i + 10) * 8), [10, 8]))
    const read = () => new Estimator(small).fit(wrap(blocks))
    if (entry.input === 'source') assert.is(bits(await read()), bits(await fitted))
    else assert.instance(await failure(read), TypeError)
  })

  law('1 x 1, one row, one column, all zero and duplicate rows give finite factors', async () => {
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
      const shape = [data.length, data[0]!.length] as const
      const estimator = new Estimator(edges(...shape))
      const model = await estimator.fit(wrap(data))
      const found = factors(model as never, estimator.options, shape)
      assert.ok(found.length > 0)
      for (const [factor, wanted] of found) {
        assert.equal([...factor.shape], [...wanted])
        for (const value of factor.data) assert.ok(Number.isFinite(value) && (value >= 0 || !nonNegative))
      }
    }
  })

  law('20 fits give one hash', async () => {
    const hashes = new Set<string>()
    for (let i = 0; i < 20; i++) hashes.add(bits(await fit(small)))
    assert.is(hashes.size, 1)
  })

  law('concurrent fits give the bits of fits in turn', async () => {
    const fits = [1, 2, 3].map(seed => new Estimator({ ...small, ...('seed' in specs && { seed }) }))
    const together = await Promise.all(fits.map(async estimator => bits(await estimator.fit(wrap(X)))))
    for (const [i, estimator] of fits.entries()) assert.is(bits(await estimator.fit(wrap(X))), together[i])
  })

  law('save and load keep the bits of transform, and the file says whose it is', async () => {
    const model = await fit(small)
    const loaded = Model.load(model.save())
    assert.equal((await loaded.transform(wrap(X))).data, (await model.transform(wrap(X))).data)
    assert.is(bits(loaded), bits(model))
    assert.is(estimatorOf(model.save()), command)
  })

  law('truncated model files are refused', async () => {
    const bytes = (await fit(small, X)).save()
    for (let length = 0; length < bytes.length; length++) {
      assert.instance(await failure(() => Model.load(bytes.subarray(0, length))), FormatError, `at ${length}`)
    }
  })

  law('a model file with any bit flipped is refused', async () => {
    const bytes = (await fit(edges(1, 2), [[1, 2]])).save()
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice()
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      assert.instance(await failure(() => Model.load(damaged)), FormatError, `bit ${bit}`)
    }
  })

  if (methods.includes('steps')) {
    law('steps yields every iteration and may be left early', async () => {
      let count = 0
      for await (const step of new Estimator(long).steps(wrap(X))) {
        count++
        assert.is(step.iter, count)
        if (count === 7) break
      }
      assert.is(count, 7)
    })

    law('an abort rejects with its reason and later fits are unharmed', async () => {
      const wanted = bits(await fit(long!))
      for (let at = 1; at <= 20; at++) {
        const stop = new AbortController()
        const reason = new Error('enough')
        const onProgress = ({ iter }: { iter: number }): void => (iter === at ? stop.abort(reason) : undefined)
        const aborted = new Estimator(long).fit(wrap(X), { signal: stop.signal, onProgress })
        assert.is(await failure(() => aborted), reason)
      }
      assert.is(bits(await fit(long!)), wanted)
    })
  }

  if (entry.run.includes('resume'))
    law('a fit resumed from any of its checkpoints ends in the undisturbed bits', async () => {
      const { fits, checkpoints } = resumed!
      for (const options of fits) {
        const estimator = new Estimator(options)
        const saved: Uint8Array[] = []
        const checkpoint = { every: 4, write: (bytes: Uint8Array): void => void saved.push(bytes) }
        const wanted = bits(await estimator.fit(wrap(X), { checkpoint }))
        assert.is(bits(await estimator.fit(wrap(X))), wanted)
        assert.is(saved.length, checkpoints)
        for (const resume of saved) assert.is(bits(await estimator.fit(wrap(X), { resume })), wanted)
        const other = await failure(() => new Estimator({ ...options, seed: 9 }).fit(wrap(X), { resume: saved[0]! }))
        assert.match(other.message, /run.resume: wanted a checkpoint of/)
        const damaged = saved[0]!.slice()
        damaged[damaged.length - 3]! ^= 4
        assert.instance(await failure(() => estimator.fit(wrap(X), { resume: damaged })), FormatError)
      }
    })

  law('a signal that has been aborted before ends a fit at once, with its reason', async () => {
    const reason = new Error('never begun')
    assert.is(await failure(() => new Estimator(small).fit(wrap(X), { signal: AbortSignal.abort(reason) })), reason)
  })

  law('too little memory is OutOfMemory with both numbers, and the engine works after it', async () => {
    const error = await failure(() => new Estimator(small).fit(wrap(X), { maxMemory: 1000 }))
    assert.instance(error, OutOfMemory)
    assert.ok((error as OutOfMemory).needed > (error as OutOfMemory).available)
    assert.is(bits(await fit(small)), bits(await fitted))
  })
}

test('matrices whose arrays do not hold their shape are refused when they are made', async () => {
  const parts = { indptr: Int32Array.of(0, 1, 2), indices: Int32Array.of(0, 1), data: Float64Array.of(1, 2) }
  for (const [make, kind, text] of [
    [() => dense(new Float64Array(5), [2, 3]), RangeError, /data: wanted 2 x 3 = 6 entries, got 5/],
    [() => dense(new Float64Array(6), [2, 3], { stride: [4, 1] }), RangeError, /reach entries 0 to 6, data has 0 to 5/],
    [() => dense(new Float64Array(6), [2, 3], { offset: -1 }), RangeError, /reach entries -1/],
    [() => dense(new Float64Array(6), [2, 3.5] as never), RangeError, /shape: wanted \[rows, columns\]/],
    [() => dense([1, 2] as never, [1, 2]), TypeError, /data: wanted a Float32Array or Float64Array, got an array of 2/],
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

test.run()
