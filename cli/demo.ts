import { fileURLToPath } from 'node:url'
import type { MetagenesModel } from 'latens'
import { rankTable, shares, topFeatures } from 'latens/report'
import type { Result } from './description.js'
import { estimators } from './estimators.js'
import { runFit } from './fit.js'
import type { FitFlags } from './flags.js'
import type { Interrupt } from './interrupt.js'

const OPTIONS = {
  maxComponents: 5,
  solver: 'mu',
  betaLoss: 'kullback-leibler',
  nInit: 20,
  maxIter: 1000,
  tol: 1e-5,
}
export const DEMO_TEXT =
  'examples/all_aml_5000x38.tsv, fitted with --max-components 5 --solver mu --beta-loss kullback-leibler --n-init 20 --max-iter 1000 --tol 1e-5 --transpose; any of these but the last can be given otherwise.'
const CLASSES = ['ALL-B', 'ALL-T', 'AML']
const classOf = (name: string): string => (name.includes('AML') ? 'AML' : name.includes('T-cell') ? 'ALL-T' : 'ALL-B')

/** The leukaemia data as in Brunet et al. (2004): how many metagenes, and these against the known classes. */
export async function demo(flags: FitFlags, interrupt: Interrupt): Promise<Result<MetagenesModel>> {
  const result = await runFit(
    estimators.metagenes,
    {
      ...flags,
      inputs: [fileURLToPath(new URL('../examples/all_aml_5000x38.tsv', import.meta.url))],
      transpose: true,
      options: demoOptions(flags.options),
    },
    { title: 'Metagenes of leukaemia (ALL/AML)', classOf },
    interrupt,
  )
  if (!flags.quiet && !flags.json) process.stdout.write(`${story(result, flags.out)}\n`)
  return result
}

export const demoOptions = (given: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  ...OPTIONS,
  ...given,
})

const aligned = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map(row => row[c]?.length ?? 0)))
  return rows.map(row => row.map((text, c) => text.padStart(widths[c] ?? 0)).join('  '))
}

/** What each rank's restarts say; of the chosen one the samples by class and metagene, the ones off their class, the top
 *  genes. */
function story({ model, data }: Result<MetagenesModel>, out: string): string {
  const { chosen, options, rank } = model
  const loads = shares(rank.model).map(row => row.indexOf(Math.max(...row)))
  const count = (kind: string, q: number): number =>
    data.rowNames.filter((name, i) => classOf(name) === kind && loads[i] === q).length
  const components = Array.from({ length: model.components.shape[0] }, (_, q) => q)
  const owner = components.map(q =>
    CLASSES.reduce((best, kind) => (count(kind, q) > count(best, q) ? kind : best), 'ALL-B'),
  )
  const odd = data.rowNames.filter((name, i) => owner[loads[i] ?? 0] !== classOf(name))
  const genes = topFeatures(rank.model, data.columnNames, 5)
  const end = model.converged ? 'converged' : 'not converged: raise --max-iter'
  return [
    `how far ${options.nInit} restarts of each rank agree`,
    ...aligned(rankTable(model)),
    `rank ${chosen.nComponents} is chosen: ${chosen.rule}`,
    '',
    'its samples by class and the metagene they load on most',
    ...aligned([
      ['', ...components.map(q => `metagene ${q + 1}`)],
      ...CLASSES.map(kind => [kind.padEnd(8), ...components.map(q => String(count(kind, q)))]),
    ]),
    `off their class: ${odd.length === 0 ? 'none' : odd.join(', ')}`,
    '',
    'top genes',
    ...genes.map((list, q) => `metagene ${q + 1} (${owner[q]}): ${list.map(gene => gene.name).join(', ')}`),
    '',
    `KL loss ${model.loss.toPrecision(8)} after ${model.nIter} iterations (${end}); figures in ${out}/report.html`,
  ].join('\n')
}
