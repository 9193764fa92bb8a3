import { type MatrixLike, toMatrix, toRowMajor } from '../core/matrix.js'

/** How estimates agree with what is true. */
export interface Agreement {
  /** Pearson's correlation; 0 where one side is constant. */
  readonly r: number
  /** Lin's concordance correlation: 1 only where both are equal. 0 where both are constant and differ. */
  readonly ccc: number
  /** Root mean square error. */
  readonly rmse: number
}

export interface Evaluation {
  /** Over all samples and types together. */
  readonly overall: Agreement
  /** Of each type, over samples. */
  readonly types: readonly Agreement[]
  /** The same for what needs no mixture: the mean composition of the truth in every sample, and equal shares. Fractions that
   *  are not closer than these say nothing. */
  readonly baselines: { readonly mean: Agreement; readonly uniform: Agreement }
}

function agreementOf(x: readonly number[], y: readonly number[]): Agreement {
  const l = x.length
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / l
  const [mx, my] = [mean(x), mean(y)]
  let [xx, yy, xy, squares] = [0, 0, 0, 0]
  for (let i = 0; i < l; i++) {
    xx += (x[i]! - mx) * (x[i]! - mx)
    yy += (y[i]! - my) * (y[i]! - my)
    xy += (x[i]! - mx) * (y[i]! - my)
    squares += (x[i]! - y[i]!) * (x[i]! - y[i]!)
  }
  const spread = xx + yy + l * (mx - my) * (mx - my)
  const constant = (values: readonly number[]): boolean => values.every(v => v === values[0])
  return {
    r: constant(x) || constant(y) || !(xx > 0 && yy > 0) ? 0 : xy / Math.sqrt(xx) / Math.sqrt(yy),
    ccc: spread > 0 ? (2 * xy) / spread : 1,
    rmse: Math.sqrt(squares / l),
  }
}

/** How fractions (n x k) agree with the true ones, beside two trivial answers. Throws RangeError where shapes differ or there
 *  is nothing, or an entry is not finite. */
export function evaluateFractions(fractions: MatrixLike, truth: MatrixLike): Evaluation {
  const where = 'evaluateFractions'
  const [F, T] = [toMatrix(`${where}: fractions`, fractions), toMatrix(`${where}: truth`, truth)]
  const [n, k] = F.shape
  if (n === 0 || k === 0)
    throw new RangeError(`${where}: fractions: wanted at least one row and one column, got ${n} x ${k}`)
  if (T.shape[0] !== n || T.shape[1] !== k)
    throw new RangeError(`${where}: truth: wanted ${n} x ${k} as fractions, got ${T.shape[0]} x ${T.shape[1]}`)
  const read = (name: string, matrix: typeof F): number[] => {
    const values = Array.from(toRowMajor(matrix))
    const bad = values.findIndex(v => !Number.isFinite(v))
    if (bad >= 0)
      throw new RangeError(
        `${where}: ${name}[${Math.floor(bad / k)}, ${bad % k}] = ${values[bad]}: wanted finite numbers`,
      )
    return values
  }
  const [found, actual] = [read('fractions', F), read('truth', T)]
  const column = (values: readonly number[], j: number): number[] => values.filter((_, at) => at % k === j)
  const means = Array.from({ length: k }, (_, j) => column(actual, j).reduce((sum, v) => sum + v, 0) / n)
  return {
    overall: agreementOf(found, actual),
    types: means.map((_, j) => agreementOf(column(found, j), column(actual, j))),
    baselines: {
      mean: agreementOf(
        actual.map((_, at) => means[at % k]!),
        actual,
      ),
      uniform: agreementOf(
        actual.map(() => 1 / k),
        actual,
      ),
    },
  }
}
