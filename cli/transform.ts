import { readFileSync } from 'node:fs'
import { dense, type Dense, registry } from 'latens'
import { encodeNpy } from 'latens/io'
import { readData } from './data.js'
import { UsageError } from './errors.js'
import type { Parsed } from './flags.js'
import type { Interrupt } from './interrupt.js'
import { type Data, unreadable } from './readers.js'
import { table } from './nmf.js'
import { entryAt, probe, replaceFile } from './output.js'

/** W of new rows under a saved model: a table on stdout, or the file --out names. */
export async function transform(parsed: Parsed, interrupt: Interrupt): Promise<void> {
  const [path, input = '-', ...more] = parsed.positionals
  if (path === undefined || more.length > 0)
    throw new UsageError(`wanted a model and a file of rows, got ${parsed.positionals.length} paths`)
  const out = parsed.text('out')
  if (out !== undefined) checkFile(out, parsed.on('force'))
  const model = load(path)
  const { data: H } = model.components
  const data = await readData(input, parsed.on('transpose'), H instanceof Float32Array ? 'f32' : 'f64')
  const W = await embed(model, data, interrupt.signal)
  const { rowNames } = data
  const components = Array.from({ length: W.shape[1] }, (_, q) => `component ${q + 1}`)
  if (out === undefined) process.stdout.write(table(W, rowNames, components))
  else
    replaceFile('--out', out, out.endsWith('.npy') ? encodeNpy(W.data, [...W.shape]) : table(W, rowNames, components))
}

/** Of a folder part by part, as a row's result does not depend on the others. */
async function embed(model: Model, { X, parts = [] }: Data, signal: AbortSignal): Promise<Dense> {
  if (typeof X !== 'function') return model.transform(X, { signal })
  const found: Dense[] = []
  for await (const part of await X()) {
    try {
      found.push(await model.transform(part, { signal }))
    } catch (error) {
      throw signal.aborted ? error : unreadable(parts[found.length] ?? '', error)
    }
  }
  const k = model.components.shape[0]
  const rows = found.reduce((n, { shape }) => n + shape[0], 0)
  const all = model.components.data instanceof Float32Array ? new Float32Array(rows * k) : new Float64Array(rows * k)
  let row = 0
  for (const { data, shape } of found) {
    all.set(data, row * k)
    row += shape[0]
  }
  return dense(all, [rows, k])
}

type Model = ReturnType<typeof registry.nmf.Model.load>

function load(path: string): Model {
  try {
    return registry.nmf.Model.load(readFileSync(path))
  } catch (error) {
    throw unreadable(path, error)
  }
}

function checkFile(out: string, force: boolean): void {
  if (!/\.(csv|npy)$/.test(out)) throw new UsageError(`--out: wanted a name that ends in .csv or .npy, got ${out}`)
  const found = entryAt('--out', out)
  if (found && !force) throw new Error(`--out: ${out} exists; --force replaces it`)
  if (found && !found.isFile()) throw new Error(`--out: ${out} is not a file; --force replaces files only`)
  probe('--out', out)
}
