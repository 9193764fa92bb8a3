import { readFileSync } from 'node:fs'
import { registry } from 'latens'
import { encodeNpy } from 'latens/io'
import { readData, unreadable } from './data.js'
import { UsageError } from './errors.js'
import type { Parsed } from './flags.js'
import type { Interrupt } from './interrupt.js'
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
  const { X, rowNames } = await readData(input, parsed.on('transpose'), H instanceof Float32Array ? 'f32' : 'f64')
  const W = await model.transform(X, { signal: interrupt.signal })
  const components = Array.from({ length: W.shape[1] }, (_, q) => `component ${q + 1}`)
  if (out === undefined) process.stdout.write(table(W, rowNames, components))
  else
    replaceFile('--out', out, out.endsWith('.npy') ? encodeNpy(W.data, [...W.shape]) : table(W, rowNames, components))
}

function load(path: string): ReturnType<typeof registry.nmf.Model.load> {
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
