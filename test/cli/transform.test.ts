// A saved model on new rows, and inputs whose columns are the samples.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { csr, dense, NMF, NmfModel } from 'latens'
import { decodeNpy, encodeNpy, readCsv, writeMatrixMarket } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeSafetensors } from '../../src/core/codecs/safetensors.js'
import { folder, latens } from './latens.js'
import { csrParts } from '../sparse.js'

const path = (name: string): string => join(folder, name)
const values = Float64Array.from([1, 0, 3, 2, 4, 0, 0, 1, 2, 5, 0, 1, 0, 0, 7])
const [ROWS, COLUMNS] = [5, 3]
const turned = Float64Array.from(values, (_, p) => values[(p % ROWS) * COLUMNS + Math.floor(p / ROWS)] ?? NaN)
const text = (data: Float64Array, columns: number): string =>
  Array.from({ length: data.length / columns }, (_, i) => data.subarray(i * columns, (i + 1) * columns).join(',')).join(
    '\n',
  )

const sparse = (data: Float64Array, columns: number) => csr(csrParts(data, columns))

test('--transpose of every kind of input gives the bits of the turned matrix in the API', async () => {
  const options = { nComponents: 2, maxIter: 3000, seed: 1 }
  const nmf = new NMF(options)
  const array = `%%MatrixMarket matrix array real general\n${COLUMNS} ${ROWS}\n${[...values].join('\n')}\n`
  writeFileSync(path('T.csv'), text(turned, ROWS))
  writeFileSync(path('T.npy'), encodeNpy(turned, [COLUMNS, ROWS]))
  writeFileSync(path('T.mtx'), writeMatrixMarket(sparse(turned, ROWS)))
  writeFileSync(path('array.mtx'), array) // by columns: those of X' are the rows of X
  for (const precision of ['f64', 'f32'] as const) {
    const round = (data: Float64Array) => (precision === 'f32' ? Float32Array.from(data) : data)
    const fitted = await nmf.fit(dense(round(values), [ROWS, COLUMNS]))
    const stored = sparse(values, COLUMNS)
    const fittedSparse = await nmf.fit({ ...stored, data: round(Float64Array.from(stored.data)) })
    for (const [input, model] of [
      ['T.csv', fitted],
      ['T.npy', fitted],
      ['array.mtx', fitted],
      ['T.mtx', fittedSparse],
    ] as const) {
      const out = `${precision}-${input}`
      const args = ['-k', '2', '--max-iter', '3000', '--seed', '1', '--precision', precision]
      const { status, stderr } = latens(['nmf', input, '--transpose', ...args, '--out', out])
      assert.is(status, 0, stderr)
      assert.equal(decodeNpy(readFileSync(path(`${out}/W.npy`))).data, model.embedding.data, out)
      assert.equal(decodeNpy(readFileSync(path(`${out}/H.npy`))).data, model.components.data, out)
    }
  }
  const { rowNames } = await readCsv(readFileSync(path('f64-T.mtx/W.csv')))
  assert.equal(rowNames, ['column 1', 'column 2', 'column 3', 'column 4', 'column 5'])
})

test('transform gives the bits of the API, in a table, a .csv and a .npy, of both solvers and precisions', async () => {
  writeFileSync(path('new.csv'), 'id,a,b,c\np,1,2,3\nq,3,1,2\n')
  const X = [
    [1, 2, 3],
    [3, 1, 2],
  ]
  for (const [i, args] of [[], ['--precision', 'f32'], ['--solver', 'mu', '--beta-loss', '1']].entries()) {
    const fitted = latens(['nmf', 'X.tsv', '-k', '2', '--max-iter', '5000', '--out', `model${i}`, ...args])
    assert.is(fitted.status, 0, fitted.stderr)
    const file = `model${i}/model.safetensors`
    const W = await NmfModel.load(readFileSync(path(file))).transform(X)
    const precision = W.data instanceof Float32Array ? ('f32' as const) : ('f64' as const)
    const { status, stdout, stderr } = latens(['transform', file, 'new.csv'])
    assert.is(status, 0, stderr)
    const printed = await readCsv(stdout, { precision })
    assert.equal(printed.rowNames, ['p', 'q'])
    assert.equal(printed.columnNames, ['component 1', 'component 2'])
    assert.equal(printed.data, W.data)
    assert.is(latens(['transform', file, 'new.csv', '--out', `W${i}.csv`]).status, 0)
    assert.is(readFileSync(path(`W${i}.csv`), 'utf8'), stdout)
    assert.is(latens(['transform', file, '--out', `W${i}.npy`], 'a,b,c\n1,2,3\n3,1,2\n').status, 0)
    assert.equal(decodeNpy(readFileSync(path(`W${i}.npy`))).data, W.data)
    const columns = latens(['transform', file, '-', '--transpose'], 'id,p,q\na,1,3\nb,2,1\nc,3,2\n')
    assert.is(columns.stdout, stdout)
  }
})

test('transform refuses other columns, files that are no model and places that are taken, each in one line', () => {
  const model = 'model0/model.safetensors'
  writeFileSync(path('four.csv'), '1,2,3,4\n')
  const bytes = readFileSync(path(model))
  writeFileSync(path('other.safetensors'), encodeSafetensors({}, { format: 'latens', estimator: 'other' }))
  writeFileSync(path('cut.safetensors'), bytes.subarray(0, bytes.length - 1))
  for (const [args, message] of [
    [[model, 'four.csv'], /X: wanted 3 columns as in the fit, got 4/],
    [['X.tsv', 'new.csv'], /latens: X\.tsv: wanted a model that a fit wrote/],
    [['other.safetensors', 'new.csv'], /latens: other\.safetensors: wanted a model of nmf.*, got one of other/],
    [['cut.safetensors', 'new.csv'], /latens: cut\.safetensors: /],
    [['none', 'new.csv'], /latens: none: no such file/],
    [[model, 'none.csv'], /latens: none\.csv: no such file/],
    [[model, 'new.csv', '--out', 'W0.csv'], /--out: W0\.csv exists; --force replaces it/],
    [[model, 'new.csv', '--out', 'X.tsv/W.csv'], /--out: X\.tsv\/W\.csv: cannot be written/],
    [[model, 'new.csv', '--out', 'nowhere/W.csv'], /--out: nowhere\/W\.csv: cannot be written: ENOENT/],
  ] as const) {
    const { status, stdout, stderr } = latens(['transform', ...args])
    assert.is(status, 1, stderr)
    assert.match(stderr, message)
    assert.match(stderr, /^latens: [^\n]+\n$/)
    assert.is(stdout, '')
  }
  assert.not.ok(existsSync(path('nowhere')))
  assert.is(latens(['transform', model, 'new.csv', '--out', 'W0.csv', '--force']).status, 0)
})

test.run()
