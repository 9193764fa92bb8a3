import type { DeconvolutionModel } from 'latens'
import type { Description } from './description.js'

export const DECONVOLUTION_FILES: Description<DeconvolutionModel> = {
  example: 'deconvolve mixture.tsv signature.tsv --out results',
  tables: {},
  summary: () => ({ json: {}, text: '', done: true }),
}
