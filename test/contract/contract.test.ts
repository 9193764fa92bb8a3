// Laws every estimator of the registry keeps, now and later.
import { createHash } from 'node:crypto'
import { dense, FormatError, OutOfMemory, registry } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

async function failure(work: () => unknown): Promise<Error> {
  try {
    await work()
  } catch (error) {
    return error as Error
  }
  throw new Error('wanted an error, got none')
}

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

  law('inputs are never written', async () => {
    const before = sha(new Uint8Array(X.data.slice().buffer))
    await new Estimator({ maxIter: 5 }).fit(X)
    assert.is(sha(new Uint8Array(X.data.slice().buffer)), before)
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

  law('NaN, infinities, negatives, strings, BigInt, ragged and empty data are typed errors', async () => {
    const fit = (input: unknown): Promise<Error> => failure(() => new Estimator({ maxIter: 2 }).fit(input as never))
    for (const [bad, kind, text] of [
      [[[1, NaN]], RangeError, /X\[0, 1\] = NaN/],
      [[[1, Infinity]], RangeError, /X\[0, 1\] = Infinity/],
      [
        [
          [1, 2],
          [3, -1],
        ],
        RangeError,
        /X\[1, 1\] = -1: entries must be >= 0 \(1 of 4/,
      ],
      [[[1, '2']], TypeError, /X\[0, 1\]: wanted a number, got "2"/],
      [[[1, 2n]], TypeError, /X\[0, 1\]: wanted a number, got 2n/],
      [[[1, 2], [3]], RangeError, /X\[1\]: wanted an array of 2 numbers, got an array of 1/],
      [[], RangeError, /0 x 0/],
      ['text', TypeError, /X: wanted/],
      [null, TypeError, /X: wanted/],
    ] as const) {
      const error = await fit(bad)
      assert.instance(error, kind, `${String(bad)}: ${error}`)
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
