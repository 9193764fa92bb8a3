// Matrix completion of users the fit has not seen: jokes of Jester from some of a user's other ratings.
//   LATENS_JESTER=file npm run bench -- completion      lines of user, joke, rating (tabs; may be .gz)
// The data are not in this repository.
//
// Protocol. The users are cut into five parts at random, and each is held out once, whole. A fifth of the users that are
// left is held out of them for the choice of rank and lambda; then all that are left are fitted with these. A fifth of
// the ratings, at random, is hidden where its user is held out: `transform` makes the user's row of the others, and
// `inverseTransform` predicts those that are hidden. Beside it, from the same ratings: the mean of a joke; that and the user's mean distance from it (with five more ratings of distance
// 0); and ALS with `foldIn`, whose rank and lambda are chosen in the same way.
import { existsSync } from 'node:fs'
import { ALS, MatrixCompletion } from 'latens'
import { generator } from './common.mjs'
import { readTriplets, some } from './folds.mjs'

const mean = list => list.reduce((s, v) => s + v, 0) / list.length
const FOLDS = 5
const GRID = {
  MatrixCompletion: [4, 6, 8, 12, 20].flatMap(nComponents =>
    [40, 60, 90, 130, 190, 280].map(lambda => ({ nComponents, lambda, centre: 'columns' })),
  ),
  ALS: [4, 6, 8, 12, 20].flatMap(nComponents => [0.15, 0.3, 0.5, 0.8].map(lambda => ({ nComponents, lambda }))),
}

/** Errors of predictions by `guess(user, item)` of what is hidden. */
function errorsOf(hidden, guess) {
  let [squares, sizes, count] = [0, 0, 0]
  for (let u = 0; u < hidden.shape[0]; u++)
    for (let p = hidden.indptr[u]; p < hidden.indptr[u + 1]; p++) {
      const left = hidden.data[p] - guess(u, hidden.indices[p])
      squares += left * left
      sizes += Math.abs(left)
      count++
    }
  return { rmse: Math.sqrt(squares / count), mae: sizes / count }
}

const GUESSES = {
  async MatrixCompletion(train, shown, options) {
    const model = await new MatrixCompletion(options).fit(train)
    const found = await model.inverseTransform(await model.transform(shown))
    return (u, i) => found.data[u * found.shape[1] + i]
  },
  async ALS(train, shown, options) {
    const model = await new ALS({ maxIter: 50, clip: 'none', ...options }).fit(train)
    const fresh = await model.foldIn(shown)
    const [n, m] = shown.shape
    const users = Array.from({ length: n * m }, (_, p) => Math.floor(p / m))
    const found = await model.predict({ users, items: users.map((_, p) => p % m) }, { users: fresh })
    return (u, i) => found[u * m + i]
  },
}

function baselines(train, shown) {
  const m = train.shape[1]
  const [sums, counts] = [new Float64Array(m), new Float64Array(m)]
  train.indices.forEach((i, p) => {
    sums[i] += train.data[p]
    counts[i]++
  })
  const means = sums.map((v, i) => v / counts[i])
  const offsets = Float64Array.from({ length: shown.shape[0] }, (_, u) => {
    let [sum, count] = [0, 5]
    for (let p = shown.indptr[u]; p < shown.indptr[u + 1]; p++) {
      sum += shown.data[p] - means[shown.indices[p]]
      count++
    }
    return sum / count
  })
  return { 'column means': (_, i) => means[i], 'column and user means': (u, i) => means[i] + offsets[u] }
}

async function jester(path) {
  const all = await readTriplets(path)
  const shape = ['users', 'items'].map(list => all[list].reduce((top, v) => Math.max(top, v), 0) + 1)
  const { uniform } = generator(4)
  const parts = Uint8Array.from({ length: shape[0] }, () => FOLDS * uniform())
  const trials = Array.from({ length: shape[0] }, () => uniform() < 1 / 5)
  const hides = all.values.map(() => uniform() < 1 / 5)
  const found = {}
  const told = []
  let hiddenCount = 0
  for (let fold = 0; fold < FOLDS; fold++) {
    const within = p => parts[all.users[p]] !== fold
    const isTrial = p => within(p) && trials[all.users[p]]
    const split = taken => [false, true].map(hidden => some(all, shape, p => taken(p) && hides[p] === hidden))
    const [shown, hidden] = split(p => !within(p))
    const [trialShown, trialHidden] = split(isTrial)
    const train = some(all, shape, within)
    const inner = some(all, shape, p => within(p) && !isTrial(p))
    hiddenCount += hidden.data.length
    const note = (name, guess) => (found[name] ??= []).push(errorsOf(hidden, guess))
    for (const [name, guess] of Object.entries(baselines(train, shown))) note(name, guess)
    for (const [name, guesses] of Object.entries(GUESSES)) {
      const tried = []
      for (const options of GRID[name])
        tried.push({ options, ...errorsOf(trialHidden, await guesses(inner, trialShown, options)) })
      const { options } = tried.reduce((a, b) => (b.rmse < a.rmse ? b : a))
      told.push(`${name} ${options.nComponents}/${options.lambda}`)
      note(name, await guesses(train, shown, options))
    }
    // As a newcomer calls it: the path, by entries held out.
    note('MatrixCompletion, defaults', await GUESSES.MatrixCompletion(train, shown, { centre: 'columns' }))
  }
  console.log(
    `Jester ${shape.join(' x ')}: users held out whole in ${FOLDS} parts, a fifth of their ratings hidden (${hiddenCount})`,
  )
  const base = mean(found['column means'].map(({ rmse }) => rmse))
  for (const [name, list] of Object.entries(found)) {
    const [rmse, mae] = ['rmse', 'mae'].map(key => mean(list.map(errors => errors[key])))
    const parts = list.map(errors => errors.rmse.toFixed(4)).join(', ')
    console.log(
      `  ${name.padEnd(27)} RMSE ${rmse.toFixed(4)} (${parts}), ${(100 * (1 - rmse / base)).toFixed(1).padStart(4)} % below column means;  MAE ${mae.toFixed(4)}`,
    )
  }
  console.log(`  rank/lambda chosen: ${told.join(', ')}`)
}

const { LATENS_JESTER: path } = process.env
if (path && existsSync(path)) await jester(path)
else console.log('bench/completion.mjs: LATENS_JESTER names no file: nothing to complete')
