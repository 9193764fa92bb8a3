import type { NmfModel } from 'latens'
import { nmfReport } from 'latens/report'
import { componentNames, type Description, factorTables } from './description.js'

export const NMF_FILES: Description<NmfModel> = {
  example: 'nmf data.csv -k 5 --out results',
  tables: factorTables(componentNames),
  report({ model, data: { rowNames, columnNames } }, { title, classOf }, { restarts }) {
    const labels = classOf && { labels: rowNames.map(classOf) }
    // The first restart that ended where the model did; none where that one ended before the fit was resumed.
    const kept = restarts.findIndex(series => series.at(-1)?.objective === model.trace.at(-1))
    return nmfReport({ title, model, rowNames, columnNames, ...labels, restarts, kept })
  },
  summary({ loss, nIter, converged, holdOutLoss }) {
    const end = converged ? 'converged' : 'not converged: raise --max-iter'
    return {
      json: { loss, nIter, converged, ...(holdOutLoss !== undefined && { holdOutLoss }) },
      text: `loss ${loss.toPrecision(8)} after ${nIter} iterations (${end})${holdOutLoss === undefined ? '' : `, ${holdOutLoss.toPrecision(8)} for an entry held out`}`,
      done: converged,
    }
  },
}
