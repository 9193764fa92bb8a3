// What every host runs of threads: fits that must have the bits of one thread, whoever works on them and whatever goes
// wrong. Plain JavaScript, from the packed library.
import { csr, Deconvolution, dense, NMF, workers } from 'latens'

const value = p => ((7 * p + (p >> 7)) % 17) / 16 + ((p * 31) % 5 === 0 ? 1 : 0)

function sparse(n, m, each) {
  const indices = Int32Array.from({ length: n * each }, (_, p) => {
    const stretch = m / each
    return Math.floor((p % each) * stretch + ((p * 7) % stretch))
  })
  return csr({
    indptr: Int32Array.from({ length: n + 1 }, (_, i) => i * each),
    indices,
    data: Float64Array.from(indices, (j, p) => 1 + ((p * 5 + j) % 13)),
    shape: [n, m],
  })
}

// Shards of rows: five of the dense, six of the sparse data; of the third every restart is one thread's.
const cases = {
  dense: [
    dense(
      Float32Array.from({ length: 3600 * 200 }, (_, p) => value(p)),
      [3600, 200],
    ),
    { nComponents: 64 },
  ],
  csr: [sparse(6000, 1500, 30), { nComponents: 64, solver: 'mu', betaLoss: 1 }],
  restarts: [
    dense(
      Float64Array.from({ length: 90 * 40 }, (_, p) => value(p)),
      [90, 40],
    ),
    { nComponents: 4, nInit: 5 },
  ],
}

async function sha(...arrays) {
  const bytes = await new Blob(arrays).arrayBuffer()
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  return [...new Uint8Array(digest)].map(b => b.toString(16).padStart(2, '0')).join('')
}

const hashOf = model => sha(model.components.data, model.embedding.data, Float64Array.from(model.trace))

const nmf = (name, more) => new NMF({ maxIter: 3, tol: 0, seed: 3, ...cases[name][1], ...more })
const fit = async (name, run, more) => hashOf(await nmf(name, more).fit(cases[name][0], run))

/** Mixtures taken apart: every fit, null draw and bootstrap is one thread's. */
async function unmixed(run) {
  const list = (n, from) =>
    Array.from({ length: n }, (_, i) => Array.from({ length: 40 }, (_u, j) => value(from + 40 * i + j)))
  const model = await new Deconvolution({ permutations: 20, bootstrap: 10 }).fit(list(5, 0))
  const { fractions, low, high, pValue } = await model.deconvolve(list(6, 300), run)
  return sha(fractions.data, low.data, high.data, pValue)
}

/** `rounds` at most, for a host that is to have no workers anyway fewer. */
export async function threaded(rounds) {
  const hashes = {}
  const differ = []
  for (const name of Object.keys(cases)) {
    hashes[`${name}, one thread`] = await fit(name, {})
    for (const threads of [2, 3, 8, 'auto']) await compare(name, `threads ${threads}`, { threads })
  }
  hashes['deconvolution, one thread'] = await unmixed({})
  for (const threads of [2, 3])
    if ((await unmixed({ threads })) !== hashes['deconvolution, one thread']) differ.push(`deconvolution, ${threads}`)
  async function compare(name, what, run) {
    if ((await fit(name, run)) !== hashes[`${name}, one thread`]) differ.push(`${name}, ${what}`)
  }
  // A checkpoint of several threads has the same bytes in every host, and one goes on from it to the same end: so it
  // does in any other.
  const points = []
  const checkpoint = { every: 1, write: bytes => void points.push(bytes) }
  await fit('dense', { threads: 3, checkpoint })
  hashes['dense, checkpoints'] = await sha(...points)
  await compare('dense', 'from a checkpoint', { resume: points[0] })
  const pool = await workers(3)
  // Until each worker has had a turn: the first fits may be over before it stands.
  let fits = 0
  for (; fits < rounds && (fits === 0 || pool.worked < pool.threads - 1); fits++) {
    await Promise.all(
      ['dense', 'csr', 'restarts'].map(name => compare(name, 'a pool that fits share', { threads: pool })),
    )
  }
  pool[Symbol.dispose ?? Symbol.for('Symbol.dispose')]()
  return { hashes, differ, threads: pool.threads, shared: pool.shared, worked: pool.worked }
}

const DEADLINE = 80
// After its second shard a worker ends without a word, throws, is deaf from then on, or answers too late.
const busy = milliseconds => `for (const until = performance.now() + ${milliseconds}; performance.now() < until;);`
const faults = {
  closes: "'Bun' in self ? process.exit() : self.close()", // Bun's goes on after close

  throws: "setTimeout(() => { throw new Error('a fault that is wanted') })",
  // Deno does not end what is busy, nor itself while it is.
  hangs: 'Deno' in globalThis ? busy(1000) : 'for (;;);',
  late: busy(2 * DEADLINE),
}
const prelude = fault => `{
  const say = self.postMessage.bind(self)
  let done = 0
  self.postMessage = (message, transfer) => {
    say(message, transfer)
    if (message.kind === 'done' && ++done === 2) { ${fault} }
  }
}\n`

/** For hosts whose workers are the web's. What went wrong, in words; nothing if nothing did. */
export async function faulty() {
  const { Worker: RealWorker, Blob: RealBlob } = globalThis
  const problems = []
  const alive = new Set()
  let made = 0
  globalThis.Worker = class extends RealWorker {
    constructor(...given) {
      super(...given)
      made++
      alive.add(this)
    }
    terminate() {
      alive.delete(this)
      super.terminate()
    }
  }
  const more = { maxIter: 4 }
  const wanted = await fit('dense', {}, more)
  const check = (what, got) => got === wanted || problems.push(`${what}: other bits`)
  const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose')
  const fails = async (what, run, reason) => {
    const error = await fit('dense', run, more).then(
      () => 'none',
      e => e.message,
    )
    if (error !== reason) problems.push(`${what}: wanted an error, ${reason}; got ${error}`)
  }
  try {
    for (const [what, fault] of Object.entries(faults)) {
      globalThis.Blob = class extends RealBlob {
        constructor(parts, options) {
          super(options?.type === 'text/javascript' ? [prelude(fault), ...parts] : parts, options)
        }
      }
      const pool = await workers(3, { deadline: DEADLINE })
      let [tries, lost] = [0, false]
      for (; tries < 20 && !lost; tries++) {
        const before = [made, alive.size]
        check(what, await fit('dense', { threads: pool }, more))
        // More than two places for them: one was lost.
        lost = made - before[0] + before[1] > 2
      }
      if (!lost) problems.push(`${what}: no worker was lost in ${tries} fits`)
      pool[dispose]()
      globalThis.Blob = RealBlob
    }
    const pool = await workers(3, { deadline: DEADLINE })
    const terminate = step => step.iter === 2 && [...alive].at(-1)?.terminate()
    for (let i = 0; i < 3; i++) check('terminated', await fit('dense', { threads: pool, onProgress: terminate }, more))

    const stop = new AbortController()
    const abort = ({ iter }) => iter === 2 && stop.abort(new Error('enough'))
    await fails('an abort', { threads: pool, signal: stop.signal, onProgress: abort }, 'enough')
    const late = new AbortController()
    setTimeout(() => late.abort(new Error('enough')), 10)
    await fails('an abort within a step', { threads: pool, signal: late.signal }, 'enough')
    const complain = ({ iter }) => {
      if (iter === 2) throw new Error('the caller fails')
    }
    await fails('onProgress throws', { threads: pool, onProgress: complain }, 'the caller fails')
    await fails('onProgress throws, a pool of its own', { threads: 3, onProgress: complain }, 'the caller fails')
    for (const name of ['dense', 'restarts']) {
      for await (const { iter } of nmf(name, more).steps(cases[name][0], { threads: pool })) if (iter === 2) break
    }
    check('after all that', await fit('dense', { threads: pool }, more))
    const closed = fit('dense', { threads: pool, onProgress: ({ iter }) => iter === 2 && pool[dispose]() }, more)
    check('disposed of in the middle', await closed)
    check('disposed of before', await fit('dense', { threads: pool }, more))
    if (alive.size > 0) problems.push(`${alive.size} workers are left`)
  } finally {
    Object.assign(globalThis, { Worker: RealWorker, Blob: RealBlob })
  }
  return problems
}
