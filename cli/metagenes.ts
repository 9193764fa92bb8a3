import { dense, type MetagenesModel } from 'latens'
import { metagenesReport } from 'latens/report'
import { type Description, numbered } from './description.js'

const components = ({ components: H }: MetagenesModel): string[] => numbered(H.shape[0], 'component')

const NUMBERS = ['loss', 'cophenetic', 'dispersion', 'silhouette', 'stability', 'kept', 'holdOut'] as const

export const METAGENES_FILES: Description<MetagenesModel> = {
  example: 'metagenes data.csv --max-components 8 --out results',
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
    ranks: {
      of: ({ model: { ranks } }) => ({
        matrix: dense(Float64Array.from(ranks.flatMap(rank => NUMBERS.map(name => rank[name]))), [
          ranks.length,
          NUMBERS.length,
        ]),
        rowNames: ranks.map(({ nComponents }) => String(nComponents)),
        columnNames: [...NUMBERS],
      }),
    },
    consensus: {
      of: ({ model, data }) => ({
        matrix: model.rank.consensus,
        rowNames: data.rowNames,
        columnNames: data.rowNames,
      }),
    },
  },
  report: ({ model, data: { rowNames, columnNames } }, { title, classOf }) =>
    metagenesReport({ title, model, rowNames, columnNames, ...(classOf && { labels: rowNames.map(classOf) }) }),
  summary({ chosen, ranks, converged }) {
    const table = ranks.map(({ nComponents, cophenetic, loss, holdOut, holdOuts }) => ({
      nComponents,
      cophenetic,
      loss,
      ...(holdOuts.length > 0 && { holdOut }),
    }))
    return {
      json: { ...chosen, converged, ranks: table },
      text: `rank ${chosen.nComponents}: ${chosen.rule}`,
      done: converged,
    }
  },
}
