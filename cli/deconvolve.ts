import { basename } from 'node:path'
import { type DeconvolutionOptions, Deconvolution, dense, evaluateFractions, matchGenes, type Matrix } from 'latens'
import { encodeNpy } from 'latens/io'
import { deconvolutionReport } from 'latens/report'
import { DECONVOLUTION_TABLES, type Truth, type Unmixed } from './deconvolution.js'
import { csvOf, numbered, type Summary } from './description.js'
import { UsageError } from './errors.js'
import { MODEL, REPORT } from './estimators.js'
import type { FitFlags } from './flags.js'
import type { Interrupt } from './interrupt.js'
import { checkFolder, checkFree, writeFolder } from './output.js'
import { Progress } from './progress.js'
import { readFileOf, unreadable } from './readers.js'
import { transposed } from './transpose.js'

/** A matrix with samples or types as rows and genes as columns. */
interface ByGene {
  readonly path: string
  readonly X: Matrix
  readonly names: readonly string[] | undefined
  readonly genes: readonly string[] | undefined
}

/** Reads mixtures and a signature, takes them apart, writes the folder. */
export async function runDeconvolve(
  flags: FitFlags,
  truthPath: string | undefined,
  interrupt: Interrupt,
): Promise<Summary> {
  const { inputs, out, force, threads, maxMemory } = flags
  const [mixturePath = '-', signaturePath] = inputs
  if (signaturePath === undefined || inputs.length > 2)
    throw new UsageError(`wanted a mixture and a signature, got ${inputs[0] === '-' ? 0 : inputs.length} files`)
  if (inputs.includes('-')) throw new UsageError('input: wanted files, got - (two matrices cannot share one stdin)')
  if (truthPath === '') throw new UsageError('--truth: wanted a path, got nothing')
  checkFolder(out, force)
  const mixture = await readByGene(mixturePath, flags.transpose)
  const signature = await readByGene(signaturePath, flags.transpose)
  const truthFile = truthPath === undefined ? undefined : await readFileOf(truthPath, 'f64')
  const { names: genes, own, others } = match(mixture, signature)
  const types = signature.names ?? numbered(signature.X.shape[0], 'type')
  const again = types.findIndex((type, j) => types.indexOf(type) < j)
  if (again >= 0) throw new Error(`${signaturePath}: wanted types of different names, got ${types[again]} twice`)
  const samples = mixture.names ?? numbered(mixture.X.shape[0], 'sample')
  if (genes.length < types.length)
    throw new Error(
      `${mixturePath} and ${signaturePath}: wanted at least as many genes in both as types, got ${genes.length} genes, ${types.length} types`,
    )
  const progress = new Progress({}, flags.quiet)
  const run = { signal: interrupt.signal, ...(maxMemory !== undefined && { maxMemory }) }
  const estimator = new Deconvolution(flags.options as Partial<DeconvolutionOptions>)
  // Without names there is nothing to find genes by in other files.
  const known = mixture.genes && signature.genes ? { genes } : {}
  const model = await estimator.fit(columnsOf(signature.X, own), { ...run, ...known, types })
  const found = await model.deconvolve(mixture.X, {
    ...run,
    threads,
    genes: others,
    onProgress: ({ done, of }) => progress.tasks(done, of),
  })
  progress.clear()
  const data = { X: mixture.X, rowNames: [...samples], columnNames: [...genes] }
  const named = { model, data, found, samples, types, genes }
  const truth = truthFile && compare(truthPath ?? '', truthFile, named)
  const unmixed: Unmixed = { ...named, truth }
  const files: Record<string, string | Uint8Array> = {}
  for (const [name, tableOf] of Object.entries(DECONVOLUTION_TABLES)) {
    const table = tableOf(unmixed)
    if (!table) continue
    files[`${name}.csv`] = csvOf(table)
    files[`${name}.npy`] = encodeNpy(table.matrix.data, [...table.matrix.shape])
  }
  files[MODEL] = model.save()
  files[REPORT] = deconvolutionReport({
    title: `Deconvolution of ${basename(mixturePath)}`,
    signature: basename(signaturePath),
    ...unmixed,
  })
  checkFree(out, force) // again: it may have come to be meanwhile
  writeFolder(out, files)
  return summaryOf(unmixed)
}

function summaryOf({ found, samples, types, genes, model, truth }: Unmixed): Summary {
  const low = Math.min(...found.correlation)
  const overall = truth?.evaluation.overall
  const agrees =
    overall &&
    `; against the truth r ${overall.r.toFixed(4)}, ccc ${overall.ccc.toFixed(4)}, rmse ${overall.rmse.toFixed(4)}`
  return {
    json: {
      samples: samples.length,
      types: types.length,
      genes: genes.length,
      condition: Number.isFinite(model.condition) ? model.condition : null,
      correlation: [...found.correlation],
      ...(found.pValue && { pValue: [...found.pValue] }),
      ...(overall && { overall, baselines: truth.evaluation.baselines }),
    },
    text: `${samples.length} samples, ${types.length} types, ${genes.length} genes; correlation at least ${low.toFixed(3)}${agrees ?? ''}`,
    done: true,
  }
}

async function readByGene(path: string, genesAreColumns: boolean): Promise<ByGene> {
  const { X, rowNames, columnNames } = await readFileOf(path, 'f64')
  return genesAreColumns
    ? { path, X, names: rowNames, genes: columnNames }
    : { path, X: transposed(X), names: columnNames, genes: rowNames }
}

/** Where the genes of both stand: by their names, or, where neither has names, as they stand. */
function match(mixture: ByGene, signature: ByGene) {
  if (mixture.genes && signature.genes) {
    try {
      const found = matchGenes(signature.genes, mixture.genes)
      return { names: found.names, own: found.signature, others: found.mixture }
    } catch (error) {
      const [, which = '', rest = ''] = /^matchGenes: (signature|mixture)?(.*)$/s.exec((error as Error).message) ?? []
      const path = which === 'mixture' ? mixture.path : signature.path
      const both = which === '' ? `${mixture.path} and ${signature.path}` : path
      throw unreadable(both, new Error(rest.replace(/^(\[\d+\])?:? ?/, '').trim()))
    }
  }
  const [a, b] = [mixture.X.shape[1], signature.X.shape[1]]
  if (a !== b)
    throw new Error(
      `${mixture.path} and ${signature.path}: wanted genes with names in both, or as many genes, got ${a} and ${b}`,
    )
  const all = Int32Array.from({ length: a }, (_, i) => i)
  return { names: mixture.genes ?? signature.genes ?? numbered(a, 'gene'), own: all, others: all }
}

const at = (X: Matrix, i: number, j: number): number => {
  if (X.kind === 'dense') return X.data[X.offset + i * X.stride[0] + j * X.stride[1]]!
  for (let p = X.indptr[i]!; p < X.indptr[i + 1]!; p++) if (X.indices[p] === j) return X.data[p]!
  return 0
}

function columnsOf(X: Matrix, columns: Int32Array): Matrix {
  const rows = X.shape[0]
  const data = new Float64Array(rows * columns.length)
  for (let i = 0; i < rows; i++) columns.forEach((j, c) => (data[i * columns.length + c] = at(X, i, j)))
  return dense(data, [rows, columns.length])
}

function compare(
  path: string,
  file: Awaited<ReturnType<typeof readFileOf>>,
  { found, samples, types }: Omit<Unmixed, 'truth'>,
): Truth {
  const { rowNames = [], columnNames = [] } = file
  const shared = (names: readonly string[], known: readonly string[]): string[] => known.filter(n => names.includes(n))
  // Whichever way it lies.
  const turned = shared(rowNames, samples).length === 0 && shared(columnNames, samples).length > 0
  const [rows, columns] = turned ? [columnNames, rowNames] : [rowNames, columnNames]
  const [commonSamples, commonTypes] = [shared(rows, samples), shared(columns, types)]
  if (commonSamples.length === 0 || commonTypes.length === 0)
    throw new Error(
      `${path}: wanted samples and types by the names they have elsewhere, got ${commonSamples.length} such samples and ${commonTypes.length} such types`,
    )
  const X = turned ? transposed(file.X) : file.X
  const read = commonSamples.flatMap(s => commonTypes.map(t => at(X, rows.indexOf(s), columns.indexOf(t))))
  const percent = read.some(v => v > 1) ? 100 : 1
  const actual = Float64Array.from(read, v => v / percent)
  const k = types.length
  const estimates = Float64Array.from(
    commonSamples.flatMap(s => commonTypes.map(t => found.fractions.data[samples.indexOf(s) * k + types.indexOf(t)]!)),
  )
  const shape = [commonSamples.length, commonTypes.length] as const
  return {
    samples: commonSamples,
    types: commonTypes,
    evaluation: evaluateFractions(dense(estimates, shape), dense(actual, shape)),
    pairs: Array.from(actual, (v, p) => ({
      type: types.indexOf(commonTypes[p % shape[1]]!),
      estimate: estimates[p]!,
      actual: v,
    })),
  }
}
