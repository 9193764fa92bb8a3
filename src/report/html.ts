import type { NmfModel } from '../factorization/nmf-model.js'
import { largest, loadingsSection, page, shares, topSection } from './page.js'
import { axis, colour, curves } from './svg.js'
import { escape } from './text.js'

export interface NmfReport {
  readonly title: string
  readonly model: NmfModel
  readonly rowNames: readonly string[]
  readonly columnNames: readonly string[]
  /** The known class of each row, shown before its name. */
  readonly labels?: readonly string[]
  /** The loss of every restart where it was evaluated. */
  readonly restarts?: readonly (readonly { iter: number; loss: number }[])[]
  /** Which restart was kept; by default the one whose last loss is the lowest. */
  readonly kept?: number
}

type Curve = readonly { iter: number; loss: number }[]

const CURVES = 60
const POINTS = 200

/** The curves to draw and the place of the kept one. A long run has millions of points: no page holds them all. */
function drawn(restarts: readonly Curve[], kept: number | undefined): { series: Curve[]; at: number } {
  const all = restarts.map((curve, i) => ({ curve: curve.filter(p => Number.isFinite(p.loss)), i }))
  const solid = all.filter(({ curve }) => curve.length > 0)
  const lowest = solid.reduce<{ i: number; loss: number }>(
    (best, { curve, i }) =>
      (curve.at(-1)?.loss ?? Infinity) < best.loss ? { i, loss: curve.at(-1)?.loss ?? 0 } : best,
    { i: -1, loss: Infinity },
  )
  const chosen = kept ?? lowest.i
  const every = Math.ceil(solid.length / CURVES)
  const some = solid.filter(({ i }, p) => p % every === 0 || i === chosen)
  return { series: some.map(({ curve }) => thin(curve)), at: some.findIndex(({ i }) => i === chosen) }
}

// The first five stay: the axis begins at the fifth.
function thin(curve: Curve): Curve {
  const every = Math.ceil(curve.length / POINTS)
  return curve.filter((_, p) => p < 5 || p % every === 0 || p === curve.length - 1)
}

const swatch = (stroke: string, width: number): string =>
  `<svg width="28" height="10"><line x2="28" y1="5" y2="5" stroke="${stroke}" stroke-width="${width}"/></svg>`

export function lossSection(restarts: readonly Curve[], keptRestart: number | undefined): string {
  const { series, at } = drawn(restarts, keptRestart)
  if (series.length === 0) return ''
  const points = series.map(curve => curve.map(({ iter, loss }) => ({ x: iter, y: loss })))
  const part = series.length < restarts.length ? ` ${series.length} of ${restarts.length} restarts shown.` : ''
  const scale = axis(points).log
    ? 'The vertical axis is logarithmic.'
    : 'The vertical axis begins at the fifth value of each.'
  const kept = at < 0 ? [] : [`${swatch(colour(1), 2.5)} kept restart`]
  const others = series.length > kept.length ? [`${swatch('#9ab', 1)} other restarts`] : []
  return `<h2>Loss${restarts.length > 1 ? ' of the restarts' : ''}</h2><p>${scale}${part}</p>
<p class="legend">${[...kept, ...others].join(' ')}</p>
${curves(points, at, 'loss')}
`
}

/** The rows' loadings, the restarts' losses, the top features. */
export function nmfReport({ title, model, rowNames, columnNames, labels, restarts = [], kept }: NmfReport): string {
  const [k, m] = model.components.shape
  const loadings = shares(model)
  const components = largest(loadings, k)
  const nameOf = (i: number): string => `${labels?.[i] ? `${labels[i]}: ` : ''}${rowNames[i] ?? ''}`
  const state = model.converged ? 'converged' : 'stopped at the limit'
  const part = components.length < k ? ` The ${components.length} components with the largest shares are shown.` : ''
  const body = `<p>${rowNames.length} rows, ${m} columns, ${k} components; loss ${model.loss.toPrecision(8)} after ${model.nIter} iterations (${state})${model.holdOutLoss === undefined ? '' : `, ${model.holdOutLoss.toPrecision(8)} for an entry held out`}; solver ${escape(model.options.solver)}, betaLoss ${escape(String(model.options.betaLoss))}, seed ${model.options.seed}.${part}</p>
${loadingsSection(loadings, components, nameOf)}${lossSection(restarts, kept)}${topSection(model, columnNames, components)}`
  return page(title, body)
}
