import { NMF, type NmfInput, type NmfModel } from 'latens'
import { encodeNpy, writeCsv } from 'latens/io'
import { nmfReport } from 'latens/report'
import { asResumeError, checkCheckpoint, type Checkpoint, readCheckpoint } from './checkpoint.js'
import { readData } from './data.js'
import type { FitFlags } from './flags.js'
import type { Interrupt } from './interrupt.js'
import { checkApart, checkFolder, checkFree, replaceFile, writeFolder } from './output.js'
import { Progress } from './progress.js'
import type { Data } from './readers.js'

export interface Result {
  readonly model: NmfModel
  readonly data: Data
}

/** How the report names the fit and, where it is known, the class of each row. */
export interface Heading {
  readonly title: string
  readonly classOf?: (rowName: string) => string
}

/** Reads, fits, writes the folder. A bar on stderr where that is a terminal. */
export async function runNmf(flags: FitFlags, { title, classOf }: Heading, interrupt: Interrupt): Promise<Result> {
  checkFolder(flags.out, flags.force)
  if (flags.checkpoint !== undefined) {
    checkApart(flags.checkpoint, flags.out)
    checkCheckpoint(flags.checkpoint, flags.resume, flags.force)
  }
  const nmf = new NMF(flags.options as NmfInput)
  const from =
    flags.resume === undefined ? undefined : readCheckpoint(flags.resume, { ...nmf.options }, flags.precision)
  const data = await readData(flags.input, flags.transpose, flags.precision)
  const progress = new Progress(nmf.options, flags.quiet)
  const model = await fit(nmf, data, flags, from, progress, interrupt)
  progress.clear()
  const { rowNames, columnNames } = data
  const components = Array.from({ length: nmf.options.nComponents }, (_, q) => `component ${q + 1}`)
  const labels = classOf && { labels: rowNames.map(classOf) }
  const restarts = progress.restarts
  // The first restart that ended where the model did; none where that one ended before the fit was resumed.
  const kept = restarts.findIndex(series => series.at(-1)?.objective === model.trace.at(-1))
  checkFree(flags.out, flags.force) // again: it may have come to be during the fit
  writeFolder(flags.out, {
    'W.csv': table(model.embedding, rowNames, components),
    'H.csv': table(model.components, components, columnNames),
    'W.npy': encodeNpy(model.embedding.data, [...model.embedding.shape]),
    'H.npy': encodeNpy(model.components.data, [...model.components.shape]),
    'model.safetensors': model.save(),
    'report.html': nmfReport({ title, model, rowNames, columnNames, ...labels, restarts, kept }),
  })
  return { model, data }
}

async function fit(
  nmf: NMF,
  { X, rowNames, columnNames, told = error => error }: Data,
  { threads, maxMemory, checkpoint: path, checkpointEvery: every }: FitFlags,
  from: Checkpoint | undefined,
  progress: Progress,
  interrupt: Interrupt,
): Promise<NmfModel> {
  interrupt.checkpoint = from?.path
  const write = (bytes: Uint8Array): void => {
    if (path === undefined) return
    replaceFile('--checkpoint', path, bytes)
    interrupt.checkpoint = path
  }
  try {
    return await nmf.fit(X, {
      signal: interrupt.signal,
      threads,
      ...(maxMemory !== undefined && { maxMemory }),
      onProgress: step => progress.add(step),
      ...(path !== undefined && { checkpoint: { every, write } }),
      ...(from && { resume: from.bytes }),
    })
  } catch (error) {
    throw asResumeError(told(error), from, [rowNames.length, columnNames.length])
  }
}

export const table = (matrix: NmfModel['components'], rowNames: string[], columnNames: string[]): string =>
  writeCsv({ data: matrix.data, rows: matrix.shape[0], columns: matrix.shape[1], rowNames, columnNames })
