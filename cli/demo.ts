import { shares, topFeatures } from 'latens/report'
import type { Flags } from './flags.js'
import { runNmf } from './nmf.js'

/** The leukaemia data as in Brunet et al. (2004): three metagenes against the known classes. */
export async function demo(flags: Flags, signal: AbortSignal): Promise<void> {
  const options = {
    nComponents: 3,
    solver: 'mu',
    betaLoss: 'kullback-leibler',
    nInit: 20,
    maxIter: 1000,
    tol: 1e-5,
    ...flags.options,
  }
  const input = 'examples/all_aml_5000x38.tsv'
  const { model, data } = await runNmf(
    { ...flags, input, transpose: true, options },
    'Metagenes of leukaemia (ALL/AML)',
    signal,
  )
  if (flags.quiet) return
  const classOf = (name: string): string => (name.includes('AML') ? 'AML' : name.includes('T-cell') ? 'ALL-T' : 'ALL-B')
  const classes = ['ALL-B', 'ALL-T', 'AML']
  const loads = shares(model).map(row => row.indexOf(Math.max(...row)))
  const count = (kind: string, q: number): number =>
    data.rowNames.filter((name, i) => classOf(name) === kind && loads[i] === q).length
  const components = Array.from({ length: model.components.shape[0] }, (_, q) => q)
  const lines = [
    `samples by class and the metagene they load on most`,
    `         ${components.map(q => `metagene ${q + 1}`).join('  ')}`,
  ]
  for (const kind of classes)
    lines.push(`${kind.padEnd(8)} ${components.map(q => String(count(kind, q)).padStart(10)).join('  ')}`)
  const owner = components.map(q =>
    classes.reduce((best, kind) => (count(kind, q) > count(best, q) ? kind : best), 'ALL-B'),
  )
  const odd = data.rowNames.filter((name, i) => owner[loads[i] ?? 0] !== classOf(name))
  lines.push(`off their class: ${odd.length === 0 ? 'none' : odd.join(', ')}`, '', 'top genes')
  topFeatures(model, data.columnNames, 5).forEach((genes, q) =>
    lines.push(`metagene ${q + 1} (${owner[q]}): ${genes.map(g => g.name).join(', ')}`),
  )
  lines.push('', `KL loss ${model.loss.toPrecision(8)}; figures in ${flags.out}/report.html`)
  console.log(lines.join('\n'))
}
