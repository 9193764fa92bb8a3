import { dense, type IntegrativeModel } from 'latens'
import { componentNames, type Description, factorTables } from './description.js'

export const INTEGRATIVE_FILES: Description<IntegrativeModel> = {
  example: 'integrative-nmf batch1.csv batch2.csv -k 20 --out results',
  tables: {
    ...factorTables(componentNames),
    V: {
      of: ({ model, data: { columnNames, views = [] } }) => {
        const { specific } = model
        const [first] = specific
        const all = specific.flatMap(({ data }) => [...data])
        const rows = views.flatMap(({ name }) => componentNames(model).map(component => `${name}: ${component}`))
        const values = first?.data instanceof Float32Array ? Float32Array.from(all) : Float64Array.from(all)
        return { matrix: dense(values, [rows.length, columnNames.length]), rowNames: rows, columnNames }
      },
    },
    sets: {
      of: ({ model: { sets }, data: { views = [] } }) => ({
        matrix: dense(
          Float64Array.from(sets.flatMap(({ from, to, residual, specific }) => [to - from, residual, specific])),
          [sets.length, 3],
        ),
        rowNames: views.map(({ name }) => name),
        columnNames: ['rows', 'residual', 'specific'],
      }),
    },
  },
  summary({ loss, nIter, converged, sets }) {
    const end = converged ? 'converged' : 'not converged: raise --max-iter'
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
    const told = sets.map(({ residual, specific }) => `${percent(residual)} left, ${percent(specific)} its own`)
    return {
      json: { loss, nIter, converged, residuals: sets.map(s => s.residual), specific: sets.map(s => s.specific) },
      text: `loss ${loss.toPrecision(8)} after ${nIter} iterations (${end}); of the data sets: ${told.join('; ')}`,
      done: converged,
    }
  },
}
