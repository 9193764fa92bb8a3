// Least squares with x >= 0, by the active set method of Lawson and Hanson (1974), of few columns: what `Triangle` makes of
// many rows. With the sum of x held at 1 by the same method, on differences of columns. One component is let in at a
// time, and each set is solved by reflections: the digits are those of the columns, not of their squares.
import { closest, type Triangle } from './householder.js'

const EPS = 2 ** -52

interface Problem {
  readonly columns: readonly Float64Array[]
  readonly lengths: readonly number[]
  readonly d: Float64Array
  readonly size: number
}

function problemOf({ R, m, k }: Pick<Triangle, 'R' | 'm' | 'k'>, d: Float64Array): Problem {
  const columns = Array.from({ length: k }, (_, j) => R.subarray(j * m, (j + 1) * m))
  const lengthOf = (v: Float64Array): number => Math.sqrt(v.reduce((sum, e) => sum + e * e, 0))
  return { columns, lengths: columns.map(lengthOf), d, size: lengthOf(d) }
}

/** d - R x. */
function restOf({ columns, d }: Problem, x: Float64Array): Float64Array {
  const rest = d.slice()
  for (const [j, column] of columns.entries())
    if (x[j] !== 0) for (let i = 0; i < rest.length; i++) rest[i]! -= x[j]! * column[i]!
  return rest
}

const inner = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** From a feasible x: lets in what `pull` says gains most, until nothing gains more than `least`. `solve` gives the
 *  optimum on a set, whatever its signs, or undefined where its columns depend on each other. */
function iterate(
  x: Float64Array,
  passive: number[],
  pull: (x: Float64Array) => { readonly gains: Float64Array; readonly least: number },
  solve: (passive: readonly number[]) => Float64Array | undefined,
): Float64Array {
  const k = x.length
  const barred = new Set<number>()
  for (let round = 0; round < 10 * k + 20; round++) {
    const { gains, least } = pull(x)
    let best = -1
    for (let j = 0; j < k; j++)
      if (gains[j]! > (best < 0 ? least : gains[best]!) && !passive.includes(j) && !barred.has(j)) best = j
    if (best < 0) break
    passive.push(best)
    const found = solve(passive)
    // It gains nothing after all: rounding, or the others make it up.
    if (found === undefined || !(found[passive.length - 1]! > 0)) {
      passive.pop()
      barred.add(best)
      continue
    }
    barred.clear()
    for (let z = found; ;) {
      let [step, first] = [1, -1]
      passive.forEach((j, p) => {
        if (z[p]! > 0) return
        const t = x[j]! / (x[j]! - z[p]!)
        if (first < 0 || t < step) [step, first] = [t, j]
      })
      if (first < 0) {
        passive.forEach((j, p) => (x[j] = z[p]!))
        break
      }
      passive.forEach((j, p) => (x[j]! += step * (z[p]! - x[j]!)))
      x[first] = 0
      for (let p = passive.length - 1; p >= 0; p--) {
        if (x[passive[p]!]! > 0) continue
        x[passive[p]!] = 0
        passive.splice(p, 1)
      }
      const next = solve(passive)
      if (next === undefined) break
      z = next
    }
  }
  return x
}

/** x >= 0 closest to d. Where columns depend on each other one of the solutions: with as few components as they need. */
export function nonNegative(triangle: Pick<Triangle, 'R' | 'm' | 'k'>, d: Float64Array): Float64Array {
  const problem = problemOf(triangle, d)
  const { columns, lengths, size } = problem
  const least = 10 * EPS * Math.max(d.length, columns.length) * size
  return iterate(
    new Float64Array(columns.length),
    [],
    x => {
      const rest = restOf(problem, x)
      const gains = Float64Array.from(columns, (column, j) => (lengths[j]! > 0 ? inner(column, rest) / lengths[j]! : 0))
      return { gains, least }
    },
    passive =>
      closest(
        passive.map(j => columns[j]!),
        d,
      ),
  )
}

/** x >= 0 with sum 1 closest to d. */
export function onSimplex(triangle: Pick<Triangle, 'R' | 'm' | 'k'>, d: Float64Array): Float64Array {
  const problem = problemOf(triangle, d)
  const { columns, lengths, size } = problem
  const k = columns.length
  const less = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, i) => v - b[i]!)
  // From the vertex that is nearest.
  const distances = columns.map(column => {
    const rest = less(d, column)
    return inner(rest, rest)
  })
  const start = distances.indexOf(Math.min(...distances))
  const x = new Float64Array(k)
  x[start] = 1
  const least = 10 * EPS * Math.max(d.length, k) * Math.max(...lengths) * Math.max(size, ...lengths)
  return iterate(
    x,
    [start],
    at => {
      const rest = restOf(problem, at)
      const slopes = Float64Array.from(columns, column => inner(column, rest))
      const level = inner(slopes, at)
      return { gains: slopes.map(v => v - level), least }
    },
    passive => {
      const [base = 0, ...others] = passive
      const found = closest(
        others.map(j => less(columns[j]!, columns[base]!)),
        less(d, columns[base]!),
      )
      return found && Float64Array.of(1 - found.reduce((sum, v) => sum + v, 0), ...found)
    },
  )
}

/** x >= 0 with sum at most 1 closest to d. */
export function atMostOne(triangle: Pick<Triangle, 'R' | 'm' | 'k'>, d: Float64Array): Float64Array {
  const free = nonNegative(triangle, d)
  return free.reduce((sum, v) => sum + v, 0) <= 1 ? free : onSimplex(triangle, d)
}
