import type { Loaded } from '../core/load.js'
import type { Pace } from '../core/pace.js'
import type { Cut } from '../core/program.js'
import { productCut } from '../core/svd/sketch.js'
import type { Low } from './nmf-factors.js'
import type { NmfProgram } from './nmf-program.js'
import { qb } from './nmf-qb.js'

const OVERSAMPLING = 10 // columns of Q beyond k
const PAYS = 2 // an iteration on X must cost at least this many on X~
const STAGE = 3 // iterations on X that the first stage costs as much as; a later one twice the one before it
const LONGEST = 4 // up to this many times the first

/** Iterations on X~ that cost as much as one on X, by their products and about three inner sweeps. */
function gain({ rows, columns, stored }: Loaded, k: number): number {
  return stored / ((rows + columns) * (widthOf(k) + 1.5 * k))
}

const widthOf = (k: number): number => Math.ceil((k + OVERSAMPLING) / 4) * 4

/** Whether there is anything to win: not where X is sparse or has a short side. */
export const compressible = (X: Loaded, k: number): boolean => gain(X, k) >= PAYS

/** Rows of X that are read at once to compress it. */
export const readCut = (X: Loaded, k: number): Cut => productCut(X, widthOf(k))

/** Iterations on X~ = QB in X's place (Tepper & Sapiro 2016; Erichson et al. 2018), by the same program. */
export class NmfCompression {
  private constructor(
    private readonly program: NmfProgram,
    readonly low: Low,
    /** W and H, where they are held during a stage, and their lengths. */
    private readonly pairs: readonly (readonly [number, number, number])[],
  ) {}

  static async of(program: NmfProgram, seed: number, pace: Pace): Promise<NmfCompression> {
    const { factors, terms } = program
    const { X, k, kp, size, engine } = factors
    const l = widthOf(k)
    const parts = await qb(factors, l, seed, pace)
    const room = (rows: number): number => engine.arena.alloc(rows * kp * size)
    const low = { l, ...parts, bh: room(l), partBh: room(l), p: room(terms.columnCut.block) }
    return new NmfCompression(program, low, [
      [factors.w, room(X.rows), X.rows * kp],
      [factors.ht, room(X.columns), X.columns * kp],
    ])
  }

  /** Goes on from W and H: until the KKT residual is no more than `enough`, or for its share of iterations. The first
   *  stage is 1. */
  async refine(stage: number, enough: number, pace: Pace): Promise<void> {
    const { program, low } = this
    const { factors } = program
    for (const [own, held, count] of this.pairs) await factors.copy(own, held, count, pace)
    factors.low = low
    await program.prepare(pace)
    const share = STAGE * Math.min(LONGEST, 2 ** (stage - 1)) * gain(factors.X, factors.k)
    for (let done = 0; done < share; done++) {
      await program.iterate(pace)
      if (program.violation <= enough) break
    }
    factors.low = undefined
  }

  /** W and H as they were before the last stage. */
  async undo(pace: Pace): Promise<void> {
    const { factors } = this.program
    for (const [own, held, count] of this.pairs) await factors.copy(held, own, count, pace)
    await this.program.prepare(pace)
  }
}
