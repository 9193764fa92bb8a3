// The worker's module: it is bundled into one text, which each worker is started from.
import { Unmixing, type UnmixingSpec } from '../deconvolution/program.js'
import { IntegrativeProgram, type IntegrativeSpec } from '../factorization/integrative-program.js'
import { MetagenesRestarts, type MetagenesSpec } from '../factorization/metagenes-map.js'
import { NmfRestarts, type RestartsSpec } from '../factorization/nmf-map.js'
import { nmfProgram, type NmfSpec } from '../factorization/nmf-program.js'
import { RatingsProgram, type RatingsSpec } from '../factorization/ratings-program.js'
import { type SketchSpec, sketchOf } from '../core/svd/sketch.js'
import { serve } from './serve.js'

await serve({
  nmf: (engine, spec) => nmfProgram(engine, spec as NmfSpec),
  'nmf-restarts': (engine, spec) => new NmfRestarts(engine, spec as RestartsSpec),
  svd: (engine, spec) => sketchOf(engine, spec as SketchSpec),
  integrative: (engine, spec) => new IntegrativeProgram(engine, spec as IntegrativeSpec),
  ratings: (engine, spec) => new RatingsProgram(engine, spec as RatingsSpec),
  unmixing: (engine, spec) => new Unmixing(engine, spec as UnmixingSpec),
  metagenes: (engine, spec) => new MetagenesRestarts(engine, spec as MetagenesSpec),
})
