// Fits cut into many small shards, on pools whose workers may be meddled with.
import { createHash } from 'node:crypto'
import { withEngine } from '../../bindings/instance.js'
import { type Port, type PortEvents, type Spawn, spawn } from '../../bindings/workers.js'
import { loadNonNegative } from '../../src/core/load.js'
import { csr, dense, type Matrix } from '../../src/core/matrix.js'
import { Pace } from '../../src/core/pace.js'
import { dispose, type Pool } from '../../src/core/pool.js'
import { cutBy } from '../../src/core/program.js'
import { loadMatrix } from '../../src/factorization/nmf-load.js'
import { NmfFactors } from '../../src/factorization/nmf-factors.js'
import { NMF, type NmfInput } from '../../src/factorization/nmf.js'
import { NmfProgram } from '../../src/factorization/nmf-program.js'
import { termsOf } from '../../src/factorization/nmf-terms.js'
import { makePool, type Setting } from '../../src/shard/pool.js'
import type { FromWorker } from '../../src/shard/protocol.js'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'

const [n, m, k] = [200, 90, 5]
const { uniform } = generator(7)
const values = Float64Array.from({ length: n * m }, () => (uniform() < 0.6 ? 0 : uniform() + 0.1))

export const whole: Matrix = dense(values, [n, m])
export const single: Matrix = dense(Float32Array.from(values), [n, m])
export const sparse: Matrix = csr(csrParts(values, m))
/** The same with some entries missing. */
export const gappy: Matrix = dense(
  values.map((v, p) => (p % 7 === 3 ? NaN : v)),
  [n, m],
)

export interface How {
  readonly pool?: Pool
  readonly signal?: AbortSignal
  /** Milliseconds that the calling thread wastes in each block of rows, so that it leaves shards to others. */
  readonly slow?: number
}

/** The SHA-256 of all that two iterations in 25 shards of rows and 12 of columns lead to, on a pool or without one. */
export async function twoIterations(
  given: NmfInput,
  input: Matrix,
  { pool, signal, slow = 0 }: How = {},
): Promise<string> {
  const { options } = new NMF({ ...given, nComponents: k })
  const wanted = { shared: !options.fast && (pool?.shared ?? false), fast: options.fast }
  return withEngine('test', wanted, async engine => {
    const pace = new Pace(signal)
    const plainly = options.missing === 'none' && options.holdOut === 0 && options.solver !== 'newton'
    const X = plainly
      ? await loadNonNegative(engine, 'test', input, pace, { sliceWidth: input.kind === 'csr' ? 32 : Infinity })
      : (await loadMatrix(engine, 'test', input, { options, run: {}, pace })).X
    const cut = (total: number) => cutBy(total, 8, 4)
    const { made: factors, layout: places } = engine.arena.record(() => new NmfFactors(engine, X, k))
    const terms = { ...termsOf(options, factors), rowCut: cut(n), columnCut: cut(m), lossCut: cut(n) }
    const { made: program, layout } = engine.arena.record(() => new NmfProgram(factors, options, terms))
    const threads = pool?.executor(engine, {
      program,
      name: 'nmf',
      spec: program.spec,
      layout: [...places, ...layout],
    })
    if (threads) program.executor = threads
    if (slow > 0) {
      const rows = program.rows as { step: (typeof program.rows)['step'] }
      const { step } = rows
      rows.step = (block, lane) => {
        for (const until = performance.now() + slow; performance.now() < until;);
        return step(block, lane)
      }
    }
    try {
      await factors.randomStart(3, 0, pace)
      await program.prepare(pace)
      if (options.solver !== 'mu') await program.scaleStart(pace)
      const hash = createHash('sha256')
      for (let i = 0; i < 2; i++) {
        await program.iterate(pace, i === 0)
        const { loss, objective } = await program.objective(pace)
        hash.update(Float64Array.of(loss, objective, program.violation, await program.evaluate(pace)))
      }
      const { W, H } = await factors.factors(pace)
      return hash.update(W).update(H).digest('hex')
    } finally {
      threads?.[dispose]()
    }
  })
}

/** What to do with a worker's n-th message (from 0, over all workers): deliver it, in whatever form. */
export type Meddle = (message: FromWorker, n: number, deliver: (message: FromWorker) => void, port: Port) => void

/** A pool whose workers' messages go through `meddle`, and how many of them are alive. */
export async function rigged(
  threads: number,
  setting: Setting,
  meddle: Meddle,
): Promise<{ pool: Pool; alive: () => number; spawned: () => number }> {
  let [alive, spawned, count] = [0, 0, 0]
  const start: Spawn = async (source, events) => {
    alive++
    spawned++
    let gone = false
    const leave = (): void => {
      if (!gone) alive--
      gone = true
    }
    const between: PortEvents = {
      message(message) {
        if ((message as FromWorker).kind === 'hello') events.message(message)
        else meddle(message as FromWorker, count++, events.message, port)
      },
      lost(reason) {
        leave()
        events.lost(reason)
      },
    }
    const real = await spawn(source, between)
    const port: Port = {
      ...real,
      async kill() {
        await real.kill()
        leave()
      },
    }
    return port
  }
  return { pool: await makePool(threads, { ...setting, spawn: start }), alive: () => alive, spawned: () => spawned }
}

export const plain: Meddle = (message, _, deliver) => deliver(message)

/** Disposes of the pool and waits until its workers have ended. */
export async function ended({ pool, alive }: { pool: Pool; alive: () => number }): Promise<void> {
  pool[dispose]()
  for (let i = 0; i < 500 && alive() > 0; i++) await new Promise(resolve => setTimeout(resolve, 10))
  if (alive() > 0) throw new Error(`${alive()} workers are left`)
}
