import type { NmfModel } from '../factorization/nmf-model.js'
import { axis, bars, colour, curves, heatMap } from './svg.js'
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
const COMPONENTS = 60
const CELLS = 6000
const FEATURES = 10

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

function lossSection(restarts: readonly Curve[], keptRestart: number | undefined): string {
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

/** Each row's share of its total by component: W scaled by the row sums of H, rows summing to 1 (or all zero). */
export function shares(model: NmfModel): number[][] {
  const [k, m] = model.components.shape
  const mass = Array.from({ length: k }, (_, q) => {
    let total = 0
    for (let j = 0; j < m; j++) total += model.components.data[q * m + j] ?? 0
    return total
  })
  return Array.from({ length: model.embedding.shape[0] }, (_, i) => {
    const row = mass.map((total, q) => total * (model.embedding.data[i * k + q] ?? 0))
    const sum = row.reduce((s, v) => s + v, 0)
    return row.map(v => (sum > 0 ? v / sum : 0))
  })
}

/** The columns of X with the largest entries in each component, largest first. */
export function topFeatures(
  model: NmfModel,
  columnNames: readonly string[],
  count: number,
): { name: string; value: number }[][] {
  const [k, m] = model.components.shape
  return Array.from({ length: k }, (_, q) =>
    Array.from({ length: m }, (_unused, j) => ({
      name: columnNames[j] ?? '',
      value: model.components.data[q * m + j] ?? 0,
    }))
      .sort((a, b) => b.value - a.value)
      .slice(0, count),
  )
}

/** The components with the largest shares over all rows, in their own order: no page holds a thousand. */
function largest(loadings: readonly (readonly number[])[], k: number): number[] {
  const mass = Array.from({ length: k }, (_, q) => loadings.reduce((sum, row) => sum + (row[q] ?? 0), 0))
  const order = mass.map((_, q) => q).sort((a, b) => (mass[b] ?? 0) - (mass[a] ?? 0) || a - b)
  return order.slice(0, COMPONENTS).sort((a, b) => a - b)
}

function loadingsSection(
  loadings: readonly (readonly number[])[],
  components: readonly number[],
  nameOf: (row: number) => string,
): string {
  const dominant = loadings.map(row => row.indexOf(Math.max(...row)))
  const order = loadings.map((_, i) => i).sort((a, b) => (dominant[a] ?? 0) - (dominant[b] ?? 0) || a - b)
  // Beyond some hundred rows a heat map is no longer readable: every n-th is shown, and the text says so.
  const every = Math.ceil(order.length / Math.min(200, CELLS / components.length))
  const shown = order.filter((_, p) => p % every === 0)
  const values = shown.map(i => components.map(q => loadings[i]?.[q] ?? 0))
  // Of many components each has a small share: the darkest is the largest there is.
  const most = values.reduce((m, row) => Math.max(m, ...row), 0) || 1
  const top = most < 0.2 ? most : Math.ceil(most * 5) / 5
  const steps = [0, 0.25, 0.5, 0.75, 1].map(t => t * top)
  const part = shown.length < order.length ? `; ${shown.length} of ${order.length} rows shown` : ''
  return `<h2>Loadings</h2><p>Each row's share by component, darker is more; grouped by the largest${part}.</p>
${heatMap(
  [steps],
  ['share of the row'],
  steps.map(t => String(Number(t.toFixed(3)))),
  { top, room: 300 },
)}
<div class="map"><span class="axis">row</span><div class="wide"><div class="axis" style="margin-left:190px">component</div>${heatMap(
    values,
    shown.map(nameOf),
    components.map(q => String(q + 1)),
    { top, room: 700 },
  )}</div></div>
`
}

/** One HTML file that needs no network and no script: the rows' loadings, the restarts' losses, the top features. */
export function nmfReport({ title, model, rowNames, columnNames, labels, restarts = [], kept }: NmfReport): string {
  const [k, m] = model.components.shape
  const loadings = shares(model)
  const components = largest(loadings, k)
  const nameOf = (i: number): string => `${labels?.[i] ? `${labels[i]}: ` : ''}${rowNames[i] ?? ''}`
  const features = topFeatures(model, columnNames, FEATURES)
  const state = model.converged ? 'converged' : 'stopped at the limit'
  const part = components.length < k ? ` The ${components.length} components with the largest shares are shown.` : ''
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:960px;padding:0 1em;color:#222;background:#fff;overflow-wrap:anywhere}svg{max-width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:#333}.row{display:flex;flex-wrap:wrap;gap:1.5em}h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}h3{font-size:1em;margin:.5em 0}p{color:#555}.legend,.axis{font-size:12px;color:#333}.legend svg{vertical-align:middle}.map{display:flex;align-items:center}.map>.axis{writing-mode:vertical-rl;transform:rotate(180deg)}.wide{overflow-x:auto}.wide svg{max-width:none}</style>
<h1>${escape(title)}</h1>
<p>${rowNames.length} rows, ${m} columns, ${k} components; loss ${model.loss.toPrecision(8)} after ${model.nIter} iterations (${state}); solver ${escape(model.options.solver)}, betaLoss ${escape(String(model.options.betaLoss))}, seed ${model.options.seed}.${part}</p>
${loadingsSection(loadings, components, nameOf)}${lossSection(restarts, kept)}<h2>Top features</h2><p>The largest entries of each row of H; bar length is the entry, scaled to the largest of its component.</p><div class="row">${components.map(q => `<div><h3>component ${q + 1}</h3>${bars(features[q] ?? [], colour(q))}</div>`).join('')}</div>
</html>
`
}
