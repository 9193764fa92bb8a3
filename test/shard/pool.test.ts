// The bits do not depend on the number of threads, on who is done first, or on whether memory is shared.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NmfInput } from '../../src/factorization/nmf.js'
import type { Matrix } from '../../src/core/matrix.js'
import { generator } from '../random.js'
import { ended, gappy, plain, rigged, single, sparse, twoIterations, whole } from './rig.js'

const cases: [string, NmfInput, Matrix][] = [
  ['hals, dense f64', {}, whole],
  ['hals, dense f32', {}, single],
  ['hals, csr in slices', {}, sparse],
  ['mu beta 2', { solver: 'mu', alphaW: 0.01, l1Ratio: 0.5 }, whole],
  ['mu beta 1, dense', { solver: 'mu', betaLoss: 1 }, single],
  ['mu beta 1, csr in slices', { solver: 'mu', betaLoss: 1 }, sparse],
  ['mu beta 1.5', { solver: 'mu', betaLoss: 1.5 }, whole],
  ['newton, dense', { solver: 'newton', betaLoss: 1 }, single],
  ['newton, csr', { solver: 'newton', betaLoss: 1 }, sparse],
  ['bpp', { solver: 'bpp' }, whole],
  ['als', { solver: 'als' }, whole],
  ['hals, entries missing', { missing: 'nan' }, gappy],
  ['mu beta 2, entries missing', { solver: 'mu', missing: 'nan' }, gappy],
  ['mu beta 1, entries missing', { solver: 'mu', betaLoss: 1, missing: 'nan' }, gappy],
  ['newton, entries missing', { solver: 'newton', betaLoss: 1, missing: 'nan' }, gappy],
  ['hals, entries held out', { holdOut: 0.1 }, single],
  ['newton, entries held out', { solver: 'newton', betaLoss: 1, holdOut: 0.2 }, sparse],
  ['mu beta 1, entries missing and held out', { solver: 'mu', betaLoss: 1, missing: 'nan', holdOut: 0.1 }, gappy],
  ['mu beta 1.5, entries held out', { solver: 'mu', betaLoss: 1.5, holdOut: 0.1 }, whole],
  ['mu beta 1.5, entries missing', { solver: 'mu', betaLoss: 1.5, missing: 'nan' }, gappy],
  ['bpp, csr with the rest missing', { solver: 'bpp', missing: 'zeros' }, sparse],
]

for (const shared of [true, false]) {
  for (const threads of [2, 3, 4, 9]) {
    test(`${threads} threads ${shared ? 'on one memory' : 'by messages'}: the bits of one`, async () => {
      const rig = await rigged(threads, { shared }, plain)
      for (const [name, options, input] of cases) {
        const wanted = await twoIterations(options, input)
        assert.is(await twoIterations(options, input, { pool: rig.pool }), wanted, name)
      }
      // With so many threads the first fits may be over before the last worker stands.
      for (let i = 0; i < 300 && rig.pool.worked < threads - 1; i++)
        assert.is(await twoIterations({}, whole, { pool: rig.pool, slow: 0.3 }), await twoIterations({}, whole))
      assert.is(rig.pool.worked, threads - 1)
      assert.is(rig.pool.trouble, undefined)
      assert.is(rig.spawned(), threads - 1)
      await ended(rig)
    })
  }

  test(`100 orders of completion ${shared ? 'on one memory' : 'by messages'}: the same bits`, async () => {
    const { below } = generator(11)
    const delayed = await rigged(4, { shared }, (message, _, deliver) => {
      const turns = below(4)
      if (turns === 0) deliver(message)
      else setTimeout(() => deliver(message), turns - 1)
    })
    const wanted = new Map<string, string>()
    for (let order = 0; order < 100; order++) {
      const [name, options, input] = cases[order % cases.length]!
      if (!wanted.has(name)) wanted.set(name, await twoIterations(options, input))
      assert.is(
        await twoIterations(options, input, { pool: delayed.pool, slow: 0.2 }),
        wanted.get(name),
        `${name}, order ${order}`,
      )
    }
    await ended(delayed)
  })
}

test('two fits share a pool at the same time', async () => {
  for (const shared of [true, false]) {
    const rig = await rigged(3, { shared }, plain)
    const wanted = await Promise.all(cases.map(([, options, input]) => twoIterations(options, input)))
    const got = await Promise.all(cases.map(([, options, input]) => twoIterations(options, input, { pool: rig.pool })))
    assert.equal(got, wanted)
    await ended(rig)
  }
})

test.run()
