// The core that all families share: leading triplets of a loaded matrix.
import { withEngine } from '../../bindings/instance.js'
import { loadMatrix } from '../../src/core/load.js'
import { csr, dense, type Matrix } from '../../src/core/matrix.js'
import { Pace } from '../../src/core/pace.js'
import { exactSvd } from '../../src/core/svd/exact.js'
import { randomisedSvd } from '../../src/core/svd/randomised.js'
import { lanczosSvd } from '../../src/core/svd/lanczos.js'
import { drain, type Triplets } from '../../src/core/svd/triplets.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { csrParts } from '../sparse.js'
import { gram, identityError, matrices, reconstructed } from './svd-cases.js'

const pace = new Pace(undefined)

type How = 'exact' | 'randomised' | 'lanczos'

async function triplets(X: Matrix, k: number, how: How, seed = 0): Promise<Triplets> {
  return withEngine('test', {}, async engine => {
    const precision = how === 'lanczos' ? { precision: 'f64' as const } : {}
    const loaded = await loadMatrix(engine, 'test', X, pace, { signed: true, sliceWidth: 7, ...precision })
    const { U, S, V } = await (how === 'exact'
      ? exactSvd(engine, loaded, { k }, pace)
      : how === 'randomised'
        ? drain(randomisedSvd(engine, loaded, { k }, { seed }, pace))
        : drain(lanczosSvd(engine, loaded, { k }, { seed, tol: 1e-13, maxIter: 300 }, pace)))
    return { U, V, S: S.map(s => s * loaded.root * loaded.root) }
  })
}

for (const how of ['exact', 'randomised', 'lanczos'] as const)
  test(`svd ${how}: U and V orthonormal, U S V' = X, 300 matrices, dense and sparse`, async () => {
    for (const { name, n, m, data } of matrices(300)) {
      const k = Math.min(n, m)
      const top = Math.max(...data.map(Math.abs))
      for (const [kind, X, bound] of [
        ['dense', dense(data, [n, m]), 1e-12],
        ['csr', csr(csrParts(data, m)), 1e-12],
        ['f32', dense(Float32Array.from(data), [n, m]), 1e-5],
      ] as const) {
        if (kind === 'f32' && (top > 1e38 || (top > 0 && top < 1e-37))) continue
        const { U, S, V } = await triplets(X, k, how)
        const label = `${name} ${n} x ${m} ${kind}`
        assert.ok(identityError(gram(U, k), k) <= bound, `${label}: U ${identityError(gram(U, k), k)}`)
        assert.ok(identityError(gram(V, k), k) <= bound, `${label}: V ${identityError(gram(V, k), k)}`)
        assert.ok(
          S.every((s, i) => s >= 0 && s <= (S[i - 1] ?? Infinity)),
          label,
        )
        const back = reconstructed({ U, S, V }, k)
        const off = Math.max(...back.map((v, p) => Math.abs(v - data[p]!)))
        assert.ok(off <= bound * (S[0] ?? 0), `${label}: ${off / (S[0] ?? 1)}`)
      }
    }
  })

test.run()
