import type { ImplicitModel } from 'latens'
import { componentNames, type Description, factorTables } from './description.js'

export const IMPLICIT_FILES: Description<ImplicitModel> = {
  example: 'implicit-als plays.tsv -k 64 --out results',
  tables: factorTables(componentNames),
  summary({ loss, nIter, converged, seen }) {
    const end = converged ? 'converged' : 'not converged: raise --max-iter'
    return {
      json: { loss, nIter, converged, entries: seen.data.length },
      text: `loss ${loss.toPrecision(8)} of ${seen.data.length} entries after ${nIter} iterations (${end})`,
      done: converged,
    }
  },
}
