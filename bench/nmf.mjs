// NMF against scikit-learn's coordinate descent: the same data, the same starts, one thread each, in turn.
// Prints ratios: machines are shared and noisy, so seconds mean nothing by themselves.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dense, NMF } from 'latens'
import { generator, peerOf, planted, quantiles, scattered } from './common.mjs'

const STARTS = Number(process.env.LATENS_BENCH_STARTS ?? 20)
const ITERATIONS = 50
const K = 20

function start(X, seed, Floats) {
  const { uniform } = generator(100 + seed)
  const [n, m] = X.shape
  const scale = Math.sqrt(X.data.reduce((s, v) => s + v, 0) / (n * m) / K)
  const make = length => Floats.from({ length }, () => scale * (uniform() + uniform()))
  return { W: make(n * K), H: make(K * m) }
}

const peer = await peerOf('bench/peers/nmf.py', 'nmf')
console.log(peer.name)

async function ours(X, { W, H }, options, target) {
  const [n, m] = X.shape
  const nmf = new NMF({ nComponents: K, tol: 0, init: { W: dense(W, [n, K]), H: dense(H, [K, m]) }, ...options })
  const stop = new AbortController()
  const started = performance.now()
  let reached = NaN
  let loss = NaN
  const onProgress = step => {
    if (!Number.isNaN(step.loss)) loss = step.loss
    if (!(step.loss <= target)) return
    reached = (performance.now() - started) / 1000
    stop.abort()
  }
  try {
    await nmf.fit(X, { onProgress, signal: stop.signal })
  } catch (error) {
    if (!stop.signal.aborted) throw error
  }
  return {
    seconds: Number.isNaN(reached) ? (performance.now() - started) / 1000 : reached,
    reached: !Number.isNaN(reached),
    loss,
  }
}

const parts = (process.env.LATENS_BENCH_PARTS ?? 'peer,compress').split(',')
const cases = [
  ['CSR 5000 x 5000 at 1 %, f32', scattered(5000, 5000, 0.01, Float32Array), Float32Array],
  ['dense 2000 x 1000, f32', planted(2000, 1000, K, Float32Array), Float32Array],
  ['dense 2000 x 1000, f64', planted(2000, 1000, K, Float64Array), Float64Array],
]
const folder = mkdtempSync(join(tmpdir(), 'latens-bench-'))
try {
  for (const [name, X, Floats] of parts.includes('peer') ? cases : []) {
    const bytes = a => new Uint8Array(a.buffer, a.byteOffset, a.byteLength)
    const [n, m] = X.shape
    writeFileSync(
      join(folder, 'shape.json'),
      JSON.stringify({ n, m, k: K, dtype: Floats === Float32Array ? '<f4' : '<f8' }),
    )
    writeFileSync(join(folder, 'data'), bytes(X.data))
    if (X.kind === 'csr') {
      writeFileSync(join(folder, 'indices'), bytes(X.indices))
      writeFileSync(join(folder, 'indptr'), bytes(X.indptr))
    }
    const [sweep, toLoss, toLossCompressed, toEnd, ends, theirs, own] = [[], [], [], [], [], [], []]
    let [missed, missedCompressed] = [0, 0]
    for (let seed = 0; seed < STARTS; seed++) {
      const from = start(X, seed, Floats)
      writeFileSync(join(folder, 'W'), bytes(from.W))
      writeFileSync(join(folder, 'H'), bytes(from.H))
      const full = await peer.ask({ folder, kind: X.kind, iterations: ITERATIONS })
      const short = await peer.ask({ folder, kind: X.kind, iterations: 10 })
      const plain = { innerIter: 1, rescale: false }
      const a = await ours(X, from, { ...plain, maxIter: ITERATIONS }, -Infinity)
      const b = await ours(X, from, { ...plain, maxIter: 10 }, -Infinity)
      sweep.push((full.seconds - short.seconds) / (a.seconds - b.seconds))
      const race = await ours(X, from, { maxIter: 400 }, full.loss * 1.0005)
      if (!race.reached) missed++
      toLoss.push(race.reached ? full.seconds / race.seconds : 0)
      if (X.kind === 'dense') {
        const compressed = await ours(X, from, { maxIter: 400, compress: true }, full.loss * 1.0005)
        if (!compressed.reached) missedCompressed++
        toLossCompressed.push(compressed.reached ? full.seconds / compressed.seconds : 0)
        const whole = { tol: 1e-4, maxIter: 2000 }
        const exact = await ours(X, from, whole, -Infinity)
        const end = await ours(X, from, { ...whole, compress: true }, -Infinity)
        toEnd.push(exact.seconds / end.seconds)
        ends.push(end.loss / exact.loss)
      }
      theirs.push(full.loss)
      own.push((await ours(X, from, { maxIter: ITERATIONS }, -Infinity)).loss)
    }
    console.log(`\nNMF ${name}, k = ${K}, ${STARTS} common starts; ratios above 1: latens is faster`)
    console.log(`  one plain sweep at equal work:             ${quantiles(sweep)}`)
    console.log(
      `  time to scikit-learn's loss + .05 %:       ${quantiles(toLoss)}${missed ? ` (${missed} starts never: counted 0)` : ''}`,
    )
    if (X.kind === 'dense') {
      console.log(
        `  the same with compress:                    ${quantiles(toLossCompressed)}${missedCompressed ? ` (${missedCompressed} starts never: counted 0)` : ''}`,
      )
      console.log(`  whole fit to tol 1e-4, without / with it:  ${quantiles(toEnd)}`)
      console.log(`  loss at that end, with / without it:       ${quantiles(ends, 7)}`)
    }
    console.log(`  loss after ${ITERATIONS} iterations, scikit-learn:   ${quantiles(theirs)}`)
    console.log(`  loss after ${ITERATIONS} iterations, latens:         ${quantiles(own)}`)
  }
  // What compression gains depends on the data: the planted ones above have a wide gap behind their k singular values.
  const { uniform } = generator(3)
  const noise = dense(Float32Array.from({ length: 2000 * 1000 }, uniform), [2000, 1000])
  const noisy = planted(2000, 1000, K, Float32Array)
  for (let p = 0; p < noisy.data.length; p++) noisy.data[p] += 3 * uniform()
  for (const [name, X] of [
    ['planted with six times the noise', noisy],
    ['uniform noise alone', noise],
  ].filter(() => parts.includes('compress'))) {
    const [gain, ends] = [[], []]
    for (let seed = 0; seed < STARTS / 2; seed++) {
      const from = start(X, seed, Float32Array)
      const whole = { tol: 1e-4, maxIter: 2000 }
      const exact = await ours(X, from, whole, -Infinity)
      const end = await ours(X, from, { ...whole, compress: true }, -Infinity)
      gain.push(exact.seconds / end.seconds)
      ends.push(end.loss / exact.loss)
    }
    console.log(`\ncompress on ${name}, 2000 x 1000 f32, k = ${K}, ${gain.length} starts, whole fits to tol 1e-4`)
    console.log(`  time without it / with it:                 ${quantiles(gain)}`)
    console.log(`  loss at the end, with / without it:        ${quantiles(ends, 7)}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
  peer.end()
}
