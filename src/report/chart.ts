import { colour } from './svg.js'
import { escape, tickText } from './text.js'

const px = (x: number): string => String(Math.round(x * 10) / 10)

export interface Line {
  readonly name: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

/** A few lines over whole numbers, with a mark at each point and their names beside them. `low` and `high` bound the
 *  vertical axis; by default the values do. */
export function lineChart(
  lines: readonly Line[],
  { xTitle, low, high }: { readonly xTitle: string; readonly low?: number; readonly high?: number },
): string {
  const points = lines.flatMap(line => line.points)
  const [xs, ys] = [[...new Set(points.map(p => p.x))].sort((a, b) => a - b), points.map(p => p.y)]
  const [y0, y1] = [low ?? Math.min(...ys), high ?? Math.max(...ys)]
  const [x0, span] = [xs[0] ?? 0, (xs.at(-1) ?? 1) - (xs[0] ?? 0) || 1]
  const [left, top, width, height] = [84, 12, 260, 180]
  const X = (x: number): number => left + ((x - x0) / span) * width
  const Y = (y: number): number => top + height * (1 - (y1 > y0 ? (y - y0) / (y1 - y0) : 0.5))
  const ticks = (y1 > y0 ? [0, 0.25, 0.5, 0.75, 1] : [0]).map(t => {
    const y = y0 + t * (y1 - y0)
    return `<text x="${left - 8}" y="${px(Y(y) + 4)}" text-anchor="end">${escape(tickText(y, y0, y1))}</text><line x1="${left}" x2="${left + width}" y1="${px(Y(y))}" y2="${px(Y(y))}" stroke="#e5e5e5"/>`
  })
  const every = Math.ceil(xs.length / 12)
  const marks = xs
    .filter((_, i) => i % every === 0)
    .map(x => `<text x="${px(X(x))}" y="${top + height + 18}" text-anchor="middle">${x}</text>`)
  const drawn = lines.map(({ name, points: own }, i) => {
    const fill = colour(i)
    const path = own.map(p => `${px(X(p.x))},${px(Y(p.y))}`).join(' ')
    const dots = own.map(
      p =>
        `<circle cx="${px(X(p.x))}" cy="${px(Y(p.y))}" r="3" fill="${fill}"><title>${escape(`${name}, ${xTitle} ${p.x}: ${p.y.toPrecision(6)}`)}</title></circle>`,
    )
    return `<polyline fill="none" stroke="${fill}" stroke-width="1.5" points="${path}"/>${dots.join('')}`
  })
  const key = lines.map(
    ({ name }, i) =>
      `<rect x="${left + width + 14}" y="${top + 18 * i}" width="10" height="10" fill="${colour(i)}"/><text x="${left + width + 28}" y="${top + 9 + 18 * i}">${escape(name)}</text>`,
  )
  return `<svg viewBox="0 0 450 240" width="450" height="240" role="img">${ticks.join('')}${marks.join('')}${drawn.join('')}${key.join('')}<text x="${left + width / 2}" y="${top + height + 38}" text-anchor="middle">${escape(xTitle)}</text></svg>`
}
