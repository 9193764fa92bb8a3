import { dense, type FloatArray } from '../core/matrix.js'
import type { JointModel } from '../factorization/joint-model.js'
import { lossSection } from './html.js'
import { largest, loadingsSection, page, shares, topSection } from './page.js'
import { escape } from './text.js'

export interface JointReport {
  readonly title: string
  readonly model: JointModel
  readonly rowNames: readonly string[]
  /** Of every view, in their order. */
  readonly views: readonly { readonly name: string; readonly columnNames: readonly string[] }[]
  /** The loss of every restart where it was evaluated. */
  readonly restarts?: readonly (readonly { iter: number; loss: number }[])[]
  readonly kept?: number
}

/** What each view's columns of H are called: a view's name and its column's, of negative parts with a minus. */
export const viewColumns = ({ model, views }: Pick<JointReport, 'model' | 'views'>): string[] =>
  model.views.flatMap(({ split }, v) => {
    const { name, columnNames } = views[v] ?? { name: `view ${v + 1}`, columnNames: [] }
    return (split ? ['', '-'] : ['']).flatMap(sign => columnNames.map(column => `${name}:${sign}${column}`))
  })

/** H of all views beside each other; `scaled`, as the fit compared them. */
export function viewComponents(model: JointModel, scaled: boolean) {
  const k = model.embedding.shape[1]
  const columns = model.components.reduce((n, { shape }) => n + shape[1], 0)
  const single = model.embedding.data instanceof Float32Array
  const data: FloatArray = single ? new Float32Array(k * columns) : new Float64Array(k * columns)
  let from = 0
  for (const [v, { data: H, shape }] of model.components.entries()) {
    const { weight, norm } = model.views[v]!
    const factor = scaled ? Math.sqrt(weight) / norm : 1
    const m = shape[1]
    for (let q = 0; q < k; q++) for (let j = 0; j < m; j++) data[q * columns + from + j] = H[q * m + j]! * factor
    from += m
  }
  return dense(data, [k, columns])
}

function viewSection({ model, views }: JointReport): string {
  const rows = model.views.map(({ weight, residual, split }, v) => {
    const { name, columnNames } = views[v]!
    const columns = `${columnNames.length}${split ? ', either sign' : ''}`
    const cells = [escape(name), columns, weight.toFixed(3), `${(100 * residual).toFixed(1)} %`]
    return `<tr>${cells.map(text => `<td>${text}</td>`).join('')}</tr>`
  })
  const rule = model.options.viewWeights
  const how = typeof rule === 'string' ? `${rule} weights` : 'given weights'
  return `<h2>Views</h2><p>Left: the share of a view's squares that W and its H do not explain; ${how}.</p>
<div class="wide"><table><tr><th>view</th><th>columns</th><th>weight</th><th>left</th></tr>${rows.join('')}</table></div>
`
}

/** The views and what is left of them, the samples' loadings, the restarts' losses, the top features of all views. */
export function jointReport(report: JointReport): string {
  const { title, model, rowNames, restarts = [], kept } = report
  const scaled = { components: viewComponents(model, true), embedding: model.embedding }
  const k = model.embedding.shape[1]
  const loadings = shares(scaled)
  const components = largest(loadings, k)
  const state = model.converged ? 'converged' : 'stopped at the limit'
  const body = `<p>${rowNames.length} samples, ${model.views.length} views, ${k} components; loss ${model.loss.toPrecision(8)} after ${model.nIter} iterations (${state}); seed ${model.options.seed}.</p>
${viewSection(report)}${loadingsSection(loadings, components, i => rowNames[i] ?? '')}${lossSection(restarts, kept)}${topSection(scaled, viewColumns(report), components)}`
  return page(title, body)
}
