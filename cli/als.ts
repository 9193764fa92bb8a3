import { type AlsModel, dense } from 'latens'
import { type Description, numbered, type Table } from './description.js'

const components = ({ embedding }: AlsModel): string[] => numbered(embedding.shape[1], 'component')

const series = (values: Float64Array, rowNames: readonly string[]): Table => ({
  matrix: dense(values, [values.length, 1]),
  rowNames,
  columnNames: ['bias'],
})

export const ALS_FILES: Description<AlsModel> = {
  example: 'als ratings.tsv -k 20 --out results',
  tables: {
    W: {
      of: ({ model, data }) => ({ matrix: model.embedding, rowNames: data.rowNames, columnNames: components(model) }),
    },
    H: {
      of: ({ model, data }) => ({
        matrix: model.components,
        rowNames: components(model),
        columnNames: data.columnNames,
      }),
    },
    users: { of: ({ model, data }) => series(model.userBiases, data.rowNames) },
    items: { of: ({ model, data }) => series(model.itemBiases, data.columnNames) },
  },
  summary({ loss, nIter, converged, rmse, stored, mean }) {
    const end = converged ? 'converged' : 'not converged: raise --max-iter'
    return {
      json: { loss, nIter, converged, rmse, ratings: stored, mean },
      text: `RMSE ${rmse.toPrecision(6)} of ${stored} ratings after ${nIter} iterations (${end})`,
      done: converged,
    }
  },
}
