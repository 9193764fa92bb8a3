import { readFileSync } from 'node:fs'
import { dense, type Dense, type Entry, estimatorOf, type Fitted, registry } from 'latens'
import { encodeNpy } from 'latens/io'
import { readInput } from './data.js'
import { csvOf, numbered } from './description.js'
import { UsageError } from './errors.js'
import type { Parsed } from './flags.js'
import type { Interrupt } from './interrupt.js'
import { byGene, GenesError, located, namesOf } from './mixtures.js'
import { itemsBeside } from './ratings.js'
import { type Data, unreadable } from './readers.js'
import { entryAt, probe, replaceFile } from './output.js'

/** W of new rows under a saved model: a table on stdout, or the file --out names. */
export async function transform(parsed: Parsed, interrupt: Interrupt): Promise<void> {
  const [path, ...inputs] = parsed.positionals
  if (path === undefined) throw new UsageError('wanted a model and a file of rows, got 0 paths')
  const out = parsed.text('out')
  if (out !== undefined) checkFile(out, parsed.on('force'))
  const { model, entry } = load(path)
  const [components] = [model.components].flat()
  const precision = components?.data instanceof Float32Array ? 'f32' : 'f64'
  const transpose = parsed.on('transpose')
  const gaps = (model.options as { missing?: string }).missing === 'nan'
  const several = entry.input === 'views' || entry.input === 'sets'
  if (!several && inputs.length > 1)
    throw new UsageError(`wanted a model and a file of rows, got ${parsed.positionals.length} paths`)
  const read = await readInput(entry.input, inputs, {
    transpose,
    precision,
    gaps,
    lacking: true,
    items: entry.input === 'ratings' ? await itemsBeside(path) : undefined,
  })
  const { genes, types } = namesOf(model)
  const data = genes ? byGene(read, genes) : read
  const matrix = await embed(model, data, interrupt.signal, inputs[0])
  const columnNames = types ?? numbered(matrix.shape[1], 'component')
  const csv = (): string => csvOf({ matrix, rowNames: data.rowNames, columnNames })
  if (out === undefined) process.stdout.write(csv())
  else replaceFile('--out', out, out.endsWith('.npy') ? encodeNpy(matrix.data, [...matrix.shape]) : csv())
}

/** Of a folder part by part, as a row's result does not depend on the others. Columns by their names where the model
 *  knows some. */
async function embed(model: Fitted, data: Data, signal: AbortSignal, path = 'standard input'): Promise<Dense> {
  const { X, parts = [] } = data
  // The names of a folder's columns are known when its first part is there.
  const apply = (rows: unknown): Promise<Dense> => model.transform(rows, { signal, ...located(model, data) })
  if (typeof X !== 'function') {
    try {
      return await apply(X)
    } catch (error) {
      throw error instanceof GenesError ? unreadable(path, error) : error
    }
  }
  const found: Dense[] = []
  for await (const part of await X()) {
    try {
      found.push(await apply(part))
    } catch (error) {
      throw signal.aborted ? error : unreadable(parts[found.length] ?? '', error)
    }
  }
  const k = found[0]?.shape[1] ?? 0
  const rows = found.reduce((n, { shape }) => n + shape[0], 0)
  const all = found[0]?.data instanceof Float32Array ? new Float32Array(rows * k) : new Float64Array(rows * k)
  let row = 0
  for (const { data, shape } of found) {
    all.set(data, row * k)
    row += shape[0]
  }
  return dense(all, [rows, k])
}

function load(path: string): { model: Fitted; entry: Entry } {
  try {
    const bytes = readFileSync(path)
    const command = commandOf(bytes)
    const entries: Readonly<Record<string, Entry>> = registry
    const entry = Object.hasOwn(entries, command) ? entries[command] : undefined
    if (!entry) throw new Error(`wanted a model of ${Object.keys(entries).join(', ')}, got one of ${command}`)
    return { model: entry.Model.load(bytes), entry }
  } catch (error) {
    throw unreadable(path, error)
  }
}

function commandOf(bytes: Uint8Array): string {
  try {
    return estimatorOf(bytes)
  } catch (error) {
    throw new Error('wanted a model that a fit wrote (model.safetensors in its folder), got another file', {
      cause: error,
    })
  }
}

function checkFile(out: string, force: boolean): void {
  if (!/\.(csv|npy)$/.test(out)) throw new UsageError(`--out: wanted a name that ends in .csv or .npy, got ${out}`)
  const found = entryAt('--out', out)
  if (found && !force) throw new Error(`--out: ${out} exists; --force replaces it`)
  if (found && !found.isFile()) throw new Error(`--out: ${out} is not a file; --force replaces files only`)
  probe('--out', out)
}
