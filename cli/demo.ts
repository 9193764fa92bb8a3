import { fileURLToPath } from 'node:url'
import type { NmfModel } from 'latens'
import { shares, topFeatures } from 'latens/report'
import type { Result } from './description.js'
import { estimators } from './estimators.js'
import { runFit } from './fit.js'
import type { FitFlags } from './flags.js'
import type { Interrupt } from './interrupt.js'

const OPTIONS = {
  nComponents: 3,
  solver: 'mu',
  betaLoss: 'kullback-leibler',
  nInit: 20,
  maxIter: 1000,
  tol: 1e-5,
}
export const DEMO_TEXT =
  'examples/all_aml_5000x38.tsv, fitted with -k 3 --solver mu --beta-loss kullback-leibler --n-init 20 --max-iter 1000 --tol 1e-5 --transpose; any of these but the last can be given otherwise.'
const CLASSES = ['ALL-B', 'ALL-T', 'AML']
const classOf = (name: string): string => (name.includes('AML') ? 'AML' : name.includes('T-cell') ? 'ALL-T' : 'ALL-B')

/** The leukaemia data as in Brunet et al. (2004): three metagenes against the known classes. */
export async function demo(flags: FitFlags, interrupt: Interrupt): Promise<Result<NmfModel>> {
  const result = await runFit(
    estimators.nmf,
    {
      ...flags,
      input: fileURLToPath(new URL('../examples/all_aml_5000x38.tsv', import.meta.url)),
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

/** Samples by class and metagene, the ones off their class, the top genes. */
function story({ model, data }: Result<NmfModel>, out: string): string {
  const loads = shares(model).map(row => row.indexOf(Math.max(...row)))
  const count = (kind: string, q: number): number =>
    data.rowNames.filter((name, i) => classOf(name) === kind && loads[i] === q).length
  const components = Array.from({ length: model.components.shape[0] }, (_, q) => q)
  const lines = [
    `samples by class and the metagene they load on most`,
    `         ${components.map(q => `metagene ${q + 1}`).join('  ')}`,
  ]
  for (const kind of CLASSES)
    lines.push(`${kind.padEnd(8)} ${components.map(q => String(count(kind, q)).padStart(10)).join('  ')}`)
  const owner = components.map(q =>
    CLASSES.reduce((best, kind) => (count(kind, q) > count(best, q) ? kind : best), 'ALL-B'),
  )
  const odd = data.rowNames.filter((name, i) => owner[loads[i] ?? 0] !== classOf(name))
  lines.push(`off their class: ${odd.length === 0 ? 'none' : odd.join(', ')}`, '', 'top genes')
  topFeatures(model, data.columnNames, 5).forEach((genes, q) =>
    lines.push(`metagene ${q + 1} (${owner[q]}): ${genes.map(g => g.name).join(', ')}`),
  )
  const end = model.converged ? 'converged' : 'not converged: raise --max-iter'
  lines.push(
    '',
    `KL loss ${model.loss.toPrecision(8)} after ${model.nIter} iterations (${end}); figures in ${out}/report.html`,
  )
  return lines.join('\n')
}
