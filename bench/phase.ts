// A phase whose steps do nothing worth mentioning, inline and on a pool: what the dealing out costs.
import { withEngine } from '../bindings/instance.js'
import { loadNonNegative } from '../src/core/load.js'
import { dense } from '../src/core/matrix.js'
import { Pace } from '../src/core/pace.js'
import { cutBy } from '../src/core/program.js'
import { dispose } from '../src/core/pool.js'
import { NMF } from '../src/factorization/nmf.js'
import { NmfFactors } from '../src/factorization/nmf-factors.js'
import { NmfProgram } from '../src/factorization/nmf-program.js'
import { termsOf } from '../src/factorization/nmf-terms.js'
import { makePool } from '../src/shard/pool.js'

/** Milliseconds of a phase of so many shards on `threads`, the median of a hundred. */
export async function emptyPhase(shards: number, threads: number, shared: boolean): Promise<number> {
  const pool = await makePool(threads, { shared })
  const { options } = new NMF({ nComponents: 2 })
  try {
    return await withEngine('bench', { shared: shared && threads > 1 }, async engine => {
      const pace = new Pace(undefined)
      const X = await loadNonNegative(engine, 'bench', dense(new Float32Array(shards * 4).fill(1), [shards, 4]), pace)
      const { made: factors, layout: places } = engine.arena.record(() => new NmfFactors(engine, X, 2))
      const cut = cutBy(shards, 1, 1)
      const terms = { ...termsOf(options, factors), rowCut: cut, lossCut: cut }
      const { made: program, layout } = engine.arena.record(() => new NmfProgram(factors, options, terms))
      const recorded = { program, name: 'nmf', spec: program.spec, layout: [...places, ...layout] }
      const executor = threads > 1 ? pool.executor(engine, recorded) : undefined
      if (executor) program.executor = executor
      await factors.randomStart(0, 0, pace)
      await program.prepare(pace)
      const times: number[] = []
      // The first ones wait for the workers.
      for (let i = 0; i < 300; i++) {
        const started = performance.now()
        await program.evaluate(pace)
        times.push(performance.now() - started)
      }
      executor?.[dispose]()
      return times.slice(200).sort((a, b) => a - b)[50] ?? NaN
    })
  } finally {
    pool[dispose]()
  }
}
