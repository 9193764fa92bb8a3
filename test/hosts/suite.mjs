// What every host runs: fits on fixed data, and the SHA-256 of the factors. Plain JavaScript, from the packed library.
import {
  ALS,
  BayesianMF,
  csr,
  Deconvolution,
  dense,
  ImplicitALS,
  IntegrativeNMF,
  JointNMF,
  MatrixCompletion,
  Metagenes,
  NMF,
  NmfModel,
  PCA,
  TruncatedSVD,
} from 'latens'

const n = 90
const m = 37
const value = (i, j) => ((7 * i + 13 * j + i * j) % 17) / 16 + ((i * 31 + j * 17) % 5 === 0 ? 1 : 0)
const full = Float64Array.from({ length: n * m }, (_, p) => value(Math.floor(p / m), p % m))

function sparse() {
  const indptr = [0]
  const indices = []
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) if ((i + 2 * j) % 3 === 0) indices.push(j)
    indptr.push(indices.length)
  }
  const data = Float64Array.from(indices, (j, p) => 1 + ((p * 7 + j) % 11))
  return csr({ indptr: Int32Array.from(indptr), indices: Int32Array.from(indices), data, shape: [n, m] })
}

function broad() {
  const [rows, columns, each] = [30, 7000, 200]
  const indices = Int32Array.from({ length: rows * each }, (_, p) => (p % each) * 35 + ((p * 7) % 35))
  const data = Float32Array.from(indices, (j, p) => 1 + ((p * 5 + j) % 13))
  return csr({
    indptr: Int32Array.from({ length: rows + 1 }, (_, i) => i * each),
    indices,
    data,
    shape: [rows, columns],
  })
}

async function* halves({ indptr, indices, data, shape: [rows, columns] }) {
  for (const [from, to] of [
    [0, rows >> 1],
    [rows >> 1, rows],
  ]) {
    const [start, end] = [indptr[from], indptr[to]]
    yield csr({
      indptr: indptr.slice(from, to + 1).map(p => p - start),
      indices: indices.slice(start, end),
      data: data.slice(start, end),
      shape: [to - from, columns],
    })
  }
}

async function sha(...arrays) {
  const bytes = arrays.flatMap(a => [...new Uint8Array(a.buffer, a.byteOffset, a.byteLength)])
  const digest = await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes))
  return [...new Uint8Array(digest)].map(b => b.toString(16).padStart(2, '0')).join('')
}

/** |a - b| / |b|. */
function distance(a, b) {
  const norm = values => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0))
  return norm(a.map((v, i) => v - b[i])) / norm(b)
}

/** Small fits of every estimator, solver and start, and of data whose entries do not count alike; a model's bytes have
 *  all that it is made of, and `transform` is of the same rows. */
async function others(inputs) {
  const few = { nComponents: 4, maxIter: 15, tol: 0, seed: 5 }
  const kl = { solver: 'newton', betaLoss: 'kullback-leibler' }
  const fits = {
    newton: new NMF({ ...few, ...kl }),
    bpp: new NMF({ ...few, solver: 'bpp', alphaW: 0.01, l1Ratio: 0.5 }),
    als: new NMF({ ...few, solver: 'als' }),
    'als, either sign': new NMF({ ...few, solver: 'als', clip: false }),
    nndsvd: new NMF({ ...few, init: 'nndsvd' }),
    nndsvda: new NMF({ ...few, solver: 'mu', init: 'nndsvda' }),
    nndsvdar: new NMF({ ...few, solver: 'mu', betaLoss: 1, init: 'nndsvdar' }),
    'held out': new NMF({ ...few, holdOut: 0.2 }),
    'held out, kl': new NMF({ ...few, ...kl, holdOut: 0.2 }),
    'held out, beta': new NMF({ ...few, solver: 'mu', betaLoss: 1.5, holdOut: 0.2 }),
    'held parts': new NMF({
      ...few,
      fixedH: [Array.from({ length: m }, (_, j) => 1 + (j % 3))],
      fixedW: Array.from({ length: n }, (_, i) => [(i % 5) / 4]),
    }),
    'svd exact': new TruncatedSVD({ nComponents: 4, algorithm: 'exact' }),
    'svd randomized': new TruncatedSVD({ nComponents: 4, algorithm: 'randomized', nIter: 2, seed: 5 }),
    'svd lanczos': new TruncatedSVD({ nComponents: 4, algorithm: 'lanczos', signConvention: 'data', seed: 5 }),
    pca: new PCA({ nComponents: 4, algorithm: 'randomized', nIter: 2, whiten: true, seed: 5 }),
    metagenes: new Metagenes({ minComponents: 2, maxComponents: 3, nInit: 5, maxIter: 15, seed: 5 }),
    'metagenes by hold-out': new Metagenes({ choice: 'holdOut', maxComponents: 3, nInit: 2, maxIter: 15, seed: 5 }),
  }
  const hashes = {}
  const hash = async (name, estimator, X, run) => {
    const model = await estimator.fit(X, run)
    const rows = await model.transform(X, run)
    hashes[name] = await sha(model.save(), rows.data)
  }
  for (const [input, X] of Object.entries(inputs))
    for (const [name, estimator] of Object.entries(fits)) await hash(`${input} ${name}`, estimator, X)
  // Large enough for blocks.
  const large = dense(
    Float64Array.from({ length: 160 * 140 }, (_, p) => ((p * 7919) % 101) / (1 + (p % 140))),
    [160, 140],
  )
  await hash('svd krylov', new TruncatedSVD({ nComponents: 4, algorithm: 'krylov', seed: 5 }), large)
  await hash('pca krylov', new PCA({ nComponents: 4, algorithm: 'krylov', seed: 5 }), large)
  const holes = full.map((v, p) => ((p * 7) % 11 < 2 ? NaN : v))
  const weights = dense(
    full.map((_, p) => ((p * 5) % 9) / 4),
    [n, m],
  )
  const counting = {
    hals: {},
    bpp: { solver: 'bpp' },
    als: { solver: 'als' },
    newton: kl,
    mu: { solver: 'mu' },
    kl: { solver: 'mu', betaLoss: 1 },
    beta: { solver: 'mu', betaLoss: 1.5 },
  }
  for (const [name, options] of Object.entries(counting)) {
    const missing = new NMF({ ...few, ...options, missing: 'nan' })
    const both = new NMF({ ...few, ...options, missing: 'nan', holdOut: 0.2 })
    await hash(`f64 nan, held out ${name}`, both, dense(holes, [n, m]))
    await hash(`f64 nan ${name}`, missing, dense(holes, [n, m]))
    await hash(`f32 nan ${name}`, missing, dense(Float32Array.from(holes), [n, m]))
    await hash(`csr zeros ${name}`, new NMF({ ...few, ...options, missing: 'zeros' }), inputs.csr)
    for (const [input, X] of Object.entries(inputs))
      await hash(`${input} weights ${name}`, new NMF({ ...few, ...options }), X, { weights })
  }
  const joint = { ...few, signed: 'split', missing: 'nan', alphaW: 0.01 }
  const signed = dense(
    full.map((v, p) => ((p * 7) % 11 < 2 ? NaN : v - 1)),
    [n, m],
  )
  const chain = Array.from({ length: m }, (_, i) => Array.from({ length: m }, (_u, j) => Number(Math.abs(i - j) === 1)))
  const networks = [{ views: [0], adjacency: chain, weight: 0.3 }]
  await hash('joint', new JointNMF(joint), [inputs.f64, signed])
  await hash('joint networks', new JointNMF({ ...joint, networks }), [inputs.csr, signed])
  for (const [input, X] of Object.entries(inputs))
    await hash(`${input} integrative`, new IntegrativeNMF({ ...few, alphaV: 1 }), [X, X])
  const rated = { nComponents: 4, seed: 5 }
  const recommenders = {
    ALS: new ALS({ ...rated, lambdaPower: 0.5, maxIter: 15, tol: 0 }),
    'ImplicitALS cg': new ImplicitALS({ ...rated, maxIter: 10, tol: 0 }),
    'ImplicitALS cholesky': new ImplicitALS({
      ...rated,
      solver: 'cholesky',
      confidence: 'alpha*r',
      alpha: 3,
      maxIter: 10,
    }),
    BayesianMF: new BayesianMF({ ...rated, burnIn: 5, nSamples: 3 }),
  }
  for (const [input, X] of Object.entries(inputs))
    for (const [name, estimator] of Object.entries(recommenders)) await hash(`${input} ${name}`, estimator, X)
  await hash('f64 nan ratings', recommenders.ALS, dense(holes, [n, m]))
  const completion = new MatrixCompletion({ nComponents: 4, nLambda: 3, maxIter: 15, debias: 'values', seed: 5 })
  await hash('completion', completion, dense(holes, [n, m]))
  await hash('csr completion', completion, inputs.csr)
  // The first rows as a signature, the others as mixtures.
  const signature = dense(full.slice(0, 6 * m), [6, m])
  const mixtures = dense(full.slice(6 * m, 14 * m), [8, m])
  for (const [method, mode] of [
    ['cibersort', 'robust'],
    ['cibersort', 'cibersort'],
    ['nnls', 'robust'],
    ['simplex', 'robust'],
    ['at-most-one', 'robust'],
    ['robust', 'robust'],
    ['kl', 'robust'],
  ]) {
    const options = { method, mode, permutations: 5, bootstrap: 5, seed: 5 }
    const model = await new Deconvolution({ ...options, quantileNormalize: mode === 'cibersort' }).fit(signature)
    const found = await model.deconvolve(mixtures)
    const { fractions, low, high, correlation, rmse, unknown, pValue, gap = rmse } = found
    const columns = [correlation, rmse, unknown, pValue, gap]
    hashes[`deconvolve ${method} ${mode}`] = await sha(model.save(), fractions.data, low.data, high.data, ...columns)
  }
  return hashes
}

export async function suite() {
  const inputs = { f64: dense(full, [n, m]), f32: dense(Float32Array.from(full), [n, m]), csr: sparse() }
  const fits = {
    frobenius: { nComponents: 5, maxIter: 60, nInit: 2, seed: 3 },
    kl: { nComponents: 5, solver: 'mu', betaLoss: 'kullback-leibler', maxIter: 60, seed: 3 },
    beta: { nComponents: 3, solver: 'mu', betaLoss: 1.5, maxIter: 20, seed: 3 },
  }
  const hashes = {}
  // After few iterations of `fast`: how far from the exact factors, and whether the relaxed engine was used.
  const fast = {}
  for (const [input, X] of Object.entries(inputs)) {
    for (const [name, options] of Object.entries(fits)) {
      const model = await new NMF(options).fit(X)
      const loaded = NmfModel.load(model.save())
      const again = await loaded.transform(X)
      hashes[`${input} ${name}`] = await sha(model.components.data, model.embedding.data, model.trace, again.data)

      const few = { ...options, maxIter: 5, nInit: 1 }
      const [near, exact] = [await new NMF({ ...few, fast: true }).fit(X), await new NMF(few).fit(X)]
      const [H, W] = [near.components.data, near.embedding.data]
      const distances = [distance(H, exact.components.data), distance(W, exact.embedding.data)]
      fast[`${input} ${name}`] = { used: near.fast, distance: Math.max(...distances) }
    }
  }
  // Wide enough to be cut into slices of columns; and a model made batch by batch.
  const wide = await new NMF({ nComponents: 20, maxIter: 5 }).fit(broad())
  hashes['wide csr'] = await sha(wide.components.data, wide.embedding.data, wide.trace)
  const read = await new NMF({ nComponents: 20, maxIter: 5 }).fit(() => halves(broad()))
  hashes['wide csr of a source'] = await sha(read.components.data, read.embedding.data, read.trace)
  // Large enough for iterations on compressed data to pay.
  const large = Float64Array.from({ length: 130 * 120 }, (_, p) => value(Math.floor(p / 120), p % 120))
  for (const data of [large, Float32Array.from(large)]) {
    const model = await new NMF({ nComponents: 3, maxIter: 5, compress: true }).fit(dense(data, [130, 120]))
    hashes[`compressed ${data.constructor.name}`] = await sha(model.components.data, model.embedding.data, model.trace)
  }
  for (const [name, options] of Object.entries(fits)) {
    const nmf = new NMF({ ...options, nInit: 1, maxIter: 20 })
    let model
    for (const rows of [0, 30, 60]) {
      model = await nmf.partialFit(dense(full.slice(rows * m, (rows + 30) * m), [30, m]), model)
    }
    hashes[`partialFit ${name}`] = await sha(model.components.data, model.sums.num, model.sums.den, model.trace)
  }
  return { hashes: { ...hashes, ...(await others(inputs)) }, fast }
}
