import type { Engine } from '../../bindings/engine.js'
import type { Pace } from '../core/pace.js'
import type { Program } from '../core/pool.js'
import type { Job, Phase } from '../core/program.js'
import { resampled, sampled, shuffled } from './draws.js'
import type { DeconvolutionSettings } from './options.js'
import { type Unmixed, type Unmixer, unmixer, SvrPlace } from './unmix.js'

const DRAWS = 8 // of a task: some ten milliseconds

/** What another thread makes its part from: k types of g genes at `s`, n samples at `y`, f64 row after row. */
export interface UnmixingSpec {
  readonly n: number
  readonly k: number
  readonly g: number
  readonly s: number
  readonly y: number
  readonly settings: DeconvolutionSettings
}

/** What a task leaves: plain, as it travels between threads. */
export type Found =
  | {
      readonly kind: 'sample'
      readonly sample: number
      readonly fractions: number[]
      readonly facts: Omit<Unmixed, 'fractions'>
    }
  | { readonly kind: 'null'; readonly sample: number; readonly first: number; readonly correlations: number[] }
  | { readonly kind: 'drawn'; readonly sample: number; readonly first: number; readonly fractions: number[][] }

interface Piece {
  readonly kind: Found['kind']
  /** -1 for the null that all samples share. */
  readonly sample: number
  readonly first: number
  readonly count: number
}

/** All fits of all samples, of their nulls and of their bootstraps as tasks of one job: each is a fit by itself, so nothing
 *  depends on who does what. */
export class Unmixing implements Program<SvrPlace> {
  readonly phases: readonly Phase<SvrPlace>[] = []
  readonly jobs: readonly [Job<SvrPlace>]
  readonly heap: number
  readonly spare = 0
  readonly pieces: readonly Piece[]
  /** A lane's, as its regressions lie there. */
  private readonly known = new Map<SvrPlace, Unmixer>()

  constructor(
    private readonly engine: Engine,
    private readonly spec: UnmixingSpec,
  ) {
    const { n, k, g, s, y } = spec
    this.pieces = piecesOf(spec)
    this.heap = 8 * g + 64
    this.jobs = [
      {
        name: 'unmixing',
        tasks: this.pieces.length,
        work: (task, place, pace) => this.work(this.pieces[task]!, place, pace),
        result: (_, _place, found) => found,
        data: () => [
          { at: s, bytes: k * g * 8 },
          { at: y, bytes: n * g * 8 },
        ],
        part: () => [],
      },
    ]
  }

  lane(): SvrPlace {
    const { k, g, settings } = this.spec
    return new SvrPlace(this.engine, k, g, settings.method === 'cibersort')
  }

  private signature(): Float64Array {
    const { k, g, s } = this.spec
    return this.engine.arena.f64(s, k * g).slice()
  }

  /** Yields after each fit, so that the thread hears the others; what it yields says nothing. */
  private async *work(piece: Piece, place: SvrPlace, pace: Pace): AsyncGenerator<unknown, Found> {
    const { engine, spec } = this
    const { arena } = engine
    const { k, g, settings } = spec
    const mark = arena.mark()
    const at = arena.alloc(8 * g)
    try {
      const { kind, sample, first, count } = piece
      const y = sample >= 0 ? arena.f64(spec.y + sample * g * 8, g).slice() : undefined
      if (kind === 'drawn' && y) {
        const fractions: number[][] = []
        const S = this.signature()
        for (let draw = first; draw < first + count; draw++) {
          yield draw
          const genes = resampled(engine, g, settings.seed, sample * settings.bootstrap + draw, at)
          const drawn = new Float64Array(k * g)
          for (let j = 0; j < k; j++) for (let i = 0; i < g; i++) drawn[j * g + i] = S[j * g + genes[i]!]!
          const own = unmixer(engine, place, drawn, settings)
          fractions.push([
            ...(
              await own.fit(
                Float64Array.from(genes, i => y[i]!),
                pace,
              )
            ).fractions,
          ])
        }
        return { kind, sample, first, fractions }
      }
      const whole = this.known.get(place) ?? unmixer(engine, place, this.signature(), settings)
      this.known.set(place, whole)
      if (kind === 'sample' && y) {
        const { fractions, ...facts } = await whole.fit(y, pace)
        return { kind, sample, fractions: [...fractions], facts }
      }
      const correlations: number[] = []
      for (let draw = first; draw < first + count; draw++) {
        yield draw
        correlations.push((await whole.fit(this.nullOf(y, sample, draw, at), pace)).correlation)
      }
      return { kind: 'null', sample, first, correlations }
    } finally {
      arena.release(mark)
    }
  }

  private nullOf(y: Float64Array | undefined, sample: number, draw: number, at: number): Float64Array {
    const { engine, spec } = this
    const { n, g, settings } = spec
    const { seed, permutations } = settings
    if (y) return shuffled(engine, y, seed, sample * permutations + draw, at)
    return sampled(engine, engine.arena.f64(spec.y, n * g), g, seed, draw, at)
  }
}

function piecesOf({ n, settings: { mode, permutations, bootstrap } }: UnmixingSpec): Piece[] {
  const parts = (kind: Found['kind'], sample: number, total: number): Piece[] =>
    Array.from({ length: Math.ceil(total / DRAWS) }, (_, t) => {
      const first = t * DRAWS
      return { kind, sample, first, count: Math.min(DRAWS, total - first) }
    })
  const samples = Array.from({ length: n }, (_, sample) => sample)
  return [
    ...samples.map((sample): Piece => ({ kind: 'sample', sample, first: 0, count: 1 })),
    ...(mode === 'cibersort' ? parts('null', -1, permutations) : samples.flatMap(i => parts('null', i, permutations))),
    ...samples.flatMap(i => parts('drawn', i, bootstrap)),
  ]
}
