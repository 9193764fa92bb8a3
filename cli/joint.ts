import { dense, type JointModel } from 'latens'
import { jointReport, viewColumns, viewComponents } from 'latens/report'
import { componentNames, type Description } from './description.js'

export const JOINT_FILES: Description<JointModel> = {
  example: 'joint-nmf rna.csv protein.csv -k 6 --out results',
  tables: {
    W: {
      of: ({ model, data }) => ({
        matrix: model.embedding,
        rowNames: data.rowNames,
        columnNames: componentNames(model),
      }),
    },
    H: {
      of: ({ model, data: { views = [] } }) => ({
        matrix: viewComponents(model, false),
        rowNames: componentNames(model),
        columnNames: viewColumns({ model, views }),
      }),
    },
    views: {
      of: ({ model, data }) => ({
        matrix: dense(
          Float64Array.from(model.views.flatMap(({ weight, norm, residual }) => [weight, norm, residual])),
          [model.views.length, 3],
        ),
        rowNames: (data.views ?? []).map(({ name }) => name),
        columnNames: ['weight', 'norm', 'residual'],
      }),
    },
  },
  report({ model, data: { rowNames, views = [] } }, { title }, { restarts }) {
    const kept = restarts.findIndex(series => series.at(-1)?.objective === model.trace.at(-1))
    return jointReport({ title, model, rowNames, views, restarts, kept })
  },
  summary({ loss, nIter, converged, views }) {
    const end = converged ? 'converged' : 'not converged: raise --max-iter'
    const left = views.map(({ residual }) => `${(100 * residual).toFixed(1)} %`).join(', ')
    return {
      json: { loss, nIter, converged, weights: views.map(v => v.weight), residuals: views.map(v => v.residual) },
      text: `loss ${loss.toPrecision(8)} after ${nIter} iterations (${end}); left of the views: ${left}`,
      done: converged,
    }
  },
}
