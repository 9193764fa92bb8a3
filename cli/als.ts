import type { AlsModel } from 'latens'
import { columnTable, componentNames, type Description, factorTables } from './description.js'

export const ALS_FILES: Description<AlsModel> = {
  example: 'als ratings.tsv -k 20 --out results',
  tables: {
    ...factorTables(componentNames),
    users: { of: ({ model, data }) => columnTable(model.userBiases, data.rowNames, 'bias') },
    items: { of: ({ model, data }) => columnTable(model.itemBiases, data.columnNames, 'bias') },
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
