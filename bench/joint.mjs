// What weights do to joint NMF: the subtypes of breast cancer from three views, one of them signed and noisy.
//   LATENS_BREAST_TCGA=folder npm run bench -- joint
// The folder has breast.TCGA of the R package mixOmics as tab-separated tables with a header and row names:
// breastTCGA_{train,test}_{mrna,mirna,protein}.tsv (150 and 70 samples; no protein view of the latter) and
// breastTCGA_{train,test}_subtype.tsv (PAM50 classes). It is not in this repository: the package is GPL, the data TCGA's.
//
// Protocol. JointNMF({ nComponents: 6, signed: 'split', nInit: 8, maxIter: 2000, tol: 1e-5, seed: 0 }) of the training
// samples' views mRNA, miRNA, protein as they are, labels unseen; viewWeights 'residual' and 'equal'. On W: columns to
// mean 0 and deviation 1 by the training part, then multinomial logistic regression (scikit-learn's LogisticRegression,
// C = 1) in stratified shuffled five-fold cross-validation, fold seeds 0 to 9; the mean accuracy over all. The unseen
// samples: `transform([mRNA, miRNA, null])`, classified by the regression on the training samples' W found in the same
// way, without the protein view; beside it, by the regression on the W of the fit, which saw that view.
// bench/peers/joint.py does the classifying.
import { spawnSync } from 'node:child_process'
import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { dense, JointNMF } from 'latens'
import { readCsv } from 'latens/io'

const folder = process.env.LATENS_BREAST_TCGA
if (!folder || !existsSync(folder)) {
  console.log('bench/joint.mjs: LATENS_BREAST_TCGA names no folder; the head of the file says what it holds')
  process.exit(0)
}
const read = async name => {
  const { data, rows, columns } = await readCsv(createReadStream(join(folder, `breastTCGA_${name}.tsv`)))
  return dense(data, [rows, columns])
}
const views = ['mrna', 'mirna', 'protein']
const train = await Promise.all(views.map(view => read(`train_${view}`)))
const unseen = [await read('test_mrna'), await read('test_mirna'), null]

const list = ({ data, shape: [n, k] }) => Array.from({ length: n }, (_, i) => [...data.subarray(i * k, (i + 1) * k)])
for (const viewWeights of ['residual', 'equal']) {
  const options = { nComponents: 6, signed: 'split', nInit: 8, maxIter: 2000, tol: 1e-5, seed: 0, viewWeights }
  const model = await new JointNMF(options).fit(train)
  const { status, stdout, stderr } = spawnSync('python3', ['bench/peers/joint.py', folder], {
    encoding: 'utf8',
    input: JSON.stringify({
      fitted: list(model.embedding),
      train: list(await model.transform([train[0], train[1], null])),
      test: list(await model.transform(unseen)),
    }),
  })
  if (status !== 0) throw new Error(stderr)
  const { peer, mean, low, high, alike, seen, majority } = JSON.parse(stdout)
  const shown = model.views.map(({ weight, residual }, v) => {
    return `${views[v]} weight ${weight.toFixed(3)}, left ${(100 * residual).toFixed(1)} %`
  })
  console.log(`${viewWeights} weights (${peer}): ${shown.join('; ')}`)
  console.log(
    `  five-fold accuracy of W, mean over 10 fold seeds: ${mean.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)});` +
      ` 70 unseen samples without the protein view: ${alike.toFixed(4)}, by the W of the fit ${seen.toFixed(4)}` +
      ` (majority ${majority.toFixed(2)})`,
  )
}
