import type { NmfModel } from '../factorization/nmf-model.js'
import { bars, colour, curves, escape, heatMap } from './svg.js'

export interface NmfReport {
  readonly title: string
  readonly model: NmfModel
  readonly rowNames: readonly string[]
  readonly columnNames: readonly string[]
  /** The loss of every restart where it was evaluated. */
  readonly restarts: readonly (readonly { iter: number; loss: number }[])[]
  /** Which restart was kept. */
  readonly kept: number
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

/** One HTML file that needs no network and no script: the rows' loadings, the restarts' losses, the top features. */
export function nmfReport({ title, model, rowNames, columnNames, restarts, kept }: NmfReport): string {
  const [k, m] = model.components.shape
  const names = Array.from({ length: k }, (_, q) => `component ${q + 1}`)
  const loadings = shares(model)
  const dominant = loadings.map(row => row.indexOf(Math.max(...row)))
  // Beyond some hundred rows a heat map is no longer readable: the first of each group are shown, and the text says so.
  const order = loadings.map((_, i) => i).sort((a, b) => (dominant[a] ?? 0) - (dominant[b] ?? 0) || a - b)
  const shown = order.length <= 200 ? order : order.filter((_, i) => i % Math.ceil(order.length / 200) === 0)
  const series = restarts.map(restart => restart.map(({ iter, loss }) => ({ x: iter, y: loss })))
  const features = topFeatures(model, columnNames, 10)
  const state = model.converged ? 'converged' : 'stopped at the limit'
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:960px;padding:0 1em;color:#222}svg{max-width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:#333}.row{display:flex;flex-wrap:wrap;gap:1.5em}h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}h3{font-size:1em;margin:.5em 0}p{color:#555}</style>
<h1>${escape(title)}</h1>
<p>${rowNames.length} rows, ${m} columns, ${k} components; loss ${model.loss.toPrecision(8)} after ${model.nIter} iterations (${state}); solver ${escape(model.options.solver)}, betaLoss ${escape(String(model.options.betaLoss))}, seed ${model.options.seed}.</p>
<h2>Loadings</h2><p>Each row's share by component, darker is more; grouped by the largest${shown.length < order.length ? `; ${shown.length} of ${order.length} rows shown` : ''}.</p>
${heatMap(
  shown.map(i => loadings[i] ?? []),
  shown.map(i => rowNames[i] ?? ''),
  names,
)}
<h2>Loss of the restarts</h2><p>The kept one is orange; the axis begins at the fifth value of each.</p>
${curves(series, kept, 'loss')}
<h2>Top features</h2><div class="row">${features.map((items, q) => `<div><h3>${names[q]}</h3>${bars(items, colour(q))}</div>`).join('')}</div>
</html>
`
}
