// What is done with a fitted signature: fetched when it is.
import { withEngine } from '../../bindings/instance.js'
import { type MatrixInput, readMatrix } from '../core/blocks.js'
import { dense, type Dense, type MatrixLike, toMatrix, toRowMajor } from '../core/matrix.js'
import { show } from '../core/options.js'
import { Pace } from '../core/pace.js'
import { dispose, poolOf } from '../core/pool.js'
import type { Job } from '../core/program.js'
import { checkRun, ONCE_RUN } from '../core/run.js'
import type { Deconvolved, DeconvolveRun } from './deconvolved.js'
import type { DeconvolutionModel } from './model.js'
import type { DeconvolutionSettings } from './options.js'
import { antilogged, quantileNormalized } from './preparation.js'
import { type Found, Unmixing, type UnmixingSpec } from './program.js'
import { checkedRows } from './signature.js'

export { learn } from './signature.js'

const DECONVOLVE_RUN = [...ONCE_RUN, 'threads', 'genes'] as const
const SLICE_MS = 100 // between turns of the event loop, where tasks are long and workers are fed from it

type Given = Pick<DeconvolutionModel, 'name' | 'options' | 'components'>

/** See DeconvolutionModel, whose methods these are. */
export async function deconvolve(model: Given, X: MatrixInput, run: DeconvolveRun): Promise<Deconvolved> {
  const where = `${model.name}.deconvolve`
  checkRun(where, run, DECONVOLVE_RUN)
  return unmix(where, model, model.options, X, run)
}

export async function transform(model: Given, X: MatrixInput, run: DeconvolveRun): Promise<Dense> {
  return (await alone('transform', model, X, run)).fractions
}

export async function score(model: Given, X: MatrixInput, run: DeconvolveRun): Promise<number> {
  const { correlation } = await alone('score', model, X, run)
  return correlation.reduce((sum, r) => sum + r, 0) / correlation.length
}

/** Z S. */
export async function inverseTransform({ name, components }: Given, Z: MatrixLike): Promise<Dense> {
  const where = `${name}.inverseTransform`
  const matrix = toMatrix(`${where}: Z`, Z)
  const [k, g] = components.shape
  const [n, columns] = matrix.shape
  if (columns !== k) throw new RangeError(`${where}: Z: wanted ${k} columns, got ${columns}`)
  const fractions = toRowMajor(matrix)
  const out = new Float64Array(n * g)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < k; j++) {
      const share = fractions[i * k + j]!
      for (let c = 0; c < g; c++) out[i * g + c]! += share * components.data[j * g + c]!
    }
  return dense(out, [n, g])
}

function alone(method: string, model: Given, X: MatrixInput, run: DeconvolveRun): Promise<Deconvolved> {
  const where = `${model.name}.${method}`
  checkRun(where, run, DECONVOLVE_RUN)
  return unmix(where, model, { ...model.options, permutations: 0, bootstrap: 0 }, X, run)
}

async function unmix(
  where: string,
  { components }: Given,
  settings: DeconvolutionSettings,
  input: MatrixInput,
  run: DeconvolveRun,
): Promise<Deconvolved> {
  const X = await readMatrix(`${where}: X`, input, run.signal)
  const [k, g] = components.shape
  const { genes } = run
  if (genes !== undefined) checkGenes(where, genes, g, X.shape[1])
  else if (X.shape[1] !== g) throw new RangeError(`${where}: X: wanted ${g} columns as in the fit, got ${X.shape[1]}`)
  run.signal?.throwIfAborted()
  const { pool, own } = await poolOf(run.threads)
  try {
    return await withEngine(where, { maxBytes: run.maxMemory, shared: pool?.shared ?? false }, async engine => {
      const pace = new Pace(run.signal, pool ? SLICE_MS : undefined)
      const rows = await checkedRows(engine, where, X, settings, pace)
      const n = X.shape[0]
      const all = settings.mode === 'cibersort' ? antilogged(engine, rows) : rows
      const normal = settings.quantileNormalize ? quantileNormalized(all, n, X.shape[1]) : all
      const Y = genes ? columnsOf(normal, n, X.shape[1], genes) : normal
      const [s, y] = [engine.arena.alloc(k * g * 8), engine.arena.alloc(n * g * 8)]
      engine.arena.f64(s, k * g).set(components.data)
      engine.arena.f64(y, n * g).set(Y)
      const spec: UnmixingSpec = { n, k, g, s, y, settings }
      const { made: program, layout } = engine.arena.record(() => new Unmixing(engine, spec))
      const [job] = program.jobs
      const of = job.tasks
      let done = 0
      const counted: Job = {
        ...(job as Job),
        result(_task, _lane, found) {
          run.onProgress?.({ done: ++done, of })
          return found
        },
      }
      const threads = pool?.executor(engine, { program, name: 'unmixing', spec, layout })
      const found: unknown[] = []
      if (threads)
        try {
          found.push(...(await threads.map(counted, pace, () => {})))
        } finally {
          threads[dispose]()
        }
      else {
        const lane = program.lane()
        for (let task = 0; task < of; task++) {
          const steps = job.work(task, lane, pace)
          let step = await steps.next()
          while (!step.done) step = await steps.next()
          found.push(counted.result(task, lane, step.value))
        }
      }
      return gathered(found as Found[], spec)
    })
  } finally {
    if (own) pool?.[dispose]()
  }
}

function checkGenes(where: string, genes: ArrayLike<number>, wanted: number, columns: number): void {
  if (genes === null || typeof genes !== 'object')
    throw new TypeError(`${where}: run.genes: wanted places of columns, got ${show(genes)}`)
  const { length } = genes
  if (length !== wanted) throw new RangeError(`${where}: run.genes: wanted ${wanted} columns, got ${show(length)}`)
  const places = Array.from(genes)
  const bad = places.findIndex(place => !(Number.isInteger(place) && place >= 0 && place < columns))
  if (bad >= 0)
    throw new RangeError(
      `${where}: run.genes[${bad}]: wanted a column of X, from 0 to ${columns - 1}, got ${show(genes[bad])}`,
    )
}

function columnsOf(rows: Float64Array, n: number, columns: number, genes: ArrayLike<number>): Float64Array {
  const g = genes.length
  return Float64Array.from({ length: n * g }, (_, at) => rows[Math.floor(at / g) * columns + genes[at % g]!]!)
}

function gathered(all: readonly Found[], { n, k, settings }: UnmixingSpec): Deconvolved {
  const { method, permutations, bootstrap, level } = settings
  const fractions = new Float64Array(n * k)
  const column = (): Float64Array => new Float64Array(n)
  const [correlation, rmse, nu, gap, unknown] = [column(), column(), column(), column(), column()]
  for (const found of all) {
    if (found.kind !== 'sample') continue
    const { sample: i, facts } = found
    fractions.set(found.fractions, i * k)
    ;[correlation[i], rmse[i], nu[i], gap[i]] = [facts.correlation, facts.rmse, facts.nu, facts.gap]
    unknown[i] = Math.max(0, 1 - found.fractions.reduce((sum, v) => sum + v, 0))
    // Of fractions that are divided by their sum what differs from 1 is rounding.
    if (method !== 'at-most-one' && unknown[i]! < 0.5) unknown[i] = 0
  }
  const svr = method === 'cibersort'
  return Object.freeze({
    fractions: dense(fractions, [n, k]),
    correlation,
    rmse,
    unknown,
    pValue: permutations > 0 ? pValues(all, correlation, settings) : undefined,
    ...(bootstrap > 0 ? intervals(all, n, k, level, bootstrap) : { low: undefined, high: undefined }),
    nu: svr ? nu : undefined,
    gap: svr ? gap : undefined,
  })
}

function pValues(all: readonly Found[], correlation: Float64Array, settings: DeconvolutionSettings): Float64Array {
  const { mode, permutations: draws } = settings
  const nulls = new Map<number, Float64Array>()
  for (const found of all) {
    if (found.kind !== 'null') continue
    const own = nulls.get(found.sample) ?? new Float64Array(draws)
    own.set(found.correlations, found.first)
    nulls.set(found.sample, own)
  }
  if (mode === 'robust') return correlation.map((r, i) => (1 + nulls.get(i)!.filter(v => v >= r).length) / (1 + draws))
  // Of the reference: by the place of the draw that is nearest, which may say 0 and never says 1.
  const sorted = nulls.get(-1)!.sort()
  return correlation.map(r => {
    let nearest = 0
    sorted.forEach((v, at) => {
      if (Math.abs(v - r) < Math.abs(sorted[nearest]! - r)) nearest = at
    })
    return 1 - (nearest + 1) / draws
  })
}

/** Of each fraction the quantiles that leave (1 - level) / 2 of the draws outside on either side. */
function intervals(all: readonly Found[], n: number, k: number, level: number, draws: number) {
  const [low, high] = [new Float64Array(n * k), new Float64Array(n * k)]
  const drawn = Array.from({ length: n * k }, () => new Float64Array(draws))
  for (const found of all)
    if (found.kind === 'drawn')
      found.fractions.forEach((fractions, b) =>
        fractions.forEach((v, j) => (drawn[found.sample * k + j]![found.first + b] = v)),
      )
  const quantile = (sorted: Float64Array, q: number): number => {
    const place = q * (draws - 1)
    const [under, over] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
    return under + (place - Math.floor(place)) * (over - under)
  }
  drawn.forEach((values, at) => {
    values.sort()
    low[at] = quantile(values, (1 - level) / 2)
    high[at] = quantile(values, (1 + level) / 2)
  })
  return { low: dense(low, [n, k]), high: dense(high, [n, k]) }
}
