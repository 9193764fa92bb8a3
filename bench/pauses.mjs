// How long a fit keeps the event loop: the longest stretch between two turns of it, wanted below 50 ms. A timer of 1 ms
// runs beside each call; processor time is told beside the wall clock, as others on the machine can hold a turn too.
import { csr, Deconvolution, dense, NMF } from 'latens'
import { generator } from './common.mjs'

const { uniform } = generator(5)
const full = (n, m, Floats) => dense(Floats.from({ length: n * m }, uniform), [n, m])
function sparse(n, m, count) {
  const jump = m / count
  return csr({
    indptr: Int32Array.from({ length: n + 1 }, (_, i) => i * count),
    indices: Int32Array.from({ length: n * count }, (_, p) => (p % count) * jump + Math.floor(uniform() * jump)),
    data: Float32Array.from({ length: n * count }, () => uniform() + 0.1),
    shape: [n, m],
  })
}

async function watch(name, work) {
  const cpu = () => process.cpuUsage().user / 1000
  let [last, lastCpu, wall, own] = [performance.now(), cpu(), 0, 0]
  const timer = setInterval(() => {
    const [now, nowCpu] = [performance.now(), cpu()]
    wall = Math.max(wall, now - last)
    own = Math.max(own, nowCpu - lastCpu)
    ;[last, lastCpu] = [now, nowCpu]
  }, 1)
  const result = await work()
  clearInterval(timer)
  console.log(`${name.padEnd(50)} longest turn ${wall.toFixed(0)} ms, of it processor ${own.toFixed(0)} ms`)
  return result
}

const kl = { solver: 'mu', betaLoss: 'kullback-leibler' }
const cases = [
  ['dense f32 20000 x 1000', full(20000, 1000, Float32Array), 32],
  ['dense f64 300 x 60000', full(300, 60000, Float64Array), 20],
  ['CSR f32 50000 x 20000 at .5 %', sparse(50000, 20000, 100), 20],
  ['CSR f32 1000000 x 2000 at .5 %', sparse(1000000, 2000, 10), 20],
  ['CSR f32 2000 x 1000000 at .05 %', sparse(2000, 1000000, 500), 20],
]
for (const [name, X, nComponents] of cases) {
  for (const [solver, options, maxIter] of [
    ['hals', {}, 4],
    ['mu KL', kl, 3],
  ]) {
    const nmf = new NMF({ nComponents, maxIter, tol: 0, lossEvery: 1, ...options })
    const model = await watch(`${name} ${solver} fit`, () => nmf.fit(X))
    await watch(`${name} ${solver} transform`, () => model.transform(X))
  }
}
for (const nComponents of [20, 120]) {
  const nmf = new NMF({ nComponents, maxIter: 3, tol: 0, compress: true })
  await watch(`dense f32 20000 x 1000 compressed fit, k = ${nComponents}`, () => nmf.fit(cases[0][1]))
}
// A source: blocks of rows, made before, read anew for every pass.
const blocksOf = (X, height) => {
  const [n, m] = X.shape
  return Array.from({ length: Math.ceil(n / height) }, (_, b) => {
    const [from, to] = [b * height, Math.min(n, (b + 1) * height)]
    if (X.kind === 'dense') return dense(X.data.subarray(from * m, to * m), [to - from, m])
    const [start, end] = [X.indptr[from], X.indptr[to]]
    return csr({
      indptr: X.indptr.slice(from, to + 1).map(at => at - start),
      indices: X.indices.subarray(start, end),
      data: X.data.subarray(start, end),
      shape: [to - from, m],
    })
  })
}
for (const [at, height] of [
  [0, 1000],
  [2, 5000],
  [4, 200],
]) {
  const [name, X, nComponents] = cases[at]
  const blocks = blocksOf(X, height)
  const nmf = new NMF({ nComponents, maxIter: 3, tol: 0 })
  await watch(`${name} hals fit of a source`, () => nmf.fit(() => blocks))
}
const X = full(3000, 1000, Float32Array)
for (const betaLoss of [1.5, 0.5]) {
  const nmf = new NMF({ nComponents: 20, solver: 'mu', betaLoss, maxIter: 2, lossEvery: 1 })
  await watch(`dense f32 3000 x 1000 mu beta ${betaLoss} fit`, () => nmf.fit(X))
}
const signature = full(22, 1000, Float64Array)
for (const method of ['cibersort', 'robust', 'kl']) {
  const model = await new Deconvolution({ method, permutations: 10, bootstrap: 10 }).fit(signature)
  await watch(`100 mixtures, 22 types x 1000 genes, ${method}`, () => model.deconvolve(full(100, 1000, Float64Array)))
}
