// SVD and PCA on the command line: what they write is what the API gives.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dense, PCA, PcaModel, TruncatedSVD } from 'latens'
import { decodeNpy, readCsv } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { folder, latens } from './latens.js'

const path = (...names: string[]): string => join(folder, ...names)
const X = dense(Float64Array.of(1, -2, 3, 2, 4, -6, 3, 1, 2, 0, 5, 1), [4, 3])
const lines = [0, 1, 2, 3].map(i => `r${i},${X.data.subarray(3 * i, 3 * i + 3).join(',')}`)
writeFileSync(path('signed.csv'), `name,a,b,c\n${lines.join('\n')}\n`)

for (const [command, estimator] of [
  ['truncated-svd', new TruncatedSVD({ nComponents: 2 })],
  ['pca', new PCA({ nComponents: 2 })],
] as const)
  test(`${command}: its tables and its model are the API's, and transform reads it`, async () => {
    const { status, stdout, stderr } = latens([command, 'signed.csv', '-k', '2', '--out', command, '--json'])
    assert.is(status, 0, stderr)
    const model = await estimator.fit(X)
    assert.equal(JSON.parse(stdout).singularValues, [...model.singularValues])
    assert.ok(Buffer.from(model.save()).equals(readFileSync(path(command, 'model.safetensors'))))
    for (const [name, { data, shape }] of Object.entries({
      embedding: model.embedding,
      components: model.components,
    })) {
      const found = decodeNpy(readFileSync(path(command, `${name}.npy`)))
      assert.equal([[...found.data], [...found.shape]], [[...data], [...shape]])
    }
    const variances = await readCsv(readFileSync(path(command, 'variances.csv')))
    assert.equal(variances.rowNames, ['component 1', 'component 2'])
    assert.equal([variances.data[0], variances.data[3]], [...model.singularValues])
    const turned = latens(['transform', `${command}/model.safetensors`, 'signed.csv'])
    assert.is(turned.status, 0, turned.stderr)
    const { data } = await readCsv(Buffer.from(turned.stdout))
    assert.equal([...data], [...(await model.transform(X)).data])
  })

test('pca: mean.csv holds the means, --whiten and --algorithm reach the fit', async () => {
  const { status, stderr } = latens(['pca', 'signed.csv', '--whiten', '--algorithm', 'lanczos', '--out', 'white'])
  assert.is(status, 0, stderr)
  const model = PcaModel.load(readFileSync(path('white', 'model.safetensors')))
  assert.equal([model.options.whiten, model.options.algorithm, model.options.nComponents], [true, 'lanczos', null])
  const { data } = await readCsv(readFileSync(path('white', 'mean.csv')))
  assert.equal([...data], [1.5, 2, 0])
})

test('pca: more components than the shorter side, and flags of other fits, are told in a line', () => {
  const { status, stderr } = latens(['pca', 'signed.csv', '-k', '4', '--out', 'none'])
  assert.is(status, 1)
  assert.match(stderr, /^latens: .*nComponents: wanted at most 3.*got 4\n$/)
  const resumed = latens(['pca', 'signed.csv', '--resume', 'x'])
  assert.is(resumed.status, 2)
})

test.run()
