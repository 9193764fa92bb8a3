// Ratings: ALS and Bayesian matrix factorization on jokes and films, implicit ALS against the package implicit, and how
// the time of ALS grows with the ratings.
//   npm run bench -- als                                simulated data: implicit and growth
//   LATENS_JESTER=file npm run bench -- als             and Jester: lines of user, joke, rating (tabs; may be .gz)
//   npm run bench -- als --movielens folder             MovieLens-100K alone: u1.base, u1.test .. u5.base, u5.test
// Neither data set is in this repository. The peer, bench/peers/als.py, is numpy's own ALS of the same model, and
// implicit where Python has it (bench/peers/requirements.txt).
//
// Protocol. Jester: five folds by a hash of a rating's line; ALS({ nComponents: 10, lambda: 0.3, maxIter: 100, tol: 1e-6
// }), numpy from where our first iteration ends, and another start of ours; BayesianMF({ nComponents: 10 }).
// MovieLens: the five canonical folds, ALS({ nComponents: 20, lambda: 0.12 }) and BayesianMF({ nComponents: 20, burnIn: 50,
// nSamples: 300 }).
// Implicit: 5e5 simulated events, confidence alpha*r, f32, one thread; an objective over all cells computed by the peer
// in f64 from the factors of both; time is that of the iterations until a program is at or below the higher of the two
// objectives after 15 iterations. The programs take turns, three rounds with other seeds; ratios are medians.
// --parts jester,implicit,growth chooses.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ALS, BayesianMF, csr, ImplicitALS } from 'latens'
import { generator, peerOf, quantiles } from './common.mjs'
import { foldOf, readTriplets, some } from './folds.mjs'

const peer = await peerOf('bench/peers/als.py', 'bench/als.mjs')
const mean = list => list.reduce((s, v) => s + v, 0) / list.length

async function jester(path) {
  const all = await readTriplets(path)
  const shape = ['users', 'items'].map(list => all[list].reduce((top, v) => Math.max(top, v), 0) + 1)
  const options = { nComponents: 10, lambda: 0.3, maxIter: 100, tol: 1e-6 }
  const [first, second, bayes, covered] = [[], [], [], []]
  // What one iteration of ours makes of the users' factor is where the peer begins.
  const starts = []
  for (let fold = 0; fold < 5; fold++) {
    const train = some(all, shape, p => foldOf(p) !== fold)
    const test = some(all, shape, p => foldOf(p) === fold)
    for (const [seed, list] of [first, second].entries())
      list.push((await (await new ALS({ ...options, seed }).fit(train)).errors(test)).rmse)
    starts.push([...(await new ALS({ ...options, maxIter: 1, seed: 0 }).fit(train)).embedding.data])
    const { rmse, coverage } = await (await new BayesianMF({ nComponents: 10 }).fit(train)).errors(test)
    bayes.push(rmse)
    covered.push(coverage)
  }
  const { rmse } = await peer.ask({ kind: 'ratings', path, ...options, starts })
  console.log(
    `Jester ${shape.join(' x ')}, ${all.values.length} ratings, RMSE of five folds: ALS ${mean(first).toFixed(5)}` +
      ` (another start ${mean(second).toFixed(5)}), numpy ${mean(rmse).toFixed(5)}, difference` +
      ` ${(mean(first) - mean(rmse)).toFixed(5)}, largest of a fold` +
      ` ${Math.max(...first.map((v, f) => Math.abs(v - rmse[f]))).toFixed(5)}`,
  )
  console.log(
    `  BayesianMF: RMSE ${mean(bayes).toFixed(5)}; intervals of 90 % cover ${mean(covered).toFixed(4)}` +
      ` (${covered.map(v => v.toFixed(4)).join(', ')})`,
  )
}

async function movielens(folder) {
  const [als, bayes, covered] = [[], [], []]
  for (let fold = 1; fold <= 5; fold++) {
    const [base, held] = await Promise.all(['base', 'test'].map(part => readTriplets(join(folder, `u${fold}.${part}`))))
    const end = list => Math.max(...[base, held].map(part => part[list].reduce((top, v) => Math.max(top, v), 0))) + 1
    const shape = [end('users'), end('items')] // numbers begin at 1: the first row and column are empty
    const [train, test] = [base, held].map(part => some(part, shape, () => true))
    als.push(await (await new ALS({ nComponents: 20, lambda: 0.12 }).fit(train)).errors(test))
    const model = await new BayesianMF({ nComponents: 20, burnIn: 50, nSamples: 300 }).fit(train)
    const found = await model.errors(test)
    bayes.push(found)
    covered.push(found.coverage)
  }
  for (const [name, list, aim] of [
    ['ALS', als, 0.921],
    ['BayesianMF', bayes, 0.91],
  ]) {
    const { rmse, mae } = { rmse: list.map(e => e.rmse), mae: list.map(e => e.mae) }
    console.log(
      `MovieLens u1 to u5, ${name}: RMSE ${mean(rmse).toFixed(4)} (aim ${aim}; ${rmse.map(v => v.toFixed(4)).join(', ')}),` +
        ` MAE ${mean(mae).toFixed(4)}`,
    )
  }
  console.log(`  intervals of 90 % cover ${mean(covered).toFixed(4)}`)
}

/** Entries of users with a taste for some items, popular ones more often. */
function feedback(n, m, entries) {
  const { uniform } = generator(3)
  const rows = Array.from({ length: n }, () => new Map())
  for (let e = 0; e < entries; e++) {
    const u = Math.floor(uniform() * n)
    const taste = u % 20
    const popular = Math.floor(uniform() ** 3 * m)
    const i = uniform() < 0.7 ? Math.floor(popular / 20) * 20 + taste : popular
    if (i < m) rows[u].set(i, (rows[u].get(i) ?? 0) + 1)
  }
  const [indptr, indices, data] = [[0], [], []]
  for (const row of rows) {
    for (const [i, count] of [...row].sort((a, b) => a[0] - b[0])) {
      indices.push(i)
      data.push(count)
    }
    indptr.push(indices.length)
  }
  return csr({
    indptr: Int32Array.from(indptr),
    indices: Int32Array.from(indices),
    data: Float32Array.from(data),
    shape: [n, m],
  })
}

async function implicit(X, k) {
  const folder = mkdtempSync(join(tmpdir(), 'latens-als-'))
  const write = (name, array) =>
    writeFileSync(join(folder, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  try {
    for (const name of ['indptr', 'indices', 'data']) write(name, X[name])
    const common = { alpha: 10, lambda: 0.1 }
    const job = { kind: 'implicit', folder, shape: X.shape, k, iterations: 15, ...common }
    for (const solver of ['cg', 'cholesky']) {
      const [ratios, times, peers] = [[], [], []]
      let gap = 0
      for (let round = 0; round < 3; round++) {
        const theirs = await peer.ask({ ...job, solver, seed: round })
        if (theirs.missing) return console.log('implicit: not in this Python, nothing to compare with')
        const options = { ...common, nComponents: k, solver, confidence: 'alpha*r', maxIter: 15, tol: 0, seed: round }
        const curve = []
        let seconds = 0
        const model = await new ImplicitALS(options).fit(X, {
          onProgress({ objective, ratingsPerSecond }) {
            seconds += X.data.length / ratingsPerSecond
            curve.push([objective, seconds])
          },
        })
        write('W', model.embedding.data)
        write('H', model.components.data)
        // Both programs' objectives by the peer's formula: ours tells the same.
        const { objective } = await peer.ask({ ...job, kind: 'objective' })
        gap = Math.max(gap, Math.abs(curve.at(-1)[0] / objective - 1))
        const level = Math.max(curve[14][0], theirs.curve[14][0])
        const at = list => list.find(([value]) => value <= level)[1]
        times.push(at(curve))
        peers.push(at(theirs.curve))
        ratios.push(at(theirs.curve) / at(curve))
      }
      console.log(
        `implicit feedback ${X.shape.join(' x ')}, ${X.data.length} entries, k ${k}, f32, ${solver}: time to equal loss` +
          ` against ${theirsName()}: ${quantiles(ratios, 3)} times as fast (latens ${quantiles(times, 3)} s, peer` +
          ` ${quantiles(peers, 3)} s; objectives agree to ${gap.toExponential(1)})`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
const theirsName = () => peer.name

/** Ratings of users and items at random, an average of 100 a user. */
function random(count) {
  const { uniform } = generator(9)
  const [n, m] = [Math.round(count / 100), Math.max(200, Math.round(count / 250))]
  const users = Array.from({ length: count * 1.2 }, () => Math.floor(uniform() * n) * m + Math.floor(uniform() * m))
  const places = [...new Set(users)].slice(0, count)
  const all = {
    users: places.map(p => Math.floor(p / m)),
    items: places.map(p => p % m),
    values: places.map(() => 1 + Math.floor(5 * uniform())),
  }
  return some(all, [n, m], () => true, Float32Array)
}

async function growth() {
  const seconds = []
  const counts = [1e5, 3e5, 1e6, 3e6]
  for (const count of counts) {
    const X = random(count)
    const speeds = []
    for (let round = 0; round < 3; round++)
      await new ALS({ nComponents: 32, maxIter: 4, tol: 0, seed: round }).fit(X, {
        onProgress: ({ iter, ratingsPerSecond }) => iter > 1 && speeds.push(ratingsPerSecond),
      })
    speeds.sort((a, b) => a - b)
    const middle = speeds[speeds.length >> 1]
    seconds.push(count / middle)
    console.log(
      `ALS, k 32, f32, one thread, ${X.shape.join(' x ')}, ${count} ratings: ${quantiles(
        speeds.map(v => v / 1e6),
        3,
      )} million` + ' ratings a second and iteration',
    )
  }
  const [x, y] = [counts.map(Math.log), seconds.map(Math.log)]
  const slope =
    x.reduce((s, v, p) => s + (v - mean(x)) * (y[p] - mean(y)), 0) / x.reduce((s, v) => s + (v - mean(x)) ** 2, 0)
  console.log(`  time of an iteration grows with the ratings to the power ${slope.toFixed(3)}`)
}

const flag = name => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? undefined : process.argv[at + 1]
}
const parts = (flag('parts') ?? (flag('movielens') ? '' : 'jester,implicit,growth')).split(',')
if (flag('movielens')) await movielens(flag('movielens'))
if (parts.includes('jester')) {
  const { LATENS_JESTER: path } = process.env
  if (path && existsSync(path)) await jester(path)
  else console.log('bench/als.mjs: LATENS_JESTER names no file: without Jester')
}
if (parts.includes('implicit')) await implicit(feedback(10000, 3000, 5e5), 64)
if (parts.includes('growth')) await growth()
peer.end()
