// What is done to a signature and to mixtures before any fit.
import type { Engine } from '../../bindings/engine.js'

/** Mean and standard deviation (l - 1) of numbers in a fixed order. */
export function momentsOf(values: Float64Array): { readonly mean: number; readonly deviation: number } {
  let [sum, squares] = [0, 0]
  for (const v of values) sum += v
  const mean = sum / values.length
  for (const v of values) squares += (v - mean) * (v - mean)
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 }
}

/** To mean 0 and deviation 1; undefined where all are the same. */
export function standardised(values: Float64Array): Float64Array | undefined {
  if (values.every(v => v === values[0])) return undefined
  const { mean, deviation } = momentsOf(values)
  return deviation > 0 ? values.map(v => (v - mean) / deviation) : undefined
}

/** The power of two at or below the largest size, from 2^-1000 to 2^1000; 1 where all are zero. */
export function unitOf(values: Iterable<number>): number {
  let most = 0
  for (const v of values) most = Math.max(most, Math.abs(v))
  let unit = 1
  while (unit * 2 <= most && unit < 2 ** 1000) unit *= 2
  while (unit > most && most > 0 && unit > 2 ** -1000) unit /= 2
  return unit
}

/** The antilogarithm that the R scripts take of data that never reach 50. */
export function antilogged({ kernels }: Engine, Y: Float64Array): Float64Array {
  return Y.some(v => v >= 50) || Y.length === 0 ? Y : Y.map(v => kernels.pow(2, v))
}

/** Every row of Y (n x g) with the mean distribution of all rows: its numbers replaced, by their ranks, with the means of the
 *  numbers of those ranks. Equal numbers share their mean rank; halfway between two ranks is the mean of both (as in the R
 *  package preprocessCore). */
export function quantileNormalized(Y: Float64Array, n: number, g: number): Float64Array {
  const means = new Float64Array(g)
  const orders = Array.from({ length: n }, (_, i) => {
    const row = Y.subarray(i * g, (i + 1) * g)
    const order = Uint32Array.from({ length: g }, (_u, j) => j).sort((a, b) => row[a]! - row[b]! || a - b)
    order.forEach((j, rank) => (means[rank]! += row[j]! / n))
    return order
  })
  const out = new Float64Array(n * g)
  orders.forEach((order, i) => {
    const row = Y.subarray(i * g, (i + 1) * g)
    for (let from = 0; from < g;) {
      let to = from + 1
      while (to < g && row[order[to]!] === row[order[from]!]) to++
      const twice = from + to - 1 // of the mean rank, from 0
      const value = (means[twice >> 1]! + means[(twice + 1) >> 1]!) / 2
      for (let rank = from; rank < to; rank++) out[i * g + order[rank]!] = value
      from = to
    }
  })
  return out
}
