import type { ImplicitModel } from 'latens'
import { type Description, numbered } from './description.js'

const components = ({ embedding }: ImplicitModel): string[] => numbered(embedding.shape[1], 'component')

export const IMPLICIT_FILES: Description<ImplicitModel> = {
  example: 'implicit-als plays.tsv -k 64 --out results',
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
  },
  summary({ loss, nIter, converged, seen }) {
    const end = converged ? 'converged' : 'not converged: raise --max-iter'
    return {
      json: { loss, nIter, converged, entries: seen.data.length },
      text: `loss ${loss.toPrecision(8)} of ${seen.data.length} entries after ${nIter} iterations (${end})`,
      done: converged,
    }
  },
}
