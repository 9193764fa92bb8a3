// Least squares by reflections: f64 and nothing but + - * / and square roots, so the bits are every host's.

const DEPENDENT = 1e-12 // of a column's length: what is left of it is rounding

/** Makes entries below `from` of the column at `at` zero by a reflection that it leaves there, its head apart. Returns
 *  the new entry `from` of the column; 0 where there is nothing to reflect. */
function reflect(a: Float64Array, at: number, length: number, from: number, heads: Float64Array, j: number): number {
  let most = 0
  for (let i = from; i < length; i++) most = Math.max(most, Math.abs(a[at + i]!))
  heads[j] = 0
  if (most === 0) return 0
  let squares = 0
  for (let i = from; i < length; i++) squares += (a[at + i]! / most) * (a[at + i]! / most)
  const norm = most * Math.sqrt(squares)
  const first = a[at + from]!
  const diagonal = first > 0 ? -norm : norm
  heads[j] = first - diagonal
  return diagonal
}

/** The reflection that `reflect` left at `at`, of another column at `to` of `b`. */
function apply(
  a: Float64Array,
  at: number,
  length: number,
  from: number,
  head: number,
  diagonal: number,
  b: Float64Array,
  to: number,
): void {
  if (head === 0) return
  let sum = head * b[to + from]!
  for (let i = from + 1; i < length; i++) sum += a[at + i]! * b[to + i]!
  const times = sum / (head * diagonal)
  b[to + from]! += times * head
  for (let i = from + 1; i < length; i++) b[to + i]! += times * a[at + i]!
}

/** Columns of a least squares problem turned into R: `Q'A = R`, m x k, m = min(length, k), a column after another. What a
 *  right-hand side is projected to is all that a solution needs of it. */
export class Triangle {
  readonly m: number
  readonly R: Float64Array
  private readonly a: Float64Array
  private readonly heads: Float64Array
  private readonly diagonals: Float64Array

  /** A: k columns of `length` entries, one after another; left alone. */
  constructor(
    A: Float64Array,
    readonly length: number,
    readonly k: number,
  ) {
    const a = A.slice(0, k * length)
    const m = Math.min(length, k)
    const [heads, diagonals] = [new Float64Array(m), new Float64Array(m)]
    for (let j = 0; j < m; j++) {
      diagonals[j] = reflect(a, j * length, length, j, heads, j)
      for (let c = j + 1; c < k; c++) apply(a, j * length, length, j, heads[j]!, diagonals[j]!, a, c * length)
    }
    this.R = new Float64Array(m * k)
    for (let c = 0; c < k; c++)
      for (let i = 0; i <= Math.min(c, m - 1); i++) this.R[c * m + i] = i === c ? diagonals[c]! : a[c * length + i]!
    ;[this.m, this.a, this.heads, this.diagonals] = [m, a, heads, diagonals]
  }

  /** The first m entries of Q'y. */
  project(y: ArrayLike<number>): Float64Array {
    const turned = Float64Array.from({ length: this.length }, (_, i) => y[i]!)
    for (let j = 0; j < this.m; j++)
      apply(this.a, j * this.length, this.length, j, this.heads[j]!, this.diagonals[j]!, turned, 0)
    return turned.slice(0, this.m)
  }
}

/** x that brings the columns (each of the length of `d`) closest to d; undefined where they depend on each other. */
export function closest(columns: readonly Float64Array[], d: Float64Array): Float64Array | undefined {
  const [length, k] = [d.length, columns.length]
  if (k > length) return undefined
  const a = new Float64Array(k * length)
  columns.forEach((column, j) => a.set(column, j * length))
  const rest = d.slice()
  const [heads, diagonals] = [new Float64Array(k), new Float64Array(k)]
  for (let j = 0; j < k; j++) {
    let squares = 0
    for (const v of columns[j]!) squares += v * v
    diagonals[j] = reflect(a, j * length, length, j, heads, j)
    if (!(Math.abs(diagonals[j]!) > DEPENDENT * Math.sqrt(squares))) return undefined
    for (let c = j + 1; c < k; c++) apply(a, j * length, length, j, heads[j]!, diagonals[j]!, a, c * length)
    apply(a, j * length, length, j, heads[j]!, diagonals[j]!, rest, 0)
  }
  const x = new Float64Array(k)
  for (let j = k - 1; j >= 0; j--) {
    let s = rest[j]!
    for (let c = j + 1; c < k; c++) s -= a[c * length + j]! * x[c]!
    x[j] = s / diagonals[j]!
  }
  return x
}
