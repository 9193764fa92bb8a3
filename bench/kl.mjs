// NMF by Kullback-Leibler against scikit-learn's multiplicative updates: the same data, the same starts, one thread each,
// in turn. Prints ratios of the times to one loss, that of 200 (its default) and of 1000 iterations of it. Starts are its
// own; the loss has many minima, and a start from which another is reached that is no lower counts 0.
//   npm run bench -- kl
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dense, NMF } from 'latens'
import { peerOf, quantiles, scattered } from './common.mjs'

const STARTS = Number(process.env.LATENS_BENCH_STARTS ?? 10)
const K = 10

const peer = await peerOf('bench/peers/nmf.py', 'kl')
const folder = mkdtempSync(join(tmpdir(), 'latens-bench-'))
const bytes = a => new Uint8Array(a.buffer, a.byteOffset, a.byteLength)
const put = (name, array) => writeFileSync(join(folder, name), bytes(array))

/** scikit-learn's start: nndsvda, and with other seeds nndsvdar, whose zeros are small random numbers. */
async function start(X, seed) {
  const [n, m] = X.shape
  await peer.ask({ do: 'start', folder, kind: X.kind, init: seed === 0 ? 'nndsvda' : 'nndsvdar', seed })
  const read = name => new Float64Array(readFileSync(join(folder, name)).buffer.slice(0))
  return { W: read('W').subarray(0, n * K), H: read('H').subarray(0, K * m) }
}

/** Seconds to a loss of at most `target`, and how many iterations that took. */
async function ours(X, { W, H }, options, target) {
  const [n, m] = X.shape
  const nmf = new NMF({
    nComponents: K,
    betaLoss: 1,
    tol: 0,
    init: { W: dense(W, [n, K]), H: dense(H, [K, m]) },
    ...options,
  })
  const started = performance.now()
  for await (const { iter, loss } of nmf.steps(X))
    if (loss <= target) return { seconds: (performance.now() - started) / 1000, iter }
  return { seconds: Infinity, iter: options.maxIter }
}

try {
  const digits = await peer.ask({ do: 'digits', folder })
  const cases = [
    [
      'digits 1797 x 64',
      [200, 1000],
      dense(new Float64Array(readFileSync(join(folder, 'data')).buffer.slice(0)), digits.shape),
    ],
    ['CSR 5000 x 5000 at 1 %', [200], scattered(5000, 5000, 0.01, Float64Array)],
  ]
  console.log(peer.name)
  for (const [name, limits, X] of cases) {
    const [n, m] = X.shape
    writeFileSync(join(folder, 'shape.json'), JSON.stringify({ n, m, k: K, dtype: '<f8' }))
    for (const part of X.kind === 'csr' ? ['data', 'indices', 'indptr'] : ['data']) put(part, X[part])
    const found = limits.map(() => ({ newton: [], mu: [] }))
    const needed = limits.map(() => ({ newton: [], mu: [] }))
    for (let seed = 0; seed < STARTS; seed++) {
      const from = await start(X, seed)
      for (const [at, iterations] of limits.entries()) {
        const theirs = await peer.ask({ folder, kind: X.kind, iterations, solver: 'mu' })
        for (const [solver, lossEvery] of [
          ['newton', 5],
          ['mu', 10],
        ]) {
          const { seconds, iter } = await ours(X, from, { solver, maxIter: 2 * iterations, lossEvery }, theirs.loss)
          found[at][solver].push(theirs.seconds / seconds)
          needed[at][solver].push(iter)
        }
      }
    }
    console.log(`\nKullback-Leibler NMF, ${name}, k = ${K}, ${STARTS} common starts; ratios above 1: latens is faster`)
    for (const [at, iterations] of limits.entries())
      for (const solver of ['newton', 'mu'])
        console.log(
          `  ${solver.padEnd(6)} to the loss of ${iterations} iterations of theirs: ${quantiles(found[at][solver])}; its iterations: ${quantiles(needed[at][solver])}`,
        )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
  peer.end()
}
