import type { NmfModel } from '../factorization/nmf-model.js'
import { bars, colour, heatMap } from './svg.js'
import { escape } from './text.js'

const COMPONENTS = 60
const CELLS = 6000
const FEATURES = 10

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:960px;padding:0 1em;color:#222;background:#fff;overflow-wrap:anywhere}svg{max-width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:#333}.row{display:flex;flex-wrap:wrap;gap:1.5em;margin-top:1em}h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}h3{font-size:1em;margin:.5em 0}p{color:#555}.legend,.axis{font-size:12px;color:#333}.legend svg{vertical-align:middle}.map{display:flex;align-items:center}.map>.axis{writing-mode:vertical-rl;transform:rotate(180deg)}.wide{overflow-x:auto}.wide svg{max-width:none}table{border-collapse:collapse;font-size:14px}th,td{padding:.25em .9em;text-align:right;border-bottom:1px solid #e5e5e5;white-space:nowrap}th{color:#555;font-weight:600}.chosen td{background:#fdf3d8}'

/** One HTML file that needs no network and no script. */
export const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title>
<style>${STYLE}</style>
<h1>${escape(title)}</h1>
${body}
</html>
`

/** Each row's share of its total by component: W scaled by the row sums of H, rows summing to 1 (or all zero). */
export function shares(model: Pick<NmfModel, 'components' | 'embedding'>): number[][] {
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
  model: Pick<NmfModel, 'components'>,
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
export function largest(loadings: readonly (readonly number[])[], k: number): number[] {
  const mass = Array.from({ length: k }, (_, q) => loadings.reduce((sum, row) => sum + (row[q] ?? 0), 0))
  const order = mass.map((_, q) => q).sort((a, b) => (mass[b] ?? 0) - (mass[a] ?? 0) || a - b)
  return order.slice(0, COMPONENTS).sort((a, b) => a - b)
}

export function loadingsSection(
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

/** The largest entries of each of these components. */
export function topSection(
  model: Pick<NmfModel, 'components'>,
  columnNames: readonly string[],
  components: readonly number[],
): string {
  const features = topFeatures(model, columnNames, FEATURES)
  const groups = components.map(q => `<div><h3>component ${q + 1}</h3>${bars(features[q] ?? [], colour(q))}</div>`)
  return `<h2>Top features</h2><p>The largest entries of each row of H; bar length is the entry, scaled to the largest of its component.</p><div class="row">${groups.join('')}</div>`
}
