// Any program runs on the pool: counts are exact, and what tasks come to is in their order, whoever ended first.
import { build } from 'esbuild'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { withEngine } from '../../bindings/instance.js'
import { Pace } from '../../src/core/pace.js'
import { dispose, type Program } from '../../src/core/pool.js'
import type { Job, Phase } from '../../src/core/program.js'
import { generator } from '../random.js'
import { Counting, type CountingSpec } from './counting.js'
import { ended, type Meddle, plain, rigged } from './rig.js'

const { outputFiles } = await build({
  stdin: {
    contents: `import { serve } from './src/shard/serve.ts'
import { Counting } from './test/shard/counting.ts'
await serve({ counting: (engine, spec) => new Counting(engine, spec) })`,
    resolveDir: '.',
  },
  bundle: true,
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  define: { 'WebAssembly.compile': '__compile' },
  inject: ['build/compiled.mjs'],
  write: false,
})
const source = outputFiles[0]!.text
const spec: CountingSpec = { numbers: 30_500, bins: 50, tasks: 12 }
const { below } = generator(9)
const numbers = Int32Array.from({ length: spec.numbers }, () => below(spec.bins))
const counts = Int32Array.from({ length: spec.bins }, (_, bin) => numbers.filter(number => number === bin).length)
const kills: Meddle = (message, n, deliver, port) => (n % 9 === 4 ? void port.kill() : deliver(message))

for (const shared of [true, false])
  for (const threads of [2, 3, 4, 9])
    for (const [name, meddle] of Object.entries({ plain, kills }))
      test(`${threads} threads ${shared ? 'on one memory' : 'by messages'}, workers ${name}`, async () => {
        const rig = await rigged(threads, { shared, source }, meddle)
        await withEngine('test', { shared }, async engine => {
          const { made, layout } = engine.arena.record(() => new Counting(engine, spec))
          engine.arena.i32(made.data, spec.numbers).set(numbers)
          const run = rig.pool.executor(engine, { program: made as Program, name: 'counting', spec, layout })!
          const pace = new Pace(undefined)
          for (let round = 0; round < 3; round++) {
            await run.run(made.phases[0] as Phase, pace)
            assert.equal(engine.arena.i32(made.totals, spec.bins), counts)
          }
          const told = new Set<unknown>()
          const results = await run.map(made.jobs[0] as Job, pace, value => told.add(value))
          assert.equal(
            results,
            Array.from({ length: spec.tasks }, (_, task) => ({
              task,
              told: task,
              count: numbers.filter(number => number <= task).length,
            })),
          )
          // A killed worker's last words may be lost with it.
          if (meddle === plain) assert.is(told.size, spec.tasks)
          run[dispose]()
        })
        if (meddle === plain) assert.is(rig.pool.worked, threads - 1)
        await ended(rig)
      })

test.run()
