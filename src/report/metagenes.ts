import type { MetagenesModel } from '../factorization/metagenes-model.js'
import type { MetagenesRank } from '../factorization/metagenes-rank.js'
import { lineChart, type Line } from './chart.js'
import { squareMap, thinning } from './consensus-map.js'
import { largest, loadingsSection, page, shares, topSection } from './page.js'
import { bars, colour } from './svg.js'
import { escape } from './text.js'

export interface MetagenesReport {
  readonly title: string
  readonly model: MetagenesModel
  readonly rowNames: readonly string[]
  readonly columnNames: readonly string[]
  /** The known class of each row, shown before its name. */
  readonly labels?: readonly string[]
}

const FEATURES = 10

interface Column {
  readonly name: string
  readonly of: (rank: MetagenesRank) => string
}
const fixed =
  (value: (rank: MetagenesRank) => number, digits: number): Column['of'] =>
  rank =>
    Number.isNaN(value(rank)) ? '' : value(rank).toFixed(digits)

const COLUMNS: readonly Column[] = [
  { name: 'rank', of: rank => String(rank.nComponents) },
  { name: 'loss', of: rank => rank.loss.toPrecision(6) },
  { name: 'cophenetic', of: fixed(rank => rank.cophenetic, 4) },
  { name: 'dispersion', of: fixed(rank => rank.dispersion, 3) },
  { name: 'silhouette', of: fixed(rank => rank.silhouette, 3) },
  { name: 'stability', of: fixed(rank => rank.stability, 3) },
  { name: 'kept', of: rank => `${Math.round(100 * rank.kept)} %` },
  { name: 'hold-out', of: rank => (Number.isNaN(rank.holdOut) ? '' : rank.holdOut.toPrecision(4)) },
  { name: 'features', of: rank => rank.features.map(list => list.length).join(' + ') },
]

/** The table of ranks as texts, its head first; a column that no rank has anything for is left out. */
export function rankTable(model: MetagenesModel): string[][] {
  const columns = COLUMNS.filter(({ of }) => model.ranks.some(rank => of(rank) !== ''))
  return [columns.map(({ name }) => name), ...model.ranks.map(rank => columns.map(({ of }) => of(rank)))]
}

/** The rank that is chosen, and the one that the other way of choosing comes to where it was gone too. */
function choiceText({ chosen, choices: { agreement, holdOut } }: MetagenesModel): string {
  const first = `Rank ${chosen.nComponents} is chosen: ${chosen.rule}.`
  if (holdOut === undefined) return first
  const [way, other] = chosen === holdOut ? (['agreement', agreement] as const) : (['hold-out', holdOut] as const)
  return `${first} By ${way} it would be rank ${other.nComponents}: ${other.rule}.`
}

function holdOutText({ rank, options }: MetagenesModel): string {
  const masks = rank.holdOuts.length
  if (masks === 0) return ''
  return ` Hold-out is the mean loss over entries that the fits for it did without: ${masks} masks, of each the best of ${options.holdOutInit} starts.`
}

function tableSection(model: MetagenesModel): string {
  const [head = [], ...rows] = rankTable(model)
  const cells = (row: readonly string[], tag: string): string =>
    row.map(text => `<${tag}>${escape(text)}</${tag}>`).join('')
  const body = rows.map((row, r) => {
    const chosen = model.ranks[r] === model.rank ? ' class="chosen"' : ''
    return `<tr${chosen}>${cells(row, 'td')}</tr>`
  })
  return `<h2>Ranks</h2><p>${escape(choiceText(model))} Each rank is fitted from ${model.options.nInit} starts. Cophenetic, dispersion and silhouette say how far these agree on which rows belong together, stability how far they agree on the metagenes.${escape(holdOutText(model))}</p>
<div class="wide"><table><tr>${cells(head, 'th')}</tr>${body.join('')}</table></div>
`
}

function curvesSection({ ranks }: MetagenesModel): string {
  const line = (name: string, value: (rank: MetagenesRank) => number): Line => ({
    name,
    points: ranks.map(rank => ({ x: rank.nComponents, y: value(rank) })).filter(({ y }) => !Number.isNaN(y)),
  })
  const agreement = [
    line('cophenetic', rank => rank.cophenetic),
    line('dispersion', rank => rank.dispersion),
    line('silhouette', rank => rank.silhouette),
    line('stability', rank => rank.stability),
  ]
  const least = Math.min(...agreement.flatMap(({ points }) => points.map(({ y }) => y)))
  const low = Math.min(0.8, Math.floor(least * 10) / 10)
  const losses = [line('loss', rank => rank.loss), line('hold-out', rank => rank.holdOut)]
  const charts = [
    lineChart(agreement, { xTitle: 'rank', low, high: 1 }),
    ...losses.filter(({ points }) => points.length > 0).map(own => lineChart([own], { xTitle: 'rank' })),
  ]
  return `<div class="row">${charts.join('')}</div>
`
}

function consensusSection(model: MetagenesModel, names: readonly string[]): string {
  const n = names.length
  const every = thinning(n)
  const part = every > 1 ? ` Of ${n} rows one in ${every} is shown.` : ''
  const maps = model.ranks.map(({ nComponents, consensus, order, clusters }) => {
    const shown = [...order].filter((_, at) => at % every === 0)
    const map = squareMap((i, j) => consensus.data[i * n + j] ?? 0, shown, {
      names,
      groups: row => clusters[row] ?? 0,
    })
    return `<h3>rank ${nComponents}</h3><div class="wide">${map}</div>`
  })
  return `<h2>Consensus</h2><p>The share of the restarts that have two rows in one cluster, darker is more; rows in the order of their tree, the strip has the colours of its clusters.${part}</p>
${maps.join('\n')}
`
}

function featuresSection({ rank }: MetagenesModel, columnNames: readonly string[]): string {
  const groups = rank.features.map((list, q) => {
    const first = [...list].slice(0, FEATURES).map(j => ({ name: columnNames[j] ?? '', value: rank.scores[j] ?? 0 }))
    return `<div><h3>component ${q + 1}: ${list.length}</h3>${bars(first, colour(q))}</div>`
  })
  return `<h2>Features of one component alone</h2><p>Columns whose feature score (Kim and Park 2007: 1 where one component has all of it) stands out, the highest first; bar length is the score.</p><div class="row">${groups.join('')}</div>`
}

/** The table of ranks, how far restarts agree by rank, the consensus of each, and of the chosen rank the rows' loadings
 *  and the features. */
export function metagenesReport({ title, model, rowNames, columnNames, labels }: MetagenesReport): string {
  const nameOf = (i: number): string => `${labels?.[i] ? `${labels[i]}: ` : ''}${rowNames[i] ?? ''}`
  const names = rowNames.map((_, i) => nameOf(i))
  const { nComponents, model: nmf } = model.rank
  const loadings = shares(nmf)
  const components = largest(loadings, nComponents)
  const { solver, betaLoss, seed, nInit } = model.options
  const [k0, k1] = [model.ranks[0]?.nComponents, model.ranks.at(-1)?.nComponents]
  const body = `<p>${rowNames.length} rows, ${columnNames.length} columns; ranks ${k0} to ${k1}, ${nInit} restarts each; solver ${escape(solver)}, betaLoss ${escape(String(betaLoss))}, seed ${seed}. Loadings and features are those of rank ${nComponents}.</p>
${tableSection(model)}${curvesSection(model)}${consensusSection(model, names)}${loadingsSection(loadings, components, nameOf)}${topSection(nmf, columnNames, components)}
${featuresSection(model, columnNames)}`
  return page(title, body)
}
