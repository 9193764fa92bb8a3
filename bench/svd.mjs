// TruncatedSVD and PCA against scikit-learn: the same data, one thread each, in turn. Prints ratios, by the clock and
// of processor time (a program's own threads count: V8 compiles on others); machines are shared and noisy, so seconds
// mean nothing by themselves. Error: sine of the largest angle between the k-dimensional space that
// was found and that of ARPACK to 1e-12.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { csr, dense, PCA, svd, TruncatedSVD } from 'latens'
import { generator, quantiles } from './common.mjs'

const RUNS = Number(process.env.LATENS_BENCH_STARTS ?? 5)
const { uniform } = generator(1)

// Rows of sixty topics of falling frequency, half of whose entries lie in columns of the topic's own: as words do.
function sparse(n, m, fill) {
  const each = Math.round(m * fill)
  const indptr = new Int32Array(n + 1)
  const [indices, data] = [new Int32Array(n * each), new Float64Array(n * each)]
  for (let i = 0; i < n; i++) {
    const topic = Math.floor(60 * uniform() * Math.max(uniform(), uniform()))
    const columns = new Set()
    while (columns.size < each) {
      const own = uniform() < 0.5
      columns.add(own ? (topic * 331 + Math.floor(60 * uniform())) % m : Math.floor(m * uniform() * uniform()))
    }
    let p = i * each
    for (const j of [...columns].sort((x, y) => x - y)) {
      indices[p] = j
      data[p++] = uniform()
    }
    indptr[i + 1] = p
  }
  return csr({ indptr, indices, data, shape: [n, m] })
}

// Thirty directions of falling strength and noise.
function planted(n, m) {
  const normal = () => uniform() + uniform() + uniform() - 1.5
  const [A, B] = [Float64Array.from({ length: n * 30 }, normal), Float64Array.from({ length: m * 30 }, normal)]
  const data = new Float64Array(n * m)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      let s = normal() + 3
      for (let q = 0; q < 30; q++) s += (A[i * 30 + q] * B[j * 30 + q]) / (q + 1)
      data[i * m + j] = s
    }
  return dense(data, [n, m])
}

const peer = spawn(process.env.PYTHON ?? 'python3', ['bench/peers/svd.py'], { stdio: ['pipe', 'pipe', 'inherit'] })
const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]()
const first = await lines.next()
if (first.done) {
  console.log('svd: no peer (Python with bench/peers/requirements.txt): nothing to compare with')
  process.exit(0)
}
console.log(JSON.parse(first.value).peer)
const ask = async job => {
  peer.stdin.write(`${JSON.stringify(job)}\n`)
  return JSON.parse((await lines.next()).value)
}

/** sqrt(1 - c^2), c the smallest singular value of A B' for two k x m bases. */
async function sine(A, B, k) {
  const m = A.length / k
  const inner = new Float64Array(k * k)
  for (let p = 0; p < k; p++)
    for (let q = 0; q < k; q++) for (let j = 0; j < m; j++) inner[p * k + q] += A[p * m + j] * B[q * m + j]
  const { S } = await svd(dense(inner, [k, k]))
  return Math.sqrt(Math.max(0, 1 - S[k - 1] ** 2))
}

const processor = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const folder = mkdtempSync(join(tmpdir(), 'latens-bench-'))
const bytes = a => new Uint8Array(a.buffer, a.byteOffset, a.byteLength)
const floats = name => new Float64Array(Uint8Array.from(readFileSync(join(folder, name))).buffer)
try {
  for (const [name, X, k, Estimator, solvers] of [
    [
      'TruncatedSVD, CSR 50000 x 20000 at .2 %',
      sparse(50000, 20000, 0.002),
      50,
      TruncatedSVD,
      [
        ['auto', 'randomized', 7],
        ['auto', 'randomized', 12], // as near as ours
        ['randomized', 'randomized', 7],
      ],
    ],
    [
      'PCA, dense 10000 x 500',
      planted(10000, 500),
      10,
      PCA,
      [
        ['randomized', 'randomized', 'auto'],
        ['auto', 'auto', 'auto'],
      ],
    ],
  ]) {
    const [n, m] = X.shape
    for (const part of X.kind === 'csr' ? ['data', 'indices', 'indptr'] : ['data'])
      writeFileSync(join(folder, part), bytes(X[part]))
    await ask({ do: 'load', folder, n, m, k, kind: X.kind })
    const reference = floats('reference')
    for (const [algorithm, solver, steps] of solvers) {
      const [clock, processors, ours, theirs] = [[], [], [], []]
      const [kind, option] =
        Estimator === PCA
          ? ['pca', { svd_solver: solver, iterated_power: steps }]
          : ['svd', { algorithm: solver, n_iter: steps }]
      for (let seed = 0; seed < RUNS; seed++) {
        const their = await ask({ do: kind, folder, k, seed, options: option })
        const started = [performance.now(), processor()]
        const model = await new Estimator({ nComponents: k, seed, algorithm }).fit(X)
        clock.push((1000 * their.clock) / (performance.now() - started[0]))
        processors.push((1000 * their.processor) / (processor() - started[1]))
        ours.push(await sine(model.components.data, reference, k))
        theirs.push(await sine(floats('theirs'), reference, k))
      }
      console.log(`\n${name}, f64, k = ${k}, ${RUNS} seeds; ratios above 1: latens is faster`)
      console.log(`  latens by '${algorithm}', scikit-learn by ${JSON.stringify(option)}`)
      console.log(`  time by the clock:                     ${quantiles(clock)}`)
      console.log(`  time of the processor:                 ${quantiles(processors)}`)
      console.log(`  sine to the reference, scikit-learn:   ${quantiles(theirs)}`)
      console.log(`  sine to the reference, latens:         ${quantiles(ours)}`)
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
  peer.stdin.end()
}
