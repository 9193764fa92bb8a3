import type { Fitted, Fitting } from 'latens'
import { encodeNpy } from 'latens/io'
import { asResumeError, checkCheckpoint, type Checkpoint, readCheckpoint } from './checkpoint.js'
import { readInput } from './data.js'
import { csvOf, type Fits, type Heading, type Result } from './description.js'
import { MODEL, REPORT } from './estimators.js'
import type { FitFlags } from './flags.js'
import type { Interrupt } from './interrupt.js'
import { checkApart, checkFolder, checkFree, replaceFile, writeFolder } from './output.js'
import { Progress } from './progress.js'
import type { Data } from './readers.js'

/** Reads, fits, writes the folder. A bar on stderr where that is a terminal. */
export async function runFit<M extends Fitted>(
  { entry, description }: Fits<M>,
  flags: FitFlags,
  heading: Heading,
  interrupt: Interrupt,
): Promise<Result<M>> {
  checkFolder(flags.out, flags.force)
  if (flags.checkpoint !== undefined) {
    checkApart(flags.checkpoint, flags.out)
    checkCheckpoint(flags.checkpoint, flags.resume, flags.force)
  }
  const estimator = new entry.Estimator(flags.options)
  const from =
    flags.resume === undefined ? undefined : readCheckpoint(flags.resume, { ...estimator.options }, flags.precision)
  const { inputs, transpose, precision } = flags
  const gaps = (estimator.options as { missing?: string }).missing === 'nan'
  const read = await readInput(entry.input, inputs, { transpose, precision, gaps })
  // A folder's parts are read again for every pass, or once.
  const data = typeof read.X === 'function' && entry.input !== 'source' ? { ...read, X: await read.X() } : read
  const progress = new Progress(estimator.options, flags.quiet)
  const model = await fit(estimator, data, flags, entry.run, from, progress, interrupt)
  progress.clear()
  const result = { model, data: read }
  const files: Record<string, string | Uint8Array> = {}
  for (const [name, { of }] of Object.entries(description.tables)) {
    const table = of(result)
    files[`${name}.csv`] = csvOf(table)
    files[`${name}.npy`] = encodeNpy(table.matrix.data, [...table.matrix.shape])
  }
  files[MODEL] = model.save()
  const report = description.report?.(result, heading, progress)
  if (report !== undefined) files[REPORT] = report
  checkFree(flags.out, flags.force) // again: it may have come to be during the fit
  writeFolder(flags.out, files)
  return result
}

async function fit<M extends Fitted>(
  estimator: Fitting<M>,
  { X, rowNames, columnNames, told = error => error }: Omit<Data, 'X'> & { readonly X: unknown },
  { threads, maxMemory, checkpoint: path, checkpointEvery: every }: FitFlags,
  takes: Fits['entry']['run'],
  from: Checkpoint | undefined,
  progress: Progress,
  interrupt: Interrupt,
): Promise<M> {
  interrupt.checkpoint = from?.path
  const write = (bytes: Uint8Array): void => {
    if (path === undefined) return
    replaceFile('--checkpoint', path, bytes)
    interrupt.checkpoint = path
  }
  try {
    return await estimator.fit(X, {
      signal: interrupt.signal,
      ...(takes.includes('threads') && { threads }),
      ...(maxMemory !== undefined && { maxMemory }),
      ...(takes.includes('onProgress') && { onProgress: step => progress.add(step) }),
      ...(path !== undefined && { checkpoint: { every, write } }),
      ...(from && { resume: from.bytes }),
    })
  } catch (error) {
    throw asResumeError(told(error), from, [rowNames.length, columnNames.length])
  }
}
