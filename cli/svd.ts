import type { PcaModel, TruncatedSvdModel } from 'latens'
import { dense } from 'latens'
import { type Description, numbered, type Result } from './description.js'

type SvdModel = PcaModel | TruncatedSvdModel

const componentsOf = ({ singularValues }: SvdModel): string[] => numbered(singularValues.length, 'component')

const tables = {
  embedding: {
    of: ({ model, data }: Result<SvdModel>) => ({
      matrix: model.embedding,
      rowNames: data.rowNames,
      columnNames: componentsOf(model),
    }),
  },
  components: {
    of: ({ model, data }: Result<SvdModel>) => ({
      matrix: model.components,
      rowNames: componentsOf(model),
      columnNames: data.columnNames,
    }),
  },
  variances: {
    of({ model }: Result<SvdModel>) {
      const { singularValues: S, explainedVariance, explainedVarianceRatio } = model
      const rows = Array.from(S, (s, q) => [s, explainedVariance[q]!, explainedVarianceRatio[q]!])
      return {
        matrix: dense(Float64Array.from(rows.flat()), [S.length, 3]),
        rowNames: componentsOf(model),
        columnNames: ['singular value', 'explained variance', 'explained variance ratio'],
      }
    },
  },
}

function summary({ nIter, converged, singularValues, explainedVarianceRatio }: SvdModel) {
  const share = explainedVarianceRatio.reduce((sum, ratio) => sum + ratio, 0)
  return {
    json: {
      nIter,
      converged,
      singularValues: [...singularValues],
      explainedVarianceRatio: [...explainedVarianceRatio],
    },
    text: `${(100 * share).toFixed(2)} % of the variance${converged ? '' : ' (not converged: raise --max-iter)'}`,
    done: converged,
  }
}

export const SVD_FILES: Description<TruncatedSvdModel> = {
  example: 'truncated-svd data.csv -k 5 --out results',
  tables,
  summary,
}

export const PCA_FILES: Description<PcaModel> = {
  example: 'pca data.csv -k 2 --out results',
  tables: {
    ...tables,
    mean: {
      of: ({ model, data }) => ({
        matrix: dense(model.mean, [1, model.mean.length]),
        rowNames: ['mean'],
        columnNames: data.columnNames,
      }),
    },
  },
  summary,
}
