// npm run fuzz: damaged files for every reader (test/io/fuzzing.ts says which, and the law they are held to).
//   --runs 100000 (or LATENS_FUZZ_RUNS)  over all readers   --seed 1   --reader name: one reader alone   --path as fast-check
//   prints it: the failing input alone
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { build } from 'esbuild'

const BUNDLE = new URL('../build/test/io/fuzzing.js', import.meta.url)
/** A reader that is silent for so long hangs: the worker is stopped. */
const HANGS_AFTER = 30_000

if (isMainThread) await main()
else await work()

async function main() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: process.env.LATENS_FUZZ_RUNS ?? '100000' },
      seed: { type: 'string', default: '1' },
      reader: { type: 'string' },
      path: { type: 'string' },
    },
  })
  const options = { ...values, runs: Number(values.runs), seed: Number(values.seed) }
  if (!Number.isSafeInteger(options.runs) || options.runs < 1) throw new RangeError('--runs: wanted an integer >= 1')
  if (!Number.isInteger(options.seed)) throw new RangeError('--seed: wanted an integer')
  rmSync(BUNDLE, { force: true })
  await build({
    entryPoints: ['test/io/fuzzing.ts'],
    outfile: BUNDLE.pathname,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['latens', 'latens/*', 'fast-check'],
    logLevel: 'warning',
  })
  let last = performance.now()
  let reader = ''
  let input = 0
  const worker = new Worker(new URL(import.meta.url), { workerData: options, argv: [] })
  const watch = setInterval(() => {
    if (performance.now() - last < HANGS_AFTER) return
    const again = `--reader "${reader}" --seed ${options.seed} --path ${input}`
    console.error(`${reader}: input ${input} takes more than ${HANGS_AFTER / 1000} s (to see it again: ${again})`)
    process.exit(1)
  }, 1000)
  worker.on('message', message => {
    last = performance.now()
    reader = message.reader ?? reader
    input = message.input ?? input
  })
  worker.on('error', error => {
    console.error(error)
    process.exitCode = 1
  })
  worker.on('exit', code => {
    clearInterval(watch)
    if (code !== 0) process.exitCode = 1
  })
}

async function work() {
  const { targets, fuzz } = await import(BUNDLE)
  const { runs, seed, reader, path } = workerData
  const chosen = targets.filter(({ name }) => reader === undefined || name === reader)
  if (chosen.length === 0)
    throw new RangeError(`--reader ${reader}: wanted one of ${targets.map(({ name }) => name).join(', ')}`)
  const started = performance.now()
  let [accepted, refused] = [0, 0]
  let slowest = { ms: 0, bytes: 0, name: '' }
  for (const [i, target] of chosen.entries()) {
    parentPort.postMessage({ reader: target.name })
    const beat = input => parentPort.postMessage({ input })
    // The runs that do not divide evenly go to the first readers.
    const share = Math.floor(runs / chosen.length) + (i < runs % chosen.length ? 1 : 0)
    if (share === 0) continue
    const report = await fuzz(target, share, { seed, path, beat }).catch(error => {
      const found = /path: "([^"]+)"/.exec(error.message)?.[1]
      const again = `--reader "${target.name}" --seed ${seed}${found ? ` --path ${found}` : ''}`
      throw new Error(`${target.name} breaks the law (to see it again: ${again})`, { cause: error })
    })
    accepted += report.accepted
    refused += report.refused
    if (report.slowest.ms > slowest.ms) slowest = { ...report.slowest, name: target.name }
    console.log(
      `${target.name.padEnd(14)} ${String(report.accepted).padStart(6)} accepted ${String(report.refused).padStart(6)} refused` +
        `   slowest ${report.slowest.ms.toFixed(1)} ms (${report.slowest.bytes} bytes)`,
    )
  }
  console.log(
    `${accepted + refused} inputs: ${accepted} accepted, ${refused} refused, 0 crashes; slowest ${slowest.ms.toFixed(1)} ms` +
      ` (${slowest.name}, ${slowest.bytes} bytes); seed ${seed}; ${((performance.now() - started) / 1000).toFixed(0)} s`,
  )
}
