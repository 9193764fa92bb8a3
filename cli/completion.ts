import { dense, type CompletionModel } from 'latens'
import { type Description, numbered } from './description.js'

const components = ({ singularValues }: CompletionModel): string[] => numbered(singularValues.length, 'component')

export const COMPLETION_FILES: Description<CompletionModel> = {
  example: 'matrix-completion ratings.mtx -k 20 --out results',
  tables: {
    embedding: {
      of: ({ model, data }) => ({ matrix: model.embedding, rowNames: data.rowNames, columnNames: components(model) }),
    },
    components: {
      of: ({ model, data }) => ({
        matrix: model.components,
        rowNames: components(model),
        columnNames: data.columnNames,
      }),
    },
    path: {
      of: ({ model: { path } }) => ({
        matrix: dense(Float64Array.from(path.flatMap(p => [p.lambda, p.rank, p.error, p.holdOut])), [path.length, 4]),
        rowNames: numbered(path.length, 'value'),
        columnNames: ['lambda', 'rank', 'error', 'hold-out'],
      }),
    },
    means: {
      of: ({ model: { mean }, data }) => ({
        matrix: dense(mean.slice(), [1, mean.length]),
        rowNames: ['mean'],
        columnNames: data.columnNames,
      }),
    },
  },
  summary({ loss, nIter, converged, lambda, singularValues, excess, path }) {
    const end = converged ? 'converged' : 'not converged: raise --max-iter'
    const held = path.find(point => point.lambda === lambda)?.holdOut
    return {
      json: { loss, nIter, converged, lambda, rank: singularValues.length, excess, path },
      text: `rank ${singularValues.length}, lambda ${lambda.toPrecision(6)}${held === undefined ? '' : ` (error of what was held out ${held.toPrecision(5)})`}, loss ${loss.toPrecision(8)} after ${nIter} iterations (${end})`,
      done: converged,
    }
  },
}
