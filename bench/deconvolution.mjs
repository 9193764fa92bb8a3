// Deconvolution by nu-support vector regression against libsvm (scikit-learn's NuSVR, tolerance 1e-3), one thread each.
//   npm run bench -- deconvolution
// 100 simulated samples x 22 types x 1,000 genes. Both do the same fits in turn, the best of three nu each: of rounds of
// some samples and as many null draws (a sample's genes in random order). Ours goes through the API, preparation and all;
// of scikit-learn's only the fits are timed. Then ours does all samples with 100 permutations, in either mode; what
// scikit-learn would take is its time for a fit of the rounds times the number of fits.
//   npm run bench -- deconvolution --nulls
// prints how uniform the p-values of mode robust are where nothing is to be found: 200 mixtures of independent numbers
// over a signature of five types, 999 null draws for each mixture, the distance of Kolmogorov and Smirnov from a uniform
// distribution and how often that is exceeded. Minutes, most of them for the reweighted methods.
//   npm run bench -- deconvolution --intervals
// prints how often bootstrap intervals of 90 % (200 draws) hold the fractions of mixtures of five types, none of them
// rare, with noise of 20 %.
// LATENS_ABIS=folder (see test/deconvolution/abis.test.ts) prints agreement with flow cytometry by method as well.
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Deconvolution, dense, evaluateFractions, matchGenes } from 'latens'
import { readCsv } from 'latens/io'
import { generator, peerOf, quantiles } from './common.mjs'

const NU = [0.25, 0.5, 0.75]
for (const [flag, part] of [
  ['--nulls', nulls],
  ['--intervals', intervals],
])
  if (process.argv.includes(flag)) {
    await part()
    process.exit()
  }
await abis(process.env.LATENS_ABIS)

const ROUNDS = Number(process.env.LATENS_BENCH_ROUNDS ?? 7)
const [samples, types, genes, permutations] = [100, 22, 1000, 100]
const { uniform } = generator(7)
// Close to normal and to lognormal.
const normal = () => uniform() + uniform() + uniform() + uniform() + uniform() + uniform() - 3
const lognormal = sd => Math.exp(1.41 * sd * normal())
const S = Array.from({ length: types }, () => Array.from({ length: genes }, () => 0))
for (let i = 0; i < genes; i++) {
  const level = 100 * lognormal(1)
  for (let j = 0; j < types; j++) S[j][i] = level * lognormal(0.7) * (i % types === j ? 8 : 1)
}
const Y = Array.from({ length: samples }, () => {
  const raw = S.map(() => -Math.log(1 - uniform()))
  const sum = raw.reduce((s, v) => s + v, 0)
  return Array.from({ length: genes }, (_, i) => raw.reduce((s, v, j) => s + (v / sum) * S[j][i], 0) * lognormal(0.3))
})
const shuffled = y =>
  y
    .map(v => [uniform(), v])
    .sort((a, b) => a[0] - b[0])
    .map(([, v]) => v)

const peer = await peerOf('bench/peers/deconvolution.py', 'deconvolution')
const columns = Array.from({ length: genes }, (_, i) => S.map(row => row[i]))
const single = await new Deconvolution({ mode: 'cibersort', permutations: 0 }).fit(S)
await single.deconvolve(Y.slice(0, 3)) // so that both are warm
const [ratios, theirs, ours] = [[], [], []]
let [apart, gap, alike] = [0, 0, 0]
for (let round = 0; round < ROUNDS; round++) {
  const some = [Y[round * 2], Y[round * 2 + 1], shuffled(Y[round * 2]), shuffled(Y[round * 2 + 1])]
  const answer = await peer.ask({ S: columns, Y: some, nu: NU })
  const started = performance.now()
  const found = await single.deconvolve(dense(Float64Array.from(some.flat()), [some.length, genes]))
  const seconds = (performance.now() - started) / 1000
  const fits = some.length * NU.length
  ratios.push(answer.seconds / seconds)
  theirs.push((1000 * answer.seconds) / fits)
  ours.push((1000 * seconds) / fits)
  // Of samples for which both keep the same nu: the errors of two are often nearly the same.
  answer.fractions.slice(0, 2).forEach((f, s) => {
    if (answer.chosen[s] !== found.nu[s]) return
    alike++
    f.forEach((v, j) => (apart = Math.max(apart, Math.abs(v - found.fractions.data[s * types + j]))))
  })
  gap = Math.max(gap, ...found.gap)
}
peer.end()
console.log(`nu-SVR, ${genes} genes x ${types} types, against ${peer.name}: the same fits, ${ROUNDS} rounds of 12`)
console.log(`  ms a fit: theirs ${quantiles(theirs)}, ours ${quantiles(ours)}; theirs over ours ${quantiles(ratios)}`)
console.log(
  `  of ${2 * ROUNDS} samples ${alike} keep the same nu, their fractions at most ${apart.toExponential(1)} apart; our gap or violation at most ${gap.toExponential(1)}`,
)
const mean = theirs.reduce((s, v) => s + v, 0) / theirs.length / 1000
for (const [mode, fits] of [
  ['cibersort', (samples + permutations) * NU.length],
  ['robust', samples * (1 + permutations) * NU.length],
]) {
  const model = await new Deconvolution({ mode, permutations }).fit(S)
  const started = performance.now()
  const found = await model.deconvolve(Y)
  const seconds = (performance.now() - started) / 1000
  const whole = mean * fits
  console.log(
    `  ${samples} samples, ${permutations} permutations, mode ${mode}, ${fits} fits: ours ${seconds.toFixed(1)} s, theirs ${whole.toFixed(0)} s by extrapolation: ${(whole / seconds).toFixed(0)} times; gap at most ${Math.max(...found.gap).toExponential(1)}`,
  )
}

/** P-values of mixtures that have nothing to do with the signature. */
async function nulls() {
  const { uniform } = generator(23)
  const [n, draws] = [200, 999]
  for (const genes of [20, 60])
    for (const method of ['cibersort', 'nnls', 'simplex', 'at-most-one', 'kl', 'robust']) {
      const some = (count, of) => Array.from({ length: count }, (_, i) => of(i))
      const S = some(5, j => some(genes, i => 1 + 20 * uniform() + (i % 5 === j ? 150 : 0)))
      // For methods that fit the sum itself a mixture has the size of the signature.
      const Y = some(n, () => some(genes, () => -50 * Math.log(1 - uniform())))
      const model = await new Deconvolution({ method, permutations: draws, seed: 5 }).fit(S)
      const { pValue, correlation } = await model.deconvolve(Y, { threads: 'auto' })
      const sorted = [...pValue].sort((a, b) => a - b)
      const distance = Math.max(
        ...sorted.map((p, i) => Math.max(Math.abs((i + 1) / n - p), Math.abs(i / n - (p - 1 / (draws + 1))))),
      )
      // Stephens' approximation of Kolmogorov's distribution.
      const x = distance * (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n))
      const exceeded = some(100, i => 2 * (-1) ** i * Math.exp(-2 * (i + 1) ** 2 * x * x)).reduce((s, v) => s + v, 0)
      const share = level => pValue.filter(p => p <= level).length / n
      console.log(
        `${method.padEnd(12)} ${genes} genes, ${n} mixtures, ${draws} draws: distance ${distance.toFixed(3)}, p ${Math.min(1, exceeded).toFixed(3)};` +
          ` p-values up to .05: ${share(0.05)}, up to .5: ${share(0.5)}; nothing found in ${correlation.filter(r => r === 0).length}`,
      )
    }
}

/** Fractions of known mixtures and their bootstrap intervals. */
async function intervals() {
  const { uniform } = generator(29)
  const k = 5
  for (const [genes, n] of [
    [60, 200],
    [400, 100],
    [2000, 20],
  ])
    for (const method of ['cibersort', 'nnls', 'simplex', 'at-most-one', 'kl', 'robust']) {
      const S = Array.from({ length: k }, (_, j) =>
        Array.from({ length: genes }, (_u, i) => 1 + 20 * uniform() + (i % k === j ? 150 : 0)),
      )
      const F = Array.from({ length: n }, () => S.map(() => 0.2 + uniform())).map(raw =>
        raw.map(v => v / raw.reduce((s, u) => s + u, 0)),
      )
      const noise = () => 1 + 0.4 * (uniform() + uniform() + uniform() - 1.5)
      const Y = F.map(f => S[0].map((_, i) => f.reduce((s, v, j) => s + v * S[j][i], 0) * noise()))
      const model = await new Deconvolution({ method, permutations: 0, bootstrap: 200, level: 0.9 }).fit(S)
      const { low, high } = await model.deconvolve(Y, { threads: 'auto' })
      const held = F.map((f, i) => f.filter((v, j) => v >= low.data[i * k + j] && v <= high.data[i * k + j]).length / k)
      const mean = held.reduce((s, v) => s + v, 0) / n
      const error = Math.sqrt(held.reduce((s, v) => s + (v - mean) ** 2, 0)) / n
      console.log(
        `${method.padEnd(12)} ${genes} genes, ${n} mixtures: ${mean.toFixed(3)} (standard error ${error.toFixed(3)})`,
      )
    }
}

/** Agreement with flow cytometry by method. */
async function abis(folder) {
  if (!folder || !existsSync(join(folder, 'sigMatrix_ABIS_S0.tsv'))) {
    console.log('bench/deconvolution.mjs: LATENS_ABIS names no folder with the ABIS data: no agreement to print')
    return
  }
  const read = name => readCsv(createReadStream(join(folder, name)))
  const [bulk, own, facs] = [
    await read('bulkRNAseq_ABIS.tsv'),
    await read('sigMatrix_ABIS_S0.tsv'),
    await read('groundTruth_ABIS.tsv'),
  ]
  const { signature, mixture } = matchGenes(own.rowNames, bulk.rowNames)
  const column = ({ data, columns: m }, rows, j) => Array.from(rows, i => data[i * m + j])
  const S = own.columnNames.map((_, j) => column(own, signature, j))
  const Y = bulk.columnNames.map((_, j) => column(bulk, mixture, j))
  const truth = bulk.columnNames.map(sample =>
    own.columnNames.map(
      type => facs.data[facs.rowNames.indexOf(sample) * facs.columns + facs.columnNames.indexOf(type)] / 100,
    ),
  )
  const line = (name, { r, ccc, rmse }) =>
    console.log(`  ${name.padEnd(28)} r ${r.toFixed(4)}  ccc ${ccc.toFixed(4)}  rmse ${rmse.toFixed(4)}`)
  console.log(`ABIS: ${Y.length} samples, ${S.length} types, ${signature.length} genes, against flow cytometry`)
  const golden = JSON.parse(readFileSync('test/golden/deconvolution/abis.json', 'utf8'))
  let baselines
  for (const [method, mode] of [
    ['cibersort', 'cibersort'],
    ['cibersort', 'robust'],
    ['nnls', 'robust'],
    ['simplex', 'robust'],
    ['at-most-one', 'robust'],
    ['robust', 'robust'],
    ['kl', 'robust'],
  ]) {
    const model = await new Deconvolution({ method, mode, permutations: 0 }).fit(S)
    const found = await model.deconvolve(Y)
    const evaluation = evaluateFractions(found.fractions, truth)
    baselines = evaluation.baselines
    line(method === 'cibersort' ? `${method}, mode ${mode}` : method, evaluation.overall)
    if (mode !== 'cibersort') continue
    const i = bulk.columnNames.indexOf('CYFZ')
    let apart = 0
    for (const { sample, prop } of golden.cibersort) {
      const s = bulk.columnNames.indexOf(sample)
      prop.forEach((v, j) => (apart = Math.max(apart, Math.abs(v - found.fractions.data[s * S.length + j]))))
    }
    console.log(
      `    CYFZ: nu ${found.nu[i]}, r ${found.correlation[i].toFixed(6)}, RMSE ${found.rmse[i].toFixed(6)}; fractions at most ${apart.toExponential(1)} from libsvm's; gap at most ${Math.max(...found.gap).toExponential(1)}`,
    )
  }
  line('mean composition', baselines.mean)
  line('equal shares', baselines.uniform)
}
