import { NMF, type NmfInput, type NmfModel } from 'latens'
import { encodeNpy, writeCsv } from 'latens/io'
import { nmfReport } from 'latens/report'
import { type Data, readData } from './data.js'
import type { Flags } from './flags.js'
import { checkFree, writeFolder } from './output.js'

export interface Result {
  readonly model: NmfModel
  readonly data: Data
}

/** Reads, fits, writes the folder. A bar on stderr where that is a terminal. */
export async function runNmf(flags: Flags, title: string, signal: AbortSignal): Promise<Result> {
  checkFree(flags.out, flags.force)
  const nmf = new NMF(flags.options as NmfInput)
  const data = await readData(flags.input, flags.transpose, flags.precision)
  const { nInit, maxIter } = nmf.options
  const restarts: { iter: number; loss: number; objective: number }[][] = []
  const bar = process.stderr.isTTY === true && !flags.quiet
  const model = await nmf.fit(data.X, {
    signal,
    onProgress({ restart, iter, loss, objective }) {
      const series = (restarts[restart] ??= [])
      if (!Number.isNaN(loss)) series.push({ iter, loss, objective })
      if (bar && iter % 10 === 0)
        process.stderr.write(`\r${progress(restart, nInit, iter, maxIter, series.at(-1)?.loss)}`)
    },
  })
  if (bar) process.stderr.write('\r\u001b[K')
  const last = restarts.map(series => series.at(-1)?.objective ?? Infinity)
  const kept = last.indexOf(Math.min(...last))
  const components = Array.from({ length: nmf.options.nComponents }, (_, q) => `component ${q + 1}`)
  const table = (matrix: NmfModel['components'], rowNames: string[], columnNames: string[]): string =>
    writeCsv({ data: matrix.data, rows: matrix.shape[0], columns: matrix.shape[1], rowNames, columnNames })
  checkFree(flags.out, flags.force) // again: it may have come to be during the fit
  writeFolder(flags.out, {
    'W.csv': table(model.embedding, data.rowNames, components),
    'H.csv': table(model.components, components, data.columnNames),
    'W.npy': encodeNpy(model.embedding.data, [...model.embedding.shape]),
    'H.npy': encodeNpy(model.components.data, [...model.components.shape]),
    'model.safetensors': model.save(),
    'report.html': nmfReport({ title, model, rowNames: data.rowNames, columnNames: data.columnNames, restarts, kept }),
  })
  return { model, data }
}

function progress(restart: number, nInit: number, iter: number, maxIter: number, loss: number | undefined): string {
  const done = (restart + iter / maxIter) / nInit
  const width = Math.round(24 * done)
  return `[${'#'.repeat(width)}${'.'.repeat(24 - width)}] restart ${restart + 1} of ${nInit}, iteration ${iter}, loss ${loss?.toPrecision(6) ?? ''} `
}
