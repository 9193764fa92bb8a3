// Integrative NMF against pyliger's two programs and one in numpy: the same data, one thread each, in turn. Prints ratios
// of the times to one objective.
//   npm run bench -- integrative         PYTHON names the Python that has bench/peers/requirements.txt
//
// Protocol. Three data sets of 1000 samples, k = 20, lambda 5, f64: dense, 500 features, planted factors and noise; sparse,
// 2000 features, counts of planted rates (some 4 % are not zero), each feature divided by its root mean square as LIGER
// does. Programs run for a number of iterations (pyliger's ANLS 30, its default; the others 100) from starts of their own,
// round after round with other seeds; the objective of a round and pair is the higher one of the two ends, so that both
// reach it; times are from the call, with copying and checking X. At its end ours is evaluated by the peer too.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { csr, dense, IntegrativeNMF } from 'latens'
import { generator, peerOf, quantiles } from './common.mjs'

const ROUNDS = Number(process.env.LATENS_BENCH_ROUNDS ?? 7)
const [K, LAMBDA, HEIGHTS] = [20, 5, [1000, 1000, 1000]]
const ITERATIONS = { ours: 100, ANLS: 30, HALS: 100, numpy: 100 }

/** Rates W_i (H + V_i): half of W and H is zero, three quarters of V_i. */
function rates(n, m, uniform) {
  const some = (length, share) => Float64Array.from({ length }, () => (uniform() < share ? uniform() : 0))
  const H = some(K * m, 0.5)
  return HEIGHTS.map(() => {
    const [W, V] = [some(n * K, 0.5), some(K * m, 0.25)]
    return (i, j) => {
      let s = 0
      for (let q = 0; q < K; q++) s += W[i * K + q] * (H[q * m + j] + V[q * m + j])
      return s
    }
  })
}

function denseSets(m) {
  const { uniform } = generator(21)
  return rates(HEIGHTS[0], m, uniform).map((at, i) =>
    dense(
      Float64Array.from({ length: HEIGHTS[i] * m }, (_, p) => at(Math.floor(p / m), p % m) + 0.5 * uniform()),
      [HEIGHTS[i], m],
    ),
  )
}

function countSets(m) {
  const { uniform } = generator(22)
  return rates(HEIGHTS[0], m, uniform).map((at, s) => {
    const [indptr, indices, data, squares] = [[0], [], [], new Float64Array(m)]
    for (let i = 0; i < HEIGHTS[s]; i++) {
      for (let j = 0; j < m; j++) {
        // Poisson, by its distribution function.
        const rate = 0.02 * at(i, j)
        let [count, term, left] = [0, Math.exp(-rate), uniform()]
        while ((left -= term) > 0) term *= rate / ++count
        if (count === 0) continue
        indices.push(j)
        data.push(count)
        squares[j] += count * count
      }
      indptr.push(indices.length)
    }
    return csr({
      indptr: Int32Array.from(indptr),
      indices: Int32Array.from(indices),
      data: Float64Array.from(data, (v, p) => v / Math.sqrt(squares[indices[p]] / HEIGHTS[s])),
      shape: [HEIGHTS[s], m],
    })
  })
}

const peer = await peerOf('bench/peers/integrative.py', 'bench/integrative.mjs')
const folder = mkdtempSync(join(tmpdir(), 'latens-bench-'))
const put = (name, array) =>
  writeFileSync(join(folder, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength))

async function ours(X, seed) {
  const curve = []
  const options = { nComponents: K, alphaV: LAMBDA, maxIter: ITERATIONS.ours, tol: 0, seed }
  const started = performance.now()
  const model = await new IntegrativeNMF(options).fit(X, {
    onProgress: ({ objective }) => curve.push([objective, (performance.now() - started) / 1000]),
  })
  return { curve, model }
}

try {
  console.log(peer.name)
  for (const [name, X] of [
    ['dense, 3 x 1000 x 500', denseSets(500)],
    ['CSR, 3 x 1000 x 2000', countSets(2000)],
  ]) {
    const m = X[0].shape[1]
    for (const [i, set] of X.entries())
      for (const part of set.kind === 'csr' ? ['data', 'indices', 'indptr'] : ['data']) put(`${i}.${part}`, set[part])
    const job = { folder, kind: X[0].kind, heights: HEIGHTS, m, k: K, lambda: LAMBDA }
    const share = X.reduce((s, { data }) => s + data.length, 0) / (HEIGHTS.reduce((s, n) => s + n) * m)
    console.log(
      `\n${name}, ${(100 * share).toFixed(1)} % stored, k = ${K}, ${ROUNDS} rounds; ratios above 1: latens is faster`,
    )
    const found = Object.fromEntries(
      peer.programs.map(program => [program, { ratios: [], ends: [], times: [], own: [] }]),
    )
    const seconds = []
    let gap = 0
    await ours(X, 99)
    for (let seed = 0; seed < ROUNDS; seed++) {
      const { curve, model } = await ours(X, seed)
      seconds.push(curve.at(-1)[1])
      put('W', model.embedding.data)
      put('H', model.components.data)
      put('V', Float64Array.from(model.specific.flatMap(({ data }) => [...data])))
      const { objective } = await peer.ask({ ...job, do: 'objective' })
      gap = Math.max(gap, Math.abs(curve.at(-1)[0] / objective - 1))
      for (const program of peer.programs) {
        const theirs = await peer.ask({ ...job, program, iterations: ITERATIONS[program], seed })
        const level = Math.max(curve.at(-1)[0], theirs.curve.at(-1)[0])
        const [a, b] = [curve, theirs.curve].map(list => list.find(([value]) => value <= level)[1])
        const { ratios, ends, times, own } = found[program]
        ratios.push(b / a)
        ends.push(theirs.curve.at(-1)[0] / curve.at(-1)[0])
        times.push(b)
        own.push(a)
      }
    }
    console.log(
      `  ours, ${ITERATIONS.ours} iterations: ${quantiles(seconds, 3)} s; the peer's value of our factors agrees to ${gap.toExponential(1)}`,
    )
    for (const [program, { ratios, ends, times, own }] of Object.entries(found))
      console.log(
        `  ${program.padEnd(5)} to equal objective: ${quantiles(ratios, 3)} (latens ${quantiles(own, 3)} s, it ${quantiles(times, 3)} s);` +
          ` its end after ${ITERATIONS[program]} iterations over ours: ${quantiles(ends, 6)}`,
      )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
  peer.end()
}
