import type { Engine } from '../../bindings/engine.js'
import type { Program } from '../core/pool.js'
import { NmfRestarts, type RestartsSpec } from '../factorization/nmf-map.js'
import { nmfProgram, type NmfSpec } from '../factorization/nmf-program.js'

type Make = (engine: Engine, spec: unknown) => Program

/** How a worker makes each program from what it is sent. */
export const programs: Readonly<Record<string, Make>> = {
  nmf: (engine, spec) => nmfProgram(engine, spec as NmfSpec),
  'nmf-restarts': (engine, spec) => new NmfRestarts(engine, spec as RestartsSpec),
}
