import { colour, shade } from './svg.js'
import { clip, escape } from './text.js'

const SIDE = 240 // cells a side at most
const NAMED = 70 // rows whose names there is room for

/** How many rows of n are shown: every so manieth. */
export const thinning = (n: number): number => Math.ceil(n / SIDE)

/** A square matrix of numbers from 0 to 1, rows and columns in the same order, darker is more: cells of one shade beside
 *  each other are one rectangle. Rows have a strip with the colour of their group. */
export function squareMap(
  value: (i: number, j: number) => number,
  order: readonly number[],
  { names, groups }: { readonly names: readonly string[]; readonly groups: (row: number) => number },
): string {
  const n = order.length
  const named = n <= NAMED
  const cell = named ? Math.max(9, Math.min(14, 440 / n)) : Math.max(2, 600 / n)
  const [left, strip] = [named ? 190 : 14, 10]
  const [at, side] = [left + strip + 2, n * cell]
  const rows = order.map((i, r) => {
    const shades = order.map(j => shade(Math.round(value(i, j) * 20) / 20))
    const y = px(r * cell)
    let cells = ''
    for (let first = 0; first < n;) {
      let end = first + 1
      while (end < n && shades[end] === shades[first]) end++
      if (shades[first] !== shade(0))
        cells += `<rect x="${px(at + first * cell)}" y="${y}" width="${px((end - first) * cell)}" height="${px(cell)}" fill="${shades[first]}"/>`
      first = end
    }
    const name = names[i] ?? ''
    const label = named
      ? `<text x="${left - 6}" y="${px(r * cell + cell - 2)}" text-anchor="end" style="font-size:${px(Math.min(11, cell))}px">${escape(clip(name, left - 10))}<title>${escape(name)}</title></text>`
      : ''
    return `${label}<rect x="${left}" y="${y}" width="${strip}" height="${px(cell)}" fill="${colour(groups(i))}"><title>${escape(name)}</title></rect>${cells}`
  })
  const [w, h] = [px(at + side + 1), px(side + 1)]
  return `<svg viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img" shape-rendering="crispEdges"><rect x="${at}" y="0" width="${px(side)}" height="${px(side)}" fill="${shade(0)}"/>${rows.join('')}</svg>`
}

const px = (x: number): string => String(Math.round(x * 100) / 100)
