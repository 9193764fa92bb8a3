// Restarts side by side: workers really do them, whatever the shape, and the best is the one of one thread.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { withEngine } from '../../bindings/instance.js'
import { loadNonNegative } from '../../src/core/load.js'
import { dense } from '../../src/core/matrix.js'
import { Pace } from '../../src/core/pace.js'
import { NmfFactors } from '../../src/factorization/nmf-factors.js'
import { NMF, type NmfInput } from '../../src/factorization/nmf.js'
import { generator } from '../random.js'
import { ended, plain, rigged } from './rig.js'

const { uniform } = generator(8)
const random = (n: number, m: number) =>
  dense(
    Float64Array.from({ length: n * m }, () => uniform()),
    [n, m],
  )

const shapes: [number, number, NmfInput][] = [
  [1001, 301, { nComponents: 3, nInit: 6 }], // what a start draws fills no whole lines of 64 bytes
  [37, 11, { nComponents: 2, nInit: 9, solver: 'mu', betaLoss: 1 }],
  [16, 40_000, { nComponents: 16, nInit: 6 }], // H is drawn and taken with pauses between
  [64, 32, { nComponents: 4, nInit: 5 }],
  [64, 32, { nComponents: 4, nInit: 5, solver: 'newton', betaLoss: 1, holdOut: 0.1 }],
  [64, 32, { nComponents: 4, nInit: 5, solver: 'bpp', fixedH: [Array.from({ length: 32 }, (_, j) => 1 + (j % 3))] }],
]

for (const shared of [true, false])
  for (const threads of [2, 3])
    test(`${threads} threads ${shared ? 'on one memory' : 'by messages'}: every shape's restarts are shared`, async () => {
      for (const [n, m, options] of shapes) {
        const rig = await rigged(threads, { shared }, plain)
        const X = random(n, m)
        const nmf = new NMF({ ...options, maxIter: 4, tol: 0 })
        const wanted = (await nmf.fit(X)).save()
        for (let i = 0; i < 50 && (i < 2 || rig.pool.worked < threads - 1); i++)
          assert.equal((await nmf.fit(X, { threads: rig.pool })).save(), wanted, `${n} x ${m}, fit ${i}`)
        assert.is(rig.pool.trouble, undefined)
        assert.is(rig.pool.worked, threads - 1, `${n} x ${m}`)
        await ended(rig)
      }
    })

test('two restarts on two threads run at once: steps of each come before the last of the other', async () => {
  const rig = await rigged(2, {}, plain)
  const X = random(400, 300)
  const options = { nComponents: 8, nInit: 2, tol: 0 }
  const short = new NMF({ ...options, maxIter: 2 })
  for (let i = 0; i < 500 && rig.pool.worked < 1; i++) await short.fit(X, { threads: rig.pool })
  assert.is(rig.pool.worked, 1)
  const order: number[] = []
  const onProgress = ({ restart }: { restart: number }): void => void order.push(restart)
  await new NMF({ ...options, maxIter: 300 }).fit(X, { threads: rig.pool, onProgress })
  assert.is(order.length, 600)
  assert.ok(order.indexOf(1) < order.lastIndexOf(0), 'restart 1 began after restart 0 had ended')
  assert.ok(order.indexOf(0) < order.lastIndexOf(1), 'restart 0 began after restart 1 had ended')
  await ended(rig)
})

test('of equal restarts the first is kept: on data of zeros every start ends alike', async () => {
  const rig = await rigged(3, {}, plain)
  const X = dense(new Float64Array(40 * 30), [40, 30])
  const nmf = new NMF({ nComponents: 3, nInit: 7, maxIter: 3 })
  const wanted = (await nmf.fit(X)).save()
  for (let i = 0; i < 20; i++) assert.equal((await nmf.fit(X, { threads: rig.pool })).save(), wanted)
  await ended(rig)
})

test('a start drawn while the factors of another are taken is the same start, and they are the same factors', async () => {
  await withEngine('test', {}, async engine => {
    const X = await loadNonNegative(engine, 'test', random(16, 40_000), new Pace(undefined))
    const [a, b] = [new NmfFactors(engine, X, 16), new NmfFactors(engine, X, 16)]
    // Pauses wherever there can be one.
    const pace = new Pace(undefined, -1)
    await a.randomStart(1, 0, pace)
    const wanted = await a.factors(pace)
    await b.randomStart(1, 3, pace)
    const drawn = await b.factors(pace)
    for (let round = 0; round < 5; round++) {
      const [got] = await Promise.all([a.factors(pace), b.randomStart(1, 3, pace)])
      assert.equal(got, wanted)
      assert.equal(await b.factors(pace), drawn)
    }
  })
})

test.run()
