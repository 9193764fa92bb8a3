import type { DeconvolutionModel } from '../deconvolution/model.js'
import type { Deconvolved } from '../deconvolution/deconvolved.js'
import type { Agreement, Evaluation } from '../deconvolution/evaluation.js'
import { page } from './page.js'
import { clip, escape, widthOf } from './text.js'

export interface DeconvolutionReport {
  readonly title: string
  /** What the signature is called. */
  readonly signature: string
  readonly model: DeconvolutionModel
  readonly found: Deconvolved
  readonly samples: readonly string[]
  readonly types: readonly string[]
  /** Where the truth is known: of these types, and every pair of an estimate and what is true. */
  readonly truth?:
    | {
        readonly types: readonly string[]
        readonly evaluation: Evaluation
        readonly pairs: readonly { readonly type: number; readonly estimate: number; readonly actual: number }[]
      }
    | undefined
}

const MOST = 200 // samples drawn; tables hold all
const px = (x: number): string => String(Math.round(x * 10) / 10)

/** As many colours as there are types: hues a golden angle apart, in three lightnesses. */
const colourOf = (j: number): string =>
  `hsl(${px((j * 137.508 + 210) % 360)} ${j % 2 ? 55 : 70}% ${[46, 62, 36][j % 3]}%)`

function bars({ found, samples, types }: DeconvolutionReport): string {
  const k = types.length
  const shown = samples.slice(0, MOST)
  // As much room for names as they need, the rest of the page for bars.
  const left = Math.min(170, 12 + Math.max(...shown.map(widthOf)))
  const [height, width] = [18, 910 - left]
  const rows = shown.map((sample, i) => {
    let from = 0
    const parts = [...types.keys(), -1].map(j => {
      const share = j < 0 ? found.unknown[i]! : found.fractions.data[i * k + j]!
      const start = from
      from += share
      if (share * width < 0.05) return ''
      const fill = j < 0 ? '#e3e3e3' : colourOf(j)
      const title = `${sample}, ${j < 0 ? 'unknown' : (types[j] ?? '')}: ${(100 * share).toFixed(1)} %`
      return `<rect x="${px(left + start * width)}" y="${i * height + 1}" width="${px(share * width)}" height="${height - 3}" fill="${fill}"><title>${escape(title)}</title></rect>`
    })
    return `<text x="${left - 6}" y="${i * height + 13}" text-anchor="end">${escape(clip(sample, left - 10))}<title>${escape(sample)}</title></text>${parts.join('')}`
  })
  const bottom = shown.length * height
  const marks = [0, 25, 50, 75, 100].map(
    v =>
      `<text x="${px(left + (v / 100) * width)}" y="${bottom + 16}" text-anchor="${v === 100 ? 'end' : 'middle'}">${v} %</text>`,
  )
  const key = [
    ...types.map((name, j) => [name, colourOf(j)] as const),
    ...(found.unknown.some(v => v > 0) ? [['unknown', '#e3e3e3'] as const] : []),
  ].map(
    ([name, fill]) =>
      `<span style="white-space:nowrap"><svg width="12" height="12"><rect width="12" height="12" fill="${fill}"/></svg> ${escape(name)}</span>`,
  )
  const part = shown.length < samples.length ? ` The first ${shown.length} of ${samples.length} samples.` : ''
  const sum = found.unknown.some(v => v > 0)
    ? "Each sample's fractions and what is unknown, in grey, add up to the whole bar."
    : "Each sample's fractions add up to the whole bar: they are shares of what the signature's types make up."
  return `<h2>Fractions</h2><p>${sum}${part}</p>
<div class="legend" style="display:flex;flex-wrap:wrap;gap:.3em 1.2em;margin:.8em 0">${key.join('')}</div>
<div class="wide"><svg viewBox="0 0 ${left + width + 10} ${bottom + 24}" width="${left + width + 10}" height="${bottom + 24}" role="img">${rows.join('')}${marks.join('')}</svg></div>
`
}

const cell = (text: string): string => `<td>${text}</td>`

function diagnostics({ found, samples, types, model }: DeconvolutionReport): string {
  const { permutations, mode, bootstrap, level } = model.options
  const k = types.length
  const heads = [
    'sample',
    'largest',
    'correlation',
    'RMSE',
    ...(found.pValue ? ['p'] : []),
    'unknown',
    ...(found.nu ? ['nu', 'gap'] : []),
  ]
  const rows = samples.map((sample, i) => {
    const own = [...found.fractions.data.subarray(i * k, (i + 1) * k)]
    const j = own.indexOf(Math.max(...own))
    const interval =
      found.low && found.high
        ? ` (${(100 * found.low.data[i * k + j]!).toFixed(1)} to ${(100 * found.high.data[i * k + j]!).toFixed(1)})`
        : ''
    const weak = found.pValue !== undefined && found.pValue[i]! > 0.05
    const cells = [
      escape(sample),
      own[j]! > 0 ? `${escape(types[j] ?? '')} ${(100 * own[j]!).toFixed(1)} %${interval}` : 'nothing found',
      found.correlation[i]!.toFixed(4),
      found.rmse[i]!.toFixed(4),
      ...(found.pValue ? [found.pValue[i]!.toPrecision(2)] : []),
      `${(100 * found.unknown[i]!).toFixed(1)} %`,
      ...(found.nu && found.gap ? [String(found.nu[i]), found.gap[i]!.toExponential(0)] : []),
    ]
    return `<tr${weak ? ' class="chosen"' : ''}>${cells.map(cell).join('')}</tr>`
  })
  const draws = found.pValue
    ? ` p: of ${permutations} null draws, ${mode === 'robust' ? 'each sample its own' : 'shared by all samples'}; marked where above .05.`
    : ''
  const boots = found.low
    ? ` In brackets ${(100 * level).toFixed(0)} % intervals of ${bootstrap} bootstraps over genes.`
    : ''
  return `<h2>Samples</h2><p>Correlation of a sample with its fit; RMSE in standard deviations of the sample.${draws}${boots}</p>
<div class="wide"><table><tr>${heads.map(head => `<th>${head}</th>`).join('')}</tr>${rows.join('')}</table></div>
`
}

function scatter({ truth, types }: DeconvolutionReport): string {
  const pairs = truth?.pairs ?? []
  const most = Math.max(1e-9, ...pairs.flatMap(({ estimate, actual }) => [estimate, actual]))
  const top = Math.ceil(most * 10) / 10
  const [left, side] = [60, 300]
  const X = (v: number): string => px(left + (v / top) * side)
  const Y = (v: number): string => px(10 + side - (v / top) * side)
  const dots = pairs.map(
    ({ type, estimate, actual }) =>
      `<circle cx="${X(actual)}" cy="${Y(estimate)}" r="3" fill="${colourOf(type)}" fill-opacity=".8"><title>${escape(`${types[type] ?? ''}: true ${actual.toFixed(3)}, estimated ${estimate.toFixed(3)}`)}</title></circle>`,
  )
  const ticks = [0, 0.5, 1].map(
    t =>
      `<text x="${X(t * top)}" y="${side + 28}" text-anchor="middle">${px(100 * t * top)} %</text><text x="${left - 6}" y="${Number(Y(t * top)) + 4}" text-anchor="end">${px(100 * t * top)} %</text>`,
  )
  return `<svg viewBox="0 0 ${left + side + 20} ${side + 56}" width="${left + side + 20}" height="${side + 56}" style="align-self:flex-start" role="img"><rect x="${left}" y="10" width="${side}" height="${side}" fill="none" stroke="#ccc"/><line x1="${X(0)}" y1="${Y(0)}" x2="${X(top)}" y2="${Y(top)}" stroke="#bbb"/>${dots.join('')}${ticks.join('')}<text x="${left + side / 2}" y="${side + 48}" text-anchor="middle">true</text><text transform="translate(12 ${10 + side / 2}) rotate(-90)" text-anchor="middle">estimated</text></svg>`
}

function evaluation(report: DeconvolutionReport): string {
  const { truth } = report
  if (!truth) return ''
  const { overall, types, baselines } = truth.evaluation
  const row = (name: string, { r, ccc, rmse }: Agreement, mark = ''): string =>
    `<tr${mark}>${[escape(name), r.toFixed(4), ccc.toFixed(4), rmse.toFixed(4)].map(cell).join('')}</tr>`
  return `<h2>Against the truth</h2><p>r: Pearson's correlation; CCC: Lin's concordance, 1 only where both are equal; RMSE in fractions. Below, what needs no mixture: the mean composition of the truth for every sample, and equal shares. A method that is not better than these says nothing.</p>
<div class="row"><table><tr><th>type</th><th>r</th><th>CCC</th><th>RMSE</th></tr>${types.map((agreement, j) => row(truth.types[j] ?? '', agreement)).join('')}${row('all', overall, ' class="chosen"')}${row('mean composition', baselines.mean)}${row('equal shares', baselines.uniform)}</table>${scatter(report)}</div>
`
}

/** Stacked bars of the fractions, the diagnostics of every sample and, where the truth is known, how far both agree. */
export function deconvolutionReport(report: DeconvolutionReport): string {
  const { title, signature, model, samples, types } = report
  const { method, mode } = model.options
  const [, genes] = model.components.shape
  const condition = Number.isFinite(model.condition)
    ? `condition ${model.condition.toPrecision(3)}`
    : 'types that depend on each other'
  const body = `<p>${samples.length} samples over ${types.length} types of ${escape(signature)}, ${genes} genes (${condition}); method ${method}, mode ${mode}, seed ${model.options.seed}.</p>
${bars(report)}${evaluation(report)}${diagnostics(report)}`
  return page(title, body)
}
