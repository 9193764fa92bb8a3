import type { Engine } from '../../bindings/instance.js'
import type { RowSource } from '../core/blocks.js'
import { loadSource } from '../core/source.js'
import type { Loading, NmfData } from './nmf-load.js'
import { betaOf } from './nmf-options.js'
import { sliceWidth } from './nmf-terms.js'

/** X of a fit that is read anew for every pass. Throws RangeError for options that need it as a whole. */
export async function loadRows(engine: Engine, input: RowSource, { options, run, pace }: Loading): Promise<NmfData> {
  const refuse = (what: string): never => {
    throw new RangeError(`NMF.fit: X: wanted a matrix, not a source, ${what}`)
  }
  if (options.solver === 'newton') refuse("with solver 'newton', which goes through its columns as well")
  if (!options.clip) refuse('without clip')
  if (run.weights || options.missing !== 'none' || options.holdOut > 0)
    refuse('where entries do not count alike (weights, missing, holdOut)')
  const given = { positive: betaOf(options.betaLoss) <= 0, sliceWidth: sliceWidth(options) }
  return { X: await loadSource(engine, 'NMF.fit', input, pace, given, run.signal), heldOut: undefined }
}
