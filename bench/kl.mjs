// NMF by Kullback-Leibler against scikit-learn's multiplicative updates: the same data, the same starts, one thread each,
// in turn. Prints ratios of the times to one loss, that of 200 (its default) and of 1000 iterations of it.
//   npm run bench -- kl
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dense, NMF } from 'latens'
import { generator, peerOf, quantiles, scattered } from './common.mjs'

const STARTS = Number(process.env.LATENS_BENCH_STARTS ?? 10)
const ITERATIONS = [200, 1000]
const K = 10

const peer = await peerOf('bench/peers/nmf.py', 'kl')
const folder = mkdtempSync(join(tmpdir(), 'latens-bench-'))
const bytes = a => new Uint8Array(a.buffer, a.byteOffset, a.byteLength)
const put = (name, array) => writeFileSync(join(folder, name), bytes(array))

function start(X, seed) {
  const { uniform } = generator(100 + seed)
  const [n, m] = X.shape
  const scale = Math.sqrt(X.data.reduce((s, v) => s + v, 0) / (n * m) / K)
  const make = length => Float64Array.from({ length }, () => scale * (0.1 + uniform() + uniform()))
  return { W: make(n * K), H: make(K * m) }
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
    ['digits 1797 x 64', dense(new Float64Array(readFileSync(join(folder, 'data')).buffer.slice(0)), digits.shape)],
    ['CSR 5000 x 5000 at 1 %', scattered(5000, 5000, 0.01, Float64Array)],
  ]
  console.log(peer.name)
  for (const [name, X] of cases) {
    const [n, m] = X.shape
    writeFileSync(join(folder, 'shape.json'), JSON.stringify({ n, m, k: K, dtype: '<f8' }))
    for (const part of X.kind === 'csr' ? ['data', 'indices', 'indptr'] : ['data']) put(part, X[part])
    const found = ITERATIONS.map(() => ({ newton: [], mu: [] }))
    const needed = ITERATIONS.map(() => ({ newton: [], mu: [] }))
    for (let seed = 0; seed < STARTS; seed++) {
      const from = start(X, seed)
      put('W', from.W)
      put('H', from.H)
      for (const [at, iterations] of ITERATIONS.entries()) {
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
    for (const [at, iterations] of ITERATIONS.entries())
      for (const solver of ['newton', 'mu'])
        console.log(
          `  ${solver.padEnd(6)} to the loss of ${iterations} iterations of theirs: ${quantiles(found[at][solver])}; its iterations: ${quantiles(needed[at][solver])}`,
        )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
  peer.end()
}
