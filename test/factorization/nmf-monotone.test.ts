// No iteration raises the objective: every solver whose steps are exact or guarded, with every loss that it has, every
// form and precision of the data, every kind of penalty, and every way in which entries may not count. Clipped least
// squares are not monotone and not here.
import { csr, dense, type Matrix, NMF, type NmfInput, type NmfModel } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { divergence } from '../../bindings/reference.js'
import { generator } from '../random.js'
import { csrParts } from '../sparse.js'

const METHODS: readonly NmfInput[] = [
  { solver: 'hals' },
  { solver: 'hals', rescale: false, innerIter: 1 },
  { solver: 'bpp' },
  { solver: 'als', clip: false },
  { solver: 'newton', betaLoss: 1 },
  { solver: 'newton', betaLoss: 1, warmUp: 0 },
  ...[2, 1, 0, -1, 0.5, 1.5, 3].map(betaLoss => ({ solver: 'mu' as const, betaLoss })),
]
const PENALTIES: readonly NmfInput[] = [
  {},
  { alphaW: 0.1, l1Ratio: 1 },
  { alphaW: 0.1, alphaH: 0.3, l1Ratio: 0 },
  { alphaW: 0.2, alphaH: 0.1, l1Ratio: 0.5 },
]
const FORMS = ['dense f64', 'dense f32', 'csr f64', 'csr f32'] as const
const MASKS = ['all count', 'nan', 'zeros', 'few left out', 'most left out', 'weights', 'sparse weights'] as const
const PROBLEMS = 4

interface Problem {
  readonly shape: readonly [number, number]
  readonly values: Float64Array
  /** What each entry counts. */
  readonly counts: Float64Array
}

function problem(mask: (typeof MASKS)[number], zeros: boolean, seed: number): Problem {
  const random = generator(seed)
  const shape = [3 + random.below(14), 3 + random.below(14)] as const
  const counts = new Float64Array(shape[0] * shape[1])
  const values = counts.map(() => (zeros && random.uniform() < 0.3 ? 0 : Math.fround(random.uniform() + 1e-2)))
  const share = { 'all count': 1, nan: 0.7, zeros: 1, 'few left out': 0.85, 'most left out': 0.3, weights: 1 }
  values.forEach((v, p) => {
    const [u, weight] = [random.uniform(), Math.fround(2 * random.uniform() + 0.01)]
    if (mask === 'sparse weights') counts[p] = u < 0.6 ? weight : 0
    else if (mask === 'weights') counts[p] = weight
    else counts[p] = u < share[mask] && !(mask === 'zeros' && v === 0) ? 1 : 0
  })
  // One entry that counts at least.
  values[0] = counts[0] = 1
  return { shape, values, counts }
}

/** The data in a form, and what says how they count. */
function given(mask: (typeof MASKS)[number], form: (typeof FORMS)[number], { shape, values, counts }: Problem) {
  // What does not count is NaN where it is told by itself, and where weights tell it.
  const cells = mask === 'zeros' ? values : values.map((v, p) => (counts[p] === 0 ? NaN : v))
  const of = (numbers: Float64Array): Matrix => {
    const precise = (data: Float64Array) => (form.endsWith('f32') ? Float32Array.from(data) : data)
    if (form.startsWith('dense')) return dense(precise(numbers), shape)
    const { data, ...rest } = csrParts(numbers, shape[1])
    return csr({ ...rest, data: precise(data) })
  }
  const weighed = !['all count', 'nan', 'zeros'].includes(mask)
  const weights = mask === 'sparse weights' ? csr(csrParts(counts, shape[1])) : dense(counts, shape)
  return {
    X: of(cells),
    options: mask === 'nan' || mask === 'zeros' ? { missing: mask } : {},
    run: weighed ? { weights } : {},
  }
}

/** sum_ij m_ij d(x_ij | (WH)_ij) by its definition; and the squares of x and of WH without its signs, which the sums
 *  that the loss is made of, and their rounding, are as large as. */
function lossOf({ shape: [n, m], values, counts }: Problem, beta: number, { embedding, components }: NmfModel) {
  const k = components.shape[0]
  let [loss, size] = [0, 0]
  for (let p = 0; p < n * m; p++) {
    if (counts[p] === 0) continue
    let [z, terms] = [0, 0]
    for (let q = 0; q < k; q++) {
      const term = embedding.data[Math.floor(p / m) * k + q]! * components.data[q * m + (p % m)]!
      z += term
      terms += Math.abs(term)
    }
    loss += counts[p]! * divergence(beta, values[p]!, beta === 2 ? z : Math.max(z, 1e-300))
    size += counts[p]! * (values[p]! ** 2 + terms ** 2)
  }
  return { loss, size }
}

for (const method of METHODS) {
  const beta = (method.betaLoss as number | undefined) ?? 2
  const penalties = method.solver === 'als' ? PENALTIES.filter(({ l1Ratio = 0 }) => l1Ratio === 0) : PENALTIES
  for (const mask of MASKS) {
    test(`nmf ${JSON.stringify(method)}, ${mask}: no iteration raises the objective, in any form and with any penalty; the loss is that of its definition`, async () => {
      for (const penalty of penalties) {
        for (const form of FORMS) {
          for (let seed = 0; seed < PROBLEMS; seed++) {
            const of = problem(mask, beta > 0 || mask === 'zeros', 10 * seed + FORMS.indexOf(form))
            const { X, options, run } = given(mask, form, of)
            const fixed = {
              penaltyScale: 'raw',
              tol: 0,
              lossEvery: 1,
              maxIter: 20,
              nComponents: 1 + (seed % 4),
              seed,
            } as const
            const model = await new NMF({ ...method, ...penalty, ...options, ...fixed }).fit(X, run)
            const { trace } = model
            const wanted = lossOf(of, beta, model)
            const size = trace[0]! + wanted.size
            const bound = (form.endsWith('f32') ? 2 ** -20 : 1e-13) * size
            const label = `${JSON.stringify(penalty)}, ${form}, problem ${seed}`
            for (let t = 1; t < trace.length; t++) {
              const rise = trace[t]! - trace[t - 1]!
              assert.ok(rise <= bound, `${label}, iteration ${t + 1}: rose by ${rise}, ${rise / size} of the sums`)
            }
            const off = Math.abs(model.loss - wanted.loss)
            assert.ok(
              off <= bound,
              `${label}: loss ${model.loss}, by definition ${wanted.loss}, ${off / size} of the sums`,
            )
          }
        }
      }
    })
  }
}

test.run()
