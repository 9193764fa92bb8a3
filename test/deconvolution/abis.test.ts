// Twelve blood samples with their fractions by flow cytometry (ABIS, Monaco et al. 2019), against what R and scipy make of
// them. The data are not in this repository: LATENS_ABIS names a folder with bulkRNAseq_ABIS.tsv, sigMatrix_ABIS_S0.tsv and
// groundTruth_ABIS.tsv, as the R package granulator has them. The numbers in test/golden/deconvolution/abis.json are of
// e1071 and scikit-learn (regression, tolerance 1e-9), scipy (nnls) and quadprog (sum 1).
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Cibersort, Deconvolution, evaluateFractions, matchGenes, NNLS, nnls, simplexLeastSquares } from 'latens'
import { readCsv } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { apart } from './golden.js'

interface Golden {
  readonly types: readonly string[]
  readonly cibersort: readonly {
    readonly sample: string
    readonly nu: number
    readonly rmse: number
    readonly r: number
    readonly prop: readonly number[]
  }[]
  readonly nnls: readonly (readonly number[])[]
  readonly simplex: readonly (readonly number[])[]
}
const golden = JSON.parse(readFileSync('test/golden/deconvolution/abis.json', 'utf8')) as Golden
const given = process.env['LATENS_ABIS']
const names = ['bulkRNAseq_ABIS.tsv', 'sigMatrix_ABIS_S0.tsv', 'groundTruth_ABIS.tsv']

if (!given || !names.every(name => existsSync(join(given, name)))) {
  test('the numbers for ABIS are there; the data are not (LATENS_ABIS names no folder with them), so nothing is compared', () => {
    assert.is(golden.cibersort.length, 12)
    for (const { prop } of golden.cibersort) assert.ok(Math.abs(prop.reduce((sum, v) => sum + v, 0) - 1) < 1e-6)
  })
} else {
  const read = async (name: string) => {
    const { data, columns, rowNames = [], columnNames = [] } = await readCsv(readFileSync(join(given, name)))
    const at = (row: string, column: string): number =>
      data[rowNames.indexOf(row) * columns + columnNames.indexOf(column)]!
    return { at, rowNames, columnNames }
  }
  const [bulk, signature, facs] = [await read(names[0]!), await read(names[1]!), await read(names[2]!)]
  const { names: genes } = matchGenes(signature.rowNames, bulk.rowNames)
  const { types } = golden
  const S = types.map(type => genes.map(gene => signature.at(gene, type)))
  const Y = golden.cibersort.map(({ sample }) => genes.map(gene => bulk.at(gene, sample)))
  const truth = golden.cibersort.map(({ sample }) => types.map(type => facs.at(sample, type) / 100))
  const rowsOf = (data: ArrayLike<number>): number[][] =>
    Y.map((_, i) => Array.from({ length: types.length }, (_u, j) => data[i * types.length + j]!))

  test('Cibersort: fractions to 1e-5, nu, correlation and RMSE; r with flow cytometry at least .95', async () => {
    const found = await (await new Cibersort({ permutations: 0 }).fit(S)).deconvolve(Y)
    for (const [i, { sample, nu, rmse, r, prop }] of golden.cibersort.entries()) {
      const most = apart(rowsOf(found.fractions.data)[i]!, prop)
      assert.ok(most < 1e-5, `${sample}: ${most}`)
      assert.is(found.nu![i], nu, sample)
      assert.ok(Math.abs(found.rmse[i]! - rmse) < 1e-5 && Math.abs(found.correlation[i]! - r) < 1e-5, sample)
    }
    assert.ok(Math.max(...found.gap!) < 1e-7)
    const { overall } = evaluateFractions(found.fractions, truth)
    assert.ok(overall.r >= 0.95, `${overall.r}`)
  })

  test('nnls to 1e-9 of scipy’s; simplex least squares to 1e-8 of quadprog’s, whose numbers have nine digits', async () => {
    const A = genes.map((_, i) => S.map(type => type[i]!))
    for (const [i, y] of Y.entries()) {
      const [free, bound] = [await nnls(A, y), await simplexLeastSquares(A, y)]
      assert.ok(apart(free.x, golden.nnls[i]!) < 1e-9, `${apart(free.x, golden.nnls[i]!)}`)
      assert.ok(apart(bound.x, golden.simplex[i]!) < 1e-8, `${apart(bound.x, golden.simplex[i]!)}`)
    }
    const sum = (x: readonly number[]): number => x.reduce((s, v) => s + v, 0)
    const fractions = rowsOf((await (await new NNLS({ permutations: 0 }).fit(S)).deconvolve(Y)).fractions.data)
    fractions.forEach((f, i) =>
      assert.ok(
        apart(
          f,
          golden.nnls[i]!.map(v => v / sum(golden.nnls[i]!)),
        ) < 1e-9,
      ),
    )
  })

  test('r of the other methods with flow cytometry, as independent programs have it', async () => {
    for (const [method, r] of [
      ['nnls', 0.8979],
      ['simplex', 0.895],
      ['robust', 0.9597],
      ['kl', 0.9531],
    ] as const) {
      const model = await new Deconvolution({ method, permutations: 0 }).fit(S)
      const { overall } = evaluateFractions((await model.deconvolve(Y)).fractions, truth)
      assert.ok(Math.abs(overall.r - r) < 5e-4, `${method}: ${overall.r}`)
    }
  })
}

test.run()
