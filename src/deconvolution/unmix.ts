// One mixture over a signature, by any of the methods.
import type { Engine } from '../../bindings/engine.js'
import type { Pace } from '../core/pace.js'
import { atMostOne, nonNegative, onSimplex } from './active-set.js'
import { correlation } from './correlation.js'
import { Triangle } from './householder.js'
import type { DeconvolutionSettings, Method } from './options.js'
import { momentsOf, standardised, unitOf } from './preparation.js'
import { kullbackLeibler, mixed, robust } from './reweighted.js'

const FAR = 2 ** 400 // between the units of mixture and signature: squares beyond leave the range of numbers
const TIGHT = 1e-12 // of the objective: what is left of the duality gap

/** What one fit says. */
export interface Unmixed {
  /** Weights >= 0: with sum 1, of at-most-one at most 1; all zero where nothing of the signature is found. */
  readonly fractions: Float64Array
  readonly correlation: number
  readonly rmse: number
  /** Of cibersort: the nu that was kept (0 for none), and the largest duality gap of the fits, as a part of the objective. */
  readonly nu: number
  readonly gap: number
}

/** Fits mixtures over one signature: k types of g genes, a type after another. */
export interface Unmixer {
  fit(y: Float64Array, pace: Pace): Promise<Unmixed>
}

export function unmixer(engine: Engine, place: SvrPlace, S: Float64Array, settings: DeconvolutionSettings): Unmixer {
  const { k, g } = place
  return settings.method === 'cibersort'
    ? new Regression(engine, place, S, settings)
    : new Constrained(S, k, g, settings.method)
}

/** Where a thread's regressions lie in its arena: A f64[np*lp], y, out and work as the kernel nuSvr has them. */
export class SvrPlace {
  readonly lp: number
  readonly np: number
  readonly a: number
  readonly y: number
  readonly out: number
  readonly work: number
  /** Whose signature lies there. */
  owner: object | undefined

  constructor(
    { arena, kernels }: Engine,
    readonly k: number,
    readonly g: number,
    /** Without, there is no place, for methods that need none. */
    needed: boolean,
  ) {
    this.lp = g + (g % 2)
    this.np = Math.ceil((k + 1) / 4) * 4
    const floats = (count: number): number => (needed ? arena.alloc(count * 8) : 0)
    this.a = floats(this.np * this.lp)
    this.y = floats(this.lp)
    this.out = floats(k + 5)
    this.work = needed ? arena.alloc(kernels.nuSvrWork(g, k)) : 0
  }
}

const NOTHING = { correlation: 0, nu: 0, gap: 0 }

/** Linear nu-support vector regression of the standardised mixture on the signature, standardised as a whole; weights
 *  below 0 are set to 0 and the others divided by their sum (Newman et al. 2015). */
class Regression implements Unmixer {
  private readonly scaled: Float64Array | undefined

  constructor(
    private readonly engine: Engine,
    private readonly place: SvrPlace,
    S: Float64Array,
    private readonly settings: DeconvolutionSettings,
  ) {
    const unit = unitOf(S)
    this.scaled = standardised(S.map(v => v / unit))
  }

  async fit(y: Float64Array, pace: Pace): Promise<Unmixed> {
    await pace.breathe()
    const { engine, place, scaled, settings } = this
    const { k, g, lp, np, a, out, work } = place
    const unit = unitOf(y)
    const target = standardised(y.map(v => v / unit))
    const none = { ...NOTHING, fractions: new Float64Array(k), rmse: target ? Math.sqrt((g - 1) / g) : 0 }
    if (!scaled || !target) return none
    if (place.owner !== this) {
      const A = engine.arena.f64(a, np * lp).fill(0)
      for (let j = 0; j < k; j++) A.set(scaled.subarray(j * g, (j + 1) * g), j * lp)
      A.fill(1, k * lp, k * lp + g)
      place.owner = this
    }
    engine.arena.f64(place.y, lp).fill(0).set(target)
    let best: Unmixed | undefined
    let gap = 0
    for (const nu of settings.nu) {
      engine.kernels.nuSvr(g, k, a, place.y, nu, 1, TIGHT, out, work)
      const found = engine.arena.f64(out, k + 5)
      gap = Math.max(gap, Math.abs(found[k + 2]!), found[k + 3]!)
      const weights = found.slice(0, k).map(w => Math.max(0, w))
      const sum = weights.reduce((s, w) => s + w, 0)
      if (!(sum > 0)) continue
      const fractions = weights.map(w => w / sum)
      const fitted = mixed(scaled, g, fractions)
      const r = correlation(fitted, target)
      const rmse = settings.mode === 'cibersort' ? distance(fitted, target) : leftOf(r, g)
      if (!best || rmse < best.rmse) best = { fractions, correlation: r, rmse, nu, gap }
    }
    return best ? { ...best, gap } : { ...none, gap }
  }
}

// In the reference's way: between numbers that have scales of their own.
function distance(fitted: Float64Array, target: Float64Array): number {
  let squares = 0
  for (let i = 0; i < target.length; i++) squares += (fitted[i]! - target[i]!) * (fitted[i]! - target[i]!)
  return Math.sqrt(squares / target.length)
}

// What the best rising line through the fitted values leaves of numbers with deviation 1.
const leftOf = (r: number, l: number): number =>
  Math.sqrt((Math.max(0, 1 - Math.max(0, r) * Math.max(0, r)) * (l - 1)) / l)

/** The methods that fit the mixture itself by weights >= 0. */
class Constrained implements Unmixer {
  private readonly scaled: Float64Array
  private readonly unit: number
  private triangle: Triangle | undefined

  constructor(
    S: Float64Array,
    private readonly k: number,
    private readonly g: number,
    private readonly method: Exclude<Method, 'cibersort'>,
    unit = unitOf(S),
  ) {
    this.unit = unit
    this.scaled = S.map(v => v / unit)
  }

  async fit(y: Float64Array, pace: Pace): Promise<Unmixed> {
    await pace.breathe()
    const { k, g, method } = this
    const bounded = method === 'simplex' || method === 'at-most-one'
    // A bound on the sum ties both units together; without one each has its own.
    const own = unitOf(y)
    if (bounded && own / FAR > this.unit) return this.besideLarge(y, own, pace)
    const unit = bounded ? this.unit : own
    const { scaled } = this
    const target = y.map(v => v / unit)
    const weights = await this.weights(target, pace)
    const sum = weights.reduce((s, w) => s + w, 0)
    const fitted = mixed(scaled, g, weights)
    const { deviation } = momentsOf(target)
    const rmse = deviation > 0 ? distance(fitted, target) / deviation : 0
    if (!(sum > 0)) return { ...NOTHING, fractions: new Float64Array(k), rmse }
    const fractions = method === 'at-most-one' ? weights : weights.map(w => w / sum)
    return { ...NOTHING, fractions, correlation: correlation(fitted, target), rmse }
  }

  /** A mixture that the signature is next to nothing beside: in the mixture's unit, no further apart than can be told. */
  private besideLarge(y: Float64Array, unit: number, pace: Pace): Promise<Unmixed> {
    const times = Math.max(this.unit / unit, 1 / FAR)
    const small = new Constrained(
      this.scaled.map(v => v * times),
      this.k,
      this.g,
      this.method,
      1,
    )
    return small.fit(
      y.map(v => v / unit),
      pace,
    )
  }

  private async weights(y: Float64Array, pace: Pace): Promise<Float64Array> {
    const { k, g, method, scaled } = this
    if (method === 'kl') return kullbackLeibler(scaled, g, k, y, pace)
    const triangle = (this.triangle ??= new Triangle(scaled, g, k))
    const d = triangle.project(y)
    if (method === 'simplex') return onSimplex(triangle, d)
    if (method === 'at-most-one') return atMostOne(triangle, d)
    const free = nonNegative(triangle, d)
    return method === 'robust' ? robust(scaled, g, k, y, free, pace) : free
  }
}
