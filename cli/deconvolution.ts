import { type Agreement, dense, type DeconvolutionModel, type Deconvolved, type Evaluation } from 'latens'
import type { Description, Result, Table } from './description.js'

/** What the command `deconvolve` has to tell. */
export interface Unmixed extends Result<DeconvolutionModel> {
  readonly found: Deconvolved
  readonly samples: readonly string[]
  readonly types: readonly string[]
  readonly genes: readonly string[]
  readonly truth?: Truth | undefined
}

/** Of the samples and types that the true fractions have too. */
export interface Truth {
  readonly samples: readonly string[]
  readonly types: readonly string[]
  readonly evaluation: Evaluation
  /** Estimated and true, sample after sample. */
  readonly pairs: readonly { readonly type: number; readonly estimate: number; readonly actual: number }[]
}

/** Columns that there are, beside each other. */
function beside(rowNames: readonly string[], columns: Readonly<Record<string, ArrayLike<number> | undefined>>): Table {
  const there = Object.entries(columns).filter(([, values]) => values !== undefined)
  const data = new Float64Array(rowNames.length * there.length)
  there.forEach(([, values], c) => {
    for (let i = 0; i < rowNames.length; i++) data[i * there.length + c] = values?.[i] ?? 0
  })
  return {
    matrix: dense(data, [rowNames.length, there.length]),
    rowNames,
    columnNames: there.map(([name]) => name),
  }
}

const byType = (matrix: Deconvolved['low'], { samples, types }: Unmixed): Table | undefined =>
  matrix && { matrix, rowNames: samples, columnNames: types }

/** Tables by the names of their files; those that there is nothing for are not written. */
export const DECONVOLUTION_TABLES: Readonly<Record<string, (unmixed: Unmixed) => Table | undefined>> = {
  fractions: unmixed => byType(unmixed.found.fractions, unmixed),
  low: unmixed => byType(unmixed.found.low, unmixed),
  high: unmixed => byType(unmixed.found.high, unmixed),
  diagnostics: ({ found, samples }) =>
    beside(samples, {
      unknown: found.unknown,
      correlation: found.correlation,
      rmse: found.rmse,
      'p-value': found.pValue,
      nu: found.nu,
      gap: found.gap,
    }),
  evaluation({ truth }) {
    if (!truth) return undefined
    const { overall, types, baselines } = truth.evaluation
    const rows: readonly Agreement[] = [...types, overall, baselines.mean, baselines.uniform]
    return beside([...truth.types, 'all', 'mean composition', 'equal shares'], {
      r: rows.map(({ r }) => r),
      ccc: rows.map(({ ccc }) => ccc),
      rmse: rows.map(({ rmse }) => rmse),
    })
  },
  signature: ({ model, types, genes }) => ({ matrix: model.components, rowNames: types, columnNames: genes }),
}

/** The command is one of its own (deconvolve.ts); its files are among those that may stand in a folder of results. */
export const DECONVOLUTION_FILES: Description<DeconvolutionModel> = {
  example: 'deconvolve mixture.tsv signature.tsv --truth facs.tsv',
  tables: Object.fromEntries(
    Object.entries(DECONVOLUTION_TABLES).map(([name, table]) => [
      name,
      {
        of: result => {
          const made = table(result as Unmixed)
          if (!made) throw new Error(`no table ${name}`)
          return made
        },
      },
    ]),
  ),
  summary: () => ({ json: {}, text: '', done: true }),
}
