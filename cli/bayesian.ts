import type { BayesianModel } from 'latens'
import { columnTable, type Description, factorTables, numbered } from './description.js'

// Draw after draw, as W and H have them.
const components = ({ options: { nComponents, nSamples } }: BayesianModel): string[] =>
  numbered(nSamples, 'draw').flatMap(draw => numbered(nComponents, 'component').map(name => `${draw}: ${name}`))

export const BAYESIAN_FILES: Description<BayesianModel> = {
  example: 'bayesian-mf ratings.tsv -k 20 --out results',
  tables: {
    ...factorTables(components),
    users: { of: ({ model, data }) => columnTable(model.userBiases, data.rowNames, 'bias') },
    items: { of: ({ model, data }) => columnTable(model.itemBiases, data.columnNames, 'bias') },
    draws: {
      of: ({ model }) => columnTable(model.noises, numbered(model.noises.length, 'draw'), 'precision of the noise'),
    },
  },
  summary({ loss, stored, noises, mean }) {
    const deviation = Math.sqrt(noises.reduce((s, alpha) => s + 1 / alpha, 0) / noises.length)
    const rmse = Math.sqrt((2 * loss) / stored)
    return {
      json: { loss, rmse, ratings: stored, mean, draws: noises.length, noise: deviation },
      text: `${noises.length} draws for ${stored} ratings; deviation of the noise ${deviation.toPrecision(6)}`,
      done: true,
    }
  },
}
